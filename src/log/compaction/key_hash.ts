/**
 * A keyed 128-bit hash of record keys, as two HalfSipHash-2-4 (Aumasson and Bernstein's SipHash on 32-bit words) with
 * 64 bits each. Compaction takes two keys with the same hash for one, so nobody who does not know the secret may be
 * able to find such a pair.
 */

/** The 32-bit words of a hash. */
export const HASH_WORDS = 4;

export class KeyHash {
  readonly #secret: Int32Array;
  /** The hash that was computed last. */
  readonly words = new Int32Array(HASH_WORDS);

  /** `secret` is 16 random bytes. */
  constructor(secret: Uint8Array) {
    this.#secret = new Int32Array(4);
    for (let index = 0; index < 16; index++) this.#secret[index >> 2]! |= secret[index]! << ((index & 3) * 8);
  }

  /** Hashes `key` into {@link words}. */
  update(key: Uint8Array): void {
    const secret = this.#secret;
    halfSipHash(key, secret[0]!, secret[1]!, this.words, 0);
    halfSipHash(key, secret[2]!, secret[3]!, this.words, 2);
  }
}

/** Writes the 64-bit HalfSipHash-2-4 of `bytes` into two words of `out`. */
export function halfSipHash(bytes: Uint8Array, k0: number, k1: number, out: Int32Array, at: number): void {
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  const { length } = bytes;
  const whole = length & ~3;
  for (let index = 0; index <= whole; index += 4) {
    let word: number;
    if (index < whole) {
      word = bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24);
    } else {
      word = length << 24;
      for (let rest = whole; rest < length; rest++) word |= bytes[rest]! << ((rest & 3) * 8);
    }
    v3 ^= word;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= word;
  }
  v2 ^= 0xee;
  for (let round = 0; round < 8; round++) {
    if (round === 4) {
      out[at] = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
  }
  out[at + 1] = v1 ^ v3;
}
