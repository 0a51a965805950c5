/** What the active controller does by itself: leaders go back, internal topics grow, brokers get their share. */

import assert from "node:assert/strict";
import type { NodeId } from "../../../src/core/ids.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { incrementalAlterConfigs } from "../../../src/protocol/messages/44_incremental_alter_configs.ts";
import { alterPartitionReassignments } from "../../../src/protocol/messages/45_alter_partition_reassignments.ts";
import { alterPartition } from "../../../src/protocol/messages/56_alter_partition.ts";
import { unregisterBroker } from "../../../src/protocol/messages/64_unregister_broker.ts";
import { World } from "./world.ts";

class Brokers {
  readonly world: World;
  readonly epochs = new Map<number, number>();

  constructor(world: World) {
    this.world = world;
  }

  static async start(count: number, settings: Parameters<typeof World.start>[0] = {}): Promise<Brokers> {
    const brokers = new Brokers(await World.start(settings));
    for (let id = 1; id <= count; id++) await brokers.add(id);
    return brokers;
  }

  async add(id: number): Promise<void> {
    this.epochs.set(id, await this.world.addBroker(id));
  }

  /** Lets time pass while all brokers are alive; what is being copied is copied at once. */
  async pass(durationMs: number, copies = true): Promise<void> {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 500) {
      this.world.time.advance(500);
      for (const [id, epoch] of this.epochs) await this.world.heartbeat(id, epoch);
      if (copies) await this.finishMoves();
    }
  }

  get moving(): [topic: string, index: number][] {
    const { topics } = this.world.controller.image;
    return [...topics.byName.values()].flatMap(({ name, partitions }) =>
      partitions.flatMap(({ addingReplicas, removingReplicas }, index): [string, number][] =>
        addingReplicas.length + removingReplicas.length > 0 ? [[name, index]] : []
      )
    );
  }

  async finishMoves(): Promise<void> {
    for (const [topic, index] of this.moving) {
      const { replicas } = this.world.partition(topic, index);
      await this.setIsr(topic, index, replicas.filter((id) => this.epochs.has(id)));
    }
  }

  async setIsr(topic: string, index: number, isr: readonly number[]): Promise<void> {
    const { leader, leaderEpoch, partitionEpoch } = this.world.partition(topic, index);
    const answer = await this.world.ask(alterPartition, {
      brokerId: leader,
      brokerEpoch: this.epochs.get(leader)!,
      topics: [{
        topicId: this.world.controller.image.topics.byName.get(topic)!.id,
        partitions: [{
          partitionIndex: index,
          leaderEpoch,
          partitionEpoch,
          newIsrWithEpochs: isr.map((brokerId) => ({ brokerId, brokerEpoch: this.epochs.get(brokerId)! })),
        }],
      }],
    });
    const code = answer.topics[0]!.partitions[0]!.errorCode;
    // The change may end a reassignment that takes the leader away.
    assert.ok(code === ErrorCode.NONE || code === ErrorCode.NEW_LEADER_ELECTED, String(code));
  }

  /** How many replicas each broker has. */
  get counts(): number[] {
    const counts = new Map([...this.epochs.keys()].map((id) => [id, 0]));
    for (const { partitions } of this.world.controller.image.topics.byName.values()) {
      for (const { replicas } of partitions) {
        for (const id of replicas) counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    return [...counts.values()];
  }
}

Deno.test("preferred replicas lead again some seconds after they have come back, not minutes", async () => {
  const brokers = await Brokers.start(2);
  const { world } = brokers;
  await world.createTopic("t", { assignments: [[2, 1]] });
  await world.heartbeat(2, brokers.epochs.get(2)!, { wantFence: true });
  assert.equal(world.partition("t").leader, 1);
  await world.heartbeat(2, brokers.epochs.get(2)!);
  await brokers.setIsr("t", 0, [1, 2]);
  await brokers.pass(9_500);
  assert.equal(world.partition("t").leader, 1);
  await brokers.pass(1_000);
  assert.equal(world.partition("t").leader, 2);
  await world.controller.shutdown();
});

Deno.test("with auto.leader.rebalance.enable=false leaders stay where they are", async () => {
  const brokers = await Brokers.start(2, { "auto.leader.rebalance.enable": false });
  const { world } = brokers;
  await world.createTopic("t", { assignments: [[2, 1]] });
  await world.heartbeat(2, brokers.epochs.get(2)!, { wantFence: true });
  await world.heartbeat(2, brokers.epochs.get(2)!);
  await brokers.setIsr("t", 0, [1, 2]);
  await brokers.pass(310_000);
  assert.equal(world.partition("t").leader, 1);
  await world.controller.shutdown();
});

Deno.test("leaderless partitions get a leader when unclean elections are allowed", async () => {
  const brokers = await Brokers.start(2, { "min.insync.replicas": 1 });
  const { world } = brokers;
  await world.createTopic("t", { assignments: [[2, 1]] });
  await brokers.setIsr("t", 0, [2]);
  await world.heartbeat(2, brokers.epochs.get(2)!, { wantFence: true });
  assert.equal(world.partition("t").leader, -1);
  const config = { name: "unclean.leader.election.enable", configOperation: 0, value: "true" };
  await world.ask(incrementalAlterConfigs, {
    resources: [{ resourceType: 2, resourceName: "t", configs: [config] }],
    validateOnly: false,
  });
  world.time.advance(1);
  await world.until(() => world.partition("t").leader === 1);
  assert.equal(world.partition("t").leaderRecoveryState, 1);
  await world.controller.shutdown();
});

Deno.test("internal topics get the replicas they were meant to have as brokers join", async () => {
  const brokers = await Brokers.start(1, { "rebalance.mode": "off" });
  const { world } = brokers;
  await world.createTopic("__consumer_offsets", { partitions: 6 });
  await world.createTopic("mine", { partitions: 6 });
  await brokers.add(2);
  await brokers.add(3);
  await brokers.add(4);
  await brokers.pass(5_000);
  for (let index = 0; index < 6; index++) {
    const { replicas, isr } = world.partition("__consumer_offsets", index);
    assert.equal(replicas[0], 1);
    assert.deepEqual([replicas.length, new Set(isr).size], [3, 3]);
    assert.equal(world.partition("mine", index).replicas.length, 1);
  }
  assert.deepEqual(brokers.counts, [12, 4, 4, 4]);
  await world.controller.shutdown();
});

Deno.test("a broker that joins gets its share after a quiet time, so many partitions at a time", async () => {
  const brokers = await Brokers.start(2, { "rebalance.max.concurrent.moves": 3 });
  const { world } = brokers;
  await world.createTopic("t", { partitions: 30, replicationFactor: 2 });
  await brokers.add(3);
  await brokers.pass(9_500, false);
  assert.deepEqual(brokers.moving, []);
  await brokers.pass(1_000, false);
  assert.equal(brokers.moving.length, 3);
  await brokers.pass(20_000, false);
  assert.equal(brokers.moving.length, 3);
  await brokers.pass(20_000);
  assert.deepEqual([brokers.moving.length, brokers.counts], [0, [20, 20, 20]]);
  // Leaderships follow the preferred replicas.
  await brokers.pass(70_000);
  const leaders = [1, 2, 3].map((id) =>
    Array.from({ length: 30 }, (_, index) => world.partition("t", index).leader).filter((one) => one === id)
      .length
  );
  assert.deepEqual(leaders, [10, 10, 10]);
  await world.controller.shutdown();
});

Deno.test("rebalance.mode=off moves nothing, and can be set while the cluster runs", async () => {
  const brokers = await Brokers.start(1);
  const { world } = brokers;
  await world.createTopic("t", { partitions: 10 });
  const setMode = (value: string) =>
    world.ask(incrementalAlterConfigs, {
      resources: [{
        resourceType: 4,
        resourceName: "",
        configs: [{ name: "rebalance.mode", configOperation: 0, value }],
      }],
      validateOnly: false,
    });
  assert.equal((await setMode("off")).responses[0]!.errorCode, 0);
  await brokers.add(2);
  await brokers.pass(30_000);
  assert.deepEqual(brokers.counts, [10, 0]);
  await setMode("join");
  await brokers.add(3);
  await brokers.pass(30_000);
  assert.deepEqual([...brokers.counts].sort(), [3, 3, 4]);
  await world.controller.shutdown();
});

Deno.test("what a broker had that is gone for good is copied to others", async () => {
  const brokers = await Brokers.start(4);
  const { world } = brokers;
  await world.createTopic("t", { partitions: 12, replicationFactor: 3 });
  brokers.epochs.delete(4);
  const answer = await world.ask(unregisterBroker, { brokerId: 4 });
  assert.equal(answer.errorCode, 0);
  await brokers.pass(30_000);
  assert.deepEqual(brokers.counts, [12, 12, 12]);
  for (let index = 0; index < 12; index++) {
    assert.equal(new Set<NodeId>(world.partition("t", index).isr).size, 3);
  }
  await world.controller.shutdown();
});

Deno.test("a move to a broker that is gone for good is taken back, and made to another one", async () => {
  const brokers = await Brokers.start(3);
  const { world } = brokers;
  await world.createTopic("t", { assignments: [[1, 2]] });
  await world.ask(alterPartitionReassignments, {
    timeoutMs: 1000,
    topics: [{ name: "t", partitions: [{ partitionIndex: 0, replicas: [1, 3] }] }],
  });
  assert.deepEqual(world.partition("t").addingReplicas, [3]);
  brokers.epochs.delete(3);
  await world.ask(unregisterBroker, { brokerId: 3 });
  const { replicas, addingReplicas, removingReplicas, isr } = world.partition("t");
  assert.deepEqual([replicas, addingReplicas, removingReplicas, isr], [[1, 2], [], [], [1, 2]]);
  await world.controller.shutdown();
});

Deno.test("a lone node writes no idle records", async () => {
  const brokers = await Brokers.start(1);
  const before = brokers.world.controller.image.offset;
  await brokers.pass(5_000);
  assert.equal(brokers.world.controller.image.offset, before);
  await brokers.world.controller.shutdown();
});
