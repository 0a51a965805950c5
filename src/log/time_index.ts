/**
 * The sparse index of a segment from timestamp to offset, in Kafka's `.timeindex` format (KIP-33): entries of an
 * int64 timestamp in milliseconds and an int32 offset relative to the segment's base offset. An entry says that
 * no record up to and including its offset has a larger timestamp.
 */

import { assert } from "../core/assert.ts";
import { NO_TIMESTAMP } from "../records/batch.ts";

/** The size of an entry in the file. */
export const TIME_INDEX_ENTRY_BYTES = 12;

export class TimeIndex {
  readonly baseOffset: number;
  #timestamps: Float64Array;
  #offsets: Int32Array;
  #count = 0;

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset;
    this.#timestamps = NO_TIMESTAMPS;
    this.#offsets = NO_OFFSETS;
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#count * TIME_INDEX_ENTRY_BYTES;
  }

  get memoryBytes(): number {
    return this.#timestamps.byteLength + this.#offsets.byteLength;
  }

  timestampAt(entry: number): number {
    return this.#timestamps[entry]!;
  }

  offsetAt(entry: number): number {
    return this.baseOffset + this.#offsets[entry]!;
  }

  /** The timestamp of the last entry, -1 when there is none. */
  get lastTimestamp(): number {
    return this.#count === 0 ? NO_TIMESTAMP : this.timestampAt(this.#count - 1);
  }

  /** The offset of the last entry, the base offset when there is none. */
  get lastOffset(): number {
    return this.#count === 0 ? this.baseOffset : this.offsetAt(this.#count - 1);
  }

  /** Adds an entry unless its timestamp is not beyond that of the last one. */
  maybeAppend(timestamp: number, offset: number): void {
    if (timestamp <= this.lastTimestamp) return;
    const relative = offset - this.baseOffset;
    assert(relative >= 0 && relative <= 0x7fffffff, "an indexed offset lies within its segment");
    if (this.#count === this.#offsets.length) this.#grow();
    this.#timestamps[this.#count] = timestamp;
    this.#offsets[this.#count] = relative;
    this.#count++;
  }

  #grow(): void {
    const capacity = Math.max(16, this.#offsets.length * 2);
    const timestamps = new Float64Array(capacity);
    const offsets = new Int32Array(capacity);
    timestamps.set(this.#timestamps);
    offsets.set(this.#offsets);
    this.#timestamps = timestamps;
    this.#offsets = offsets;
  }

  /**
   * An offset up to which every record is older than `timestamp`, so that a search for the first record that is
   * not can begin there.
   */
  offsetBefore(timestamp: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timestamps[middle]! < timestamp) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? this.baseOffset : this.offsetAt(low - 1);
  }

  /** Drops the entries at or behind `offset`. */
  truncateToOffset(offset: number): void {
    while (this.#count > 0 && this.offsetAt(this.#count - 1) >= offset) this.#count--;
  }

  /** The content of the file. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(this.sizeBytes);
    const view = new DataView(bytes.buffer);
    for (let entry = 0; entry < this.#count; entry++) {
      view.setBigInt64(entry * TIME_INDEX_ENTRY_BYTES, BigInt(this.#timestamps[entry]!));
      view.setInt32(entry * TIME_INDEX_ENTRY_BYTES + 8, this.#offsets[entry]!);
    }
    return bytes;
  }

  /** Reads the content of a file; null when it is torn or its timestamps or offsets do not ascend. */
  static decode(baseOffset: number, bytes: Uint8Array): TimeIndex | null {
    if (bytes.length % TIME_INDEX_ENTRY_BYTES !== 0) return null;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const index = new TimeIndex(baseOffset);
    index.#count = bytes.length / TIME_INDEX_ENTRY_BYTES;
    index.#timestamps = new Float64Array(index.#count);
    index.#offsets = new Int32Array(index.#count);
    for (let entry = 0; entry < index.#count; entry++) {
      const timestamp = Number(view.getBigInt64(entry * TIME_INDEX_ENTRY_BYTES));
      const relative = view.getInt32(entry * TIME_INDEX_ENTRY_BYTES + 8);
      const before = entry - 1;
      if (!Number.isSafeInteger(timestamp) || relative < 0) return null;
      if (entry > 0 && (timestamp <= index.#timestamps[before]! || relative < index.#offsets[before]!)) {
        return null;
      }
      index.#timestamps[entry] = timestamp;
      index.#offsets[entry] = relative;
    }
    return index;
  }
}

const NO_TIMESTAMPS = new Float64Array(0);
const NO_OFFSETS = new Int32Array(0);
