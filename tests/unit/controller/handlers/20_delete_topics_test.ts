import assert from "node:assert/strict";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import { topicConfigs } from "../../../../src/metadata/image.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { deleteTopics } from "../../../../src/protocol/messages/20_delete_topics.ts";
import { World } from "../world.ts";

Deno.test("topics are deleted by name and by id, with their configs (KIP-516)", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("by-name", { configs: { "retention.ms": "1" } });
  const id = await world.createTopic("by-id");
  await world.createTopic("stays");
  const response = await world.ask(deleteTopics, {
    topics: [{ name: "by-name", topicId: ZERO_UUID }, { name: null, topicId: id }],
    timeoutMs: 1000,
  });
  assert.deepEqual(response.responses.map(({ name, errorCode }) => [name, errorCode]), [["by-name", 0], [
    "by-id",
    0,
  ]]);
  assert.deepEqual([...world.controller.image.topics.byName.keys()], ["stays"]);
  assert.equal(topicConfigs(world.controller.image, "by-name").size, 0);
  await world.controller.shutdown();
});

Deno.test("what is unknown, named twice or named in two ways is refused", async () => {
  const world = await World.start();
  await world.addBroker(1);
  const id = await world.createTopic("twice");
  const unknown = world.uuid();
  const response = await world.ask(deleteTopics, {
    topics: [
      { name: "nowhere", topicId: ZERO_UUID },
      { name: null, topicId: unknown },
      { name: "both", topicId: unknown },
      { name: null, topicId: ZERO_UUID },
      { name: "twice", topicId: ZERO_UUID },
      { name: null, topicId: id },
    ],
    timeoutMs: 1000,
  });
  assert.deepEqual(response.responses.map(({ errorCode }) => errorCode), [
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ErrorCode.UNKNOWN_TOPIC_ID,
    ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_REQUEST,
    ErrorCode.INVALID_REQUEST,
  ]);
  assert.ok(world.controller.image.topics.byName.has("twice"));
  await world.controller.shutdown();
});

Deno.test("older versions name topics only, and delete.topic.enable=false refuses", async () => {
  const world = await World.start({ "delete.topic.enable": false });
  await world.addBroker(1);
  await world.createTopic("kept");
  for (
    const [version, errorCode] of [[1, ErrorCode.INVALID_REQUEST], [5, ErrorCode.TOPIC_DELETION_DISABLED]]
  ) {
    const response = await world.ask(deleteTopics, { topicNames: ["kept"], timeoutMs: 1000 }, version);
    assert.equal(response.responses[0]?.errorCode, errorCode);
  }
  await world.controller.shutdown();
});
