import assert from "node:assert/strict";
import { brokerConfigs, topicConfigs } from "../../../../src/metadata/image.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { alterConfigs } from "../../../../src/protocol/messages/33_alter_configs.ts";
import { incrementalAlterConfigs } from "../../../../src/protocol/messages/44_incremental_alter_configs.ts";
import { World } from "../world.ts";

const TOPIC = 2;
const BROKER = 4;
const [SET, DELETE, APPEND] = [0, 1, 2];

type Change = [name: string, operation: number, value: string | null];

async function change(world: World, type: number, name: string, changes: Change[], validateOnly = false) {
  const configs = changes.map(([key, configOperation, value]) => ({ name: key, configOperation, value }));
  const resources = [{ resourceType: type, resourceName: name, configs }];
  const response = await world.ask(incrementalAlterConfigs, { resources, validateOnly });
  return response.responses[0]!.errorCode;
}

Deno.test("settings of a topic are set, appended to and deleted (KIP-339)", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("t");
  const settings = () => Object.fromEntries(topicConfigs(world.controller.image, "t"));
  assert.equal(
    await change(world, TOPIC, "t", [["retention.ms", SET!, "9"], ["cleanup.policy", APPEND!, "compact"]]),
    0,
  );
  assert.deepEqual(settings(), { "retention.ms": "9", "cleanup.policy": "delete,compact" });
  assert.equal(await change(world, TOPIC, "t", [["retention.ms", DELETE!, null]]), 0);
  assert.deepEqual(settings(), { "cleanup.policy": "delete,compact" });
  assert.equal(await change(world, TOPIC, "t", [["retention.ms", SET!, "1"]], true), 0);
  assert.deepEqual(settings(), { "cleanup.policy": "delete,compact" });
  await world.controller.shutdown();
});

Deno.test("AlterConfigs replaces everything that was set", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("t", { configs: { "retention.ms": "1", "segment.bytes": "2000000" } });
  const resources = [{
    resourceType: TOPIC,
    resourceName: "t",
    configs: [{ name: "retention.ms", value: "2" }],
  }];
  const response = await world.ask(alterConfigs, { resources, validateOnly: false });
  assert.equal(response.responses[0]?.errorCode, ErrorCode.NONE);
  assert.deepEqual([...topicConfigs(world.controller.image, "t")], [["retention.ms", "2"]]);
  await world.controller.shutdown();
});

Deno.test("what cannot be changed is refused and says why", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("t");
  const cases: [number, string, Change[], number][] = [
    [TOPIC, "none", [["retention.ms", SET!, "1"]], ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
    [TOPIC, "t", [["retention.ms", SET!, "soon"]], ErrorCode.INVALID_CONFIG],
    [TOPIC, "t", [["no.such", SET!, "1"]], ErrorCode.INVALID_CONFIG],
    [TOPIC, "t", [["retention.ms", SET!, "1"], ["retention.ms", DELETE!, null]], ErrorCode.INVALID_REQUEST],
    [BROKER, "9", [["log.retention.ms", SET!, "1"]], ErrorCode.BROKER_ID_NOT_REGISTERED],
    [BROKER, "one", [["log.retention.ms", SET!, "1"]], ErrorCode.INVALID_REQUEST],
    [BROKER, "1", [["min.insync.replicas", SET!, "2"]], ErrorCode.INVALID_CONFIG],
    [BROKER, "", [["min.insync.replicas", DELETE!, null]], ErrorCode.INVALID_CONFIG],
    [99, "x", [], ErrorCode.INVALID_REQUEST],
  ];
  for (const [type, name, changes, errorCode] of cases) {
    assert.equal(await change(world, type, name, changes), errorCode, `${type} ${name} ${changes}`);
  }
  assert.equal(await change(world, BROKER, "1", [["log.retention.ms", SET!, "5"]]), 0);
  assert.deepEqual([...brokerConfigs(world.controller.image, 1)], [["log.retention.ms", "5"]]);
  await world.controller.shutdown();
});

Deno.test("a resource that is there twice is refused both times", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("t");
  const resource = { resourceType: TOPIC, resourceName: "t", configs: [] };
  const response = await world.ask(incrementalAlterConfigs, {
    resources: [resource, resource],
    validateOnly: false,
  });
  const codes = response.responses.map(({ errorCode }) => errorCode);
  assert.deepEqual(codes, [ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_REQUEST]);
  await world.controller.shutdown();
});
