/**
 * Hands committed batches on, in order and each once. What this node has just appended as the leader is still at
 * hand; everything else is read from the log, in slices so that a long replay does not stall the loop.
 */

import { assert } from "../../core/assert.ts";
import { Deque } from "../../core/deque.ts";
import type { LeaderEpoch, Offset } from "../../core/ids.ts";
import type { ImageUpdate, MetadataBatch } from "../../metadata/image_loader.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import { decodeMetadataRecord } from "../../metadata/record_codec.ts";
import type { Platform } from "../../platform/platform.ts";
import { batches, type BatchView } from "../../records/batch.ts";
import { recordsOf } from "../../records/record.ts";
import { type ControlSummary, emptyControlSummary, summarizeControlBatch } from "./control_records.ts";
import type { MetadataLog } from "./metadata_log.ts";

/** A batch that this node appended as the leader, with the image that it made of `base`. */
export interface OwnBatch extends MetadataBatch {
  readonly base: MetadataImage;
  readonly update: ImageUpdate;
  readonly sizeBytes: number;
}

/** A committed batch. */
export interface CommittedBatch extends MetadataBatch {
  readonly own: OwnBatch | null;
  /** What a control batch says of the quorum; null for others. */
  readonly control: ControlSummary | null;
  readonly sizeBytes: number;
}

const READ_BYTES = 256 * 1024;
/** How long a replay may hold the loop, in milliseconds. */
const SLICE_MS = 10;

export class CommitLog {
  readonly #log: MetadataLog;
  readonly #platform: Pick<Platform, "clock" | "timers">;
  readonly #onBatch: (batch: CommittedBatch) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #own = new Deque<OwnBatch>();
  /** The first offset that was not handed on. */
  #next: Offset;
  #committed: Offset;
  #isRunning = false;
  /** Counts restarts, so that a read that was under way notices. */
  #generation = 0;
  #isClosed = false;

  constructor(options: {
    readonly log: MetadataLog;
    readonly platform: Pick<Platform, "clock" | "timers">;
    readonly startOffset: Offset;
    readonly onBatch: (batch: CommittedBatch) => void;
    readonly onFailure: (error: unknown) => void;
  }) {
    this.#log = options.log;
    this.#platform = options.platform;
    this.#onBatch = options.onBatch;
    this.#onFailure = options.onFailure;
    this.#next = options.startOffset;
    this.#committed = options.startOffset;
  }

  /** The first offset that was not handed on. */
  get nextOffset(): Offset {
    return this.#next;
  }

  /** Remembers a batch that was appended just now. */
  appended(batch: OwnBatch): void {
    this.#own.pushLast(batch);
  }

  /** Everything below `offset` is committed. */
  commit(offset: Offset): void {
    this.#committed = offset;
    this.#run();
  }

  truncated(endOffset: Offset): void {
    while ((this.#own.last()?.lastOffset ?? -1) >= endOffset) this.#own.takeLast();
  }

  /** Goes on behind a snapshot. */
  restartAt(offset: Offset): void {
    this.#own.clear();
    this.#generation++;
    this.#next = offset;
    this.#committed = offset;
  }

  close(): void {
    this.#isClosed = true;
    this.#generation++;
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#handOn().catch((error) => {
      this.close();
      this.#onFailure(error);
    });
  }

  async #handOn(): Promise<void> {
    let sliceEndsMs = this.#platform.clock.monotonicMs() + SLICE_MS;
    while (!this.#isClosed && this.#next < this.#committed) {
      const own = this.#own.first();
      if (own !== undefined && own.baseOffset <= this.#next) {
        this.#own.takeFirst();
        if (own.baseOffset === this.#next) this.#pass({ ...own, own, control: null });
        continue;
      }
      await this.#readOn(Math.min(this.#committed, own?.baseOffset ?? Infinity) as Offset);
      if (this.#platform.clock.monotonicMs() < sliceEndsMs) continue;
      await this.#platform.timers.yield();
      sliceEndsMs = this.#platform.clock.monotonicMs() + SLICE_MS;
    }
    this.#isRunning = false;
  }

  async #readOn(upTo: Offset): Promise<void> {
    const generation = this.#generation;
    let bytes: Uint8Array;
    try {
      bytes = await this.#log.read(this.#next, { upTo, maxBytes: READ_BYTES });
    } catch (error) {
      // A snapshot has replaced the log meanwhile: what was wanted is in the snapshot.
      if (generation !== this.#generation) return;
      throw error;
    }
    assert(bytes.length > 0, `committed batches are in the log, from ${this.#next} on`);
    for (const batch of batches(bytes)) {
      if (generation !== this.#generation) return;
      if (batch.lastOffset >= this.#next) this.#pass(readBatch(batch));
    }
  }

  #pass(batch: CommittedBatch): void {
    this.#next = (batch.lastOffset + 1) as Offset;
    this.#onBatch(batch);
  }
}

function readBatch(batch: BatchView): CommittedBatch {
  const control = batch.isControl ? emptyControlSummary() : null;
  if (control !== null) summarizeControlBatch(batch, control);
  return {
    baseOffset: batch.baseOffset as Offset,
    lastOffset: batch.lastOffset as Offset,
    epoch: batch.partitionLeaderEpoch as LeaderEpoch,
    timestampMs: batch.maxTimestamp,
    records: batch.isControl ? [] : [...recordsOf(batch)].map((record) => decodeMetadataRecord(record.value)),
    own: null,
    control,
    sizeBytes: batch.sizeBytes,
  };
}
