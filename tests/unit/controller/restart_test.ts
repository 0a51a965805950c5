import assert from "node:assert/strict";
import { DiskError } from "../../../src/platform/disk.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { createTopics } from "../../../src/protocol/messages/19_create_topics.ts";
import { allocateProducerIds } from "../../../src/protocol/messages/67_allocate_producer_ids.ts";
import { World } from "./world.ts";

Deno.test("a new node forms a cluster at the levels of Kafka 4.3 and registers its controller", async () => {
  const { controller } = await World.start();
  assert.equal(controller.image.features.get("metadata.version"), 30);
  assert.equal(controller.image.features.get("transaction.version"), 2);
  assert.equal(controller.image.controllers.get(controller.leaderId)?.endpoints[0]?.port, 9093);
  await controller.shutdown();
});

Deno.test("topics, ids, configs and producer ids are the same after a restart", async () => {
  const world = await World.start();
  const epoch = await world.addBroker(1);
  const id = await world.createTopic("kept", { partitions: 3, configs: { "retention.ms": "5" } });
  const first = await world.ask(allocateProducerIds, { brokerId: 1, brokerEpoch: epoch });
  const { topics, configs, brokers } = world.controller.image;
  await world.restart();
  const { image } = world.controller;
  assert.deepEqual(image.topics.byId.get(id), topics.byId.get(id));
  assert.deepEqual([...image.configs], [...configs]);
  assert.deepEqual(image.brokers, brokers);
  const second = await world.ask(allocateProducerIds, { brokerId: 1, brokerEpoch: epoch });
  assert.deepEqual([first.producerIdStart, second.producerIdStart], [0, 1000]);
  await world.controller.shutdown();
});

Deno.test("what was answered survives a loss of power at any moment; what was not is there whole or not at all", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const acknowledged = new Set<string>();
  const tried = new Set<string>();
  for (let round = 0; round < 40; round++) {
    let pauses = world.random.below(12);
    const { disk } = world;
    const crash = Promise.withResolvers<void>();
    // Some requests are answered, some are under way when the power fails.
    disk.pause = async () => {
      await Promise.resolve();
      if (--pauses === 0) crash.resolve();
    };
    const requests = Array.from({ length: 6 }, (_, index) => {
      const name = `topic-${round}-${index}`;
      tried.add(name);
      return world.ask(createTopics, {
        topics: [{ name, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
      }).then(({ topics }) => {
        if (topics[0]?.errorCode === ErrorCode.NONE && !disk.crashed) acknowledged.add(name);
      });
    });
    await Promise.race([crash.promise, Promise.all(requests)]);
    await world.crash();
    const { byName } = world.controller.image.topics;
    for (const name of acknowledged) assert.ok(byName.has(name), `${name} was acknowledged`);
    for (const topic of byName.values()) {
      assert.ok(tried.has(topic.name));
      assert.equal(topic.partitions.length, 2);
    }
  }
  assert.ok(acknowledged.size > 20 && acknowledged.size < tried.size);
  assert.equal(world.failure, null);
  await world.controller.shutdown();
});

Deno.test("a full disk refuses changes, and they work again when there is room", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const request = {
    topics: [{ name: "wanted", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  };
  world.disk.freeBytes = 10;
  const refused = await world.ask(createTopics, request);
  assert.equal(refused.topics[0]?.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
  world.disk.freeBytes = Infinity;
  const created = await world.ask(createTopics, request);
  assert.equal(created.topics[0]?.errorCode, ErrorCode.NONE);
  await world.controller.shutdown();
});

Deno.test("a disk that fails ends the controller's part, and nobody is told that anything was done", async () => {
  const world = await World.start();
  await world.addBroker(1);
  world.disk.onOperation = (operation, path) => {
    if (operation === "sync") throw new DiskError("io", path, `sync ${path}: failed`);
  };
  const response = await world.ask(createTopics, {
    topics: [{ name: "lost", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
  });
  assert.equal(response.topics[0]?.errorCode, ErrorCode.NOT_CONTROLLER);
  assert.ok(world.failure instanceof Error);
  assert.equal(world.controller.isActive, false);
  world.controller.abandon();
});
