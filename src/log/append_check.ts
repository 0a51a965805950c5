/**
 * Checks the batches of one append before anything is written: either all of them may be appended or none is. One
 * instance serves all appends of a log, so that a check allocates nothing.
 */

import { messageOf } from "../core/errors.ts";
import { BatchCursor, type BatchFault, type BatchView, verifyBatch } from "../records/batch.ts";
import { RecordCursor } from "../records/record.ts";
import type { AppendError, AppendOrigin, AppendRefused } from "./append_result.ts";
import type { LogConfig } from "./log_config.ts";
import type { ProducerEntry, WrittenBatch } from "./producer_entry.ts";
import { checkBatch, type ProducerFault, type ProducerState } from "./producer_state.ts";

/** The most that the records of one batch may take decompressed where they have to be looked at. */
const MAX_DECOMPRESSED_BYTES = 128 * 1024 * 1024;

const errorOfFault: Readonly<Partial<Record<BatchFault, AppendError>>> = {
  "too large": "message-too-large",
  "old magic": "unsupported-message-format",
  "counts differ": "invalid-record",
};

/** Builds the answer to an append that is refused. */
export function refused(error: AppendError, message: string): AppendRefused {
  return { error, message };
}

export class AppendCheck {
  /** What was sent before and is sent again; then nothing else here is meant to be used. */
  duplicate: WrittenBatch | null = null;
  /** The number of offsets that the batches take. */
  offsetsTaken = 0;
  /** The largest timestamp. */
  maxTimestamp = -1;

  readonly #producers: ProducerState;
  #config: LogConfig;
  #verify: { readonly maxBytes: number; readonly dense: boolean };
  /** Producers as they will be behind the batches checked so far; used only when there are several batches. */
  readonly #staged = new Map<number, ProducerEntry>();

  constructor(producers: ProducerState, config: LogConfig) {
    this.#producers = producers;
    this.#config = config;
    this.#verify = { maxBytes: config.maxMessageBytes, dense: true };
  }

  useConfig(config: LogConfig): void {
    this.#config = config;
    this.#verify = { maxBytes: config.maxMessageBytes, dense: true };
  }

  /** Checks all batches of `records`; null when they may be appended, or when {@link duplicate} is set. */
  run(records: Uint8Array, origin: AppendOrigin, nowMs: number): AppendRefused | null {
    this.duplicate = null;
    this.offsetsTaken = 0;
    this.maxTimestamp = -1;
    this.#staged.clear();
    const cursor = new BatchCursor(records);
    let several = false;
    while (cursor.next()) {
      const fault = verifyBatch(records, cursor.at, this.#verify);
      if (fault !== null) return this.#refuseFault(fault, cursor);
      if (cursor.nextAt < records.length) several = true;
      const problem = this.#checkBatch(cursor, origin, nowMs) ?? this.#checkProducer(cursor, origin, several);
      if (problem !== null || this.duplicate !== null) return problem;
      this.offsetsTaken += cursor.lastOffsetDelta + 1;
      if (cursor.maxTimestamp > this.maxTimestamp) this.maxTimestamp = cursor.maxTimestamp;
    }
    if (cursor.fault !== null) return this.#refuseFault(cursor.fault, cursor);
    return records.length === 0 ? refused("invalid-record", "append: no record batch was sent") : null;
  }

  #refuseFault(fault: BatchFault, cursor: BatchCursor): AppendRefused {
    const error = errorOfFault[fault] ?? "corrupt-message";
    const wanted = fault === "too large" ? `, wanted at most ${this.#config.maxMessageBytes} bytes` : "";
    return refused(error, `append record batch: ${fault} at ${cursor.at}${wanted}`);
  }

  #checkBatch(batch: BatchView, origin: AppendOrigin, nowMs: number): AppendRefused | null {
    if (origin !== "client") return null;
    if (batch.isControl) return refused("invalid-record", "append: a client may not write control records");
    if (batch.producerId >= 0 && (batch.baseSequence < 0 || batch.producerEpoch < 0)) {
      return refused("invalid-record", `append: producer ${batch.producerId} sent no sequence`);
    }
    if (batch.isTransactional && batch.producerId < 0) {
      return refused("invalid-record", "append: a transactional batch without a producer id");
    }
    return this.#checkTimestamp(batch, nowMs) ?? (this.#config.cleanupCompact ? checkKeys(batch) : null);
  }

  #checkTimestamp(batch: BatchView, nowMs: number): AppendRefused | null {
    const { messageTimestampType, messageTimestampAfterMaxMs, messageTimestampBeforeMaxMs } = this.#config;
    const { maxTimestamp } = batch;
    if (messageTimestampType === "LogAppendTime" || maxTimestamp < 0) return null;
    if (
      maxTimestamp - nowMs <= messageTimestampAfterMaxMs &&
      nowMs - maxTimestamp <= messageTimestampBeforeMaxMs
    ) {
      return null;
    }
    return refused(
      "invalid-timestamp",
      `append: timestamp ${maxTimestamp} is not within ${messageTimestampBeforeMaxMs} ms before ` +
        `and ${messageTimestampAfterMaxMs} ms after ${nowMs}`,
    );
  }

  #checkProducer(batch: BatchView, origin: AppendOrigin, several: boolean): AppendRefused | null {
    const { producerId } = batch;
    if (producerId < 0) return null;
    if (batch.isControl) {
      const fault = this.#producers.checkMarker(batch);
      return fault === null ? null : refuseProducer(fault, batch);
    }
    if (origin !== "client") {
      // A coordinator writes offset commits on behalf of producers, without sequences.
      const stale = this.#producers.isStaleEpoch(batch);
      return stale ? refuseProducer("invalid-producer-epoch", batch) : null;
    }
    this.duplicate = this.#producers.findDuplicate(batch);
    if (this.duplicate !== null) return null;
    if (!several) {
      const fault = this.#producers.check(batch);
      return fault === null ? null : refuseProducer(fault, batch);
    }
    let entry = this.#staged.get(producerId);
    if (entry === undefined) {
      entry = this.#producers.stage(producerId);
      this.#staged.set(producerId, entry);
    }
    const fault = checkBatch(entry, batch);
    if (fault !== null) return refuseProducer(fault, batch);
    entry.addBatch(batch, 0);
    return null;
  }
}

/** What is known of batches that a follower received. */
export interface FollowerBatches {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

/** Checks batches from a leader: whole, sound, and none of them below `logEndOffset`. There is at least one. */
export function checkFollowerBatches(
  records: Uint8Array,
  logEndOffset: number,
): FollowerBatches | AppendRefused {
  const cursor = new BatchCursor(records);
  let nextOffset = logEndOffset;
  let baseOffset = -1;
  let maxTimestamp = -1;
  while (cursor.next()) {
    const fault = verifyBatch(records, cursor.at);
    if (fault !== null) return refused("corrupt-message", `append as follower: ${fault} at ${cursor.at}`);
    if (cursor.baseOffset < nextOffset) {
      return refused(
        "unexpected-offset",
        `append as follower: offset ${cursor.baseOffset}, wanted ${nextOffset}`,
      );
    }
    if (baseOffset < 0) baseOffset = cursor.baseOffset;
    nextOffset = cursor.nextOffset;
    maxTimestamp = Math.max(maxTimestamp, cursor.maxTimestamp);
  }
  if (cursor.fault !== null) {
    return refused("corrupt-message", `append as follower: ${cursor.fault} at ${cursor.nextAt}`);
  }
  return { baseOffset, lastOffset: nextOffset - 1, maxTimestamp };
}

function refuseProducer(fault: ProducerFault, batch: BatchView): AppendRefused {
  const { producerId, producerEpoch, baseSequence } = batch;
  return refused(
    fault,
    `append: ${fault}, producer ${producerId} epoch ${producerEpoch} sequence ${baseSequence}`,
  );
}

/** A compacted topic keeps the last record of each key, so each record must have one. */
function checkKeys(batch: BatchView): AppendRefused | null {
  try {
    const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
    while (cursor.next()) {
      if (!cursor.hasKey) {
        return refused("invalid-record", "append: a compacted topic takes no record without a key");
      }
    }
    return null;
  } catch (error) {
    return refused("corrupt-message", messageOf(error));
  }
}
