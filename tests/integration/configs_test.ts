/** DescribeConfigs, AlterConfigs, IncrementalAlterConfigs, ListConfigResources: what is said, and that it acts. */

import assert from "node:assert/strict";
import { ErrorCode, errorInfo } from "../../src/protocol/error_codes.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { describeConfigs } from "../../src/protocol/messages/32_describe_configs.ts";
import { alterConfigs } from "../../src/protocol/messages/33_alter_configs.ts";
import { incrementalAlterConfigs } from "../../src/protocol/messages/44_incremental_alter_configs.ts";
import { listConfigResources } from "../../src/protocol/messages/74_list_config_resources.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { becomes } from "../harness/eventually.ts";
import { createTopic, freshTopic, tryProduce } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());

const TOPIC = 2;
const BROKER = 4;
const CLIENT_METRICS = 16;
const GROUP = 32;
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];
/** Where a value comes from: Kafka's ConfigSource. */
const source = {
  dynamicTopic: 1,
  dynamicBroker: 2,
  dynamicDefault: 3,
  static: 4,
  default: 5,
  dynamicGroup: 8,
};
const LONG = 5;

async function brokerId(client: WireClient): Promise<number> {
  const { brokers } = await client.send(metadata, 12, { topics: [], allowAutoTopicCreation: false });
  return brokers[0]!.nodeId;
}

async function describe(
  client: WireClient,
  resourceType: number,
  resourceName: string,
  keys: string[] | null = null,
) {
  const { results } = await client.send(describeConfigs, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  return results[0]!;
}

async function change(
  client: WireClient,
  resourceType: number,
  resourceName: string,
  configs: [string, number, string | null][],
  validateOnly = false,
): Promise<string> {
  const { responses } = await client.send(incrementalAlterConfigs, 1, {
    resources: [{
      resourceType,
      resourceName,
      configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
    }],
    validateOnly,
  });
  return errorInfo(responses[0]!.errorCode).name;
}

async function valueOf(client: WireClient, topic: string, name: string): Promise<string | null> {
  return (await describe(client, TOPIC, topic, [name])).configs[0]!.value;
}

test("describe configs: a topic's are all there, each with type, source, synonyms and words", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic, { configs: { "retention.ms": "1234567" } });
  const { errorCode, configs } = await describe(client, TOPIC, topic);
  assert.equal(errorCode, ErrorCode.NONE);
  const names = configs.map(({ name }) => name);
  for (
    const name of [
      ...[
        "cleanup.policy",
        "compression.type",
        "delete.retention.ms",
        "file.delete.delay.ms",
        "flush.messages",
      ],
      ...[
        "flush.ms",
        "index.interval.bytes",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "min.insync.replicas",
      ],
      ...["message.timestamp.type", "min.cleanable.dirty.ratio", "min.compaction.lag.ms", "preallocate"],
      ...["retention.bytes", "retention.ms", "segment.bytes", "segment.index.bytes", "segment.jitter.ms"],
      ...["segment.ms", "unclean.leader.election.enable", "local.retention.ms", "remote.storage.enable"],
    ]
  ) assert.ok(names.includes(name), name);
  for (const one of configs) assert.ok(one.documentation, `${one.name} has words`);
  const set = configs.find(({ name }) => name === "retention.ms")!;
  assert.deepEqual([set.value, set.configSource, set.configType], ["1234567", source.dynamicTopic, LONG]);
  assert.deepEqual(set.synonyms[0], { name: "retention.ms", value: "1234567", source: source.dynamicTopic });
  const unset = configs.find(({ name }) => name === "cleanup.policy")!;
  assert.deepEqual([unset.value, unset.configSource], ["delete", source.default]);
  assert.deepEqual(unset.synonyms, [{ name: "log.cleanup.policy", value: "delete", source: source.default }]);
});

for (let version = 1; version <= 4; version++) {
  test(`describe configs v${version}: only the keys that are asked for, synonyms when they are wanted`, async (client) => {
    const topic = freshTopic("configs");
    await createTopic(client, topic);
    const { results } = await client.send(describeConfigs, version, {
      resources: [
        { resourceType: TOPIC, resourceName: topic, configurationKeys: ["retention.ms", "no.such"] },
        { resourceType: TOPIC, resourceName: "no-such-topic", configurationKeys: null },
        { resourceType: BROKER, resourceName: "12345", configurationKeys: null },
      ],
      includeSynonyms: false,
    });
    assert.deepEqual(results[0]!.configs.map(({ name }) => name), ["retention.ms"]);
    assert.deepEqual(results[0]!.configs[0]!.synonyms, []);
    assert.equal(results[1]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(results[2]!.errorCode, ErrorCode.INVALID_REQUEST);
  });
}

test("describe configs: a broker's are all there; secrets are never told", async (client) => {
  const id = await brokerId(client);
  const { errorCode, configs } = await describe(client, BROKER, String(id));
  assert.equal(errorCode, ErrorCode.NONE);
  assert.ok(configs.length > 200, `${configs.length} configs`);
  const byName = new Map(configs.map((one) => [one.name, one]));
  assert.equal(byName.get("node.id")!.value, String(id));
  assert.equal(byName.get("node.id")!.readOnly, true);
  assert.equal(byName.get("log.retention.ms")!.readOnly, false);
  const password = byName.get("ssl.keystore.password")!;
  assert.deepEqual([password.isSensitive, password.value], [true, null]);
});

test("incremental alter configs: set, append, subtract and delete (KIP-339)", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  const policy = () => valueOf(client, topic, "cleanup.policy");
  assert.equal(await change(client, TOPIC, topic, [["cleanup.policy", APPEND, "compact"]]), "NONE");
  await becomes(policy, "delete,compact");
  assert.equal(await change(client, TOPIC, topic, [["cleanup.policy", SUBTRACT, "delete"]]), "NONE");
  await becomes(policy, "compact");
  const both: [string, number, string | null][] = [
    ["cleanup.policy", DELETE, null],
    ["retention.ms", SET, "777"],
  ];
  assert.equal(await change(client, TOPIC, topic, both), "NONE");
  await becomes(policy, "delete");
  await becomes(() => valueOf(client, topic, "retention.ms"), "777");
});

test("incremental alter configs: what is wrong is refused, and nothing of its resource is changed", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  const refusals: [string, [string, number, string | null][]][] = [
    ["INVALID_CONFIG", [["retention.ms", SET, "1000"], ["no.such.config", SET, "1"]]],
    ["INVALID_CONFIG", [["retention.ms", SET, "soon"]]],
    ["INVALID_CONFIG", [["cleanup.policy", SET, "shred"]]],
    ["INVALID_CONFIG", [["min.insync.replicas", SET, "0"]]],
    ["INVALID_CONFIG", [["retention.ms", APPEND, "1"]]],
    ["INVALID_REQUEST", [["retention.ms", SET, "1"], ["retention.ms", SET, "2"]]],
  ];
  for (const [wanted, configs] of refusals) {
    assert.equal(await change(client, TOPIC, topic, configs), wanted, JSON.stringify(configs));
  }
  const unknown = await change(client, TOPIC, "no-such-topic", [["retention.ms", SET, "1"]]);
  assert.equal(unknown, "UNKNOWN_TOPIC_OR_PARTITION");
  assert.equal(await valueOf(client, topic, "retention.ms"), "604800000");
});

test("incremental alter configs: validateOnly changes nothing", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  assert.equal(await change(client, TOPIC, topic, [["retention.ms", SET, "5"]], true), "NONE");
  assert.equal(await valueOf(client, topic, "retention.ms"), "604800000");
});

for (let version = 0; version <= 2; version++) {
  test(`alter configs v${version}: replaces all that was set`, async (client) => {
    const topic = freshTopic("configs");
    await createTopic(client, topic, { configs: { "retention.ms": "1000", "segment.ms": "2000" } });
    const { responses } = await client.send(alterConfigs, version, {
      resources: [{
        resourceType: TOPIC,
        resourceName: topic,
        configs: [{ name: "segment.ms", value: "3000" }],
      }],
      validateOnly: false,
    });
    assert.deepEqual(responses.map((one) => [one.errorCode, one.resourceName]), [[ErrorCode.NONE, topic]]);
    await becomes(() => valueOf(client, topic, "segment.ms"), "3000");
    assert.equal(await valueOf(client, topic, "retention.ms"), "604800000");
  });
}

test("configs act: max.message.bytes of a topic while it is produced to", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  const records = batch([{ value: new Uint8Array(2000) }]);
  const send = async () => (await tryProduce(client, { topic }, records.slice())).errorCode;
  assert.equal(await send(), ErrorCode.NONE);
  await change(client, TOPIC, topic, [["max.message.bytes", SET, "1000"]]);
  await becomes(send, ErrorCode.MESSAGE_TOO_LARGE);
  await change(client, TOPIC, topic, [["max.message.bytes", DELETE, null]]);
  await becomes(send, ErrorCode.NONE);
});

test("configs act: a topic that becomes compacted takes keyless records no more", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  const send = async () => (await tryProduce(client, { topic }, batch(["keyless"]))).errorCode;
  assert.equal(await send(), ErrorCode.NONE);
  await change(client, TOPIC, topic, [["cleanup.policy", SET, "compact"]]);
  await becomes(send, ErrorCode.INVALID_RECORD);
});

test("configs act: the cluster's default of a topic config is under the topic's own (KIP-226)", async (client) => {
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  const retention = async () => {
    const [config] = (await describe(client, TOPIC, topic, ["retention.ms"])).configs;
    return `${config!.value} ${config!.configSource}`;
  };
  assert.equal(await change(client, BROKER, "", [["log.retention.ms", SET, "5000000"]]), "NONE");
  try {
    await becomes(retention, `5000000 ${source.dynamicDefault}`);
    const id = String(await brokerId(client));
    assert.equal(await change(client, BROKER, id, [["log.retention.ms", SET, "6000000"]]), "NONE");
    await becomes(retention, `6000000 ${source.dynamicBroker}`);
    await change(client, TOPIC, topic, [["retention.ms", SET, "7000000"]]);
    await becomes(retention, `7000000 ${source.dynamicTopic}`);
    await change(client, BROKER, id, [["log.retention.ms", DELETE, null]]);
  } finally {
    await change(client, BROKER, "", [["log.retention.ms", DELETE, null]]);
  }
  await change(client, TOPIC, topic, [["retention.ms", DELETE, null]]);
  await becomes(retention, `604800000 ${source.default}`);
});

test("configs of a broker: what is fixed at the start cannot be changed while it runs", async (client) => {
  const id = String(await brokerId(client));
  assert.notEqual(await change(client, BROKER, id, [["log.dirs", SET, "/elsewhere"]]), "NONE");
  assert.notEqual(await change(client, BROKER, id, [["node.id", SET, "9"]]), "NONE");
});

test("configs of groups and client metrics are kept, described and listed (KIP-848, KIP-714)", async (client) => {
  const group = freshTopic("group");
  assert.equal(await change(client, GROUP, group, [["consumer.session.timeout.ms", SET, "46000"]]), "NONE");
  await becomes(async () => {
    const { configs } = await describe(client, GROUP, group, ["consumer.session.timeout.ms"]);
    return `${configs[0]?.value} ${configs[0]?.configSource}`;
  }, `46000 ${source.dynamicGroup}`);
  assert.equal(await change(client, GROUP, group, [["no.such", SET, "1"]]), "INVALID_CONFIG");
  const subscription = freshTopic("metrics");
  assert.equal(await change(client, CLIENT_METRICS, subscription, [["interval.ms", SET, "60000"]]), "NONE");
  const list = async (version: number, resourceTypes: number[]) => {
    const { errorCode, configResources } = await client.send(listConfigResources, version, { resourceTypes });
    assert.equal(errorCode, ErrorCode.NONE);
    return configResources.map((one) => one.resourceName);
  };
  await becomes(async () => (await list(1, [GROUP])).includes(group), true);
  assert.ok((await list(1, [CLIENT_METRICS])).includes(subscription));
  assert.ok((await list(0, [])).includes(subscription), "version 0 lists client metrics only");
  assert.ok(!(await list(0, [])).includes(group));
  const topic = freshTopic("configs");
  await createTopic(client, topic);
  assert.ok((await list(1, [TOPIC])).includes(topic));
  assert.ok((await list(1, [])).includes(topic), "no types are all types");
});
