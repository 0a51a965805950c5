/** Rules about values that bounds and choices cannot express. */

import type { ConfigValue } from "./definition.ts";

/** A list of `partition:broker` pairs, or `*` alone. */
export function throttledReplicas(value: ConfigValue): string | null {
  const entries = value as readonly string[];
  if (entries.length === 1 && entries[0] === "*") return null;
  if (entries.every((entry) => /^\d+:\d+$/.test(entry))) return null;
  return "wanted the literal '*' or a list of [partitionId]:[brokerId] pairs";
}
