/** Members and assignments as short text, so that tests of assignors read like Kafka's own examples. */

import assert from "node:assert/strict";
import type { Assignments, AssignorMember } from "../../../../../src/client/group/assignors/assignor.ts";
import { flatten } from "../../../../../src/client/group/topic_partitions.ts";
import type { TopicPartitions } from "../../../../../src/client/group/consumer_protocol.ts";

/** `member("C0", "t0 t1", "t0:0,1 t1:0")`: an id, topics, and what it owns. */
export function member(
  memberId: string,
  topics: string,
  owned = "",
  options: {
    readonly generationId?: number;
    readonly groupInstanceId?: string;
    readonly userData?: Uint8Array;
  } = {},
): AssignorMember {
  return {
    memberId,
    groupInstanceId: options.groupInstanceId ?? null,
    subscription: {
      topics: new Set(words(topics)),
      userData: options.userData ?? null,
      owned: partitions(owned),
      generationId: options.generationId ?? -1,
      rackId: null,
    },
  };
}

/** `t0:0,1 t1:0` as a map. */
export function partitions(text: string): TopicPartitions {
  return new Map(
    words(text).map((word) => {
      const [topic = "", indexes = ""] = word.split(":");
      return [topic, indexes.split(",").map(Number)];
    }),
  );
}

/** `t0=2 t1=3`: how many partitions topics have. */
export function counts(text: string): ReadonlyMap<string, number> {
  return new Map(
    words(text).map((word) => {
      const [topic = "", count] = word.split("=");
      return [topic, Number(count)];
    }),
  );
}

/** The same members after a rebalance: each owns what it was given. */
export function after(
  members: readonly AssignorMember[],
  given: Assignments,
  generationId: number,
): AssignorMember[] {
  return members.map((one) => ({
    ...one,
    subscription: { ...one.subscription, owned: given.get(one.memberId) ?? new Map(), generationId },
  }));
}

/** What everybody got, as `{ C0: "t0:0 t1:1" }`, sorted. */
export function shown(assignments: Assignments): Record<string, string> {
  return Object.fromEntries([...assignments].map(([memberId, assigned]) => {
    const topics = [...assigned].sort(([a], [b]) => a < b ? -1 : 1);
    return [memberId, topics.map(([topic, ones]) => `${topic}:${[...ones].sort((a, b) => a - b)}`).join(" ")];
  }));
}

/** Checks that every partition that somebody wants is given once, to somebody who wants it. */
export function assertComplete(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly AssignorMember[],
  assignments: Assignments,
): void {
  const wanted = new Set<string>();
  for (const [topic, count] of partitionCounts) {
    if (!members.some(({ subscription }) => subscription.topics.has(topic))) continue;
    for (let index = 0; index < count; index++) wanted.add(`${topic}-${index}`);
  }
  for (const { memberId, subscription } of members) {
    for (const { topic, partition } of flatten(assignments.get(memberId)!)) {
      assert.ok(subscription.topics.has(topic), `${memberId} does not subscribe to ${topic}`);
      assert.ok(
        wanted.delete(`${topic}-${partition}`),
        `${topic}-${partition} is given twice or does not exist`,
      );
    }
  }
  assert.deepEqual([...wanted], [], "partitions that nobody got");
}

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
