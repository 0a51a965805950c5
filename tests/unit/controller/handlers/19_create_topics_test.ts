import assert from "node:assert/strict";
import { topicConfigs } from "../../../../src/metadata/image.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { createTopics } from "../../../../src/protocol/messages/19_create_topics.ts";
import { World } from "../world.ts";

/** A topic of a request; what is not said is left to the defaults. */
function topic(name: string, options: {
  partitions?: number;
  factor?: number;
  assignments?: [number, number[]][];
  configs?: [string, string | null][];
} = {}) {
  return {
    name,
    numPartitions: options.partitions ?? -1,
    replicationFactor: options.factor ?? -1,
    assignments: (options.assignments ?? []).map(([partitionIndex, brokerIds]) => ({
      partitionIndex,
      brokerIds,
    })),
    configs: (options.configs ?? []).map(([key, value]) => ({ name: key, value })),
  };
}

async function errorsOf(
  world: World,
  ...topics: ReturnType<typeof topic>[]
): Promise<Record<string, number>> {
  const response = await world.ask(createTopics, { topics });
  return Object.fromEntries(response.topics.map(({ name, errorCode }) => [name, errorCode]));
}

Deno.test("a created topic has its partitions, leaders, configs and id, and the answer tells them (KIP-525)", async () => {
  const world = await World.start({ "num.partitions": 4 });
  await world.addBroker(1);
  const response = await world.ask(createTopics, {
    topics: [topic("orders", { configs: [["retention.ms", "7"]] })],
  });
  const [created] = response.topics;
  assert.deepEqual([created?.errorCode, created?.numPartitions, created?.replicationFactor], [0, 4, 1]);
  const configs = new Map(created?.configs?.map((config) => [config.name, config]));
  assert.deepEqual([configs.get("retention.ms")?.value, configs.get("retention.ms")?.configSource], ["7", 1]);
  assert.deepEqual([configs.get("cleanup.policy")?.value, configs.get("cleanup.policy")?.configSource], [
    "delete",
    5,
  ]);
  const image = world.controller.image.topics.byName.get("orders");
  assert.equal(image?.id, created?.topicId);
  assert.equal(image?.partitions.length, 4);
  assert.deepEqual(world.partition("orders", 3).isr, [1]);
  assert.equal(world.partition("orders", 3).leader, 1);
  assert.deepEqual([...topicConfigs(world.controller.image, "orders")], [["retention.ms", "7"]]);
  await world.controller.shutdown();
});

Deno.test("bad topics of a request are refused one by one; the good ones are created", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("there");
  await world.createTopic("with.dot");
  const errors = await errorsOf(
    world,
    topic("good"),
    topic("there"),
    topic("with_dot"),
    topic(""),
    topic(".."),
    topic("sla/sh"),
    topic("x".repeat(250)),
    topic("many", { factor: 2 }),
    topic("none", { factor: 0 }),
    topic("no-partitions", { partitions: 0 }),
    topic("unknown-config", { configs: [["no.such", "1"]] }),
    topic("null-config", { configs: [["retention.ms", null]] }),
    topic("bad-config", { configs: [["retention.ms", "soon"]] }),
    topic("__cluster_metadata"),
  );
  assert.deepEqual(errors, {
    "good": ErrorCode.NONE,
    "there": ErrorCode.TOPIC_ALREADY_EXISTS,
    "with_dot": ErrorCode.INVALID_TOPIC_EXCEPTION,
    "": ErrorCode.INVALID_TOPIC_EXCEPTION,
    "..": ErrorCode.INVALID_TOPIC_EXCEPTION,
    "sla/sh": ErrorCode.INVALID_TOPIC_EXCEPTION,
    ["x".repeat(250)]: ErrorCode.INVALID_TOPIC_EXCEPTION,
    "many": ErrorCode.INVALID_REPLICATION_FACTOR,
    "none": ErrorCode.INVALID_REPLICATION_FACTOR,
    "no-partitions": ErrorCode.INVALID_PARTITIONS,
    "unknown-config": ErrorCode.INVALID_CONFIG,
    "null-config": ErrorCode.INVALID_CONFIG,
    "bad-config": ErrorCode.INVALID_CONFIG,
    "__cluster_metadata": ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  });
  assert.ok(world.controller.image.topics.byName.has("good"));
  assert.equal(world.controller.image.topics.byName.size, 3);
  await world.controller.shutdown();
});

Deno.test("names that collide within one request: only the first is created", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const errors = await errorsOf(world, topic("a.b"), topic("a_b"));
  assert.deepEqual(errors, { "a.b": ErrorCode.NONE, "a_b": ErrorCode.INVALID_TOPIC_EXCEPTION });
  await world.controller.shutdown();
});

Deno.test("a name that is there twice is refused once, and not created", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const response = await world.ask(createTopics, { topics: [topic("twice"), topic("once"), topic("twice")] });
  const codes = response.topics.map(({ name, errorCode }) => [name, errorCode]);
  assert.deepEqual(codes, [["twice", ErrorCode.INVALID_REQUEST], ["once", ErrorCode.NONE]]);
  assert.equal(world.controller.image.topics.byName.has("twice"), false);
  await world.controller.shutdown();
});

Deno.test("manual assignments are taken as they are when they are possible", async () => {
  const world = await World.start();
  for (const id of [1, 2, 3]) await world.addBroker(id, { fenced: id === 3 });
  const errors = await errorsOf(
    world,
    topic("good", { assignments: [[1, [1, 3]], [0, [3, 2]]] }),
    topic("with-factor", { factor: 1, assignments: [[0, [1]]] }),
    topic("with-count", { partitions: 1, assignments: [[0, [1]]] }),
    topic("gap", { assignments: [[1, [1]]] }),
    topic("repeated", { assignments: [[0, [1]], [0, [2]]] }),
    topic("uneven", { assignments: [[0, [1]], [1, [1, 2]]] }),
    topic("empty", { assignments: [[0, []]] }),
    topic("unknown-broker", { assignments: [[0, [9]]] }),
    topic("same-broker", { assignments: [[0, [1, 1]]] }),
    topic("all-fenced", { assignments: [[0, [3]]] }),
  );
  const { NONE, INVALID_REQUEST, INVALID_REPLICA_ASSIGNMENT } = ErrorCode;
  assert.deepEqual(errors, {
    "good": NONE,
    "with-factor": INVALID_REQUEST,
    "with-count": INVALID_REQUEST,
    "gap": INVALID_REPLICA_ASSIGNMENT,
    "repeated": INVALID_REPLICA_ASSIGNMENT,
    "uneven": INVALID_REPLICA_ASSIGNMENT,
    "empty": INVALID_REPLICA_ASSIGNMENT,
    "unknown-broker": INVALID_REPLICA_ASSIGNMENT,
    "same-broker": INVALID_REPLICA_ASSIGNMENT,
    "all-fenced": INVALID_REPLICA_ASSIGNMENT,
  });
  const { replicas, isr, leader } = world.partition("good", 0);
  assert.deepEqual([replicas, isr, leader], [[3, 2], [2], 2]);
  await world.controller.shutdown();
});

Deno.test("validateOnly answers the same and creates nothing", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const response = await world.ask(createTopics, { topics: [topic("tried")], validateOnly: true });
  assert.equal(response.topics[0]?.errorCode, ErrorCode.NONE);
  assert.equal(response.topics[0]?.numPartitions, 1);
  assert.equal(world.controller.image.topics.byName.size, 0);
  await world.controller.shutdown();
});

Deno.test("too many partitions in one request are refused before they are placed", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const errors = await errorsOf(world, topic("huge", { partitions: 2 ** 31 - 1 }), topic("small"));
  assert.deepEqual(errors, { huge: ErrorCode.POLICY_VIOLATION, small: ErrorCode.NONE });
  await world.controller.shutdown();
});

Deno.test("no brokers, or only fenced ones: INVALID_REPLICATION_FACTOR", async () => {
  const world = await World.start();
  assert.deepEqual(await errorsOf(world, topic("t")), { t: ErrorCode.INVALID_REPLICATION_FACTOR });
  await world.addBroker(1, { fenced: true });
  assert.deepEqual(await errorsOf(world, topic("t")), { t: ErrorCode.INVALID_REPLICATION_FACTOR });
  await world.controller.shutdown();
});

Deno.test("every version is answered, and a controller that is not active says NOT_CONTROLLER", async () => {
  const world = await World.start();
  await world.addBroker(1);
  for (let version = 2; version <= 7; version++) {
    const response = await world.ask(createTopics, { topics: [topic(`v${version}`)] }, version);
    assert.equal(response.topics[0]?.errorCode, ErrorCode.NONE);
  }
  await world.controller.shutdown();
  const response = await world.ask(createTopics, { topics: [topic("late")] });
  assert.equal(response.topics[0]?.errorCode, ErrorCode.NOT_CONTROLLER);
});
