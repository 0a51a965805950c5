/** The assignors by their names. */

import type { Assignor } from "./assignor.ts";
import type { AssignorName } from "./names.ts";
import { cooperativeStickyAssignor } from "./cooperative_sticky.ts";
import { rangeAssignor } from "./range.ts";
import { roundRobinAssignor } from "./round_robin.ts";

const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range: rangeAssignor,
  roundrobin: roundRobinAssignor,
  "cooperative-sticky": cooperativeStickyAssignor,
};

export function assignorOf(name: AssignorName): Assignor {
  return assignors[name];
}
