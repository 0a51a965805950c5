/**
 * The sparse index of a segment from offset to file position, in Kafka's `.index` format: entries of an int32
 * offset relative to the segment's base offset and an int32 position. An entry names the last offset of the batch
 * that begins at its position, so a search for an offset scans forward from the entry at or below it.
 */

import { assert } from "../core/assert.ts";

/** The size of an entry in the file. */
export const OFFSET_INDEX_ENTRY_BYTES = 8;

/** The largest offset relative to a segment's base that an entry can hold. */
export const MAX_RELATIVE_OFFSET = 0x7fffffff;

export class OffsetIndex {
  readonly baseOffset: number;
  /** Pairs of relative offset and position, ascending in both. */
  #entries: Int32Array;
  #count = 0;

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset;
    this.#entries = EMPTY;
  }

  get count(): number {
    return this.#count;
  }

  /** What the entries take in the file. */
  get sizeBytes(): number {
    return this.#count * OFFSET_INDEX_ENTRY_BYTES;
  }

  /** What the entries take in memory. */
  get memoryBytes(): number {
    return this.#entries.byteLength;
  }

  /** Adds the batch at `position` whose last offset is `lastOffset`; both are beyond those of the last entry. */
  append(lastOffset: number, position: number): void {
    const relative = lastOffset - this.baseOffset;
    const at = this.#count * 2;
    assert(relative >= 0 && relative <= MAX_RELATIVE_OFFSET, "an indexed offset lies within its segment");
    assert(at === 0 || relative > this.#entries[at - 2]!, "indexed offsets ascend");
    if (at === this.#entries.length) this.#grow();
    this.#entries[at] = relative;
    this.#entries[at + 1] = position;
    this.#count++;
  }

  #grow(): void {
    const grown = new Int32Array(Math.max(16, this.#entries.length * 2));
    grown.set(this.#entries);
    this.#entries = grown;
  }

  /** The number of the last entry whose offset is at or below `offset`; -1 when there is none. */
  floor(offset: number): number {
    const wanted = offset - this.baseOffset;
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle * 2]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The number of the last entry whose position is at or below `position`; -1 when there is none. */
  floorPosition(position: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle * 2 + 1]! <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  offsetAt(entry: number): number {
    return this.baseOffset + this.#entries[entry * 2]!;
  }

  positionAt(entry: number): number {
    return this.#entries[entry * 2 + 1]!;
  }

  /** Where to begin scanning for `offset`: the start of a batch at or before the one that holds it. */
  positionFor(offset: number): number {
    const entry = this.floor(offset);
    return entry < 0 ? 0 : this.positionAt(entry);
  }

  /** Drops the entries of batches at or behind `position`. */
  truncateToPosition(position: number): void {
    while (this.#count > 0 && this.positionAt(this.#count - 1) >= position) this.#count--;
  }

  /** The content of the file. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(this.sizeBytes);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < this.#count * 2; index++) view.setInt32(index * 4, this.#entries[index]!);
    return bytes;
  }

  /**
   * Reads the content of a file for a segment of `segmentBytes`; null when it is not the index of such a segment:
   * a torn entry, offsets or positions that do not ascend, a position behind the end.
   */
  static decode(baseOffset: number, bytes: Uint8Array, segmentBytes: number): OffsetIndex | null {
    if (bytes.length % OFFSET_INDEX_ENTRY_BYTES !== 0) return null;
    const count = bytes.length / OFFSET_INDEX_ENTRY_BYTES;
    const entries = new Int32Array(count * 2);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let lastRelative = -1;
    let lastPosition = -1;
    for (let at = 0; at < entries.length; at += 2) {
      const relative = view.getInt32(at * 4);
      const position = view.getInt32(at * 4 + 4);
      if (relative <= lastRelative || position <= lastPosition || position >= segmentBytes) return null;
      entries[at] = lastRelative = relative;
      entries[at + 1] = lastPosition = position;
    }
    const index = new OffsetIndex(baseOffset);
    index.#entries = entries;
    index.#count = count;
    return index;
  }
}

const EMPTY = new Int32Array(0);
