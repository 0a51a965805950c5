/** The values of records in a simulation: each is unique, says who sent it, and shows when a byte of it is wrong. */

import type { Prng } from "../../core/prng.ts";

/** A value: the producer's name, a number that goes up, and padding that both determine. */
export function makeValue(producer: string, number: number, prng: Prng): string {
  const length = prng.chance(0.02) ? prng.below(20_000) : prng.below(300);
  return `${producer}/${number}/${length}|${padding(number, length)}`;
}

/** The name of a value without its padding; null when it is not whole. */
export function nameOfValue(value: string): string | null {
  const end = value.indexOf("|");
  const [, number, length] = value.slice(0, end).split("/");
  if (end < 0 || number === undefined || length === undefined) return null;
  return value.slice(end + 1) === padding(Number(number), Number(length)) ? value.slice(0, end) : null;
}

/** The key of the record with a value's name: one of a few, so that compaction has something to do. */
export function keyOfName(name: string): string {
  return `key-${Number(name.split("/")[1]) % 13}`;
}

function padding(number: number, length: number): string {
  return String.fromCharCode(97 + number % 26).repeat(length);
}
