import assert from "node:assert/strict";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { describeQuorum } from "../../../../src/protocol/messages/55_describe_quorum.ts";
import { updateFeatures } from "../../../../src/protocol/messages/57_update_features.ts";
import { describeCluster } from "../../../../src/protocol/messages/60_describe_cluster.ts";
import { World } from "../world.ts";

function update(world: World, features: [string, number, number][], validateOnly = false) {
  const featureUpdates = features.map(([feature, maxVersionLevel, upgradeType]) => ({
    feature,
    maxVersionLevel,
    upgradeType,
  }));
  return world.ask(updateFeatures, { featureUpdates, validateOnly });
}

const [UPGRADE, SAFE, UNSAFE] = [1, 2, 3];

Deno.test("features go up and down where nothing is lost, all of a request or none (KIP-584, KIP-778)", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const level = (name: string) => world.controller.image.features.get(name);
  assert.equal((await update(world, [["group.version", 0, SAFE!]])).errorCode, ErrorCode.NONE);
  assert.equal(level("group.version"), undefined);
  assert.equal((await update(world, [["group.version", 1, UPGRADE!]], true)).errorCode, ErrorCode.NONE);
  assert.equal(level("group.version"), undefined);
  const refused: [string, number, number][] = [
    ["group.version", 2, UPGRADE!],
    ["no.such.feature", 1, UPGRADE!],
    ["transaction.version", 1, UPGRADE!],
    ["metadata.version", 29, SAFE!],
    ["metadata.version", 29, UNSAFE!],
    ["metadata.version", 31, UPGRADE!],
    ["kraft.version", 2, UPGRADE!],
    ["kraft.version", 0, SAFE!],
  ];
  for (const one of refused) {
    const response = await update(world, [["group.version", 1, UPGRADE!], one]);
    const expected = one[0] === "group.version"
      ? ErrorCode.INVALID_REQUEST
      : ErrorCode.INVALID_UPDATE_VERSION;
    assert.equal(response.errorCode, expected, one.join());
    assert.equal(level("group.version"), undefined);
  }
  const same = await update(world, [["group.version", 1, UPGRADE!], ["kraft.version", 1, UPGRADE!]]);
  assert.equal(same.errorCode, ErrorCode.NONE);
  assert.equal(level("group.version"), 1);
  await world.controller.shutdown();
});

Deno.test("DescribeQuorum tells of the only voter; of other partitions it knows nothing", async () => {
  const world = await World.start();
  const ask = (topicName: string) =>
    world.ask(describeQuorum, { topics: [{ topicName, partitions: [{ partitionIndex: 0 }] }] });
  const { topics, nodes } = await ask("__cluster_metadata");
  const partition = topics[0]!.partitions[0]!;
  assert.deepEqual([partition.leaderId, partition.currentVoters.length, partition.observers.length], [
    1,
    1,
    0,
  ]);
  assert.equal(partition.highWatermark, world.controller.image.offset + 1);
  assert.equal(partition.currentVoters[0]?.logEndOffset, partition.highWatermark);
  assert.deepEqual(nodes.map(({ nodeId, listeners }) => [nodeId, listeners[0]?.port]), [[1, 9093]]);
  assert.equal((await ask("other")).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  await world.controller.shutdown();
});

Deno.test("DescribeCluster tells of controllers, and only of them (KIP-919)", async () => {
  const world = await World.start();
  const answer = await world.ask(describeCluster, {
    includeClusterAuthorizedOperations: false,
    endpointType: 2,
  });
  assert.deepEqual([answer.controllerId, answer.brokers.map(({ port }) => port)], [1, [9093]]);
  const wrong = await world.ask(describeCluster, {
    includeClusterAuthorizedOperations: false,
    endpointType: 1,
  });
  assert.equal(wrong.errorCode, ErrorCode.MISMATCHED_ENDPOINT_TYPE);
  await world.controller.shutdown();
});
