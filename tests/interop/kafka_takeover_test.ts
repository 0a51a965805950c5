// A real Apache Kafka starts on a data directory that Sluice wrote, serves what is in it and writes more; and Sluice
// goes on with what Kafka left. Needs a JDK and Maven that can resolve Kafka's jars; skipped without them.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { startRealKafka } from "../../scripts/golden/real_kafka.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { offsetFetch } from "../../src/protocol/messages/09_offset_fetch.ts";
import { describeConfigs } from "../../src/protocol/messages/32_describe_configs.ts";
import { batch } from "../harness/batches.ts";
import { BrokerProcess } from "../harness/broker.ts";
import { runCommand } from "../harness/command.ts";
import { kafkaTools } from "../harness/kafka_tools.ts";
import { offsetOf, produceTo, readAll, untilLed } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { fillBroker, filledOffsets, filledPartitions } from "./fill_broker.ts";

const tools = await kafkaTools();

/** Internal topics as small as a test needs them; both brokers are told the same. */
const configs = {
  "offsets.topic.num.partitions": "3",
  "offsets.topic.replication.factor": "1",
  "log.flush.offset.checkpoint.interval.ms": "100",
  "log.flush.start.offset.checkpoint.interval.ms": "100",
};

/** Everything that clients can see of what {@link fillBroker} has left. */
async function seenBy(client: WireClient) {
  const records: Record<string, unknown> = {};
  for (const place of filledPartitions) {
    const start = await offsetOf(client, place, -2);
    const found = await readAll(client, place, start);
    records[`${place.topic}-${place.partition}`] = {
      start,
      end: await offsetOf(client, place, -1),
      records: found.map((one) => ({
        ...one,
        key: text(one.key),
        value: text(one.value),
        headers: one.headers.map(({ key, value }) => ({ key, value: text(value) })),
      })),
    };
  }
  const { topics } = await client.send(metadata, 12, { topics: null, allowAutoTopicCreation: false });
  const described = await client.send(describeConfigs, 4, {
    resources: topics.map(({ name }) => ({ resourceType: 2, resourceName: name!, configurationKeys: null })),
    includeSynonyms: false,
    includeDocumentation: false,
  });
  return {
    records,
    offsets: await committedOffsets(client),
    topics: Object.fromEntries(
      topics.map(({ name, topicId, partitions }) => [name!, { topicId, partitions: partitions.length }])
        .sort(),
    ),
    /** Those that were set for a topic (source 1). */
    configs: Object.fromEntries(
      described.results.map(({ resourceName, configs }) => [
        resourceName,
        configs.filter((one) => one.configSource === 1).map(({ name, value }) => `${name}=${value}`).sort(),
      ]).sort(),
    ),
  };
}

const text = (bytes: Uint8Array | null) => bytes === null ? null : Buffer.from(bytes).toString("latin1");

/** A coordinator may still be loading when a broker has just started. */
async function committedOffsets(client: WireClient) {
  for (let attempt = 0;; attempt++) {
    const { groups } = await client.send(offsetFetch, 9, {
      groups: Object.keys(filledOffsets).map((groupId) => ({
        groupId,
        memberId: null,
        memberEpoch: -1,
        topics: null,
      })),
      requireStable: false,
    });
    if (groups.every((one) => one.errorCode === 0) || attempt === 200) {
      return groups.map(({ groupId, errorCode, topics }) => ({ groupId, errorCode, topics }));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function withClient<T>(
  address: { host: string; port: number },
  use: (client: WireClient) => Promise<T>,
) {
  using client = await WireClient.connect(address);
  return await use(client);
}

async function append(client: WireClient, value: string): Promise<void> {
  for (const place of filledPartitions) {
    const end = await offsetOf(client, place, -1);
    assert.equal(await produceTo(client, place, batch([{ key: "later", value }])), end);
  }
}

/** A crash forgets DeleteRecords until the next checkpoint, in Kafka as in Sluice. */
async function untilTrimmedForGood(dataDir: string): Promise<void> {
  const path = `${dataDir}/log-start-offset-checkpoint`;
  for (let attempt = 0; attempt < 200; attempt++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.includes("trimmed 0 7\n")) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} does not say where trimmed-0 begins`);
}

/** Starts Kafka on the directory, lets `use` do its work with it and ends it as told. */
async function withKafka<T>(
  name: string,
  end: "stop" | "kill",
  use: (client: WireClient, bootstrap: string) => Promise<T>,
): Promise<T> {
  const kafka = await startRealKafka(tools!, { name, properties: configs });
  try {
    return await withClient({ host: "127.0.0.1", port: kafka.port }, async (client) => {
      for (const { topic } of filledPartitions) await untilLed(client, topic);
      return await use(client, `127.0.0.1:${kafka.port}`);
    });
  } finally {
    await kafka[end]();
  }
}

/** A broker of Kafka passes over our own fields of DescribeLogDirs, and the command does without them. */
async function assertDescribesStorage(bootstrap: string, logDir: string): Promise<void> {
  const { code, stdout } = await runCommand(["topic", "describe", "large", "--storage", "-b", bootstrap]);
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^large\t0\t1\t\\d{7}\t\\?\t\\?\t\\?\t0\t-\t${logDir}\n$`));
}

for (const end of ["stop", "kill"] as const) {
  Deno.test({
    name: `takeover: Apache Kafka serves what Sluice wrote, and Sluice what Kafka has added to it (${end})`,
    ignore: tools === null,
    async fn() {
      const name = `takeover-${end}`;
      const dataDir = `${tools!.workDir}/${name}`;
      await using broker = new BrokerProcess({ dataDir, configs });
      await broker.start();
      const written = await withClient(broker.address, async (client) => {
        await fillBroker(client, 1);
        await fillBroker(client, 2);
        return await seenBy(client);
      });
      await untilTrimmedForGood(dataDir);
      await broker[end]();
      const offsets = written.offsets.map(({ groupId, topics }) => [
        groupId,
        topics[0]!.partitions[0]!.committedOffset,
      ]);
      assert.deepEqual(Object.fromEntries(offsets), filledOffsets);

      const added = await withKafka(name, end, async (client, bootstrap) => {
        assert.deepEqual(await seenBy(client), written);
        await assertDescribesStorage(bootstrap, dataDir);
        await append(client, "from Kafka");
        return await seenBy(client);
      });
      const verified = await runCommand(["log", "verify", "--deep", dataDir]);
      assert.equal(verified.code, 0, verified.stdout);

      await broker.start();
      const again = await withClient(broker.address, async (client) => {
        assert.deepEqual(await seenBy(client), added);
        await append(client, "from Sluice again");
        return await seenBy(client);
      });
      const ended = await broker[end]();
      assert.doesNotMatch(ended.stderr, /"level":"error"/);
      assert.deepEqual(await withKafka(name, end, seenBy), again);
    },
  });
}
