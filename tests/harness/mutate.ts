/** Damage to bytes and to decoded messages, drawn from a seed. */

import type { Prng } from "../../src/core/prng.ts";

/** Byte values that lengths, counts and varints are sensitive to. */
const sharpBytes = [0, 1, 0x7f, 0x80, 0xfe, 0xff] as const;

/** A copy of `bytes` with one to four things changed: bytes, runs of bytes, a piece cut out, put in, or doubled. */
export function damagedBytes(bytes: Uint8Array, random: Prng): Uint8Array {
  let damaged: Uint8Array = bytes.slice();
  for (let changes = 1 + random.below(4); changes > 0; changes--) damaged = damageOnce(damaged, random);
  return damaged;
}

function damageOnce(bytes: Uint8Array, random: Prng): Uint8Array {
  if (bytes.length === 0) return random.bytes(1 + random.below(16));
  const at = random.below(bytes.length);
  const length = Math.min(1 + random.below(8), bytes.length - at);
  switch (random.below(7)) {
    case 0:
      bytes[at] = random.pick(sharpBytes);
      return bytes;
    case 1:
      bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 2:
      bytes.fill(random.pick(sharpBytes), at, at + length);
      return bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 5:
      return joined(bytes.subarray(0, at), random.bytes(length), bytes.subarray(at));
    default:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const numbers = [-1, 0, 1, 2, 5, 127, -128, 32767, -32768, 2147483647, -2147483648] as const;
const largeNumbers = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 2 ** 40] as const;
const texts = [
  "",
  "\0",
  " ",
  "..",
  "a".repeat(300),
  "__consumer_offsets",
  "__cluster_metadata",
  "1",
] as const;

/**
 * A copy of a decoded message with some of its values replaced by extreme ones of the same type: such that it can be
 * encoded again, if the numbers fit. `rate` is the chance of each value to be replaced.
 */
// deno-lint-ignore no-explicit-any -- decoded messages of any kind
export function damagedMessage(value: any, random: Prng, rate: number): any {
  if (Array.isArray(value)) {
    const elements = value.map((one) => damagedMessage(one, random, rate));
    if (!random.chance(rate)) return elements;
    const times = random.pick([0, 2, 50]);
    return Array.from({ length: times }, () => elements).flat();
  }
  if (value instanceof Uint8Array) return random.chance(rate) ? damagedBytes(value, random) : value;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, damagedMessage(one, random, rate)]),
    );
  }
  if (!random.chance(rate)) return value;
  if (typeof value === "number") return random.pick(random.chance(0.2) ? largeNumbers : numbers);
  if (typeof value === "string") return random.pick(texts);
  return typeof value === "boolean" ? !value : value;
}
