/**
 * The assignor "roundrobin": all partitions of all topics are dealt out in turn, passing over members that do not
 * subscribe to a topic.
 */

import {
  type Assignments,
  type Assignor,
  emptyAssignments,
  give,
  inOrder,
  subscribedTopics,
} from "./assignor.ts";

export const roundRobinAssignor: Assignor = {
  name: "roundrobin",
  cooperative: false,
  userData: () => null,
  assign(partitionCounts, members): Assignments {
    const assignments = emptyAssignments(members);
    const ordered = inOrder(members).map(({ memberId, subscription }) => ({
      assigned: assignments.get(memberId)!,
      topics: subscription.topics,
    }));
    let turn = 0;
    for (const topic of subscribedTopics(partitionCounts, members)) {
      for (let partition = 0; partition < (partitionCounts.get(topic) ?? 0); partition++) {
        // Somebody subscribes to every topic of the list, so this ends.
        while (!ordered[turn]!.topics.has(topic)) turn = (turn + 1) % ordered.length;
        give(ordered[turn]!.assigned, topic, partition);
        turn = (turn + 1) % ordered.length;
      }
    }
    return assignments;
  },
};
