import assert from "node:assert/strict";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { electLeaders } from "../../../../src/protocol/messages/43_elect_leaders.ts";
import { alterPartitionReassignments } from "../../../../src/protocol/messages/45_alter_partition_reassignments.ts";
import { listPartitionReassignments } from "../../../../src/protocol/messages/46_list_partition_reassignments.ts";
import { alterPartition } from "../../../../src/protocol/messages/56_alter_partition.ts";
import { World } from "../world.ts";

/** Three brokers and a topic on them; the epochs of the brokers. */
async function threeBrokers(): Promise<{ world: World; epochs: number[] }> {
  const world = await World.start();
  const epochs = [0];
  for (const id of [1, 2, 3]) epochs.push(await world.addBroker(id));
  await world.createTopic("t", { assignments: [[1, 2, 3]] });
  return { world, epochs };
}

async function alter(world: World, epochs: readonly number[], isr: readonly number[], changes: {
  leaderEpoch?: number;
  partitionEpoch?: number;
  brokerId?: number;
  brokerEpochs?: readonly number[];
} = {}) {
  const { leaderEpoch, partitionEpoch } = world.partition("t");
  const brokerId = changes.brokerId ?? 1;
  const response = await world.ask(alterPartition, {
    brokerId,
    brokerEpoch: epochs[brokerId] ?? -1,
    topics: [{
      topicId: world.controller.image.topics.byName.get("t")!.id,
      partitions: [{
        partitionIndex: 0,
        leaderEpoch: changes.leaderEpoch ?? leaderEpoch,
        partitionEpoch: changes.partitionEpoch ?? partitionEpoch,
        newIsrWithEpochs: isr.map((id, index) => ({
          brokerId: id,
          brokerEpoch: changes.brokerEpochs?.[index] ?? epochs[id] ?? -1,
        })),
      }],
    }],
  });
  return { errorCode: response.errorCode, ...response.topics[0]?.partitions[0] };
}

Deno.test("the leader shrinks and grows the ISR (KIP-497)", async () => {
  const { world, epochs } = await threeBrokers();
  const smaller = await alter(world, epochs, [1, 2]);
  assert.deepEqual([smaller.errorCode, smaller.isr, smaller.partitionEpoch, smaller.leaderEpoch], [
    0,
    [1, 2],
    1,
    0,
  ]);
  const larger = await alter(world, epochs, [1, 2, 3]);
  assert.deepEqual([larger.errorCode, larger.isr, larger.partitionEpoch], [0, [1, 2, 3], 2]);
  assert.deepEqual(world.partition("t").isr, [1, 2, 3]);
  await world.controller.shutdown();
});

Deno.test("what is stale, of somebody else or impossible is refused", async () => {
  const { world, epochs } = await threeBrokers();
  await alter(world, epochs, [1, 2]);
  const refused: [readonly number[], Parameters<typeof alter>[3], number][] = [
    [[1, 2, 3], { partitionEpoch: 0 }, ErrorCode.INVALID_UPDATE_VERSION],
    [[1, 2, 3], { partitionEpoch: 9 }, ErrorCode.NOT_CONTROLLER],
    [[1, 2, 3], { leaderEpoch: 9 }, ErrorCode.NOT_CONTROLLER],
    [[1, 2, 3], { leaderEpoch: -1 }, ErrorCode.FENCED_LEADER_EPOCH],
    [[1, 2, 3], { brokerId: 2 }, ErrorCode.INVALID_REQUEST],
    [[2, 3], {}, ErrorCode.INVALID_REQUEST],
    [[1, 9], {}, ErrorCode.INVALID_REQUEST],
    [[1, 1], {}, ErrorCode.INVALID_REQUEST],
    // KIP-903: a replica that has restarted is another one.
    [[1, 2, 3], { brokerEpochs: [epochs[1]!, epochs[2]!, epochs[3]! - 1] }, ErrorCode.INELIGIBLE_REPLICA],
  ];
  for (const [isr, changes, errorCode] of refused) {
    assert.equal(
      (await alter(world, epochs, isr, changes)).errorCode,
      errorCode,
      JSON.stringify([isr, changes]),
    );
  }
  assert.equal((await alter(world, [0, -5], [1])).errorCode, ErrorCode.STALE_BROKER_EPOCH);
  assert.deepEqual(world.partition("t").isr, [1, 2]);
  await world.controller.shutdown();
});

Deno.test("leadership moves away at controlled shutdown, and back by a preferred election (KIP-460)", async () => {
  const { world, epochs } = await threeBrokers();
  const elect = (electionType: number, topicPartitions: { topic: string; partitions: number[] }[] | null) =>
    world.ask(electLeaders, { electionType, topicPartitions });
  await world.heartbeat(1, epochs[1]!, { wantShutDown: true });
  assert.deepEqual([world.partition("t").leader, world.partition("t").isr], [2, [2, 3]]);
  const tooEarly = await elect(0, [{ topic: "t", partitions: [0, 7] }]);
  assert.deepEqual(tooEarly.replicaElectionResults[0]?.partitionResult.map(({ errorCode }) => errorCode), [
    ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ]);
  // The others have not heard of it yet: it must go on serving until they have.
  assert.equal((await world.heartbeat(1, epochs[1]!, { wantShutDown: true })).shouldShutDown, false);
  for (const id of [2, 3]) await world.heartbeat(id, epochs[id]!);
  assert.equal((await world.heartbeat(1, epochs[1]!, { wantShutDown: true })).shouldShutDown, true);
  epochs[1] = await world.addBroker(1, { previousEpoch: epochs[1]! });
  await alter(world, epochs, [2, 3, 1], { brokerId: 2 });
  const elected = await elect(0, null);
  assert.deepEqual(elected.replicaElectionResults.map(({ topic }) => topic), ["t"]);
  assert.equal(world.partition("t").leader, 1);
  assert.deepEqual((await elect(0, null)).replicaElectionResults, []);
  await world.controller.shutdown();
});

Deno.test("a reassignment adds replicas, and removes the old ones once the new ones are in sync (KIP-455)", async () => {
  const { world, epochs } = await threeBrokers();
  epochs.push(await world.addBroker(4));
  const reassign = (replicas: number[] | null) =>
    world.ask(alterPartitionReassignments, {
      topics: [{ name: "t", partitions: [{ partitionIndex: 0, replicas }] }],
    });
  const list = async () =>
    (await world.ask(listPartitionReassignments, { topics: null })).topics[0]?.partitions[0];
  assert.equal(
    (await reassign(null)).responses[0]?.partitions[0]?.errorCode,
    ErrorCode.NO_REASSIGNMENT_IN_PROGRESS,
  );
  assert.equal(
    (await reassign([9])).responses[0]?.partitions[0]?.errorCode,
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
  );
  assert.equal((await reassign([4, 2, 3])).responses[0]?.partitions[0]?.errorCode, ErrorCode.NONE);
  const listed = await list();
  assert.deepEqual([listed?.replicas, listed?.addingReplicas, listed?.removingReplicas], [[4, 2, 3, 1], [4], [
    1,
  ]]);
  assert.equal((await reassign(null)).responses[0]?.partitions[0]?.errorCode, ErrorCode.NONE);
  assert.deepEqual(world.partition("t").replicas, [2, 3, 1]);
  await reassign([4, 2, 3]);
  const result = await alter(world, epochs, [1, 2, 3, 4]);
  assert.equal(result.errorCode, ErrorCode.NEW_LEADER_ELECTED);
  const { replicas, isr, leader } = world.partition("t");
  assert.deepEqual([replicas, isr, leader], [[4, 2, 3], [2, 3, 4], 4]);
  assert.equal(await list(), undefined);
  await world.controller.shutdown();
});
