/** Random groups of members that own random partitions, rightly or not. */

import fc from "fast-check";
import type { AssignorMember } from "../../../../../src/client/group/assignors/assignor.ts";
import { gathered } from "../../../../../src/client/group/topic_partitions.ts";

const TOPICS = ["t0", "t1", "t2", "t3"];

const topicCounts = fc.array(fc.nat(9), { minLength: TOPICS.length, maxLength: TOPICS.length })
  .map((list) => new Map(TOPICS.map((topic, index) => [topic, list[index]!] as const)))
  // Some topics that are subscribed to do not exist.
  .map((all) => new Map([...all].filter(([, count]) => count > 0)));

const claim = fc.record({ topic: fc.constantFrom(...TOPICS), partition: fc.nat(11) });

function memberOf(topics: fc.Arbitrary<string[]>) {
  return fc.record({
    topics,
    claims: fc.array(claim, { maxLength: 12 }),
    generationId: fc.integer({ min: -1, max: 2 }),
    isStatic: fc.boolean(),
  });
}

function groupOf(topics: fc.Arbitrary<string[]>) {
  return fc.record({
    partitionCounts: topicCounts,
    members: fc.array(memberOf(topics), { minLength: 1, maxLength: 8 }).map((list) =>
      list.map(({ topics, claims, generationId, isStatic }, index): AssignorMember => ({
        memberId: `M${index}`,
        groupInstanceId: isStatic ? `I${9 - index}` : null,
        subscription: {
          topics: new Set(topics),
          userData: null,
          owned: gathered(claims),
          generationId,
          rackId: null,
        },
      }))
    ),
  });
}

/** Members that subscribe to different topics. */
export const groups = groupOf(fc.subarray(TOPICS));

/** Members that all subscribe to all topics. */
export const equalGroups = groupOf(fc.constant(TOPICS));
