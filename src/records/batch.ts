/**
 * The header of a record batch (magic 2, KIP-98) read and changed in place, without copying the batch.
 *
 * Offset and length come first, as in every Kafka log entry; the CRC covers everything from the attributes on, so
 * that a leader can write the base offset and its epoch without computing it again.
 */

import { DecodeError } from "../core/errors.ts";
import { crc32c } from "./crc32c.ts";

export const BASE_OFFSET_AT = 0;
export const BATCH_LENGTH_AT = 8;
export const PARTITION_LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORDS_COUNT_AT = 57;
/** The size of the header: where the records begin, compressed as one block if they are. */
export const BATCH_HEADER_BYTES = 61;
/** Offset and length, which `batchLength` does not count. */
export const LOG_OVERHEAD_BYTES = 12;
/** The smallest value that `batchLength` can have. */
export const MIN_BATCH_LENGTH = BATCH_HEADER_BYTES - LOG_OVERHEAD_BYTES;

const COMPRESSION_MASK = 0x07;
const TIMESTAMP_TYPE_BIT = 0x08;
const TRANSACTIONAL_BIT = 0x10;
const CONTROL_BIT = 0x20;
const DELETE_HORIZON_BIT = 0x40;

/** What a client sends and the log keeps where there is no producer id, epoch or sequence. */
export const NO_PRODUCER_ID = -1;
export const NO_PRODUCER_EPOCH = -1;
export const NO_SEQUENCE = -1;
/** The timestamp of a record or batch that has none. */
export const NO_TIMESTAMP = -1;

/** Who set the timestamps: the producer (CreateTime, 0) or the broker when it appended (LogAppendTime, 1). */
export type TimestampType = "CreateTime" | "LogAppendTime";

/**
 * Why bytes are not a valid batch. Kafka answers a produce request with MESSAGE_TOO_LARGE for "too large", with
 * INVALID_RECORD for "old magic", "value out of range" and "counts differ", and else with CORRUPT_MESSAGE.
 */
export type BatchFault =
  /** Fewer bytes remain than the batch says it has, or than a header takes. */
  | "truncated"
  /** The length is smaller than the header. */
  | "length below header"
  /** The batch is larger than the caller allows. */
  | "too large"
  /** A message set of magic 0 or 1, which Kafka 4 does not take either (KIP-724). */
  | "old magic"
  | "bad magic"
  | "crc mismatch"
  /** An offset, timestamp or producer id beyond 2^53-1, or a negative offset, delta or count. */
  | "value out of range"
  /** More records than offsets, or offsets without records where the caller wants none. */
  | "counts differ"
  /** Attributes name a compression type that does not exist. */
  | "unknown compression";

/** What {@link verifyBatch} checks beyond the form. */
export interface VerifyOptions {
  /** The largest batch allowed, header included. */
  readonly maxBytes?: number;
  /** Where the readable bytes end; the end of `bytes` unless told. */
  readonly end?: number;
  /** Offsets without gaps and at least one record, as producers must send; compaction leaves gaps. */
  readonly dense?: boolean;
  /** False leaves the checksum out, for bytes that were verified before. */
  readonly checkCrc?: boolean;
}

/** Reads an int32 at `at` of `bytes`. */
function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

function int16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!;
}

/** An int64 as a number, inexact beyond 2^53-1: {@link verifyBatch} refuses batches that hold such values. */
function int64(bytes: Uint8Array, at: number): number {
  return int32(bytes, at) * 4294967296 + (int32(bytes, at + 4) >>> 0);
}

function setInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function setInt64(bytes: Uint8Array, at: number, value: number): void {
  setInt32(bytes, at, Math.floor(value / 4294967296));
  setInt32(bytes, at + 4, value >>> 0);
}

/** The whole size of the batch at `at`, header included, as its length field says; the field must be readable. */
export function batchBytes(bytes: Uint8Array, at: number): number {
  return LOG_OVERHEAD_BYTES + int32(bytes, at + BATCH_LENGTH_AT);
}

/**
 * Looks at the length and magic of the batch at `at`: null when a whole batch of magic 2 is there. Everything that
 * reads further fields or walks to the next batch relies on this having been asked.
 */
export function checkFrame(bytes: Uint8Array, at: number, end: number = bytes.length): BatchFault | null {
  if (end - at < MAGIC_AT + 1) return "truncated";
  const length = int32(bytes, at + BATCH_LENGTH_AT);
  const magic = bytes[at + MAGIC_AT]!;
  if (magic === 0 || magic === 1) return "old magic";
  if (magic !== 2) return "bad magic";
  if (length < MIN_BATCH_LENGTH) return "length below header";
  if (length + LOG_OVERHEAD_BYTES > end - at) return "truncated";
  return null;
}

/** Checks the batch at `at` of `bytes`; null when it is sound. Never reads or walks the records themselves. */
export function verifyBatch(bytes: Uint8Array, at: number, options: VerifyOptions = {}): BatchFault | null {
  const end = options.end ?? bytes.length;
  const { maxBytes } = options;
  if (maxBytes !== undefined && end - at >= LOG_OVERHEAD_BYTES && batchBytes(bytes, at) > maxBytes) {
    return "too large";
  }
  const frame = checkFrame(bytes, at, end);
  if (frame !== null) return frame;
  if (options.checkCrc !== false) {
    const computed = crc32c(bytes, at + ATTRIBUTES_AT, at + batchBytes(bytes, at));
    if (computed !== int32(bytes, at + CRC_AT) >>> 0) return "crc mismatch";
  }
  return checkFields(bytes, at, options.dense === true);
}

function checkFields(bytes: Uint8Array, at: number, dense: boolean): BatchFault | null {
  if ((bytes[at + ATTRIBUTES_AT + 1]! & COMPRESSION_MASK) > 4) return "unknown compression";
  const baseOffset = int64(bytes, at + BASE_OFFSET_AT);
  const lastOffsetDelta = int32(bytes, at + LAST_OFFSET_DELTA_AT);
  const count = int32(bytes, at + RECORDS_COUNT_AT);
  if (baseOffset < 0 || lastOffsetDelta < 0 || count < 0) return "value out of range";
  if (
    !Number.isSafeInteger(baseOffset + lastOffsetDelta) ||
    !Number.isSafeInteger(int64(bytes, at + BASE_TIMESTAMP_AT)) ||
    !Number.isSafeInteger(int64(bytes, at + MAX_TIMESTAMP_AT)) ||
    !Number.isSafeInteger(int64(bytes, at + PRODUCER_ID_AT))
  ) return "value out of range";
  if (dense ? count !== lastOffsetDelta + 1 : count > lastOffsetDelta + 1) return "counts differ";
  return null;
}

/** Writes the first offset of the batch at `at`. The CRC does not cover it. */
export function setBaseOffset(bytes: Uint8Array, at: number, baseOffset: number): void {
  setInt64(bytes, at + BASE_OFFSET_AT, baseOffset);
}

/** Writes the leader epoch of the batch at `at`. The CRC does not cover it. */
export function setPartitionLeaderEpoch(bytes: Uint8Array, at: number, leaderEpoch: number): void {
  setInt32(bytes, at + PARTITION_LEADER_EPOCH_AT, leaderEpoch);
}

/** Sets the type of the timestamps and the largest one (milliseconds) of the batch at `at`, and its CRC anew. */
export function setMaxTimestamp(
  bytes: Uint8Array,
  at: number,
  timestamp: { readonly type: TimestampType; readonly maxTimestampMs: number },
): void {
  const attributesAt = at + ATTRIBUTES_AT + 1;
  const attributes = bytes[attributesAt]!;
  bytes[attributesAt] = timestamp.type === "LogAppendTime"
    ? attributes | TIMESTAMP_TYPE_BIT
    : attributes & ~TIMESTAMP_TYPE_BIT;
  setInt64(bytes, at + MAX_TIMESTAMP_AT, timestamp.maxTimestampMs);
  writeCrc(bytes, at);
}

/** Writes who produced the batch at `at` and the sequence of its first record (KIP-98), and its CRC anew. */
export function setProducer(
  bytes: Uint8Array,
  at: number,
  producer: { readonly id: number; readonly epoch: number; readonly baseSequence: number },
): void {
  setInt64(bytes, at + PRODUCER_ID_AT, producer.id);
  bytes[at + PRODUCER_EPOCH_AT] = producer.epoch >> 8;
  bytes[at + PRODUCER_EPOCH_AT + 1] = producer.epoch;
  setInt32(bytes, at + BASE_SEQUENCE_AT, producer.baseSequence);
  writeCrc(bytes, at);
}

/** Computes and writes the CRC of the batch at `at`. */
export function writeCrc(bytes: Uint8Array, at: number): void {
  setInt32(bytes, at + CRC_AT, crc32c(bytes, at + ATTRIBUTES_AT, at + batchBytes(bytes, at)));
}

/** The fields of a batch header, read from the bytes each time. Valid where {@link checkFrame} said null. */
export class BatchView {
  /** The bytes that hold the batch. */
  bytes: Uint8Array;
  /** Where in {@link bytes} the batch begins. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get baseOffset(): number {
    return int64(this.bytes, this.at + BASE_OFFSET_AT);
  }
  /** The size after this field; {@link sizeBytes} is the whole. */
  get batchLength(): number {
    return int32(this.bytes, this.at + BATCH_LENGTH_AT);
  }
  /** The whole size of the batch. */
  get sizeBytes(): number {
    return LOG_OVERHEAD_BYTES + this.batchLength;
  }
  get partitionLeaderEpoch(): number {
    return int32(this.bytes, this.at + PARTITION_LEADER_EPOCH_AT);
  }
  get magic(): number {
    return this.bytes[this.at + MAGIC_AT]!;
  }
  /** The CRC32C as an unsigned number, as written; not checked. */
  get crc(): number {
    return int32(this.bytes, this.at + CRC_AT) >>> 0;
  }
  get attributes(): number {
    return int16(this.bytes, this.at + ATTRIBUTES_AT);
  }
  /** The id of the compression type, 0 to 7; {@link verifyBatch} refuses those above 4. */
  get compressionId(): number {
    return this.attributes & COMPRESSION_MASK;
  }
  get timestampType(): TimestampType {
    return (this.attributes & TIMESTAMP_TYPE_BIT) === 0 ? "CreateTime" : "LogAppendTime";
  }
  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0;
  }
  /** True for a batch of transaction markers or KRaft control records, never given to applications. */
  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0;
  }
  /** KIP-534: the base timestamp is the time from which compaction may drop the batch's tombstones. */
  get hasDeleteHorizon(): boolean {
    return (this.attributes & DELETE_HORIZON_BIT) !== 0;
  }
  get lastOffsetDelta(): number {
    return int32(this.bytes, this.at + LAST_OFFSET_DELTA_AT);
  }
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }
  get nextOffset(): number {
    return this.lastOffset + 1;
  }
  /** What the records' timestamps are relative to, in milliseconds. */
  get baseTimestamp(): number {
    return int64(this.bytes, this.at + BASE_TIMESTAMP_AT);
  }
  /** The largest timestamp of the records, in milliseconds. */
  get maxTimestamp(): number {
    return int64(this.bytes, this.at + MAX_TIMESTAMP_AT);
  }
  /** -1 when the producer is not idempotent. */
  get producerId(): number {
    return int64(this.bytes, this.at + PRODUCER_ID_AT);
  }
  get producerEpoch(): number {
    return int16(this.bytes, this.at + PRODUCER_EPOCH_AT);
  }
  get baseSequence(): number {
    return int32(this.bytes, this.at + BASE_SEQUENCE_AT);
  }
  /** The sequence of the last record; sequences wrap from 2^31-1 to 0. -1 when there are none. */
  get lastSequence(): number {
    const base = this.baseSequence;
    return base === NO_SEQUENCE ? NO_SEQUENCE : (base + this.lastOffsetDelta) % 2147483648;
  }
  get recordsCount(): number {
    return int32(this.bytes, this.at + RECORDS_COUNT_AT);
  }
  /** A view of the records, compressed if the attributes say so. */
  get payload(): Uint8Array {
    return this.bytes.subarray(this.at + BATCH_HEADER_BYTES, this.at + this.sizeBytes);
  }
  /** A view of the whole batch. */
  get view(): Uint8Array {
    return this.bytes.subarray(this.at, this.at + this.sizeBytes);
  }
}

/**
 * Walks over the whole batches of a byte range. It checks lengths and magic, not checksums: call
 * {@link verifyBatch} where the bytes are not known to be sound. Allocates nothing per batch.
 */
export class BatchCursor extends BatchView {
  /** Why the walk ended before the end of the range: null while it goes on and when nothing was left over. */
  fault: BatchFault | null = null;
  /** Where the batch after the current one begins; after the walk, the end of the last whole batch. */
  nextAt: number;
  readonly end: number;

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length) {
    super(bytes, from);
    this.nextAt = from;
    this.end = to;
  }

  /** Moves to the next whole batch; false when there is none. */
  next(): boolean {
    if (this.fault !== null || this.nextAt >= this.end) return false;
    this.fault = checkFrame(this.bytes, this.nextAt, this.end);
    if (this.fault !== null) return false;
    this.at = this.nextAt;
    this.nextAt += this.sizeBytes;
    return true;
  }
}

/**
 * The batches of a range as separate views that may be kept. Throws {@link DecodeError} at the first that is not
 * whole; a range that ends inside a batch, as Fetch may send, ends quietly with `partialEnd`.
 */
export function* batches(
  bytes: Uint8Array,
  options: { readonly partialEnd?: boolean } = {},
): Generator<BatchView> {
  const cursor = new BatchCursor(bytes);
  while (cursor.next()) yield new BatchView(bytes, cursor.at);
  if (cursor.fault === null || (cursor.fault === "truncated" && options.partialEnd === true)) return;
  throw new DecodeError(`read record batch at ${cursor.nextAt}: ${cursor.fault}`);
}
