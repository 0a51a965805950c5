/** How a client finds brokers, and what it says when it cannot. */

import assert from "node:assert/strict";
import { BrokerError, NotServedError, UnreachableError } from "../../../src/client/errors.ts";
import { findOffsets, LATEST } from "../../../src/client/offsets.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { metadata } from "../../../src/protocol/messages/03_metadata.ts";
import { createTopics } from "../../../src/protocol/messages/19_create_topics.ts";
import { createTopics as create } from "../../../src/client/admin/topics.ts";
import { FakeCluster } from "./fake_cluster.ts";

const nowhere = { host: "nowhere", port: 1 };

Deno.test("one bootstrap address that answers is enough", async () => {
  const fake = new FakeCluster(2);
  const cluster = fake.client({ bootstrap: [nowhere, fake.addresses[1]!] });
  await cluster.refresh(null);
  assert.equal(cluster.brokers.size, 2);
  cluster.close();
  fake.close();
});

Deno.test("no broker at all is an error of its own kind", async () => {
  const fake = new FakeCluster();
  const cluster = fake.client({ bootstrap: [nowhere], connectTimeoutMs: 5 });
  await assert.rejects(cluster.refresh(null), (error) => {
    return error instanceof UnreachableError && error.brokerId === null && /nowhere:1/.test(error.message);
  });
  fake.close();
});

Deno.test("a broker that cannot be reached where it says it is, is named", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  const { host, port } = fake.addresses[0]!;
  fake.handle(metadata, () => ({
    brokers: [{ nodeId: 0, ...nowhere }],
    topics: [{
      errorCode: 0,
      name: "t",
      partitions: [
        { errorCode: 0, partitionIndex: 0, leaderId: 0, replicaNodes: [0], isrNodes: [0] },
      ],
    }],
  }));
  const cluster = fake.client({ bootstrap: [{ host, port }], connectTimeoutMs: 20 });
  await assert.rejects(findOffsets(cluster, [{ topic: "t", partition: 0, timestamp: LATEST }]), (error) => {
    return error instanceof UnreachableError && error.brokerId === 0 && /nowhere:1/.test(error.message);
  });
  cluster.close();
  fake.close();
});

Deno.test("a topic that is not there is told at once, and waited for when it may be created", async () => {
  const fake = new FakeCluster();
  const cluster = fake.client();
  await assert.rejects(cluster.topic("t"), (error) => {
    return error instanceof BrokerError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  });
  let asked = 0;
  fake.handle(metadata, (request) => {
    // As Apache Kafka does: the topic is there, and has a leader, only after a while.
    asked++;
    const errorCode = asked < 3 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE;
    const leaderId = asked < 4 ? -1 : 0;
    const partition = { errorCode: 0, partitionIndex: 0, leaderId, replicaNodes: [0], isrNodes: [0] };
    const partitions = asked < 3 ? [] : [partition];
    assert.ok(request.allowAutoTopicCreation);
    return {
      brokers: fake.addresses.map(({ host, port }, nodeId) => ({ nodeId, host, port })),
      topics: [{ errorCode, name: "t", partitions }],
    };
  });
  const { partitions } = await cluster.topic("t", { allowAutoCreate: true });
  assert.equal(partitions[0]!.leaderId, 0);
  cluster.close();
  fake.close();
});

Deno.test("a connection that was lost is opened again for the next request", async () => {
  const fake = new FakeCluster();
  const cluster = fake.client();
  await cluster.refresh(null);
  fake.breakConnections();
  await cluster.refresh(null);
  assert.equal(fake.asked.get("ApiVersions"), 2);
  cluster.close();
  fake.close();
});

Deno.test("requests to the controller follow it when it moves", async () => {
  const fake = new FakeCluster();
  let asked = 0;
  fake.handle(createTopics, (request) => ({
    topics: request.topics.map(({ name }) => ({
      name,
      errorCode: ++asked < 3 ? ErrorCode.NOT_CONTROLLER : ErrorCode.NONE,
      errorMessage: null,
      configs: [],
    })),
  }));
  const cluster = fake.client();
  const [outcome] = await create(cluster, [
    { name: "t", partitions: 1, replicationFactor: 1, configs: [] },
  ]);
  assert.equal(outcome!.errorCode, ErrorCode.NONE);
  assert.equal(asked, 3);
  cluster.close();
  fake.close();
});

Deno.test("an API that the broker does not serve is no reason to try again", async () => {
  const fake = new FakeCluster();
  const cluster = fake.client();
  await assert.rejects(
    create(cluster, [{ name: "t", partitions: 1, replicationFactor: 1, configs: [] }]),
    NotServedError,
  );
  cluster.close();
  fake.close();
});
