/** Where in a log, as people say it. */

import type { Position } from "../client/consumer/positions.ts";
import { parseDuration } from "../config/units.ts";
import { UsageError } from "../core/errors.ts";
import { valueOf } from "./values.ts";

const ISO_TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A position, or a moment so long before now. */
export type RelativePosition = Position | { readonly at: "ago"; readonly ms: number };

/** `start`, `end`, an offset, `-N` records or `-15m` before the end or now, or a time. */
export function parsePosition(text: string): RelativePosition {
  if (text === "start" || text === "beginning" || text === "earliest") return { at: "start" };
  if (text === "end" || text === "latest") return { at: "end" };
  if (/^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) {
    const value = Number(text);
    return text.startsWith("-") ? { at: "tail", count: -value } : { at: "offset", offset: value };
  }
  if (text.startsWith("-")) {
    const ms = parseDuration(text.slice(1));
    if (ms !== null) return { at: "ago", ms };
  }
  if (ISO_TIME.test(text)) {
    const timestampMs = Date.parse(text.replace(" ", "T"));
    if (!Number.isNaN(timestampMs)) return { at: "time", timestampMs };
  }
  throw new UsageError(
    `"${text}" is not a position; wanted start, end, an offset, -N for N records before the end, ` +
      `a time such as 2026-01-31T12:00:00Z, or -15m for a time before now`,
  );
}

export const position = valueOf<RelativePosition>("POSITION", parsePosition, { at: "end" });

/** The position, with a time before now made a time. */
export function absolutePosition(position: RelativePosition, nowMs: number): Position {
  return position.at === "ago" ? { at: "time", timestampMs: Math.max(0, nowMs - position.ms) } : position;
}
