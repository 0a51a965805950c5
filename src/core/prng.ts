/**
 * A seeded source of randomness that gives the same numbers on every runtime: sfc32, Chris Doty-Humphrey's small
 * fast counting generator (PractRand), which needs only 32-bit additions, shifts and exclusive ors. Not for secrets.
 */

import { assert } from "./assert.ts";

const TWO_POW_32 = 4294967296;

/** Draws numbers that depend on the seed alone. It has the shape of the platform's `Random`. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** `seed` is a safe integer; all of its bits count. */
  constructor(seed: number) {
    assert(Number.isSafeInteger(seed), `a seed must be a safe integer, got ${seed}`);
    this.#a = 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / TWO_POW_32) | 0;
    this.#counter = 1;
    // The first draws still look like the seed.
    for (let round = 0; round < 15; round++) this.uint32();
  }

  /** A whole number in [0, 2^32). */
  uint32(): number {
    const drawn = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + drawn | 0;
    return drawn >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  next(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** A whole number in [0, bound); `bound` is at least 1. */
  below(bound: number): number {
    assert(
      Number.isSafeInteger(bound) && bound > 0,
      `the bound of a random number must be positive, got ${bound}`,
    );
    return Math.floor(this.next() * bound);
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const drawn = this.uint32();
      for (let index = 0; index < 4 && at + index < length; index++) {
        bytes[at + index] = drawn >>> (index * 8);
      }
    }
    return bytes;
  }

  /** Whether something that happens with `probability` (0 to 1) happens now. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    assert(choices.length > 0, "there must be something to pick from");
    return choices[this.below(choices.length)] as T;
  }

  /** A new generator, independent of what is drawn from this one later: one per part of a simulation. */
  fork(): Prng {
    return new Prng(this.uint32() * 2097152 + (this.uint32() >>> 11));
  }
}
