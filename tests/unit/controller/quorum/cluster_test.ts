import assert from "node:assert/strict";
import { SUPPORTED_FEATURES } from "../../../../src/metadata/features.ts";
import { featureRanges } from "../../../../src/metadata/image_snapshot.ts";
import { createTopics } from "../../../../src/protocol/messages/19_create_topics.ts";
import { describeQuorum } from "../../../../src/protocol/messages/55_describe_quorum.ts";
import { brokerRegistration } from "../../../../src/protocol/messages/62_broker_registration.ts";
import { brokerHeartbeat } from "../../../../src/protocol/messages/63_broker_heartbeat.ts";
import { Cluster } from "./cluster.ts";

async function addBroker(cluster: Cluster): Promise<void> {
  const id = cluster.active!;
  const { brokerEpoch } = await cluster.ask(id, brokerRegistration, {
    brokerId: 9,
    clusterId: cluster.node(id).quorum.image.clusterId,
    incarnationId: "iiiiiiiiiiiiiiiiiiiiiA",
    listeners: [],
    features: featureRanges(SUPPORTED_FEATURES),
    rack: null,
    logDirs: ["dddddddddddddddddddddA"],
  });
  const currentMetadataOffset = cluster.node(id).quorum.image.offset;
  const request = { brokerId: 9, brokerEpoch, currentMetadataOffset, wantFence: false, wantShutDown: false };
  await cluster.ask(id, brokerHeartbeat, request);
}

async function createTopic(cluster: Cluster, name: string): Promise<number> {
  const response = await cluster.ask(cluster.active!, createTopics, {
    topics: [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  });
  return response.topics[0]!.errorCode;
}

function hasTopic(cluster: Cluster, id: number, name: string): boolean {
  return cluster.node(id).quorum.image.topics.byName.has(name);
}

function leaderOf(cluster: Cluster, id: number): number {
  return cluster.node(id).quorum.leadership.leaderId;
}

Deno.test("three controllers and an observer agree, and register themselves (KIP-595, KIP-919)", async () => {
  const cluster = await Cluster.start();
  await cluster.startNode(9);
  await addBroker(cluster);
  assert.equal(await createTopic(cluster, "t"), 0);
  await cluster.until(() => [1, 2, 3, 9].every((id) => hasTopic(cluster, id, "t")));
  await cluster.until(() => cluster.node(9).quorum.image.controllers.size === 3);
  const answer = await cluster.ask(cluster.active!, describeQuorum, {
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  });
  const partition = answer.topics[0]!.partitions[0]!;
  assert.equal(partition.leaderId, cluster.active);
  assert.deepEqual(partition.currentVoters.map(({ replicaId }) => replicaId), [1, 2, 3]);
  assert.deepEqual(partition.observers.map(({ replicaId }) => replicaId), [9]);
  await cluster.stop();
});

Deno.test("the active controller dies: another one takes over with everything that was answered", async () => {
  const cluster = await Cluster.start();
  await addBroker(cluster);
  for (let round = 0; round < 4; round++) {
    assert.equal(await createTopic(cluster, `round-${round}`), 0);
    const dead = cluster.active!;
    cluster.crash(dead);
    await cluster.until(() => cluster.active !== null);
    for (let past = 0; past <= round; past++) assert.ok(hasTopic(cluster, cluster.active!, `round-${past}`));
    await cluster.startNode(dead);
  }
  await cluster.until(() => [1, 2, 3].every((id) => hasTopic(cluster, id, "round-3")));
  await cluster.stop();
});

Deno.test("a controller whose process dies is replaced at once, without waiting for the fetch timeout", async () => {
  const cluster = await Cluster.start();
  await cluster.startNode(9);
  for (let round = 0; round < 6; round++) {
    await cluster.until(() => [1, 2, 3, 9].every((id) => leaderOf(cluster, id) === cluster.active));
    const dead = cluster.active!;
    cluster.crash(dead);
    const diedMs = cluster.time.nowMs;
    await cluster.until(() => cluster.active !== null, 300, 1);
    await cluster.until(() => leaderOf(cluster, 9) === cluster.active, 500, 1);
    assert.ok(cluster.time.nowMs - diedMs < 500);
    await cluster.startNode(dead);
  }
  await cluster.stop();
});

Deno.test("a controller that stops hands over in some milliseconds (KIP-595)", async () => {
  const cluster = await Cluster.start();
  for (let round = 0; round < 5; round++) {
    await cluster.until(() => [1, 2, 3].every((id) => leaderOf(cluster, id) === cluster.active));
    await cluster.pass(500);
    const old = cluster.active!;
    const stopped = cluster.node(old).controller!.shutdown(5000);
    await cluster.until(() => cluster.active !== null && cluster.active !== old, 50, 1);
    await stopped;
    cluster.crash(old);
    await cluster.startNode(old);
  }
  await cluster.stop();
});

Deno.test("with nothing to write the active controller writes a record that says so (KIP-835)", async () => {
  const cluster = await Cluster.start();
  const endOf = (id: number) => cluster.node(id).quorum.image.offset;
  await cluster.pass(3_000);
  const before = endOf(1);
  await cluster.pass(5_000);
  const written = endOf(1) - before;
  assert.ok(written >= 8 && written <= 11, `${written} records in five seconds`);
  await cluster.stop();
});

Deno.test("what only a cut-off leader has is not answered and is gone when it comes back", async () => {
  const cluster = await Cluster.start();
  await addBroker(cluster);
  const old = cluster.active!;
  cluster.cutOff.add(old);
  const lost = cluster.node(old).controller!.quorum
    .append(() => [{ type: "TopicRecord", data: { name: "lost", topicId: "llllllllllllllllllllgA" } }]);
  let outcome: unknown;
  void lost.then((result) => outcome = result);
  await cluster.until(() => cluster.active !== null && cluster.active !== old);
  assert.equal(await createTopic(cluster, "kept"), 0);
  cluster.cutOff.delete(old);
  await cluster.until(() => hasTopic(cluster, old, "kept"));
  assert.deepEqual(outcome, { ok: false, reason: "lost" });
  assert.equal(hasTopic(cluster, old, "lost"), false);
  await cluster.stop();
});

Deno.test("a node that has lost its disk loads a snapshot and catches up (KIP-630)", async () => {
  const cluster = await Cluster.start({
    "metadata.log.max.record.bytes.between.snapshots": 4000,
    "internal.metadata.log.segment.bytes": 4096,
  });
  await addBroker(cluster);
  for (let index = 0; index < 60; index++) assert.equal(await createTopic(cluster, `topic-${index}`), 0);
  const leader = cluster.active!;
  await cluster.until(() => cluster.node(leader).quorum.logStartOffset > 0);
  // An observer that never was there before needs the snapshot as well.
  await cluster.startNode(9);
  const follower = [1, 2, 3].find((id) => id !== leader)!;
  cluster.crash(follower);
  cluster.wipe(follower);
  await cluster.startNode(follower);
  for (const id of [follower, 9]) {
    await cluster.until(() => hasTopic(cluster, id, "topic-59"));
    assert.equal(cluster.node(id).quorum.image.topics.byName.size, 60);
    assert.ok(cluster.node(id).quorum.logStartOffset > 0);
  }
  await cluster.stop();
});
