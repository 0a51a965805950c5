/** How a broker tells that its leaders have recovered (KIP-704), and that it ends with its broker. */

import assert from "node:assert/strict";
import type { ControllerChannel } from "../../../src/broker/controller_channel.ts";
import { LeaderRecoveries } from "../../../src/broker/leader_recoveries.ts";
import type { Partition } from "../../../src/broker/partition.ts";
import type { ReplicaManager } from "../../../src/broker/replica_manager.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import type { MetadataChange } from "../../../src/metadata/change.ts";

const RECOVERING = 1;

/** A leader that is marked, told of to a channel that answers with `answer`; sleeps end when the test wants. */
function recoveringLeader(answer: () => Promise<{ errorCode: number }>) {
  const partition = {
    index: 0,
    topicId: "topic",
    isLeader: true,
    state: { isr: [1], leaderEpoch: 3, partitionEpoch: 4, leaderRecoveryState: RECOVERING },
  } as unknown as Partition;
  const seen = { requests: 0, wake: undefined as (() => void) | undefined };
  const recoveries = new LeaderRecoveries({
    broker: () => ({ id: 1, epoch: 7 }),
    channel: {
      send() {
        seen.requests++;
        return answer();
      },
    } as unknown as ControllerChannel,
    replicas: { findById: () => partition } as unknown as ReplicaManager,
    timers: {
      after: () => ({ cancel() {} }),
      sleep: () => new Promise<void>((resolve) => seen.wake = resolve),
      yield: () => Promise.resolve(),
    },
    logger: silentLogger,
  });
  const topic = { id: "topic", after: {}, partitions: [0] };
  recoveries.onMetadata({ topics: new Map([["topic", topic]]), configs: [] } as unknown as MetadataChange);
  return { recoveries, seen };
}

/** Lets everything run that waits for nothing but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("a recovery that the controller did not hear of is told again", async () => {
  const { seen } = recoveringLeader(() => Promise.reject(new Error("no controller")));
  await settle();
  assert.equal(seen.requests, 1);
  seen.wake?.();
  await settle();
  assert.equal(seen.requests, 2);
});

Deno.test("nothing is told any more once the broker has stopped", async () => {
  const { recoveries, seen } = recoveringLeader(() => Promise.reject(new Error("the channel is closed")));
  await settle();
  assert.equal(seen.requests, 1);
  recoveries.stop();
  seen.wake?.();
  seen.wake = undefined;
  await settle();
  assert.equal(seen.requests, 1);
  assert.equal(seen.wake, undefined);
});
