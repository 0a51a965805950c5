/** Version ranges in Kafka's notation: "0+", "3-7", "4", "none". */

import { assert } from "../core/assert.ts";

/** The text form of a range, as declarations write it. */
export type Versions = "none" | `${number}` | `${number}+` | `${number}-${number}`;

/** An inclusive range; empty when `min` is above `max`. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** Parses the text form; an open end becomes Infinity. */
export function parseVersions(text: Versions): VersionRange {
  if (text === "none") return { min: 1, max: 0 };
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  assert(match, `a version range must look like "0+", "3-7", "4" or "none", got "${text}"`);
  const min = Number(match[1]);
  if (match[2] !== undefined) return { min, max: Infinity };
  return { min, max: match[3] === undefined ? min : Number(match[3]) };
}

export function inRange(version: number, range: VersionRange): boolean {
  return version >= range.min && version <= range.max;
}
