/** When the active segment is sealed and a new one begun. */

import { BATCH_HEADER_BYTES, BatchView, checkFrame, NO_TIMESTAMP } from "../records/batch.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogContext } from "./log_context.ts";
import { MAX_RELATIVE_OFFSET, OFFSET_INDEX_ENTRY_BYTES } from "./offset_index.ts";
import type { Segment } from "./segment.ts";
import { TIME_INDEX_ENTRY_BYTES } from "./time_index.ts";

/** True when batches do not fit the segment: by its bytes, its indexes or the range of its offsets. */
export function mustRoll(
  active: Segment,
  config: LogConfig,
  batches: { readonly bytes: number; readonly lastOffset: number },
): boolean {
  if (active.sizeBytes === 0) return false;
  if (active.sizeBytes + batches.bytes > config.segmentBytes) return true;
  if (batches.lastOffset - active.baseOffset > MAX_RELATIVE_OFFSET) return true;
  const { offsets, times } = active.indexes!;
  return offsets.sizeBytes + OFFSET_INDEX_ENTRY_BYTES > config.segmentIndexBytes ||
    times.sizeBytes + TIME_INDEX_ENTRY_BYTES > config.segmentIndexBytes;
}

/** Tells when a segment has reached the age of `segment.ms`, less a random part of `segment.jitter.ms`. */
export class RollClock {
  readonly #context: LogContext;
  #config: LogConfig;
  #jitterMs = 0;

  constructor(context: LogContext, config: LogConfig) {
    this.#context = context;
    this.#config = config;
    this.restart();
  }

  useConfig(config: LogConfig): void {
    this.#config = config;
    this.restart();
  }

  /** Draws another jitter, for another segment. */
  restart(): void {
    const boundMs = Math.min(this.#config.segmentJitterMs, this.#config.segmentMs);
    this.#jitterMs = boundMs > 0 ? this.#context.random.below(boundMs) : 0;
  }

  /**
   * True when a record with `timestampMs` is too far from the first batch of `active` to be put beside it. By the
   * timestamps of the records where they have any, so that replicas roll alike.
   */
  isDue(active: Segment, timestampMs: number): boolean {
    if (active.sizeBytes === 0) return false;
    const firstMs = firstTimestampOf(active);
    if (firstMs < 0 || timestampMs < 0) return this.isOld(active);
    return timestampMs - firstMs > this.#limitMs;
  }

  /**
   * True when `active` holds records and was begun too long ago. By the clock and not by the records: those of a
   * log that is being filled with old records are old from the start.
   */
  isOld(active: Segment): boolean {
    return active.sizeBytes > 0 && this.#context.clock.monotonicMs() - active.createdMs > this.#limitMs;
  }

  get #limitMs(): number {
    const { segmentMs, cleanupCompact, maxCompactionLagMs = Infinity } = this.#config;
    // The active segment is not compacted, so nothing may stay in it for longer than records may wait (KIP-354).
    return Math.min(segmentMs - this.#jitterMs, cleanupCompact ? maxCompactionLagMs : Infinity);
  }
}

/**
 * The largest timestamp of a segment's first batch, read from the file when the segment was not begun by us; negative
 * when it has none. Throws DiskError.
 */
export function firstTimestampOf(segment: Segment): number {
  if (segment.firstTimestamp !== UNREAD) return segment.firstTimestamp;
  const header = new Uint8Array(BATCH_HEADER_BYTES);
  const length = segment.file().readNow(header, 0);
  const isWhole = length === BATCH_HEADER_BYTES && checkFrame(header, 0, segment.sizeBytes) === null;
  segment.firstTimestamp = isWhole ? new BatchView(header).maxTimestamp : NO_TIMESTAMP;
  return segment.firstTimestamp;
}

/** The value of {@link Segment.firstTimestamp} until it was read. */
export const UNREAD = -2;
