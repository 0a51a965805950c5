/** Durations (`5s`, `7d`) and sizes (`10MiB`, `1GB`) as people write them. Strict: a number, a unit, nothing else. */

import type { Unit } from "./definition.ts";

const msPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const bytesPer: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** How many milliseconds one of a config's time unit has. */
const unitMs: Readonly<Partial<Record<Unit, number>>> = {
  ms: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
};

function scaled(text: string, factors: Readonly<Record<string, number>>): number | null {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text);
  if (match === null) return null;
  const suffix = match[2] ?? "";
  if (!Object.hasOwn(factors, suffix)) return null;
  const value = Number(match[1]) * (factors[suffix] ?? 0);
  return Number.isSafeInteger(value) ? value : null;
}

/** The milliseconds of a duration such as `500ms`, `5s`, `10m`, `12h`, `7d`, `2w`; null when it is not one. */
export function parseDuration(text: string): number | null {
  return scaled(text, msPer);
}

/** The bytes of a size such as `512B`, `10MiB` or `1GB` (1000-based without the i); null when it is not one. */
export function parseSize(text: string): number | null {
  return scaled(text, bytesPer);
}

/** `text` in a config's own unit when it is a duration or size that fits it exactly; null otherwise. */
export function parseWithUnit(text: string, unit: Unit): number | null {
  if (unit === "none") return null;
  if (unit === "bytes") return parseSize(text);
  const ms = parseDuration(text);
  if (ms === null) return null;
  const value = ms / (unitMs[unit] ?? 1);
  return Number.isInteger(value) ? value : null;
}

/** The number of milliseconds that `value` of a time unit is. */
export function toMs(value: number, unit: Unit): number {
  return value * (unitMs[unit] ?? 1);
}
