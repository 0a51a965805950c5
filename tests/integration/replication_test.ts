/**
 * Replication between real processes: what is acknowledged with acks=all is on every replica in sync and survives the
 * death of its leader; replicas leave the ISR and come back; logs that differ are made the same (KIP-101, KIP-497).
 */

import assert from "node:assert/strict";
import { electLeaders } from "../../src/client/admin/elections.ts";
import { alterReassignments } from "../../src/client/admin/reassignments.ts";
import { callController } from "../../src/client/admin/call.ts";
import { removeThrottle, setThrottle } from "../../src/client/admin/throttle.ts";
import type { Cluster } from "../../src/client/cluster.ts";
import { fetchOnce } from "../../src/client/consumer/fetch_once.ts";
import { Producer } from "../../src/client/producer/producer.ts";
import type { ProducerOptions } from "../../src/client/producer/options.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { listOffsets } from "../../src/protocol/messages/02_list_offsets.ts";
import { startCluster } from "../harness/cluster.ts";
import { becomes } from "../harness/eventually.ts";

function cluster(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `replication: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

const TOPIC = "t";

/** A topic of one partition whose replicas are on these nodes, the first of them its leader. */
async function topicOn(client: Cluster, replicas: readonly number[], minIsr = 1): Promise<void> {
  const request = {
    topics: [{
      name: TOPIC,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: replicas }],
      configs: [{ name: "min.insync.replicas", value: `${minIsr}` }],
    }],
    timeoutMs: 10_000,
    validateOnly: false,
  };
  const { topics } = await callController(
    client,
    createTopics,
    request,
    (response) => response.topics.map((one) => one.errorCode),
  );
  assert.equal(topics[0]?.errorCode, ErrorCode.NONE, topics[0]?.errorMessage ?? "");
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Produces and resolves with what was refused. */
async function produce(
  client: Cluster,
  values: readonly string[],
  options: Partial<ProducerOptions> = {},
): Promise<string[]> {
  const producer = new Producer(client, { lingerMs: 0, ...options });
  const refused: string[] = [];
  for (const value of values) {
    await producer.send(TOPIC, { key: null, value: encoder.encode(value) }, ({ error }) => {
      if (error !== null) refused.push(value);
    });
  }
  await producer.flush();
  await producer.close();
  return refused;
}

/** Everything that consumers can read. */
async function readAll(client: Cluster): Promise<string[]> {
  const values: string[] = [];
  for (let offset = 0;;) {
    const read = await fetchOnce(client, { topic: TOPIC, partition: 0 }, {
      offset,
      maxBytes: 1_000_000,
      maxWaitMs: 0,
      isolation: "read_uncommitted",
    });
    if (read.isEmpty) return values;
    read.forEach(({ value }) => values.push(decoder.decode(value!)) > 0);
    offset = read.nextOffset;
  }
}

async function partitionOf(client: Cluster) {
  await client.refresh([TOPIC]);
  return client.known(TOPIC)!.partitions[0]!;
}

async function isrOf(client: Cluster): Promise<string> {
  return [...(await partitionOf(client)).isr].sort().join();
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `${from + index}`);

cluster(
  "nothing that was acknowledged is lost when the leader dies, and nothing is there twice",
  async () => {
    await using nodes = await startCluster();
    const client = nodes.client();
    await topicOn(client, [2, 1, 3]);
    const producer = new Producer(client, { lingerMs: 0 });
    const acknowledged: string[] = [];
    const send = async (value: string) =>
      await producer.send(TOPIC, { key: null, value: encoder.encode(value) }, ({ error }) => {
        if (error === null) acknowledged.push(value);
      });
    for (const value of numbers(200)) await send(value);
    await producer.flush();
    const killed = nodes.kill(2);
    for (const value of numbers(200, 200)) await send(value);
    await producer.flush();
    await killed;
    assert.deepEqual(acknowledged, numbers(400));
    assert.deepEqual(await readAll(client), numbers(400));
    assert.notEqual((await partitionOf(client)).leaderId, 2);
    await nodes.start(2);
    await becomes(() => isrOf(client), "1,2,3");
  },
);

cluster("a follower that hangs leaves the ISR, and comes back when it has caught up", async () => {
  await using nodes = await startCluster({ configs: { "replica.lag.time.max.ms": 1_500 } });
  const client = nodes.client();
  await topicOn(client, [1, 2, 3], 2);
  assert.deepEqual(await produce(client, numbers(10)), []);
  nodes.pause(3);
  assert.deepEqual(await produce(client, numbers(10, 10)), [], "it waits for the ISR to shrink, not forever");
  assert.equal(await isrOf(client), "1,2");
  nodes.resume(3);
  await becomes(() => isrOf(client), "1,2,3");
  assert.deepEqual(await readAll(client), numbers(20));
});

cluster(
  "below min.insync.replicas acks=all is refused, and what acks=1 writes is not read yet (KIP-966)",
  async () => {
    await using nodes = await startCluster({ form: "controllers", voters: 1 });
    const client = nodes.client();
    await topicOn(client, [1, 2, 3], 2);
    assert.deepEqual(await produce(client, ["both"]), []);
    await nodes.kill(2);
    await nodes.kill(3);
    await becomes(() => isrOf(client), "1");
    const options = { deliveryTimeoutMs: 1_000, requestTimeoutMs: 500 };
    assert.deepEqual(await produce(client, ["refused"], options), ["refused"]);
    assert.deepEqual(await produce(client, ["one"], { acks: 1, idempotent: false }), []);
    assert.deepEqual(await readAll(client), ["both"]);
    await nodes.start(2);
    await becomes(async () => (await readAll(client)).join(), "both,one");
  },
);

cluster("a leader that comes back gives up what its successor does not have", async () => {
  await using nodes = await startCluster({ form: "controllers", voters: 1 });
  const client = nodes.client();
  await topicOn(client, [2, 1, 3]);
  assert.deepEqual(await produce(client, numbers(5)), []);
  await becomes(() => isrOf(client), "1,2,3");
  // Nobody asks for what is acknowledged by the leader alone; but the answers to who asked before may still arrive.
  nodes.pause(3);
  nodes.pause(1);
  for (const value of ["perhaps", "lost"]) await produce(client, [value], { acks: 1, idempotent: false });
  await nodes.kill(2);
  nodes.resume(1);
  nodes.resume(3);
  await becomes(async () => [1, 3].includes((await partitionOf(client)).leaderId), true);
  assert.deepEqual(await produce(client, numbers(5, 5)), []);
  await nodes.start(2);
  await becomes(() => isrOf(client), "1,2,3");
  const records = await readAll(client);
  assert.deepEqual(records.filter((value) => value !== "perhaps"), numbers(10));
  const { leaderId } = await partitionOf(client);
  if (leaderId === 1) await nodes.restart(1);
  else await nodes.kill(leaderId);
  await becomes(async () => (await partitionOf(client)).leaderId !== leaderId, true);
  assert.deepEqual(await readAll(client), records, "the others have the same log");
});

cluster("a replica with an empty disk copies everything", async () => {
  await using nodes = await startCluster();
  const client = nodes.client();
  await topicOn(client, [1, 2, 3]);
  assert.deepEqual(await produce(client, numbers(2_000), { batchBytes: 400 }), []);
  await nodes.kill(3);
  for (const entry of Deno.readDirSync(nodes.node(3).dataDir)) {
    if (entry.name.startsWith(`${TOPIC}-`)) {
      Deno.removeSync(`${nodes.node(3).dataDir}/${entry.name}`, { recursive: true });
    }
  }
  await becomes(() => isrOf(client), "1,2");
  await nodes.start(3);
  await becomes(() => isrOf(client), "1,2,3");
  await nodes.kill(1);
  await becomes(async () => (await partitionOf(client)).leaderId > 1, true);
  assert.deepEqual(await readAll(client), numbers(2_000));
});

cluster("a reassignment copies to the new replica, and the old one deletes its log (KIP-455)", async () => {
  await using nodes = await startCluster({ configs: { "log.segment.delete.delay.ms": 0 } });
  const client = nodes.client();
  await topicOn(client, [1, 2]);
  assert.deepEqual(await produce(client, numbers(500), { batchBytes: 300 }), []);
  await alterReassignments(client, [{ topic: TOPIC, partition: 0, replicas: [3, 1] }]);
  await becomes(() => isrOf(client), "1,3");
  const hasLog = (id: number) =>
    [...Deno.readDirSync(nodes.node(id).dataDir)].some((entry) => entry.name.startsWith(`${TOPIC}-0`));
  await becomes(() => hasLog(2), false);
  await nodes.kill(1);
  await becomes(async () => (await partitionOf(client)).leaderId, 3);
  assert.deepEqual(await readAll(client), numbers(500));
});

cluster("a throttled move goes on when the throttle is taken away (KIP-73)", async () => {
  await using nodes = await startCluster({ configs: { "replica.fetch.max.bytes": 1_000 } });
  const client = nodes.client();
  await topicOn(client, [1, 2]);
  assert.deepEqual(await produce(client, numbers(500), { batchBytes: 300 }), []);
  // A first read may pass; to pay for it takes longer than this test.
  await setThrottle(client, [{ topic: TOPIC, partition: 0, sources: [1, 2], adding: [3] }], 1);
  await alterReassignments(client, [{ topic: TOPIC, partition: 0, replicas: [3, 1] }]);
  await produce(client, numbers(500, 500), { batchBytes: 300 });
  assert.equal(await isrOf(client), "1,2");
  await removeThrottle(client, [TOPIC]);
  await becomes(() => isrOf(client), "1,3");
});

cluster(
  "after an unclean election the old leader gives up even what was acknowledged (KIP-704)",
  async () => {
    await using nodes = await startCluster({ form: "controllers", voters: 1 });
    const client = nodes.client();
    await topicOn(client, [2, 3]);
    assert.deepEqual(await produce(client, numbers(10)), []);
    await nodes.kill(3);
    await becomes(() => isrOf(client), "2");
    assert.deepEqual(await produce(client, ["lost", "lost too"]), []);
    await nodes.kill(2);
    await nodes.start(3);
    await becomes(async () => (await partitionOf(client)).leaderId, -1);
    await electLeaders(client, "unclean", [{ topic: TOPIC, partition: 0 }]);
    await becomes(async () => (await partitionOf(client)).leaderId, 3);
    assert.deepEqual(await produce(client, numbers(1, 10)), []);
    await nodes.start(2);
    await becomes(() => isrOf(client), "2,3");
    assert.match(nodes.node(2).stderr, /a log was cut/);
    await nodes.kill(3);
    await becomes(async () => (await partitionOf(client)).leaderId, 2);
    assert.deepEqual(await readAll(client), numbers(11));
  },
);

cluster(
  "consumers are sent to a replica in their rack, which serves what is replicated (KIP-392)",
  async () => {
    await using nodes = await startCluster({
      configs: { "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector" },
      node: (id) => ({ configs: { "broker.rack": `rack-${id}` } }),
    });
    const client = nodes.client();
    await topicOn(client, [1, 2, 3]);
    await produce(client, numbers(3));
    const request = (rackId: string, offset = 0) => ({
      maxWaitMs: 3_000,
      minBytes: 1,
      rackId,
      topics: [{
        topic: TOPIC,
        partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 100_000 }],
      }],
    });
    using leader = await nodes.connect(1);
    await becomes(async () => {
      const response = await leader.send(fetch, 12, request("rack-3"));
      return response.responses[0]!.partitions[0]!.preferredReadReplica;
    }, 3);
    using follower = await nodes.connect(3);
    const near = await follower.send(fetch, 12, request("rack-3"));
    assert.equal(near.responses[0]!.partitions[0]!.errorCode, ErrorCode.NONE);
    assert.equal(near.responses[0]!.partitions[0]!.highWatermark, 3);
    const waiting = follower.send(fetch, 12, request("rack-3", 3));
    await produce(client, ["3"]);
    const next = await waiting;
    assert.ok(
      next.responses[0]!.partitions[0]!.records!.length > 0,
      "it hears of new records before its time is up",
    );
    const own = await leader.send(fetch, 12, request("rack-1"));
    assert.equal(own.responses[0]!.partitions[0]!.preferredReadReplica, -1);
    const old = await follower.send(fetch, 10, request(""));
    assert.equal(old.responses[0]!.partitions[0]!.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  },
);

cluster("who asks the wrong broker is told of the right one (KIP-951)", async () => {
  await using nodes = await startCluster({ configs: { "replica.fetch.max.bytes": 1_000 } });
  const client = nodes.client();
  await topicOn(client, [1, 2, 3]);
  const { topicId } = client.known(TOPIC) ?? await client.topic(TOPIC);
  using follower = await nodes.connect(2);
  const response = await follower.send(fetch, 17, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }] }],
  });
  const answer = response.responses[0]!.partitions[0]!;
  assert.equal(answer.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  assert.equal(answer.currentLeader.leaderId, 1);
  assert.deepEqual(response.nodeEndpoints.map(({ nodeId, port }) => [nodeId, port]), [
    [1, nodes.node(1).address.port],
  ]);
  const offsets = await follower.send(listOffsets, 8, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  assert.equal(offsets.topics[0]!.partitions[0]!.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
});
