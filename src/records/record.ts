/** The records inside a batch of magic 2 (KIP-98): walking over them without copying, and what they hold. */

import { ByteReader } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import type { BatchView } from "./batch.ts";
import { compressionName, decompress } from "./compression/codec.ts";
import { VarintReader } from "./varint_reader.ts";

/** A record header. Kafka's header keys are strings; a key may occur more than once. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A record as applications see it. A null value is a tombstone. */
export interface KafkaRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1 when the record has none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** The most bytes that the records of one batch may take decompressed, unless the caller says otherwise. */
export const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

/** The smallest record: length, attributes, two deltas, two lengths and a count of one byte each. */
const MIN_RECORD_BYTES = 7;
const NO_HEADERS: readonly RecordHeader[] = [];

export interface RecordsOptions {
  /** The most bytes the records may take decompressed: {@link MAX_DECOMPRESSED_BYTES} unless told. */
  readonly maxBytes?: number;
}

/**
 * Walks over the records of a batch. The getters speak of the current record and read views of the decompressed
 * payload; nothing is copied, and nothing but the views is allocated.
 *
 * The constructor throws DecompressError and {@link next} throws {@link DecodeError} when the payload is malformed:
 * the batch's CRC says only that it arrived as it was sent.
 */
export class RecordCursor {
  offset = -1;
  /** Milliseconds since 1970, with the batch's timestamp type applied; -1 for none. */
  timestamp = -1;
  /** The decompressed records. */
  readonly payload: Uint8Array;
  /** Where in {@link payload} the current record's key length is: from there on it is free of deltas. */
  bodyAt = 0;
  /** Where in {@link payload} the current record ends. */
  endAt = 0;

  #keyAt = 0;
  #keyLength = -1;
  #valueAt = 0;
  #valueLength = -1;
  #headersAt = 0;
  #headersCount = 0;
  #left: number;
  #lastOffsetDelta = -1;
  readonly #reader: VarintReader;
  readonly #baseOffset: number;
  readonly #batchLastOffsetDelta: number;
  readonly #baseTimestamp: number;
  /** For LogAppendTime, the timestamp of every record. */
  readonly #appendTimestamp: number | null;

  constructor(batch: BatchView, options: RecordsOptions = {}) {
    const codec = compressionName(batch.compressionId);
    if (codec === undefined) {
      throw new DecodeError(
        `read records at offset ${batch.baseOffset}: no compression type ${batch.compressionId}`,
      );
    }
    this.payload = decompress(codec, batch.payload, options.maxBytes ?? MAX_DECOMPRESSED_BYTES);
    this.#reader = new VarintReader(this.payload);
    this.#left = batch.recordsCount;
    this.#baseOffset = batch.baseOffset;
    this.#batchLastOffsetDelta = batch.lastOffsetDelta;
    this.#baseTimestamp = batch.baseTimestamp;
    this.#appendTimestamp = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : null;
    if (this.#baseOffset < 0 || !Number.isSafeInteger(this.#baseOffset + this.#batchLastOffsetDelta)) {
      this.#fail("an offset is out of range");
    }
    if (this.#left < 0 || this.#left * MIN_RECORD_BYTES > this.payload.length) {
      throw new DecodeError(
        `read records at offset ${this.#baseOffset}: ${this.#left} do not fit ${this.payload.length} bytes`,
      );
    }
  }

  /** Moves to the next record; false after the last. */
  next(): boolean {
    const reader = this.#reader;
    if (this.#left === 0) {
      const remaining = this.payload.length - reader.position;
      if (remaining > 0) this.#fail(`${remaining} bytes are left after the last record`);
      return false;
    }
    const length = reader.readVarint();
    const from = reader.position;
    if (length < 0 || length > this.payload.length - from) {
      this.#fail(`a record of ${length} bytes at ${from} does not fit`);
    }
    reader.position = from + 1; // The attributes of a record have no meaning yet.
    const endAt = this.endAt = from + length;
    const timestampDelta = reader.readVarlong();
    const offsetDelta = reader.readVarint();
    this.timestamp = this.#appendTimestamp ?? this.#baseTimestamp + timestampDelta;
    if (!Number.isSafeInteger(this.timestamp)) this.#fail("a timestamp is beyond 2^53-1");
    if (offsetDelta <= this.#lastOffsetDelta || offsetDelta > this.#batchLastOffsetDelta) {
      this.#fail(`offset delta ${offsetDelta} after ${this.#lastOffsetDelta}`);
    }
    this.#lastOffsetDelta = offsetDelta;
    this.offset = this.#baseOffset + offsetDelta;
    this.bodyAt = reader.position;
    this.#keyLength = this.#nullableLength();
    this.#keyAt = reader.skip(Math.max(0, this.#keyLength), endAt);
    this.#valueLength = this.#nullableLength();
    this.#valueAt = reader.skip(Math.max(0, this.#valueLength), endAt);
    this.#skipHeaders();
    if (reader.position !== endAt) {
      this.#fail(`a record of ${length} bytes at ${from} ends at ${reader.position}`);
    }
    this.#left--;
    return true;
  }

  /** A view of the key. */
  get key(): Uint8Array | null {
    return this.#keyLength < 0 ? null : this.payload.subarray(this.#keyAt, this.#keyAt + this.#keyLength);
  }

  /** A view of the value; null for a tombstone. */
  get value(): Uint8Array | null {
    return this.#valueLength < 0
      ? null
      : this.payload.subarray(this.#valueAt, this.#valueAt + this.#valueLength);
  }

  get hasKey(): boolean {
    return this.#keyLength >= 0;
  }

  /** Where in {@link payload} the key begins, which saves the view of {@link key}. */
  get keyAt(): number {
    return this.#keyAt;
  }

  /** Where in {@link payload} the key ends. */
  get keyEnd(): number {
    return this.#keyAt + Math.max(0, this.#keyLength);
  }

  get hasValue(): boolean {
    return this.#valueLength >= 0;
  }

  get headers(): readonly RecordHeader[] {
    if (this.#headersCount === 0) return NO_HEADERS;
    const reader = new ByteReader(this.payload, this.#headersAt, this.endAt);
    const headers: RecordHeader[] = [];
    for (let left = this.#headersCount; left > 0; left--) {
      const key = reader.readUtf8(reader.readVarint());
      const length = reader.readVarint();
      headers.push({ key, value: length < 0 ? null : reader.readView(length) });
    }
    return headers;
  }

  /** The current record as an object whose bytes are views of the payload. */
  record(): KafkaRecord {
    const { offset, timestamp, key, value, headers } = this;
    return { offset, timestamp, key, value, headers };
  }

  /** A length of -1 (null) or more. */
  #nullableLength(): number {
    const length = this.#reader.readVarint();
    if (length < -1) this.#fail(`a length of ${length}`);
    return length;
  }

  #skipHeaders(): void {
    const reader = this.#reader;
    const count = reader.readVarint();
    this.#headersAt = reader.position;
    // Each header takes two bytes at least, which bounds the loop by the record.
    if (count < 0 || count * 2 > this.endAt - reader.position) {
      this.#fail(`${count} headers do not fit their record`);
    }
    this.#headersCount = count;
    for (let left = count; left > 0; left--) {
      reader.skip(reader.readVarint(), this.endAt);
      reader.skip(Math.max(0, this.#nullableLength()), this.endAt);
    }
  }

  #fail(what: string): never {
    throw new DecodeError(`read records at offset ${this.#baseOffset}: ${what}`);
  }
}

/** The records of a batch, oldest first. Throws as {@link RecordCursor} does. */
export function* recordsOf(batch: BatchView, options: RecordsOptions = {}): Generator<KafkaRecord> {
  const cursor = new RecordCursor(batch, options);
  while (cursor.next()) yield cursor.record();
}
