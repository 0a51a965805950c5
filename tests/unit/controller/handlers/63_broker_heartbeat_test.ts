/** Brokers that stop: what they lead goes to others first, and nobody is left with too few replicas (KIP-631). */

import assert from "node:assert/strict";
import { alterPartition } from "../../../../src/protocol/messages/56_alter_partition.ts";
import { World } from "../world.ts";

/** Three brokers, and a topic that needs two of its three replicas in sync; broker 1 is out of sync. */
async function oneBehind() {
  const world = await World.start();
  const epochs = [0];
  for (const id of [1, 2, 3]) epochs.push(await world.addBroker(id));
  await world.createTopic("t", { assignments: [[2, 3, 1]], configs: { "min.insync.replicas": "2" } });
  const setIsr = async (isr: readonly number[]) => {
    const { leader, leaderEpoch, partitionEpoch } = world.partition("t");
    const newIsrWithEpochs = isr.map((brokerId) => ({ brokerId, brokerEpoch: epochs[brokerId]! }));
    const partition = { partitionIndex: 0, leaderEpoch, partitionEpoch, newIsrWithEpochs };
    const answer = await world.ask(alterPartition, {
      brokerId: leader,
      brokerEpoch: epochs[leader]!,
      topics: [{
        topicId: world.controller.image.topics.byName.get("t")!.id,
        partitions: [partition],
      }],
    });
    return answer.topics[0]!.partitions[0]!.errorCode;
  };
  assert.equal(await setIsr([2, 3]), 0);
  const stop = (id: number) => world.heartbeat(id, epochs[id]!, { wantShutDown: true });
  const others = async (stopping: number) => {
    for (const id of [1, 2, 3]) if (id !== stopping) await world.heartbeat(id, epochs[id]!);
  };
  return { world, epochs, setIsr, stop, others };
}

Deno.test("a broker that stops while another one is catching up waits for it, as leader and as follower", async () => {
  for (const stopping of [2, 3]) {
    const { world, setIsr, stop, others } = await oneBehind();
    assert.equal((await stop(stopping)).shouldShutDown, false);
    await others(stopping);
    assert.equal((await stop(stopping)).shouldShutDown, false);
    assert.deepEqual([world.partition("t").leader, world.partition("t").isr], [2, [2, 3]]);
    await setIsr([1, 2, 3]);
    assert.notEqual(world.partition("t").leader, stopping);
    await stop(stopping);
    await others(stopping);
    assert.equal((await stop(stopping)).shouldShutDown, true);
    assert.deepEqual([...world.partition("t").isr].sort(), [1, 2, 3].filter((id) => id !== stopping));
    await world.controller.shutdown();
  }
});

Deno.test("nobody waits where no other replica can take over", async () => {
  const { world, epochs, stop } = await oneBehind();
  await world.heartbeat(1, epochs[1]!, { wantFence: true });
  assert.equal((await stop(3)).shouldShutDown, true);
  assert.deepEqual(world.partition("t").isr, [2]);
  await world.controller.shutdown();
});

Deno.test("a broker with the only replica of a partition stops at once", async () => {
  const world = await World.start();
  const epoch = await world.addBroker(1);
  await world.addBroker(2);
  await world.createTopic("t", { assignments: [[1]] });
  await world.heartbeat(1, epoch, { wantShutDown: true });
  await world.heartbeat(2, world.controller.image.brokers.get(2 as never)!.epoch);
  assert.equal((await world.heartbeat(1, epoch, { wantShutDown: true })).shouldShutDown, true);
  await world.controller.shutdown();
});
