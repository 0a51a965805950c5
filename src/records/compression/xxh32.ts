/** xxHash with 32 bits, which LZ4 frames use for their checksums. */

import { uint32At } from "./little_endian.ts";

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f | 0;
const PRIME_5 = 0x165667b1 | 0;

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function round(lane: number, word: number): number {
  return Math.imul(rotateLeft((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

/** The hash (seed 0) of `bytes` from `from` to `to`, as an unsigned 32-bit number. */
export function xxh32(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let at = from;
  let hash = PRIME_5;
  if (to - from >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0;
    let b = PRIME_2;
    let c = 0;
    let d = -PRIME_1 | 0;
    for (; at <= to - 16; at += 16) {
      a = round(a, uint32At(bytes, at));
      b = round(b, uint32At(bytes, at + 4));
      c = round(c, uint32At(bytes, at + 8));
      d = round(d, uint32At(bytes, at + 12));
    }
    hash = rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18);
  }
  hash = (hash + (to - from)) | 0;
  for (; at <= to - 4; at += 4) {
    hash = Math.imul(rotateLeft((hash + Math.imul(uint32At(bytes, at), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < to; at++) {
    hash = Math.imul(rotateLeft((hash + Math.imul(bytes[at]!, PRIME_5)) | 0, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
