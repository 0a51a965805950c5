/**
 * What administrators do with the tools of each library: every operation that a client has is done with it, and what
 * came of it is asked for on the wire, so that a client that lies to itself is noticed.
 */

import assert from "node:assert/strict";
import { describeConfigs } from "../../src/protocol/messages/32_describe_configs.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { batch } from "../harness/batches.ts";
import { becomes } from "../harness/eventually.ts";
import { createTopic, freshTopic, offsetOf, produceTo } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { clientKinds, sharedClients } from "./clients/all.ts";
import type { AdminOperations, InteropClient } from "./clients/client.ts";

const clients = sharedClients();
const TOPIC_RESOURCE = 2;

/** The value of a topic's config as it is on the wire. */
async function configOf(wire: WireClient, topic: string, name: string): Promise<string | null> {
  const { results } = await wire.send(describeConfigs, 4, {
    resources: [{ resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: [name] }],
  });
  return results[0]!.configs[0]!.value;
}

/** The number of partitions; null when there is no such topic. */
async function partitionsOf(wire: WireClient, topic: string): Promise<number | null> {
  const { topics } = await wire.send(metadata, 12, {
    topics: [{ name: topic }],
    allowAutoTopicCreation: false,
  });
  return topics[0]!.errorCode === 0 ? topics[0]!.partitions.length : null;
}

type Admin = Partial<AdminOperations>;

async function topics(admin: Admin, wire: WireClient): Promise<void> {
  const topic = freshTopic("admin");
  if (admin.createTopic) {
    await admin.createTopic({ topic, partitions: 2, configs: { "retention.ms": "123456" } });
    await becomes(() => partitionsOf(wire, topic), 2);
    assert.equal(await configOf(wire, topic, "retention.ms"), "123456");
    await assert.rejects(
      async () => await admin.createTopic!({ topic, partitions: 2, configs: {} }),
      "a topic is created once",
    );
    const wrong = { topic: freshTopic(), partitions: 1, configs: { "retention.ms": "soon" } };
    await assert.rejects(async () => await admin.createTopic!(wrong), "a wrong config is refused");
  } else {
    await createTopic(wire, topic, { partitions: 2 });
  }
  if (admin.listTopics) assert.ok((await admin.listTopics({})).includes(topic));
  if (admin.countPartitions) assert.equal(await admin.countPartitions({ topic }), 2);
  if (admin.createPartitions) {
    await admin.createPartitions({ topic, total: 5 });
    await becomes(() => partitionsOf(wire, topic), 5);
    await assert.rejects(async () => await admin.createPartitions!({ topic, total: 3 }), "not fewer");
    assert.equal(await partitionsOf(wire, topic), 5);
  }
  if (admin.deleteTopic) {
    await admin.deleteTopic({ topic });
    await becomes(() => partitionsOf(wire, topic), null);
    await assert.rejects(async () => await admin.deleteTopic!({ topic }), "what is gone cannot be deleted");
  }
}

async function configs(admin: Admin, wire: WireClient): Promise<void> {
  const topic = freshTopic("admin");
  await createTopic(wire, topic, { configs: { "max.message.bytes": "20000" } });
  if (admin.topicConfigs) {
    const described = await admin.topicConfigs({ topic });
    assert.equal(described["max.message.bytes"], "20000");
    assert.equal(described["cleanup.policy"], "delete");
    assert.ok(Object.keys(described).length > 25, "all configs are described, not only those that were set");
  }
  if (admin.brokerConfigs) {
    const described = await admin.brokerConfigs({ broker: 1 });
    assert.equal(described["node.id"] ?? described["broker.id"], "1");
    assert.ok(Object.keys(described).length > 100, "all configs are described");
  }
  if (admin.alterConfigs) {
    await admin.alterConfigs({ topic, configs: { "segment.bytes": "2000000" } });
    await becomes(() => configOf(wire, topic, "segment.bytes"), "2000000");
    assert.notEqual(await configOf(wire, topic, "max.message.bytes"), "20000", "the others are unset");
    const wrong = { topic, configs: { "segment.bytes": "many" } };
    await assert.rejects(async () => await admin.alterConfigs!(wrong));
  }
  if (admin.incrementalAlterConfigs) {
    await admin.incrementalAlterConfigs({ topic, configs: { "max.message.bytes": "30000" } });
    await becomes(() => configOf(wire, topic, "max.message.bytes"), "30000");
    await admin.incrementalAlterConfigs({
      topic,
      configs: { "retention.ms": "1000", "max.message.bytes": null },
    });
    await becomes(() => configOf(wire, topic, "retention.ms"), "1000");
    assert.notEqual(await configOf(wire, topic, "max.message.bytes"), "30000", "deleted");
    const unknown = { topic, configs: { "no.such.config": "1" } };
    await assert.rejects(async () => await admin.incrementalAlterConfigs!(unknown));
  }
}

async function offsets(admin: Admin, wire: WireClient): Promise<void> {
  const topic = freshTopic("admin");
  await createTopic(wire, topic);
  const startMs = Date.now() - 60_000;
  for (let index = 0; index < 5; index++) {
    await produceTo(wire, { topic }, batch([{ value: `${index}`, timestamp: startMs + index * 1000 }]));
  }
  const place = { topic, partition: 0 };
  if (admin.offsetAt) {
    assert.equal(await admin.offsetAt({ ...place, at: "earliest" }), 0);
    assert.equal(await admin.offsetAt({ ...place, at: "latest" }), 5);
    assert.equal(await admin.offsetAt({ ...place, at: startMs + 2500 }), 3);
    assert.equal(await admin.offsetAt({ ...place, at: startMs }), 0);
    assert.equal(await admin.offsetAt({ ...place, at: startMs + 9000 }), -1, "no record is that late");
  }
  if (admin.partitionBytes) {
    assert.ok(await admin.partitionBytes(place) >= 5 * 61, "at least the headers of five batches");
  }
  if (admin.deleteRecords) {
    await admin.deleteRecords({ ...place, before: 2 });
    assert.equal(await offsetOf(wire, { topic }, -2), 2);
    if (admin.offsetAt) assert.equal(await admin.offsetAt({ ...place, at: "earliest" }), 2);
    await assert.rejects(
      async () => await admin.deleteRecords!({ ...place, before: 9 }),
      "not above the end",
    );
  }
}

/** An idempotent producer leaves its id in the partition (KIP-98). */
async function producers(client: InteropClient, wire: WireClient): Promise<void> {
  if (client.admin.producerIds === undefined) return;
  const topic = freshTopic("admin");
  await createTopic(wire, topic);
  const record = { key: null, value: new Uint8Array(3), headers: [], timestamp: Date.now() };
  await client.produce({ topic, partition: 0, codec: "none", idempotent: true }, [record]);
  const ids = await client.admin.producerIds({ topic, partition: 0 });
  assert.equal(ids.length, 1);
  assert.ok(ids[0]! >= 0);
}

for (const kind of clientKinds) {
  Deno.test({
    name: `interop: administration with ${kind.name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const client = clients.get(kind);
      if (client === null) return;
      using wire = await WireClient.connect(clients.address);
      const { admin } = client;
      await t.step("describe the cluster", async () => {
        const cluster = await admin.describeCluster!({});
        assert.equal(cluster.brokers, 1);
        // Some do not show it.
        if (cluster.clusterId !== null) assert.match(cluster.clusterId, /^[\w-]{22}$/);
      });
      await t.step("topics and partitions", () => topics(admin, wire));
      await t.step("configs", () => configs(admin, wire));
      await t.step("offsets and records", () => offsets(admin, wire));
      await t.step("producers", () => producers(client, wire));
    },
  });
}
