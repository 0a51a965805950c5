/** Rules about values that bounds and choices cannot express. */

import type { ConfigValue } from "./definition.ts";

/** A list of `partition:broker` pairs, or `*` alone. */
export function throttledReplicas(value: ConfigValue): string | null {
  const entries = value as readonly string[];
  if (entries.length === 1 && entries[0] === "*") return null;
  if (entries.every((entry) => /^\d+:\d+$/.test(entry))) return null;
  return "wanted the literal '*' or a list of [partitionId]:[brokerId] pairs";
}

/** Where a share group begins to read: a name, or a duration back from now in ISO 8601 form (KIP-932, KIP-1106). */
export function shareOffsetReset(value: ConfigValue): string | null {
  const duration = /^by_duration:P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$/;
  if (value === "latest" || value === "earliest" || duration.test(String(value))) return null;
  return "wanted latest, earliest or by_duration:PnDTnHnMn.nS";
}
