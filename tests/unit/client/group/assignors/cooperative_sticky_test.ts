/**
 * The assignor cooperative-sticky: balance first, then the fewest moves (KIP-54), in two phases (KIP-429). The
 * examples are those of StickyAssignor's documentation.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  Assignments,
  AssignorMember,
  PartitionCounts,
} from "../../../../../src/client/group/assignors/assignor.ts";
import { cooperativeStickyAssignor } from "../../../../../src/client/group/assignors/cooperative_sticky.ts";
import { countPartitions, shared } from "../../../../../src/client/group/topic_partitions.ts";
import { after, assertComplete, counts, member, shown } from "./members.ts";
import { equalGroups, groups } from "./random_groups.ts";

const assign = (partitionCounts: PartitionCounts, members: readonly AssignorMember[]) =>
  cooperativeStickyAssignor.assign(partitionCounts, members);

/** Rebalances until nobody has anything to give up: in real groups, whoever gave something up joins again. */
function settle(
  partitionCounts: PartitionCounts,
  members: readonly AssignorMember[],
): { readonly assignments: Assignments; readonly rounds: number } {
  let assignments = assign(partitionCounts, members);
  let current = members;
  for (let rounds = 1; rounds < 4; rounds++) {
    current = after(current, assignments, 10 + rounds);
    const next = assign(partitionCounts, current);
    if (JSON.stringify(shown(next)) === JSON.stringify(shown(assignments))) return { assignments, rounds };
    assignments = next;
  }
  return assert.fail("the group does not settle");
}

Deno.test("assignor cooperative-sticky: a member that leaves only has its partitions moved", () => {
  const partitionCounts = counts("t0=2 t1=2 t2=2 t3=2");
  const members = [
    member("C0", "t0 t1 t2 t3", "t0:0 t1:1 t3:0", { generationId: 1 }),
    member("C2", "t0 t1 t2 t3", "t1:0 t2:1", { generationId: 1 }),
  ];
  const given = assign(partitionCounts, members);
  assertComplete(partitionCounts, members, given);
  assert.deepEqual([...given.values()].map(countPartitions), [4, 4]);
  assert.equal(countPartitions(shared(given.get("C0")!, members[0]!.subscription.owned)), 3);
  assert.equal(countPartitions(shared(given.get("C2")!, members[1]!.subscription.owned)), 2);
});

Deno.test("assignor cooperative-sticky: subscriptions that differ, and what happens when C0 goes", () => {
  const partitionCounts = counts("t0=1 t1=2 t2=3");
  const members = [member("C0", "t0"), member("C1", "t0 t1"), member("C2", "t0 t1 t2")];
  const before = assign(partitionCounts, members);
  assert.deepEqual(shown(before), { C0: "t0:0", C1: "t1:0,1", C2: "t2:0,1,2" });
  const left = after(members, before, 1).slice(1);
  assert.deepEqual(shown(assign(partitionCounts, left)), { C1: "t0:0 t1:0,1", C2: "t2:0,1,2" });
});

Deno.test("assignor cooperative-sticky: a partition goes to a new owner only when the old one gave it up", () => {
  const partitionCounts = counts("t=4");
  const members = [member("A", "t", "t:0,1,2,3", { generationId: 3 }), member("B", "t")];
  const first = assign(partitionCounts, members);
  assert.deepEqual(shown(first), { A: "t:0,1", B: "" });
  assert.deepEqual(shown(assign(partitionCounts, after(members, first, 4))), { A: "t:0,1", B: "t:2,3" });
});

Deno.test("assignor cooperative-sticky: the claim of an older generation is worth nothing (KIP-792)", () => {
  const partitionCounts = counts("t=2");
  const members = [
    member("A", "t", "t:0,1", { generationId: 5 }),
    member("B", "t", "t:0,1", { generationId: 6 }),
  ];
  assert.deepEqual(shown(assign(partitionCounts, members)), { A: "", B: "t:0" });
});

Deno.test("assignor cooperative-sticky: of two equal claims both are given up first", () => {
  const partitionCounts = counts("t=2");
  const members = [
    member("A", "t", "t:0,1", { generationId: 5 }),
    member("B", "t", "t:1", { generationId: 5 }),
  ];
  const first = assign(partitionCounts, members);
  assert.deepEqual(shown(first), { A: "t:0", B: "" });
  assert.deepEqual(shown(assign(partitionCounts, after(members, first, 6))), { A: "t:0", B: "t:1" });
});

Deno.test("assignor cooperative-sticky: the generation of older members is read from their user data", () => {
  const userData = (generationId: number) => ({
    userData: cooperativeStickyAssignor.userData(generationId)!,
  });
  const members = [member("A", "t", "t:0", userData(7)), member("B", "t", "t:0", userData(8))];
  assert.deepEqual(shown(assign(counts("t=1"), members)), { A: "", B: "t:0" });
  const withGarbage = [member("A", "t", "t:0", { userData: new Uint8Array(3) }), member("B", "t")];
  assert.deepEqual(shown(assign(counts("t=1"), withGarbage)), { A: "t:0", B: "" });
});

Deno.test("assignor cooperative-sticky: settles in two rebalances with every partition given once", () => {
  fc.assert(fc.property(groups, ({ partitionCounts, members }) => {
    const { assignments, rounds } = settle(partitionCounts, members);
    assertComplete(partitionCounts, members, assignments);
    assert.ok(rounds <= 2, `${rounds} rebalances`);
  }));
});

Deno.test("assignor cooperative-sticky: no partition could go to a member that has two fewer", () => {
  fc.assert(fc.property(groups, ({ partitionCounts, members }) => {
    const { assignments } = settle(partitionCounts, members);
    for (const { memberId } of members) {
      const assigned = assignments.get(memberId)!;
      for (const other of members) {
        const couldTake = [...assigned.keys()].some((topic) => other.subscription.topics.has(topic));
        const fewer = countPartitions(assigned) - countPartitions(assignments.get(other.memberId)!);
        assert.ok(!couldTake || fewer < 2, `${other.memberId} could take from ${memberId}`);
      }
    }
  }));
});

Deno.test("assignor cooperative-sticky: the same subscriptions give everybody the same number, give or take one", () => {
  fc.assert(fc.property(equalGroups, ({ partitionCounts, members }) => {
    const loads = [...settle(partitionCounts, members).assignments.values()].map(countPartitions);
    assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, String(loads));
  }));
});

Deno.test("assignor cooperative-sticky: with the same subscriptions as many partitions stay as fairness allows", () => {
  fc.assert(
    fc.property(equalGroups, fc.nat(7), fc.nat(3), ({ partitionCounts, members }, leaver, joiners) => {
      const start = after(members, settle(partitionCounts, members).assignments, 20);
      const stayed = start.filter((_, index) => index !== leaver % start.length || start.length === 1);
      const topics = [...partitionCounts.keys()].join(" ");
      const current = [
        ...stayed,
        ...Array.from({ length: joiners }, (_, index) => member(`N${index}`, topics)),
      ];
      const { assignments } = settle(partitionCounts, current);
      let kept = 0;
      for (const { memberId, subscription } of current) {
        kept += countPartitions(shared(subscription.owned, assignments.get(memberId)!));
      }
      assert.equal(kept, mostThatMayStay(partitionCounts, current));
    }),
  );
});

/** Of each member what it owns up to the fair number, and one more for as many as there are to spare. */
function mostThatMayStay(partitionCounts: PartitionCounts, members: readonly AssignorMember[]): number {
  const total = [...partitionCounts.values()].reduce((sum, count) => sum + count, 0);
  const fair = Math.floor(total / members.length);
  const owned = members.map(({ subscription }) => countPartitions(subscription.owned));
  const above = owned.filter((count) => count > fair).length;
  return owned.reduce((sum, count) => sum + Math.min(count, fair), 0) +
    Math.min(above, total % members.length);
}

Deno.test("assignor cooperative-sticky: a group that is balanced stays as it is, in any order of its members", () => {
  fc.assert(fc.property(groups, ({ partitionCounts, members }) => {
    const { assignments } = settle(partitionCounts, members);
    const current = after(members, assignments, 30);
    assert.deepEqual(shown(assign(partitionCounts, current)), shown(assignments));
    const reversed = shown(assign(partitionCounts, [...current].reverse()));
    assert.deepEqual(reversed, shown(assignments));
  }));
});
