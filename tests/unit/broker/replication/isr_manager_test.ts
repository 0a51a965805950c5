/** What a controller refuses to the ISR manager. */

import assert from "node:assert/strict";
import { BrokerCounters } from "../../../../src/broker/metrics/traffic.ts";
import type { Partition } from "../../../../src/broker/partition.ts";
import { IsrManager } from "../../../../src/broker/replication/isr_manager.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { systemTimers } from "../../../../src/platform/adapters/system_time.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";

Deno.test("a wish that the controller refuses is counted, and given up", async () => {
  const counters = new BrokerCounters();
  const withdrawn = Promise.withResolvers<void>();
  let wishes = [{ members: [{ brokerId: 1, brokerEpoch: 1 }], leaderEpoch: 0, partitionEpoch: 0 }];
  const partition = {
    topic: "t",
    topicId: "id",
    index: 0,
    state: { isr: [1, 2], leaderRecoveryState: 0 },
    proposeIsr: () => wishes.pop() ?? null,
    isCurrent: () => true,
    withdrawIsr: () => withdrawn.resolve(),
  } as unknown as Partition;
  const answer = { partitionIndex: 0, errorCode: ErrorCode.INELIGIBLE_REPLICA };
  const manager = new IsrManager({
    broker: () => ({ id: 1, epoch: 1 }),
    channel: {
      send: () => Promise.resolve({ errorCode: 0, topics: [{ topicId: "id", partitions: [answer] }] }),
    } as never,
    timers: systemTimers,
    logger: silentLogger,
    partitions: () => [partition],
    counters,
    maxLagMs: 10_000,
  });
  manager.onWish(partition);
  await withdrawn.promise;
  assert.equal(counters.failedIsrUpdates, 1);
  wishes = [];
  manager.stop();
});
