import assert from "node:assert/strict";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { createPartitions } from "../../../../src/protocol/messages/37_create_partitions.ts";
import { World } from "../world.ts";

function growTo(name: string, count: number, assignments: number[][] | null = null) {
  return { name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null };
}

Deno.test("topics grow, and every topic asked for has its result", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.addBroker(2);
  await world.createTopic("a", { assignments: [[1]] });
  await world.createTopic("b", { assignments: [[1], [2]] });
  const response = await world.ask(createPartitions, {
    topics: [
      growTo("a", 3, [[2], [1]]),
      growTo("b", 2),
      growTo("none", 2),
      growTo("b2", 1),
    ],
    timeoutMs: 1000,
    validateOnly: false,
  });
  assert.deepEqual(response.results.map(({ name, errorCode }) => [name, errorCode]), [
    ["a", ErrorCode.NONE],
    ["b", ErrorCode.INVALID_PARTITIONS],
    ["none", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    ["b2", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
  ]);
  assert.deepEqual([1, 2].map((index) => world.partition("a", index).leader), [2, 1]);
  await world.controller.shutdown();
});

Deno.test("a topic cannot shrink, be named twice, or get assignments that do not fit", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("t", { partitions: 3 });
  await world.createTopic("u");
  const errorOf = async (...topics: ReturnType<typeof growTo>[]) => {
    const response = await world.ask(createPartitions, { topics, timeoutMs: 1000, validateOnly: false });
    return response.results[0]?.errorCode;
  };
  assert.equal(await errorOf(growTo("t", 2)), ErrorCode.INVALID_PARTITIONS);
  assert.equal(await errorOf(growTo("t", 4), growTo("t", 5)), ErrorCode.INVALID_REQUEST);
  assert.equal(await errorOf(growTo("t", 5, [[1]])), ErrorCode.INVALID_REPLICA_ASSIGNMENT);
  assert.equal(await errorOf(growTo("t", 4, [[9]])), ErrorCode.INVALID_REPLICA_ASSIGNMENT);
  assert.equal(await errorOf(growTo("t", 2 ** 31 - 1)), ErrorCode.POLICY_VIOLATION);
  await world.ask(createPartitions, { topics: [growTo("u", 2)], timeoutMs: 1000, validateOnly: true });
  assert.equal(world.controller.image.topics.byName.get("u")?.partitions.length, 1);
  await world.controller.shutdown();
});
