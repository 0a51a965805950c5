/** Where `sluice group reset` moves a group to. */

import { UsageError } from "../../core/errors.ts";
import { parsePosition, type RelativePosition } from "../position.ts";
import { valueOf } from "../values.ts";

/** A position, or so many records from where the group stands. */
export type ResetPosition = RelativePosition | { readonly at: "shift"; readonly by: number };

/** `shift:N`, `shift:-N`, or any position. */
export function parseResetPosition(text: string): ResetPosition {
  if (!text.startsWith("shift:")) return parsePosition(text);
  const by = /^shift:([+-]?\d{1,15})$/.exec(text)?.[1];
  if (by === undefined) {
    throw new UsageError(`"${text}" is not a shift; wanted shift:N or shift:-N with a number of records`);
  }
  return { at: "shift", by: Number(by) };
}

export const resetPosition = valueOf<ResetPosition>("POSITION", parseResetPosition, { at: "end" });
