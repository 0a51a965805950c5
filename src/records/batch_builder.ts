/** Builds a batch of magic 2 from records, appended one by one. */

import { assert } from "../core/assert.ts";
import { ByteWriter, encodeUtf8 } from "../core/bytes.ts";
import {
  BATCH_HEADER_BYTES,
  type BatchView,
  LOG_OVERHEAD_BYTES,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  NO_TIMESTAMP,
  setMaxTimestamp,
  type TimestampType,
  writeCrc,
} from "./batch.ts";
import { compress, compressionId, type CompressionName } from "./compression/codec.ts";
import type { RecordCursor, RecordHeader } from "./record.ts";

/** The header of the batch to build. Every field has the value that a plain producer sends, unless told. */
export interface BatchOptions {
  readonly baseOffset?: number;
  readonly compression?: CompressionName;
  readonly compressionLevel?: number;
  readonly timestampType?: TimestampType;
  /** With LogAppendTime, the time (milliseconds) that all records get. */
  readonly logAppendTimestamp?: number;
  readonly partitionLeaderEpoch?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
  /** KIP-534: the time (milliseconds) from which compaction may drop the tombstones in the batch. */
  readonly deleteHorizonMs?: number;
}

/** What to append; the offset follows from the order or is given beside it. */
export interface RecordToAppend {
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

const NO_HEADERS: readonly RecordHeader[] = [];

/** The bytes of `value` (32 bits) as a zigzag varint. */
function varintBytes(value: number): number {
  return uvarintBytes(((value << 1) ^ (value >> 31)) >>> 0);
}

function uvarintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

/** The bytes of `value` (54 bits) as a zigzag varint. */
function varlongBytes(value: number): number {
  let bytes = 1;
  for (let rest = value < 0 ? -(value + 1) : value; rest >= 64; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/**
 * Collects records and gives the batch. Offsets go up by one from the base offset, or are given and leave gaps as
 * compaction does. Reusable after {@link reset}.
 */
export class BatchBuilder {
  #options: BatchOptions;
  #records: ByteWriter;
  #count = 0;
  #lastOffsetDelta = -1;
  #baseTimestamp = NO_TIMESTAMP;
  #maxTimestamp = NO_TIMESTAMP;
  /** What part of their size the records of the last batch took. */
  #ratio = 1;

  constructor(options: BatchOptions = {}) {
    this.#options = options;
    // The header's place stays free in front, so that an uncompressed batch is built where it lies.
    this.#records = new ByteWriter(1024);
    this.reset(options);
  }

  /** Starts another batch, keeping the buffer. */
  reset(options: BatchOptions = this.#options): void {
    if (options.compression !== this.#options.compression) this.#ratio = 1;
    this.#options = options;
    this.#records.reset();
    this.#records.claim(BATCH_HEADER_BYTES);
    this.#count = 0;
    this.#lastOffsetDelta = -1;
    this.#baseTimestamp = options.deleteHorizonMs ?? NO_TIMESTAMP;
    this.#maxTimestamp = NO_TIMESTAMP;
  }

  get count(): number {
    return this.#count;
  }

  /** The size of the batch so far if it were not compressed, header included. */
  get uncompressedBytes(): number {
    return this.#records.position;
  }

  /**
   * About how large the batch so far will be when built, if its records shrink as well as those of the last batch
   * built with this builder. Exact without compression.
   */
  get estimatedBytes(): number {
    return BATCH_HEADER_BYTES + Math.ceil((this.uncompressedBytes - BATCH_HEADER_BYTES) * this.#ratio);
  }

  /** What {@link uncompressedBytes} will be at most once `record` is appended. */
  uncompressedBytesWith(record: RecordToAppend): number {
    // The varints of length, timestamp delta, offset delta, and one byte of attributes.
    return this.#records.position + 5 + 10 + 5 + 1 +
      bodyBytes(record, encodeKeys(record.headers ?? NO_HEADERS));
  }

  /** Appends a record at the next offset. */
  append(record: RecordToAppend): void {
    this.#appendDelta(this.#lastOffsetDelta + 1, record);
  }

  /** Appends a record at a given offset, which must be above the last one. */
  appendAt(offset: number, record: RecordToAppend): void {
    this.#appendDelta(offset - (this.#options.baseOffset ?? 0), record);
  }

  /** Appends the cursor's record with its offset and timestamp, key, value and headers byte for byte. */
  appendFrom(cursor: RecordCursor): void {
    const body = cursor.payload.subarray(cursor.bodyAt, cursor.endAt);
    this.#beginRecord(cursor.offset - (this.#options.baseOffset ?? 0), cursor.timestamp, body.length);
    this.#records.writeRaw(body);
  }

  /** Makes the batch reach to `offset` although its last record is before it, as after compaction. */
  keepLastOffset(offset: number): void {
    const delta = offset - (this.#options.baseOffset ?? 0);
    assert(delta >= this.#lastOffsetDelta, `the last offset of a batch cannot go back to ${offset}`);
    this.#lastOffsetDelta = delta;
  }

  /** The batch, as new bytes. The builder may be reset and used again. */
  build(): Uint8Array<ArrayBuffer> {
    const codec = this.#options.compression ?? "none";
    const written = this.#records.written;
    if (codec === "none" || this.#count === 0) {
      const batch = written.slice();
      this.#writeHeader(batch, 0);
      return batch;
    }
    const payload = compress(codec, written.subarray(BATCH_HEADER_BYTES), this.#options.compressionLevel);
    this.#ratio = payload.length / (written.length - BATCH_HEADER_BYTES);
    const batch = new Uint8Array(BATCH_HEADER_BYTES + payload.length);
    batch.set(payload, BATCH_HEADER_BYTES);
    this.#writeHeader(batch, compressionId(codec));
    return batch;
  }

  #appendDelta(offsetDelta: number, record: RecordToAppend): void {
    const headers = record.headers ?? NO_HEADERS;
    const keys = encodeKeys(headers);
    this.#beginRecord(offsetDelta, record.timestamp, bodyBytes(record, keys));
    const writer = this.#records;
    writeNullable(writer, record.key);
    writeNullable(writer, record.value);
    writer.writeVarint(headers.length);
    for (let index = 0; index < keys.length; index++) {
      writeNullable(writer, keys[index]!);
      writeNullable(writer, headers[index]!.value);
    }
  }

  #beginRecord(offsetDelta: number, timestamp: number, bodyLength: number): void {
    assert(
      offsetDelta > this.#lastOffsetDelta && offsetDelta < 0x7fffffff,
      `a record's offset delta must go up from ${this.#lastOffsetDelta}, got ${offsetDelta}`,
    );
    if (this.#count === 0 && this.#options.deleteHorizonMs === undefined) this.#baseTimestamp = timestamp;
    const timestampDelta = timestamp - this.#baseTimestamp;
    this.#lastOffsetDelta = offsetDelta;
    this.#count++;
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    const writer = this.#records;
    writer.writeVarint(1 + varlongBytes(timestampDelta) + varintBytes(offsetDelta) + bodyLength);
    writer.writeInt8(0);
    writer.writeVarlong(timestampDelta);
    writer.writeVarint(offsetDelta);
  }

  #writeHeader(batch: Uint8Array<ArrayBuffer>, codecId: number): void {
    const options = this.#options;
    const isAppendTime = options.timestampType === "LogAppendTime";
    const attributes = codecId | (isAppendTime ? 8 : 0) | (options.isTransactional ? 16 : 0) |
      (options.isControl ? 32 : 0) | (options.deleteHorizonMs === undefined ? 0 : 64);
    const header = new ByteWriter(BATCH_HEADER_BYTES);
    header.writeInt64(options.baseOffset ?? 0);
    header.writeInt32(batch.length - LOG_OVERHEAD_BYTES);
    header.writeInt32(options.partitionLeaderEpoch ?? -1);
    header.writeInt8(2);
    header.writeUint32(0);
    header.writeInt16(attributes);
    header.writeInt32(this.#lastOffsetDelta);
    header.writeInt64(this.#baseTimestamp);
    header.writeInt64(isAppendTime ? options.logAppendTimestamp ?? NO_TIMESTAMP : this.#maxTimestamp);
    header.writeInt64(options.producerId ?? NO_PRODUCER_ID);
    header.writeInt16(options.producerEpoch ?? NO_PRODUCER_EPOCH);
    header.writeInt32(options.baseSequence ?? NO_SEQUENCE);
    header.writeInt32(this.#count);
    batch.set(header.written);
    writeCrc(batch, 0);
  }
}

/**
 * What compaction leaves of a batch when no record of it stays but its offsets or its producer's last sequence must
 * be kept: the header alone, not compressed, with the largest timestamp that it had.
 */
export function emptyBatchOf(batch: BatchView): Uint8Array<ArrayBuffer> {
  const { baseOffset } = batch;
  const builder = new BatchBuilder({
    baseOffset,
    timestampType: batch.timestampType,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
  });
  builder.keepLastOffset(batch.lastOffset);
  const bytes = builder.build();
  setMaxTimestamp(bytes, 0, { type: batch.timestampType, maxTimestampMs: batch.maxTimestamp });
  return bytes;
}

function encodeKeys(headers: readonly RecordHeader[]): readonly Uint8Array[] {
  return headers.length === 0 ? [] : headers.map((header) => encodeUtf8(header.key));
}

/** The size of a record from its key length on. */
function bodyBytes(record: RecordToAppend, headerKeys: readonly Uint8Array[]): number {
  let size = nullableBytes(record.key) + nullableBytes(record.value) + varintBytes(headerKeys.length);
  for (let index = 0; index < headerKeys.length; index++) {
    size += nullableBytes(headerKeys[index]!) + nullableBytes(record.headers![index]!.value);
  }
  return size;
}

function nullableBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length;
}

function writeNullable(writer: ByteWriter, value: Uint8Array | null): void {
  if (value === null) return writer.writeVarint(-1);
  writer.writeVarint(value.length);
  writer.writeRaw(value);
}
