/** Which records of a batch compaction keeps (KIP-534 for tombstones and markers), and the batch that holds them. */

import { DecodeError } from "../../core/errors.ts";
import {
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  BatchView,
  LOG_OVERHEAD_BYTES,
  RECORDS_COUNT_AT,
  setMaxTimestamp,
} from "../../records/batch.ts";
import { BatchBuilder, type BatchOptions, emptyBatchOf } from "../../records/batch_builder.ts";
import { compress, compressionName } from "../../records/compression/codec.ts";
import { RecordCursor } from "../../records/record.ts";
import type { ProducerState } from "../producer_state.ts";
import type { OffsetMap } from "./offset_map.ts";
import type { TxnOutcomes } from "./txn_outcomes.ts";

export interface RetentionRules {
  readonly map: OffsetMap;
  readonly producers: ProducerState;
  /** Null as long as no batch of a transaction was met. */
  readonly outcomes: TxnOutcomes | null;
  /** The wall time. */
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}

/** The most that the records of one batch may take decompressed; a batch with more stays as it is. */
const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/**
 * Judges one batch after the other. A batch may hold very many records, so that it is judged in pieces:
 *
 *     filter.begin(batch);
 *     while (filter.walk(500)) await others();
 *     const kept = filter.finish();
 */
export class BatchFilter {
  /** How many records were looked at and kept. */
  recordsRead = 0;
  recordsKept = 0;
  readonly #rules: RetentionRules;
  /** Producers of which a record was kept since their last marker. */
  readonly #withRecords = new Set<number>();
  #batch = new BatchView(new Uint8Array(0));
  /** What stays, when that needed no look at the records; undefined otherwise. */
  #verdict: BatchView | null | undefined = null;
  #cursor: RecordCursor | null = null;
  #kept = new KeptRecords();
  #keepsTombstones = false;
  #scratch = new Uint8Array(16 * 1024);
  /** While the records are written anew, relative to another time. */
  #rewrite: { readonly cursor: RecordCursor; readonly builder: BatchBuilder } | null = null;

  constructor(rules: RetentionRules) {
    this.#rules = rules;
  }

  /** Takes up a batch, which must stay in memory until {@link finish}. */
  begin(batch: BatchView): void {
    this.#batch = batch;
    this.#cursor = null;
    this.#rewrite = null;
    this.#verdict = undefined;
    try {
      if (batch.isControl) this.#verdict = this.#judgeControl(batch);
      else if (this.#rules.outcomes?.isAborted(batch) === true) this.#verdict = this.#nothingOf(batch);
      else this.#readRecords(batch);
    } catch (error) {
      this.#verdict = unreadable(error, batch);
    }
  }

  #readRecords(batch: BatchView): void {
    const horizonMs = horizonOf(batch);
    this.#keepsTombstones = horizonMs === undefined || this.#rules.nowMs < horizonMs;
    this.#kept.clear();
    this.#cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
  }

  /** Looks at `count` more records; false when there are no more. */
  walk(count: number): boolean {
    if (this.#rewrite !== null) return this.#rewriteSome(this.#rewrite, count);
    if (this.#verdict !== undefined) return false;
    try {
      if (this.#judgeSome(this.#cursor!, count)) return true;
    } catch (error) {
      this.#verdict = unreadable(error, this.#batch);
      return false;
    }
    this.recordsRead += this.#batch.recordsCount;
    this.recordsKept += this.#kept.count;
    if (this.#kept.count === 0 || !this.#needsHorizon) return false;
    this.#rewrite = this.#beginRewrite(this.#rules.nowMs + this.#rules.deleteRetentionMs);
    return true;
  }

  get #needsHorizon(): boolean {
    return this.#kept.hasTombstone && !this.#batch.hasDeleteHorizon;
  }

  #judgeSome(cursor: RecordCursor, count: number): boolean {
    const { map } = this.#rules;
    for (let left = count; left > 0; left--) {
      const from = cursor.endAt;
      if (!cursor.next()) return false;
      const { offset } = cursor;
      if (offset <= map.latestOffset) {
        if (!cursor.hasKey || offset < map.get(cursor.payload, cursor.keyAt, cursor.keyEnd)) continue;
        if (!cursor.hasValue && !this.#keepsTombstones) continue;
      }
      this.#kept.add(cursor, from);
    }
    return true;
  }

  /** What stays of the batch: itself, or another that is valid until the next is judged, or null for nothing. */
  finish(): BatchView | null {
    const batch = this.#batch;
    if (this.#verdict !== undefined) return this.#verdict;
    const kept = this.#kept;
    if (kept.count === 0) return this.#nothingOf(batch);
    if (batch.isTransactional) this.#withRecords.add(batch.producerId);
    if (this.#rewrite !== null) {
      this.#rewrite.builder.keepLastOffset(batch.lastOffset);
      return new BatchView(this.#rewrite.builder.build());
    }
    return kept.count === batch.recordsCount ? batch : this.#withKept(batch, this.#cursor!.payload);
  }

  /**
   * The batch with only those of its records that stay, which keep their bytes: they are relative to the first offset
   * and the base timestamp of the batch, and those stay. In memory that the next batch uses again.
   */
  #withKept(batch: BatchView, payload: Uint8Array): BatchView {
    const kept = this.#kept;
    const codec = compressionName(batch.compressionId)!;
    let bytes: Uint8Array<ArrayBuffer>;
    if (codec === "none") {
      bytes = this.#claim(BATCH_HEADER_BYTES + kept.sizeBytes);
      kept.copyTo(bytes, BATCH_HEADER_BYTES, payload);
    } else {
      const plain = this.#claim(kept.sizeBytes);
      kept.copyTo(plain, 0, payload);
      const packed = compress(codec, plain);
      bytes = new Uint8Array(BATCH_HEADER_BYTES + packed.length);
      bytes.set(packed, BATCH_HEADER_BYTES);
    }
    bytes.set(batch.bytes.subarray(batch.at, batch.at + BATCH_HEADER_BYTES));
    const view = new DataView(bytes.buffer);
    view.setInt32(BATCH_LENGTH_AT, bytes.length - LOG_OVERHEAD_BYTES);
    view.setInt32(RECORDS_COUNT_AT, kept.count);
    const type = batch.timestampType;
    const maxTimestampMs = type === "LogAppendTime" ? batch.maxTimestamp : kept.maxTimestamp;
    setMaxTimestamp(bytes, 0, { type, maxTimestampMs });
    return new BatchView(bytes);
  }

  #claim(size: number): Uint8Array<ArrayBuffer> {
    if (size > this.#scratch.length) this.#scratch = new Uint8Array(Math.max(size, this.#scratch.length * 2));
    return this.#scratch.subarray(0, size);
  }

  /** What must stay of a batch that is the last of its segment, so that nobody takes what went for a loss. */
  static lastOf(batch: BatchView): BatchView {
    return batch.recordsCount === 0 ? batch : new BatchView(emptyBatchOf(batch));
  }

  /** A batch goes, but for its header where it holds the last sequence of a producer. */
  #nothingOf(batch: BatchView): BatchView | null {
    if (batch.producerId < 0) return null;
    const last = this.#rules.producers.find(batch.producerId)?.batches.at(-1);
    return last !== undefined && last.lastOffset === batch.lastOffset ? BatchFilter.lastOf(batch) : null;
  }

  /** A marker stays while records of its transaction do, and for `delete.retention.ms` after the last has gone. */
  #judgeControl(batch: BatchView): BatchView | null {
    const { producers, nowMs, deleteRetentionMs } = this.#rules;
    const hasRecords = this.#withRecords.delete(batch.producerId);
    if (hasRecords || batch.producerId < 0) return batch;
    if (batch.recordsCount > 0) {
      const horizonMs = horizonOf(batch);
      if (horizonMs === undefined) return withHorizon(batch, nowMs + deleteRetentionMs);
      if (nowMs < horizonMs) return batch;
    }
    const entry = producers.find(batch.producerId);
    const fences = entry !== undefined && entry.batches.length === 0 &&
      entry.producerEpoch === batch.producerEpoch;
    return fences ? BatchFilter.lastOf(batch) : null;
  }

  /** Records are written relative to the horizon once there is one, so that all of them change. */
  #beginRewrite(deleteHorizonMs: number) {
    const cursor = new RecordCursor(this.#batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
    this.#kept.rewind();
    return { cursor, builder: new BatchBuilder(optionsOf(this.#batch, deleteHorizonMs)) };
  }

  #rewriteSome(
    { cursor, builder }: { readonly cursor: RecordCursor; readonly builder: BatchBuilder },
    count: number,
  ): boolean {
    for (let left = count; left > 0; left--) {
      const from = cursor.endAt;
      if (!cursor.next()) return false;
      if (this.#kept.holds(from)) builder.appendFrom(cursor);
    }
    return true;
  }
}

/** The records of a batch that stay, as ranges of its decompressed bytes. */
class KeptRecords {
  count = 0;
  hasTombstone = false;
  maxTimestamp = -1;
  /** Pairs of where a range begins and ends. */
  #ranges = new Int32Array(64);
  #rangeWords = 0;
  #readAt = 0;

  clear(): void {
    this.count = 0;
    this.hasTombstone = false;
    this.maxTimestamp = -1;
    this.#rangeWords = 0;
  }

  /** Adds the current record of `cursor`, which begins at `from`. */
  add(cursor: RecordCursor, from: number): void {
    this.count++;
    if (!cursor.hasValue) this.hasTombstone = true;
    if (cursor.timestamp > this.maxTimestamp) this.maxTimestamp = cursor.timestamp;
    const words = this.#rangeWords;
    if (words > 0 && this.#ranges[words - 1] === from) {
      this.#ranges[words - 1] = cursor.endAt;
      return;
    }
    if (words === this.#ranges.length) {
      const grown = new Int32Array(words * 2);
      grown.set(this.#ranges);
      this.#ranges = grown;
    }
    this.#ranges[words] = from;
    this.#ranges[words + 1] = cursor.endAt;
    this.#rangeWords += 2;
  }

  /** Asks {@link holds} from the first record on. */
  rewind(): void {
    this.#readAt = 0;
  }

  /** True when the record that begins at `from`, behind the one that was last asked for, stays. */
  holds(from: number): boolean {
    const ranges = this.#ranges;
    while (this.#readAt < this.#rangeWords && ranges[this.#readAt + 1]! <= from) this.#readAt += 2;
    return this.#readAt < this.#rangeWords && ranges[this.#readAt]! <= from;
  }

  /** How many bytes they take. */
  get sizeBytes(): number {
    let bytes = 0;
    for (let at = 0; at < this.#rangeWords; at += 2) bytes += this.#ranges[at + 1]! - this.#ranges[at]!;
    return bytes;
  }

  /** Copies them from `payload` into `target`, from `at` on. */
  copyTo(target: Uint8Array, at: number, payload: Uint8Array): void {
    for (let range = 0; range < this.#rangeWords; range += 2) {
      const part = payload.subarray(this.#ranges[range]!, this.#ranges[range + 1]!);
      target.set(part, at);
      at += part.length;
    }
  }
}

/** The time from which the tombstones in a batch may go; undefined when none was set. */
function horizonOf(batch: BatchView): number | undefined {
  return batch.hasDeleteHorizon ? batch.baseTimestamp : undefined;
}

/** What cannot be read by consumers neither stays as it is: its checksum says that it is as its producer made it. */
function unreadable(error: unknown, batch: BatchView): BatchView {
  if (error instanceof DecodeError) return batch;
  throw error;
}

/** A marker that may go from `deleteHorizonMs` on. */
function withHorizon(batch: BatchView, deleteHorizonMs: number): BatchView {
  const builder = new BatchBuilder(optionsOf(batch, deleteHorizonMs));
  const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
  while (cursor.next()) builder.appendFrom(cursor);
  builder.keepLastOffset(batch.lastOffset);
  return new BatchView(builder.build());
}

/** The header of `batch`, with a time from which its tombstones or its marker may go. */
function optionsOf(batch: BatchView, deleteHorizonMs: number): BatchOptions {
  const { timestampType } = batch;
  return {
    baseOffset: batch.baseOffset,
    compression: compressionName(batch.compressionId)!,
    timestampType,
    ...(timestampType === "LogAppendTime" ? { logAppendTimestamp: batch.maxTimestamp } : {}),
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    deleteHorizonMs,
  };
}
