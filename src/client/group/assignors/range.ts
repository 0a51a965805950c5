/**
 * The assignor "range": of each topic by itself, every member gets a run of neighbouring partitions. Members of equal
 * rank so have the same partition numbers of topics that are partitioned alike, which joins of streams need. Racks
 * (KIP-881) are not looked at.
 */

import { type Assignments, type Assignor, emptyAssignments, inOrder, subscribedTopics } from "./assignor.ts";

export const rangeAssignor: Assignor = {
  name: "range",
  cooperative: false,
  userData: () => null,
  assign(partitionCounts, members): Assignments {
    const assignments = emptyAssignments(members);
    const ordered = inOrder(members);
    for (const topic of subscribedTopics(partitionCounts, members)) {
      const subscribers = ordered.filter(({ subscription }) => subscription.topics.has(topic));
      const count = partitionCounts.get(topic) ?? 0;
      const each = Math.floor(count / subscribers.length);
      const extra = count % subscribers.length;
      let next = 0;
      for (const [rank, { memberId }] of subscribers.entries()) {
        const length = each + (rank < extra ? 1 : 0);
        const run = Array.from({ length }, (_, index) => next + index);
        if (length > 0) assignments.get(memberId)?.set(topic, run);
        next += length;
      }
    }
    return assignments;
  },
};
