/**
 * The last offset of each key in a part of a log, in bounded memory: a hash table with open addressing that keeps
 * 128 bits of each key and the offset, 24 bytes a slot as in Kafka.
 */

import { HASH_WORDS, type KeyHash } from "./key_hash.ts";

/** The words of a slot: the hash, then the offset in two. */
const SLOT_WORDS = HASH_WORDS + 2;
const SLOT_BYTES = SLOT_WORDS * 4;
/** How full the table gets when memory does not matter: more is slower. */
const COMFORTABLE_LOAD = 0.6;
const MIN_SLOTS = 16;
/** What one table may take, as in Kafka: 2 GiB. */
const MAX_SLOTS = Math.floor(0x7fffffff / SLOT_BYTES);
const TWO_TO_32 = 4294967296;

export interface OffsetMapSize {
  /** How many records there are, of which each may have another key. */
  readonly records: number;
  /** The most bytes that the table may take. */
  readonly budgetBytes: number;
  /** How full the table may get, from 0 to 1: Kafka's 0.9 unless told. */
  readonly maxLoad?: number;
}

export class OffsetMap {
  /** The offset up to which all keys are noted. A record behind it is not judged by this map. */
  latestOffset = -1;
  /** How many keys it can hold. */
  readonly capacity: number;
  readonly #hash: KeyHash;
  readonly #slots: number;
  /** Slots side by side, so that a look-up seldom touches more than one line of the cache. */
  readonly #words: Int32Array;
  #count = 0;

  /** Room for `records` keys, or fewer where that would take more than `budgetBytes`. */
  constructor(hash: KeyHash, { records, budgetBytes, maxLoad = 0.9 }: OffsetMapSize) {
    const affordable = Math.min(MAX_SLOTS, Math.max(MIN_SLOTS, Math.floor(budgetBytes / SLOT_BYTES)));
    const wanted = Math.max(MIN_SLOTS, Math.ceil(records / COMFORTABLE_LOAD));
    this.#slots = Math.min(affordable, wanted);
    this.#hash = hash;
    this.#words = new Int32Array(this.#slots * SLOT_WORDS);
    const load = Math.min(Math.max(maxLoad, 0.1), 0.95);
    this.capacity = Math.max(1, Math.floor(this.#slots * load));
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#count;
  }

  /** What the table takes in memory. */
  get memoryBytes(): number {
    return this.#words.byteLength;
  }

  /**
   * Notes that the last record with a key so far is at `offset`; the key are the bytes from `from` up to `to`. False
   * when there is no room for another key.
   */
  put(bytes: Uint8Array, from: number, to: number, offset: number): boolean {
    const at = this.#find(bytes, from, to);
    const words = this.#words;
    if (isFree(words, at)) {
      if (this.#count === this.capacity) return false;
      this.#count++;
      const { h0, h1, h2, h3 } = this.#hash;
      words[at] = h0;
      words[at + 1] = h1;
      words[at + 2] = h2;
      words[at + 3] = h3;
    }
    // One more, so that zeros are a free slot.
    words[at + 4] = offset + 1;
    words[at + 5] = (offset + 1) / TWO_TO_32;
    this.latestOffset = offset;
    return true;
  }

  /** The last offset of a key, -1 when it was not put. */
  get(bytes: Uint8Array, from: number, to: number): number {
    const at = this.#find(bytes, from, to);
    const words = this.#words;
    return (words[at + 4]! >>> 0) + words[at + 5]! * TWO_TO_32 - 1;
  }

  /** Where the slot begins that holds a key, or the free one where it belongs. */
  #find(bytes: Uint8Array, from: number, to: number): number {
    const hash = this.#hash;
    hash.update(bytes, from, to);
    const { h0, h1, h2, h3 } = hash;
    const words = this.#words;
    // The hash as a fraction of 2^32, spread over the slots.
    let at = Math.floor((h0 >>> 0) / TWO_TO_32 * this.#slots) * SLOT_WORDS;
    while (!isFree(words, at)) {
      if (words[at] === h0 && words[at + 1] === h1 && words[at + 2] === h2 && words[at + 3] === h3) break;
      at += SLOT_WORDS;
      if (at === words.length) at = 0;
    }
    return at;
  }
}

function isFree(words: Int32Array, at: number): boolean {
  return words[at + 4] === 0 && words[at + 5] === 0;
}
