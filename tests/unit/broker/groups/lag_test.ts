/** The lag that a broker computes for the groups it coordinates. */

import assert from "node:assert/strict";
import { type EndOffsets, lagByGroup, type LagSource, visitLags } from "../../../../src/broker/groups/lag.ts";
import type { PartitionLag } from "../../../../src/broker/groups/lag.ts";
import { GroupShard } from "../../../../src/coordinator/group/group_shard.ts";
import { defaultGroupConfig } from "../../../../src/coordinator/group/types.ts";
import { systemTimers as timers } from "../../../../src/platform/adapters/system_time.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";

/** A shard that was loaded with positions such as `["g", "t", 0, 5]`. */
function shardWith(positions: readonly (readonly [string, string, number, number])[]): LagSource {
  const shard = new GroupShard(defaultGroupConfig, () => "");
  for (const [group, topic, partition, offset] of positions) {
    shard.replay({
      type: "offsetCommit",
      key: { group, topic, partition },
      value: {
        offset,
        leaderEpoch: -1,
        metadata: "",
        commitTimestamp: 0,
        expireTimestamp: -1,
        topicId: ZERO_UUID,
      },
      valueVersion: 4,
    });
  }
  shard.step({ type: "loaded" }, { monotonicMs: 0, wallMs: 0 });
  return { isLoaded: true, shard };
}

const partitions: EndOffsets = {
  find(topic, index) {
    if (topic !== "t" || index > 2) return undefined;
    return { isLeader: index !== 2, highWatermark: 10 * (index + 1) };
  },
};

Deno.test("lag: the distance from the committed position to the high watermark", async () => {
  const lags: PartitionLag[] = [];
  const shards = [shardWith([["g", "t", 0, 4]]), shardWith([["h", "t", 1, 20]])];
  await visitLags(shards, partitions, { timers, visit: (lag) => lags.push(lag) });
  assert.deepEqual(lags, [
    { groupId: "g", topic: "t", partition: 0, committedOffset: 4, endOffset: 10, lag: 6 },
    { groupId: "h", topic: "t", partition: 1, committedOffset: 20, endOffset: 20, lag: 0 },
  ]);
});

Deno.test("lag: -1 for partitions that are led elsewhere or are gone", async () => {
  const lags: number[] = [];
  const shards = [shardWith([["g", "t", 2, 4], ["g", "t", 3, 4], ["g", "gone", 0, 4]])];
  await visitLags(shards, partitions, { timers, visit: ({ lag }) => lags.push(lag) });
  assert.deepEqual(lags, [-1, -1, -1]);
});

Deno.test("lag: a position beyond the end of the log is not behind", async () => {
  const [group] = await lagByGroup([shardWith([["g", "t", 0, 11]])], partitions, timers);
  assert.equal(group!.lag, 0);
});

Deno.test("lag: totals of groups count what is known and say what is not", async () => {
  const shards = [
    shardWith([["g", "t", 0, 4], ["g", "t", 1, 5], ["g", "t", 2, 0]]),
    shardWith([["h", "gone", 0, 1]]),
    { isLoaded: false, shard: shardWith([["i", "t", 0, 0]]).shard },
  ];
  assert.deepEqual(await lagByGroup(shards, partitions, timers), [
    { groupId: "g", lag: 21, maxLag: 15, partitions: 3, unknown: 1 },
    { groupId: "h", lag: 0, maxLag: -1, partitions: 1, unknown: 1 },
  ]);
});
