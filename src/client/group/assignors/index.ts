/** The assignors that there are, by the names that clients of all languages know. */

import type { Assignor } from "./assignor.ts";
import { cooperativeStickyAssignor } from "./cooperative_sticky.ts";
import { rangeAssignor } from "./range.ts";
import { roundRobinAssignor } from "./round_robin.ts";

export const assignorNames = ["range", "roundrobin", "cooperative-sticky"] as const;
export type AssignorName = typeof assignorNames[number];

const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  "cooperative-sticky": cooperativeStickyAssignor,
};

export function assignorOf(name: AssignorName): Assignor {
  return assignors[name];
}
