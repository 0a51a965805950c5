/** What all logs of a node share. */

import type { Disk } from "../platform/disk.ts";
import type { Clock, Random, Timers } from "../platform/platform.ts";
import type { SegmentPool } from "./segment_pool.ts";
import type { TailCache } from "./tail_cache.ts";

/** Something that an operator should hear of. `message` is one line. */
export type LogEvent =
  /** Opening a log after an unclean stop checked its batches; something was cut when `cutBytes` is not 0. */
  | {
    readonly kind: "recovered";
    readonly log: string;
    readonly scannedBytes: number;
    readonly cutBytes: number;
    readonly segmentsRemoved: number;
    readonly logEndOffset: number;
    readonly message: string;
  }
  /** A file beside the batches was missing or wrong, and was built anew from them. */
  | { readonly kind: "rebuilt"; readonly log: string; readonly message: string }
  /** A pass of compaction over a log has ended. */
  | {
    readonly kind: "compacted";
    readonly log: string;
    readonly bytesBefore: number;
    readonly bytesAfter: number;
    readonly message: string;
  }
  /** A log is not compacted because it is damaged, or for want of space. */
  | { readonly kind: "uncleanable"; readonly log: string; readonly message: string }
  /** What was read of a log is not what was written. */
  | { readonly kind: "damaged"; readonly log: string; readonly message: string }
  /** The log cannot be used any more because the disk failed. */
  | { readonly kind: "offline"; readonly log: string; readonly message: string };

/** How much logs are used, for those who would rather work when they are not. */
export interface LogActivity {
  /** Counts appends and reads. */
  operations: number;
}

export interface LogContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly pool: SegmentPool;
  readonly tailCache: TailCache;
  readonly activity: LogActivity;
  /** `producer.id.expiration.ms`. */
  readonly producerIdExpirationMs: number;
  /** Receives what an operator should hear of. */
  readonly report: (event: LogEvent) => void;
}
