/** What a broker knows after it was stopped and started again: everything. */

import assert from "node:assert/strict";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { initProducerId } from "../../src/protocol/messages/22_init_producer_id.ts";
import { describeConfigs } from "../../src/protocol/messages/32_describe_configs.ts";
import { createPartitions } from "../../src/protocol/messages/37_create_partitions.ts";
import { incrementalAlterConfigs } from "../../src/protocol/messages/44_incremental_alter_configs.ts";
import { type BrokerProcess, startBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { createTopic, offsetOf, produceTo, readAll, tryFetch, tryProduce } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

/** How it is stopped: the clean way, or not at all. */
const ends: Record<string, (broker: BrokerProcess) => Promise<unknown>> = {
  "a clean stop": (broker) => broker.stop(),
  "a kill": (broker) => broker.kill(),
};

async function describeTopics(client: WireClient) {
  const { clusterId, brokers, topics } = await client.send(metadata, 12, {
    topics: null,
    allowAutoTopicCreation: false,
  });
  const described = topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((one) => [one.partitionIndex, one.leaderId, one.replicaNodes, one.isrNodes])
      .sort(),
  }));
  return {
    clusterId,
    nodes: brokers.map((one) => one.nodeId),
    topics: described.sort((a, b) => a.name! < b.name! ? -1 : 1),
  };
}

async function configsOf(client: WireClient, topic: string) {
  const { results } = await client.send(describeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: topic, configurationKeys: null }],
  });
  return results[0]!.configs.map(({ name, value, configSource }) => ({ name, value, configSource }));
}

for (const [how, end] of Object.entries(ends)) {
  Deno.test({
    name: `restart: after ${how} topics, ids, configs, offsets and producers are as before`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using broker = await startBroker();
      const before = await WireClient.connect(broker.address);
      await createTopic(before, "kept", { partitions: 3, configs: { "retention.ms": "99999999" } });
      await createTopic(before, "grown");
      await createTopic(before, "trimmed");
      await createTopic(before, "deleted");
      await before.send(createPartitions, 3, {
        topics: [{ name: "grown", count: 4, assignments: null }],
        timeoutMs: 10_000,
        validateOnly: false,
      });
      await before.send(deleteTopics, 5, { topics: [], topicNames: ["deleted"], timeoutMs: 10_000 });
      await before.send(incrementalAlterConfigs, 1, {
        resources: [{
          resourceType: 2,
          resourceName: "grown",
          configs: [{ name: "max.message.bytes", configOperation: 0, value: "54321" }],
        }],
        validateOnly: false,
      });
      const producer = await before.send(initProducerId, 5, {
        transactionalId: null,
        transactionTimeoutMs: 0,
      });
      const { producerId, producerEpoch } = producer;
      const sent = (value: string, baseSequence: number) =>
        batch([value], { producerId, producerEpoch, baseSequence });
      for (let index = 0; index < 5; index++) {
        await produceTo(before, { topic: "kept" }, sent(`${index}`, index));
        await produceTo(before, { topic: "trimmed" }, batch([`${index}`], { compression: "zstd" }));
      }
      await before.send(deleteRecords, 2, {
        topics: [{ name: "trimmed", partitions: [{ partitionIndex: 0, offset: 3 }] }],
        timeoutMs: 10_000,
      });
      const topicsBefore = await describeTopics(before);
      const configsBefore = [await configsOf(before, "kept"), await configsOf(before, "grown")];
      before.close();

      await end(broker);
      await broker.start();

      using client = await WireClient.connect(broker.address);
      assert.deepEqual(await describeTopics(client), topicsBefore);
      assert.deepEqual(topicsBefore.topics.map(({ name }) => name), ["grown", "kept", "trimmed"]);
      assert.deepEqual([await configsOf(client, "kept"), await configsOf(client, "grown")], configsBefore);
      assert.equal((await readAll(client, { topic: "kept" })).length, 5);
      const trimmedTo = await offsetOf(client, { topic: "trimmed" }, -2);
      // As in Apache Kafka a log start is saved once a minute and at a clean stop (log-start-offset-checkpoint).
      if (how === "a kill") assert.ok([0, 3].includes(trimmedTo));
      else assert.equal(trimmedTo, 3);
      assert.equal(await offsetOf(client, { topic: "trimmed" }, -1), 5);
      assert.equal(
        (await tryProduce(client, { topic: "deleted" }, batch(["x"]))).errorCode,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      );
      // The producer's last batches are remembered, and so is where it goes on.
      assert.equal(await produceTo(client, { topic: "kept" }, sent("4", 4)), 4);
      const gap = await tryProduce(client, { topic: "kept" }, sent("6", 6));
      assert.equal(gap.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
      assert.equal(await produceTo(client, { topic: "kept" }, sent("5", 5)), 5);
      const other = await client.send(initProducerId, 5, { transactionalId: null, transactionTimeoutMs: 0 });
      assert.ok(other.producerId !== producerId, "no producer id is given twice");
    },
  });
}

Deno.test({
  name: "restart: stop answers what is under way, closes connections and ends with code 0",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = await startBroker();
    using client = await WireClient.connect(broker.address);
    await createTopic(client, "t");
    const waiting = tryFetch(client, { topic: "t" }, 0, { maxWaitMs: 60_000 }).catch(() => null);
    const { code, signal } = await broker.stop();
    assert.deepEqual([code, signal], [0, null]);
    await waiting;
    assert.ok(await client.isClosedByBroker());
  },
});

Deno.test({
  name: "restart: directories of partitions that the cluster does not know go away, others are left alone",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = await startBroker();
    {
      using client = await WireClient.connect(broker.address);
      await createTopic(client, "t");
      await produceTo(client, { topic: "t" }, batch(["a"]));
    }
    await broker.stop();
    await Deno.mkdir(`${broker.dataDir}/lost+found`);
    await Deno.writeTextFile(`${broker.dataDir}/notes.txt`, "not the broker's");
    await broker.start();
    using client = await WireClient.connect(broker.address);
    assert.equal((await readAll(client, { topic: "t" })).length, 1);
    assert.equal(await Deno.readTextFile(`${broker.dataDir}/notes.txt`), "not the broker's");
    assert.ok((await Deno.stat(`${broker.dataDir}/lost+found`)).isDirectory);
  },
});
