/**
 * The assignor "cooperative-sticky" (KIP-429): as balanced as it can be, and then moving as little as possible. A
 * partition that moves is first only taken from its owner; when that one has given it up it joins again, and in that
 * second rebalance the partition goes to its new owner. Racks (KIP-881) are not looked at.
 */

import { ByteWriter } from "../../../core/bytes.ts";
import {
  type Assignments,
  type Assignor,
  emptyAssignments,
  give,
  inOrder,
  subscribedTopics,
} from "./assignor.ts";
import { CONTESTED, NOBODY, Ownership } from "./ownership.ts";
import { balanceEqual, balanceUnequal } from "./sticky_balance.ts";

export const cooperativeStickyAssignor: Assignor = {
  name: "cooperative-sticky",
  cooperative: true,
  /** An int32: the generation, for leaders that do not know it as a field of the subscription. */
  userData(generationId) {
    const writer = new ByteWriter(4);
    writer.writeInt32(generationId);
    return writer.toBytes();
  },
  assign(partitionCounts, members): Assignments {
    const assignments = emptyAssignments(members);
    const topics = subscribedTopics(partitionCounts, members);
    const ordered = inOrder(members);
    const ownership = new Ownership(topics, partitionCounts, ordered);
    const alike = ordered.every(({ subscription }) =>
      topics.every((topic) => subscription.topics.has(topic))
    );
    const owners = alike ? balanceEqual(ownership) : balanceUnequal(ownership);
    for (const [number, rank] of owners.entries()) {
      if (isStillHeld(ownership.previous[number]!, rank)) continue;
      const assigned = assignments.get(ordered[rank]!.memberId)!;
      give(assigned, ownership.topics[number]!, ownership.indexes[number]!);
    }
    return assignments;
  },
};

/** Whether somebody else must give a partition up before `rank` may have it. */
function isStillHeld(previous: number, rank: number): boolean {
  return previous === CONTESTED || (previous !== NOBODY && previous !== rank);
}
