/**
 * The last offset of each key in a part of a log, in bounded memory: a hash table with open addressing that keeps
 * 128 bits of each key and the offset, 24 bytes a slot.
 */

import { HASH_WORDS, type KeyHash } from "./key_hash.ts";

const SLOT_BYTES = HASH_WORDS * 4 + 8;
const MAX_LOAD = 0.75;
const MIN_SLOTS = 16;

export class OffsetMap {
  /** The offset of the last record that was put. A record behind it is not judged by this map. */
  latestOffset = -1;
  readonly #hash: KeyHash;
  readonly #hashes: Int32Array;
  /** -1 in a slot that is free. */
  readonly #offsets: Float64Array;
  readonly #mask: number;
  readonly #capacity: number;
  #count = 0;

  /** Room for `records` keys, or fewer where that would take more than `budgetBytes`. */
  constructor(hash: KeyHash, options: { readonly records: number; readonly budgetBytes: number }) {
    const affordable = 2 ** Math.floor(Math.log2(Math.max(MIN_SLOTS, options.budgetBytes / SLOT_BYTES)));
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(MIN_SLOTS, options.records / MAX_LOAD)));
    const slots = Math.min(affordable, wanted);
    this.#hash = hash;
    this.#hashes = new Int32Array(slots * HASH_WORDS);
    this.#offsets = new Float64Array(slots).fill(-1);
    this.#mask = slots - 1;
    this.#capacity = Math.floor(slots * MAX_LOAD);
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#count;
  }

  /** How many keys it can hold. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Notes that the last record with `key` so far is at `offset`; false when there is no room for another key. */
  put(key: Uint8Array, offset: number): boolean {
    const slot = this.#find(key);
    if (this.#offsets[slot]! < 0) {
      if (this.#count === this.#capacity) return false;
      this.#count++;
      this.#hashes.set(this.#hash.words, slot * HASH_WORDS);
    }
    this.#offsets[slot] = offset;
    this.latestOffset = offset;
    return true;
  }

  /** The last offset of `key`, -1 when it was not put. */
  get(key: Uint8Array): number {
    return this.#offsets[this.#find(key)]!;
  }

  /** The slot that holds `key`, or the free one where it belongs. */
  #find(key: Uint8Array): number {
    this.#hash.update(key);
    const [h0, h1, h2, h3] = this.#hash.words as unknown as [number, number, number, number];
    let slot = h0 & this.#mask;
    while (this.#offsets[slot]! >= 0) {
      const at = slot * HASH_WORDS;
      const hashes = this.#hashes;
      if (hashes[at] === h0 && hashes[at + 1] === h1 && hashes[at + 2] === h2 && hashes[at + 3] === h3) break;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}
