/** CreateTopics, CreatePartitions, DeleteTopics, DeleteRecords: what is accepted, refused, and what comes of it. */

import assert from "node:assert/strict";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { ErrorCode, errorInfo } from "../../src/protocol/error_codes.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { describeLogDirs } from "../../src/protocol/messages/35_describe_log_dirs.ts";
import { createPartitions } from "../../src/protocol/messages/37_create_partitions.ts";
import type { Encodable } from "../../src/protocol/schema.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { becomes } from "../harness/eventually.ts";
import { createTopic, freshTopic, offsetOf, produceTo, readAll, tryProduce } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());

type NewTopic = Encodable<typeof createTopics.request>["topics"][number];

const plain = { numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };

async function create(
  client: WireClient,
  topics: NewTopic[],
  options: { version?: number; validateOnly?: boolean } = {},
) {
  const response = await client.send(createTopics, options.version ?? 7, {
    topics,
    timeoutMs: 10_000,
    validateOnly: options.validateOnly ?? false,
  });
  return response.topics;
}

/** The name of the error of the only topic. */
async function outcome(client: WireClient, topic: NewTopic): Promise<string> {
  const [result] = await create(client, [topic]);
  return errorInfo(result!.errorCode).name;
}

async function exists(client: WireClient, name: string): Promise<boolean> {
  const { topics } = await client.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
  return topics[0]!.errorCode === ErrorCode.NONE;
}

for (let version = 2; version <= 7; version++) {
  test(`create topics v${version}: makes the topic and tells what was made`, async (client) => {
    const name = freshTopic("create");
    const [result] = await create(client, [{ ...plain, name, numPartitions: 3 }], { version });
    assert.equal(result!.errorCode, ErrorCode.NONE);
    assert.equal(result!.name, name);
    if (version >= 5) {
      assert.deepEqual([result!.numPartitions, result!.replicationFactor], [3, 1]);
      assert.ok(result!.configs!.some((one) => one.name === "cleanup.policy" && one.value === "delete"));
    }
    if (version >= 7) assert.notEqual(result!.topicId, ZERO_UUID);
    await becomes(() => exists(client, name), true);
  });
}

test("create topics: -1 stands for num.partitions and default.replication.factor (KIP-464)", async (client) => {
  const name = freshTopic("create");
  const [result] = await create(client, [{ ...plain, name, numPartitions: -1, replicationFactor: -1 }]);
  assert.deepEqual([result!.errorCode, result!.numPartitions, result!.replicationFactor], [
    ErrorCode.NONE,
    1,
    1,
  ]);
});

test("create topics: each wrong topic is refused for its reason, the others are made", async (client) => {
  const good = freshTopic("create");
  const taken = freshTopic("create");
  await createTopic(client, taken);
  const fresh = () => freshTopic("wrong");
  const cases: [NewTopic, number][] = [
    [{ ...plain, name: "bad name!" }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    [{ ...plain, name: ".." }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    [{ ...plain, name: "x".repeat(250) }, ErrorCode.INVALID_TOPIC_EXCEPTION],
    [{ ...plain, name: taken }, ErrorCode.TOPIC_ALREADY_EXISTS],
    [{ ...plain, name: fresh(), numPartitions: 0 }, ErrorCode.INVALID_PARTITIONS],
    [{ ...plain, name: fresh(), numPartitions: -5 }, ErrorCode.INVALID_PARTITIONS],
    [{ ...plain, name: fresh(), replicationFactor: 3 }, ErrorCode.INVALID_REPLICATION_FACTOR],
    [{ ...plain, name: fresh(), replicationFactor: 0 }, ErrorCode.INVALID_REPLICATION_FACTOR],
    [
      { ...plain, name: fresh(), configs: [{ name: "no.such.config", value: "1" }] },
      ErrorCode.INVALID_CONFIG,
    ],
    [
      { ...plain, name: fresh(), configs: [{ name: "retention.ms", value: "long" }] },
      ErrorCode.INVALID_CONFIG,
    ],
    [
      { ...plain, name: fresh(), configs: [{ name: "segment.bytes", value: "-1" }] },
      ErrorCode.INVALID_CONFIG,
    ],
    [
      {
        ...plain,
        name: fresh(),
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [99] }],
      },
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    ],
    [{ ...plain, name: good }, ErrorCode.NONE],
  ];
  const results = await create(client, cases.map(([topic]) => topic));
  for (const [topic, code] of cases) {
    const result = results.find(({ name }) => name === topic.name)!;
    const wanted = errorInfo(code).name;
    assert.equal(errorInfo(result.errorCode).name, wanted, JSON.stringify(topic));
    if (code !== ErrorCode.NONE) assert.ok(result.errorMessage, `${wanted} has a message`);
  }
  await becomes(() => exists(client, good), true);
});

test("create topics: names that differ in . and _ only would share metrics and are refused", async (client) => {
  const base = freshTopic("collide").replaceAll("-", "");
  await createTopic(client, `${base}.a`);
  assert.equal(await outcome(client, { ...plain, name: `${base}_a` }), "INVALID_TOPIC_EXCEPTION");
});

test("create topics: the same name twice in one request is refused as a whole", async (client) => {
  const name = freshTopic("twice");
  const results = await create(client, [{ ...plain, name }, { ...plain, name }]);
  assert.deepEqual(results.map(({ errorCode }) => errorCode), [ErrorCode.INVALID_REQUEST]);
  assert.equal(await exists(client, name), false);
});

test("create topics: validateOnly checks and makes nothing", async (client) => {
  const name = freshTopic("validate");
  const [result] = await create(client, [{ ...plain, name }], { validateOnly: true });
  assert.equal(result!.errorCode, ErrorCode.NONE);
  assert.equal(await exists(client, name), false);
});

test("create topics: replicas can be assigned by hand", async (client) => {
  const { brokers } = await client.send(metadata, 12, { topics: [], allowAutoTopicCreation: false });
  const id = brokers[0]!.nodeId;
  const name = freshTopic("assigned");
  const [result] = await create(client, [{
    name,
    numPartitions: -1,
    replicationFactor: -1,
    assignments: [{ partitionIndex: 0, brokerIds: [id] }, { partitionIndex: 1, brokerIds: [id] }],
    configs: [],
  }]);
  assert.deepEqual([result!.errorCode, result!.numPartitions], [ErrorCode.NONE, 2]);
});

for (let version = 0; version <= 3; version++) {
  test(`create partitions v${version}: adds them, and every topic asked for has a result`, async (client) => {
    const name = freshTopic("grow");
    await createTopic(client, name, { partitions: 2 });
    await produceTo(client, { topic: name }, batch(["kept"]));
    const grow = async (topic: string, count: number, validateOnly = false) => {
      const { results } = await client.send(createPartitions, version, {
        topics: [{ name: topic, count, assignments: null }],
        timeoutMs: 10_000,
        validateOnly,
      });
      assert.deepEqual(results.map((one) => one.name), [topic]);
      return results[0]!.errorCode;
    };
    assert.equal(await grow(name, 4, true), ErrorCode.NONE);
    assert.equal(await grow(name, 4), ErrorCode.NONE);
    const toNewOne = { topic: name, partition: 3 };
    await becomes(async () => (await tryProduce(client, toNewOne, batch(["new"]))).errorCode, ErrorCode.NONE);
    assert.equal(await grow(name, 4), ErrorCode.INVALID_PARTITIONS, "as many as there are");
    assert.equal(await grow(name, 3), ErrorCode.INVALID_PARTITIONS, "fewer");
    assert.equal(await grow("no-such-topic", 3), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal((await readAll(client, { topic: name })).length, 1);
  });
}

for (let version = 1; version <= 6; version++) {
  test(`delete topics v${version}: the topic is gone, and its name is free for another`, async (client) => {
    const name = freshTopic("delete");
    const oldId = await createTopic(client, name);
    await produceTo(client, { topic: name }, batch(["old"]));
    const { responses } = await client.send(deleteTopics, version, {
      topics: [{ name, topicId: ZERO_UUID }],
      topicNames: [name, "no-such-topic"],
      timeoutMs: 10_000,
    });
    const codes = Object.fromEntries(responses.map((one) => [one.name, one.errorCode]));
    assert.equal(codes[name], ErrorCode.NONE);
    if (version < 6) assert.equal(codes["no-such-topic"], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const newId = await createTopic(client, name);
    assert.notEqual(newId, oldId);
    assert.equal(await offsetOf(client, { topic: name }, -1), 0, "nothing of the old one");
    assert.equal(await produceTo(client, { topic: name }, batch(["new"])), 0);
  });
}

test("delete topics: by id (KIP-516), and never by name and id at once", async (client) => {
  const name = freshTopic("delete");
  const topicId = await createTopic(client, name);
  const remove = async (topics: { name: string | null; topicId: string }[]) => {
    const { responses } = await client.send(deleteTopics, 6, { topics, timeoutMs: 10_000 });
    return responses.map((one) => errorInfo(one.errorCode).name);
  };
  assert.deepEqual(await remove([{ name, topicId }]), ["INVALID_REQUEST"]);
  assert.deepEqual(await remove([{ name: null, topicId: "AAAAAAAAAAAAAAAAAAAAAw" }]), ["UNKNOWN_TOPIC_ID"]);
  assert.deepEqual(await remove([{ name: null, topicId }]), ["NONE"]);
  await becomes(() => exists(client, name), false);
});

test("delete records: what is below the offset is gone, -1 is the high watermark (KIP-107)", async (client) => {
  const topic = freshTopic("trim");
  await createTopic(client, topic);
  await produceTo(client, { topic }, batch(["0", "1", "2", "3"]));
  const trim = async (offset: number, partitionIndex = 0, name = topic) => {
    const { topics } = await client.send(deleteRecords, 2, {
      topics: [{ name, partitions: [{ partitionIndex, offset }] }],
      timeoutMs: 10_000,
    });
    const { errorCode, lowWatermark } = topics[0]!.partitions[0]!;
    return [errorInfo(errorCode).name, lowWatermark];
  };
  assert.deepEqual(await trim(2), ["NONE", 2]);
  assert.deepEqual(await trim(1), ["NONE", 2], "it never goes back");
  assert.deepEqual((await readAll(client, { topic }, 2)).map(({ offset }) => offset), [2, 3]);
  assert.deepEqual(await trim(5), ["OFFSET_OUT_OF_RANGE", -1]);
  assert.deepEqual(await trim(-1), ["NONE", 4]);
  assert.equal(await offsetOf(client, { topic }, -2), 4);
  assert.equal(await produceTo(client, { topic }, batch(["4"])), 4);
  assert.deepEqual(await trim(0, 7), ["UNKNOWN_TOPIC_OR_PARTITION", -1]);
});

test("delete records: a compacted topic needs its old records", async (client) => {
  const topic = freshTopic("trim");
  await createTopic(client, topic, { configs: { "cleanup.policy": "compact" } });
  await produceTo(client, { topic }, batch([{ key: "k", value: "v" }]));
  const { topics } = await client.send(deleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 1 }] }],
    timeoutMs: 10_000,
  });
  assert.equal(topics[0]!.partitions[0]!.errorCode, ErrorCode.POLICY_VIOLATION);
});

for (let version = 1; version <= 5; version++) {
  test(`describe log dirs v${version}: the directory, its space and the sizes of partitions`, async (client) => {
    const topic = freshTopic("dirs");
    await createTopic(client, topic, { partitions: 2 });
    const records = batch([{ value: new Uint8Array(5000) }]);
    await produceTo(client, { topic }, records);
    const { errorCode, results } = await client.send(describeLogDirs, version, {
      topics: [{ topic, partitions: [0, 1] }],
    });
    assert.equal(errorCode, ErrorCode.NONE);
    assert.equal(results.length, 1);
    const [directory] = results;
    assert.match(directory!.logDir, /^\//);
    if (version >= 4) {
      assert.ok(directory!.totalBytes >= directory!.usableBytes && directory!.usableBytes > 0);
    }
    const sizes = directory!.topics[0]!.partitions
      .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      .map((one) => [one.partitionIndex, one.partitionSize, one.offsetLag, one.isFutureKey]);
    assert.deepEqual(sizes, [[0, records.length, 0, false], [1, 0, 0, false]]);
    const all = await client.send(describeLogDirs, version, { topics: null });
    assert.ok(all.results[0]!.topics.length >= 1);
  });
}
