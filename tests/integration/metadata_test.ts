/** Metadata, DescribeCluster and DescribeTopicPartitions: who is there, what topics there are, who leads them. */

import assert from "node:assert/strict";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { describeCluster } from "../../src/protocol/messages/60_describe_cluster.ts";
import { describeTopicPartitions } from "../../src/protocol/messages/75_describe_topic_partitions.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { createTopic, freshTopic, tryProduce } from "../harness/requests.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const shared = sharedBroker();
const test = wireTests(shared);
const isExternal = Deno.env.get("SLUICE_TEST_BROKER") !== undefined;

for (let version = 0; version <= 13; version++) {
  test(`metadata v${version}: tells of the broker, the topic and its leader`, async (client) => {
    const topic = freshTopic("metadata");
    const topicId = await createTopic(client, topic, { partitions: 3 });
    const response = await client.send(metadata, version, {
      topics: [{ name: topic }],
      allowAutoTopicCreation: false,
    });
    const [broker] = response.brokers;
    assert.deepEqual([broker!.host, broker!.port], [shared.address.host, shared.address.port]);
    if (version >= 1) assert.equal(response.controllerId, broker!.nodeId);
    if (version >= 2) assert.match(response.clusterId!, /^[\w-]{22}$/);
    const [described] = response.topics;
    assert.equal(described!.errorCode, ErrorCode.NONE);
    assert.equal(described!.name, topic);
    assert.equal(described!.topicId, version >= 10 ? topicId : ZERO_UUID);
    assert.equal(described!.isInternal, false);
    assert.deepEqual(described!.partitions.map((one) => one.partitionIndex).sort(), [0, 1, 2]);
    for (const partition of described!.partitions) {
      assert.equal(partition.leaderId, broker!.nodeId);
      assert.deepEqual(partition.replicaNodes, [broker!.nodeId]);
      assert.deepEqual(partition.isrNodes, [broker!.nodeId]);
      if (version >= 5) assert.deepEqual(partition.offlineReplicas, []);
      if (version >= 7) assert.equal(partition.leaderEpoch, 0);
    }
  });
}

test("metadata: null asks for all topics, an empty list for none, but for all in version 0", async (client) => {
  const topic = freshTopic("metadata");
  await createTopic(client, topic);
  const names = async (version: number, topics: null | []) => {
    const response = await client.send(metadata, version, { topics, allowAutoTopicCreation: false });
    return response.topics.map(({ name }) => name);
  };
  assert.ok((await names(12, null)).includes(topic));
  assert.ok((await names(1, null)).includes(topic));
  assert.deepEqual(await names(1, []), []);
  assert.deepEqual(await names(12, []), []);
  assert.ok((await names(0, [])).includes(topic));
});

test("metadata: by topic id (KIP-516)", async (client) => {
  const topic = freshTopic("metadata");
  const topicId = await createTopic(client, topic);
  const { topics } = await client.send(metadata, 12, {
    topics: [{ name: null, topicId }, { name: null, topicId: "AAAAAAAAAAAAAAAAAAAAAw" }],
    allowAutoTopicCreation: false,
  });
  const found = topics.find((one) => one.topicId === topicId)!;
  const missing = topics.find((one) => one.topicId !== topicId)!;
  assert.deepEqual([found.errorCode, found.name], [ErrorCode.NONE, topic]);
  assert.deepEqual([missing.errorCode, missing.name], [ErrorCode.UNKNOWN_TOPIC_ID, null]);
});

test("metadata: names that cannot be are refused and not created", async (client) => {
  for (const name of ["", "bad name", "a/b", ".", "..", "x".repeat(250), "ä"]) {
    const { topics } = await client.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: true });
    assert.equal(topics[0]!.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION, `"${name}"`);
  }
});

test("metadata: what is not there is not created unless asked to", async (client) => {
  const name = freshTopic("metadata");
  for (let round = 0; round < 2; round++) {
    const { topics } = await client.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
    assert.equal(topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }
});

// Apache Kafka answers UNKNOWN_TOPIC_OR_PARTITION first and creates the topic behind the client's back.
if (!isExternal) {
  for (const version of [0, 1, 4, 9, 12, 13]) {
    test(`metadata v${version}: a topic that is created is answered with its leader at once`, async (client) => {
      const name = freshTopic("auto");
      const { topics, brokers } = await client.send(metadata, version, {
        topics: [{ name }],
        allowAutoTopicCreation: true,
      });
      assert.equal(topics[0]!.errorCode, ErrorCode.NONE);
      assert.equal(topics[0]!.partitions[0]!.leaderId, brokers[0]!.nodeId);
      assert.equal((await tryProduce(client, { topic: name }, batch(["a"]))).errorCode, ErrorCode.NONE);
    });
  }

  test(
    "metadata: many clients that ask for one new topic at once all get the same one",
    async (_, connect) => {
      const name = freshTopic("auto");
      const ids = await Promise.all(Array.from({ length: 10 }, async () => {
        const client = await connect();
        const { topics } = await client.send(metadata, 12, {
          topics: [{ name }],
          allowAutoTopicCreation: true,
        });
        assert.equal(topics[0]!.errorCode, ErrorCode.NONE);
        return topics[0]!.topicId;
      }));
      assert.equal(new Set(ids).size, 1);
    },
  );
}

test("describe cluster: the same brokers as in metadata (KIP-700)", async (client) => {
  const { clusterId } = await client.send(metadata, 12, { topics: [], allowAutoTopicCreation: false });
  for (const version of [0, 1, 2]) {
    const response = await client.send(describeCluster, version, {
      includeClusterAuthorizedOperations: false,
      endpointType: 1,
    });
    assert.equal(response.errorCode, ErrorCode.NONE);
    assert.equal(response.clusterId, clusterId);
    assert.equal(response.brokers.length, 1);
    const [broker] = response.brokers;
    assert.deepEqual([broker!.host, broker!.port], [shared.address.host, shared.address.port]);
    if (version >= 2) assert.equal(broker!.isFenced, false);
  }
  const controllers = await client.send(describeCluster, 1, {
    includeClusterAuthorizedOperations: false,
    endpointType: 2,
  });
  assert.equal(controllers.errorCode, ErrorCode.MISMATCHED_ENDPOINT_TYPE);
});

test("describe topic partitions: pages through topics in the order of their names (KIP-966)", async (client) => {
  const names = [freshTopic("pages-a"), freshTopic("pages-b"), freshTopic("pages-c")];
  for (const [index, name] of names.entries()) await createTopic(client, name, { partitions: 2 + index });
  const seen: string[] = [];
  let cursor: { topicName: string; partitionIndex: number } | null = null;
  let pages = 0;
  do {
    const response: Awaited<ReturnType<typeof client.send<typeof describeTopicPartitions>>> = await client
      .send(
        describeTopicPartitions,
        0,
        { topics: [...names].reverse().map((name) => ({ name })), responsePartitionLimit: 4, cursor },
      );
    for (const topic of response.topics) {
      assert.equal(topic.errorCode, ErrorCode.NONE);
      seen.push(...topic.partitions.map((one) => `${topic.name}/${one.partitionIndex}`));
    }
    cursor = response.nextCursor;
    pages++;
  } while (cursor !== null && pages < 10);
  const expected = names.flatMap((name, index) =>
    Array.from({ length: 2 + index }, (_, at) => `${name}/${at}`)
  );
  assert.deepEqual(seen, expected);
  assert.equal(pages, 3);
});

test("describe topic partitions: what is not there is told", async (client) => {
  const { topics } = await client.send(describeTopicPartitions, 0, { topics: [{ name: "no-such-topic" }] });
  assert.equal(topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

test("metadata: a topic that is named again and again is described once", async (client) => {
  // As Kafka answers; a large topic would otherwise let a small request ask for more memory than there is.
  const topic = freshTopic("metadata");
  const topicId = await createTopic(client, topic);
  const named = await client.send(metadata, 12, {
    topics: Array.from({ length: 1000 }, () => ({ name: topic })),
    allowAutoTopicCreation: false,
  });
  assert.deepEqual(named.topics.map((one) => one.name), [topic]);
  const byId = await client.send(metadata, 12, {
    topics: Array.from({ length: 1000 }, () => ({ topicId, name: null })),
    allowAutoTopicCreation: false,
  });
  assert.deepEqual(byId.topics.map((one) => one.name), [topic]);
});
