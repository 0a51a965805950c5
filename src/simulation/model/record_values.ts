/**
 * The values of records in a simulation: each is unique, says who sent it, and shows when a byte of it is wrong. Some
 * records have none (tombstones): their names are in a header.
 */

import { decodeUtf8 } from "../../core/bytes.ts";
import type { Prng } from "../../core/prng.ts";

/** A value: the producer's name, a number that goes up, and padding that both determine. */
export function makeValue(producer: string, number: number, prng: Prng): string {
  const length = prng.chance(0.02) ? prng.below(20_000) : prng.below(300);
  return `${producer}/${number}/${length}|${padding(number, length)}`;
}

const BAR = "|".charCodeAt(0);

/** The name of a value, which is all but its padding. */
export function nameOfValue(value: string): string {
  return value.slice(0, value.indexOf("|"));
}

/** The name of a value that was read; null when it is not whole. */
export function nameOfBytes(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(BAR);
  if (end < 0) return null;
  const name = decodeUtf8(bytes, 0, end);
  const [, number, length] = name.split("/");
  if (number === undefined || length === undefined || bytes.length - end - 1 !== Number(length)) return null;
  const letter = 97 + Number(number) % 26;
  for (let at = end + 1; at < bytes.length; at++) if (bytes[at] !== letter) return null;
  return name;
}

/** Whether the record with a value's name is sent without it, so that compaction removes its key in the end. */
export function isTombstone(name: string): boolean {
  return Number(name.split("/")[1]) % 8 === 5;
}

/** The key of the record with a value's name: one of a few, so that compaction has something to do. */
export function keyOfName(name: string): string {
  return `key-${Number(name.split("/")[1]) % 13}`;
}

function padding(number: number, length: number): string {
  return String.fromCharCode(97 + number % 26).repeat(length);
}
