/** The assignors range and roundrobin against the examples of Kafka's documentation, and on random groups. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Assignor } from "../../../../../src/client/group/assignors/assignor.ts";
import { rangeAssignor } from "../../../../../src/client/group/assignors/range.ts";
import { roundRobinAssignor } from "../../../../../src/client/group/assignors/round_robin.ts";
import { assertComplete, counts, member, shown } from "./members.ts";
import { groups } from "./random_groups.ts";

interface Example {
  readonly name: string;
  readonly assignor: Assignor;
  readonly partitions: string;
  readonly members: ReturnType<typeof member>[];
  readonly expected: Record<string, string>;
}

const examples: readonly Example[] = [
  {
    name: "range: every topic by itself, the first members get the rest (RangeAssignor's documentation)",
    assignor: rangeAssignor,
    partitions: "t0=3 t1=3",
    members: [member("C0", "t0 t1"), member("C1", "t0 t1")],
    expected: { C0: "t0:0,1 t1:0,1", C1: "t0:2 t1:2" },
  },
  {
    name: "range: static members keep their rank whatever their member ids are (KIP-345)",
    assignor: rangeAssignor,
    partitions: "t0=3 t1=3",
    members: [
      member("C5", "t0 t1", "", { groupInstanceId: "I1" }),
      member("C3", "t0 t1", "", { groupInstanceId: "I2" }),
      member("C1", "t0 t1", "", { groupInstanceId: "I3" }),
    ],
    expected: { C5: "t0:0 t1:0", C3: "t0:1 t1:1", C1: "t0:2 t1:2" },
  },
  {
    name: "range: static members come before the others",
    assignor: rangeAssignor,
    partitions: "t=3",
    members: [member("A", "t"), member("Z", "t", "", { groupInstanceId: "I" })],
    expected: { A: "t:2", Z: "t:0,1" },
  },
  {
    name: "range: more members than partitions leave some without",
    assignor: rangeAssignor,
    partitions: "t=1",
    members: [member("A", "t"), member("B", "t")],
    expected: { A: "t:0", B: "" },
  },
  {
    name: "roundrobin: partitions of all topics in turn (RoundRobinAssignor's documentation)",
    assignor: roundRobinAssignor,
    partitions: "t0=3 t1=3",
    members: [member("C0", "t0 t1"), member("C1", "t0 t1")],
    expected: { C0: "t0:0,2 t1:1", C1: "t0:1 t1:0,2" },
  },
  {
    name: "roundrobin: members that do not subscribe are passed over (RoundRobinAssignor's documentation)",
    assignor: roundRobinAssignor,
    partitions: "t0=1 t1=2 t2=3",
    members: [member("C0", "t0"), member("C1", "t0 t1"), member("C2", "t0 t1 t2")],
    expected: { C0: "t0:0", C1: "t1:0", C2: "t1:1 t2:0,1,2" },
  },
  {
    name: "roundrobin: a topic that does not exist is nobody's",
    assignor: roundRobinAssignor,
    partitions: "t=1",
    members: [member("A", "gone t"), member("B", "gone")],
    expected: { A: "t:0", B: "" },
  },
];

for (const { name, assignor, partitions, members, expected } of examples) {
  Deno.test(`assignor ${name}`, () => {
    assert.deepEqual(shown(assignor.assign(counts(partitions), members)), expected);
    // Who joins first must not matter: the leader may be anybody.
    assert.deepEqual(shown(assignor.assign(counts(partitions), [...members].reverse())), expected);
  });
}

for (const assignor of [rangeAssignor, roundRobinAssignor]) {
  Deno.test(`assignor ${assignor.name}: every partition goes to one member that subscribes to its topic`, () => {
    fc.assert(fc.property(groups, ({ partitionCounts, members }) => {
      assertComplete(partitionCounts, members, assignor.assign(partitionCounts, members));
    }));
  });
}
