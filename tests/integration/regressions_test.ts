/** What implementers of Kafka's protocol tripped over before (DESIGN.md section 7), one test each. */

import assert from "node:assert/strict";
import { ErrorCode, errorInfo } from "../../src/protocol/error_codes.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { apiVersions } from "../../src/protocol/messages/18_api_versions.ts";
import { describeConfigs } from "../../src/protocol/messages/32_describe_configs.ts";
import { createPartitions } from "../../src/protocol/messages/37_create_partitions.ts";
import { sharedBroker, startBroker } from "../harness/broker.ts";
import { batch, offsetsIn } from "../harness/batches.ts";
import { becomes } from "../harness/eventually.ts";
import {
  createTopic,
  freshTopic,
  offsetOf,
  produceTo,
  readAll,
  tryFetch,
  tryProduce,
} from "../harness/requests.ts";
import { encodeRequest, framed, WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());
const software = { clientSoftwareName: "wire-test", clientSoftwareVersion: "1.0" };

async function versionsOf(client: WireClient) {
  const { apiKeys } = await client.send(apiVersions, 4, software);
  return new Map(apiKeys.map((one) => [one.apiKey, [one.minVersion, one.maxVersion]]));
}

test("regression: auto-created topics have their leader in the answer that creates them", async (client) => {
  const name = freshTopic("auto");
  const { topics } = await client.send(metadata, 4, { topics: [{ name }], allowAutoTopicCreation: true });
  assert.equal(topics[0]!.errorCode, ErrorCode.NONE);
  assert.ok(topics[0]!.partitions.every((one) => one.leaderId >= 0 && one.errorCode === ErrorCode.NONE));
});

test("regression: nothing is created where the client forbids it", async (client) => {
  const name = freshTopic("auto");
  await client.send(metadata, 4, { topics: [{ name }], allowAutoTopicCreation: false });
  const { topics } = await client.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
  assert.equal(topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

test("regression: a fetch from inside a batch returns the whole batch", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic);
  await produceTo(client, { topic }, batch(["0", "1", "2", "3"], { compression: "gzip" }));
  assert.deepEqual(offsetsIn((await tryFetch(client, { topic }, 2)).records), [[0, 3]]);
});

test("regression: a batch above all byte limits is returned nevertheless", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic);
  await produceTo(client, { topic }, batch([{ value: new Uint8Array(200_000) }]));
  const { responses } = await client.send(fetch, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 1000,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
  });
  assert.deepEqual(offsetsIn(responses[0]!.partitions[0]!.records), [[0, 0]]);
});

test("regression: a keyless record to a compacted topic is INVALID_RECORD", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic, { configs: { "cleanup.policy": "compact,delete" } });
  const { errorCode } = await tryProduce(client, { topic }, batch(["keyless"], { compression: "snappy" }));
  assert.equal(errorInfo(errorCode).name, "INVALID_RECORD");
});

test("regression: max.message.bytes is enforced on produce", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic, { configs: { "max.message.bytes": "500" } });
  const { errorCode } = await tryProduce(client, { topic }, batch([{ value: new Uint8Array(501) }]));
  assert.equal(errorInfo(errorCode).name, "MESSAGE_TOO_LARGE");
});

test("regression: CreatePartitions has a result for every topic", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic);
  const { results } = await client.send(createPartitions, 2, {
    topics: [{ name: topic, count: 2, assignments: null }, {
      name: "no-such-topic",
      count: 2,
      assignments: null,
    }],
    timeoutMs: 10_000,
    validateOnly: false,
  });
  assert.deepEqual(results.map(({ name }) => name).sort(), ["no-such-topic", topic]);
});

test("regression: DescribeConfigs lists every config with default, source, synonyms and type", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic);
  const { results } = await client.send(describeConfigs, 4, {
    resources: [{ resourceType: 2, resourceName: topic, configurationKeys: null }],
    includeSynonyms: true,
  });
  const { configs } = results[0]!;
  assert.ok(configs.length >= 30);
  for (const { name, value, configSource, configType, synonyms } of configs) {
    // KIP-966 puts a default of the whole cluster beside it.
    const isClusters = name === "min.insync.replicas";
    assert.equal(configSource, isClusters ? 3 : 5, `${name} is a default`);
    assert.ok(configType > 0, `${name} has a type`);
    assert.ok(value !== null, `${name} has a value`);
    assert.ok(synonyms.every((one) => one.value === value), `${name} is what its synonyms say`);
  }
});

test(
  "regression: Produce is advertised from version 0, and versions 0 to 2 are refused",
  async (client, connect) => {
    assert.deepEqual((await versionsOf(client)).get(0), [0, 13]);
    const old = await connect();
    await old.write(
      framed(Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 0, 0, 3, 0xe8, 0, 0, 0, 0)),
    );
    assert.ok(await old.isClosedByBroker());
  },
);

test("regression: ApiVersions keeps response header 0, and unknown versions get a body of version 0", async (client) => {
  await client.write(framed(encodeRequest(apiVersions, 3, software, { correlationId: 66 })));
  const flexible = (await client.readFrame())!;
  // Behind the correlation id there are no tagged fields but the error code.
  assert.deepEqual([...flexible.subarray(0, 6)], [0, 0, 0, 66, 0, 0]);
  const unknown = encodeRequest(apiVersions, 3, software, { correlationId: 67 });
  unknown[3] = 50;
  await client.write(framed(unknown));
  const refused = (await client.readFrame())!;
  assert.deepEqual([...refused.subarray(0, 6)], [0, 0, 0, 67, 0, 35]);
  // An array of version 0 has a count of four bytes: one API.
  assert.deepEqual([...refused.subarray(6, 10)], [0, 0, 0, 1]);
});

test("regression: what is unstable or has no receiver is not advertised", async (client) => {
  const versions = await versionsOf(client);
  assert.deepEqual(versions.get(22), [0, 5], "InitProducerId v6 is unstable (KIP-939)");
  for (const telemetry of [71, 72]) {
    assert.ok(!versions.has(telemetry), "telemetry has no receiver (KIP-714)");
  }
  const joinGroup = versions.get(11);
  if (joinGroup !== undefined) assert.equal(joinGroup[0], 0, "JoinGroup 0 and 1 are in use");
});

test("regression: a single node does not wait before the first rebalance", async (client) => {
  const { brokers } = await client.send(metadata, 12, { topics: [], allowAutoTopicCreation: false });
  const { results } = await client.send(describeConfigs, 4, {
    resources: [{
      resourceType: 4,
      resourceName: String(brokers[0]!.nodeId),
      configurationKeys: ["group.initial.rebalance.delay.ms"],
    }],
  });
  assert.equal(results[0]!.configs[0]!.value, "0");
});

test("regression: ListOffsets by timestamp finds records and says when there are none that late", async (client) => {
  const topic = freshTopic();
  await createTopic(client, topic);
  const timestamp = Date.now() - 5000;
  await produceTo(
    client,
    { topic },
    batch([{ value: "a", timestamp }, { value: "b", timestamp: timestamp + 10 }]),
  );
  assert.equal(await offsetOf(client, { topic }, timestamp + 1), 1);
  assert.equal(await offsetOf(client, { topic }, timestamp + 11), -1);
});

/** The segments of a partition on disk, without what is being deleted. */
function segmentsOf(dataDir: string, partition: string): string[] {
  return [...Deno.readDirSync(`${dataDir}/${partition}`)].map(({ name }) => name).filter((name) =>
    name.endsWith(".log")
  );
}

Deno.test({
  name: "regression: a small topic rolls by segment.ms although nothing is appended to it",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = await startBroker();
    using client = await WireClient.connect(broker.address);
    await createTopic(client, "roll", { configs: { "segment.ms": "300" } });
    await produceTo(client, { topic: "roll" }, batch(["a"]));
    await becomes(() => segmentsOf(broker.dataDir, "roll-0").length, 2);
    assert.equal((await readAll(client, { topic: "roll" })).length, 1);
  },
});

Deno.test({
  name:
    "regression: an acknowledgement with flush.messages=1 means that the bytes are on disk, all of them readable after a kill",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = await startBroker();
    {
      using client = await WireClient.connect(broker.address);
      await createTopic(client, "flushed", { configs: { "flush.messages": "1" } });
      for (let index = 0; index < 20; index++) {
        await produceTo(client, { topic: "flushed" }, batch([`${index}`]), { acks: 1 });
      }
    }
    await broker.kill();
    await broker.start();
    using client = await WireClient.connect(broker.address);
    assert.equal((await readAll(client, { topic: "flushed" })).length, 20);
  },
});

Deno.test({
  name: "regression: recovery does not trust the index, and cuts a torn batch off before it appends again",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using broker = await startBroker();
    {
      using client = await WireClient.connect(broker.address);
      await createTopic(client, "torn");
      for (let index = 0; index < 5; index++) await produceTo(client, { topic: "torn" }, batch([`${index}`]));
    }
    await broker.kill();
    const log = `${broker.dataDir}/torn-0/00000000000000000000.log`;
    const whole = await Deno.readFile(log);
    // A batch that was half written when the power went, and an index that points into it.
    await Deno.writeFile(log, batch(["torn", "torn"]).subarray(0, 40), { append: true });
    await Deno.writeFile(
      log.replace(".log", ".index"),
      Uint8Array.of(0, 0, 0, 5, 0, 0, whole.length >> 8, whole.length & 255),
    );
    await broker.start();
    using client = await WireClient.connect(broker.address);
    assert.equal(await offsetOf(client, { topic: "torn" }, -1), 5);
    assert.equal(await produceTo(client, { topic: "torn" }, batch(["5"])), 5);
    await broker.restart();
    using again = await WireClient.connect(broker.address);
    const values = (await readAll(again, { topic: "torn" })).map(({ value }) =>
      new TextDecoder().decode(value!)
    );
    assert.deepEqual(values, ["0", "1", "2", "3", "4", "5"]);
  },
});
