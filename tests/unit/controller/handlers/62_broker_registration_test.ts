import assert from "node:assert/strict";
import type { NodeId } from "../../../../src/core/ids.ts";
import { SUPPORTED_FEATURES } from "../../../../src/metadata/features.ts";
import { featureRanges } from "../../../../src/metadata/image_snapshot.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { brokerRegistration } from "../../../../src/protocol/messages/62_broker_registration.ts";
import { unregisterBroker } from "../../../../src/protocol/messages/64_unregister_broker.ts";
import { NODE, World } from "../world.ts";

const SESSION_MS = 9000;
const one = 1 as NodeId;

function register(world: World, changes: Partial<Parameters<typeof request>[1]> = {}) {
  return world.ask(brokerRegistration, request(world, changes));
}

function request(world: World, changes: {
  clusterId?: string;
  features?: ReturnType<typeof featureRanges>;
  logDirs?: string[];
  isMigratingZkBroker?: boolean;
}) {
  return {
    brokerId: 1,
    clusterId: world.controller.image.clusterId,
    incarnationId: world.uuid() as string,
    listeners: [{ name: "PLAINTEXT", host: "h", port: 1, securityProtocol: 0 }],
    features: featureRanges(SUPPORTED_FEATURES),
    rack: "r",
    logDirs: [world.uuid() as string],
    ...changes,
  };
}

Deno.test("a broker's epoch is the offset of its registration; it is fenced until it has caught up (KIP-631)", async () => {
  const world = await World.start();
  const { brokerEpoch } = await register(world);
  const broker = world.controller.image.brokers.get(one);
  assert.deepEqual([broker?.epoch, broker?.fenced, broker?.rack], [brokerEpoch, true, "r"]);
  const behind = await world.heartbeat(1, brokerEpoch, { offset: brokerEpoch - 1 });
  assert.deepEqual([behind.isCaughtUp, behind.isFenced], [false, true]);
  const caughtUp = await world.heartbeat(1, brokerEpoch);
  assert.deepEqual([caughtUp.isCaughtUp, caughtUp.isFenced], [true, false]);
  assert.equal(world.controller.image.brokers.get(one)?.fenced, false);
  await world.controller.shutdown();
});

Deno.test("a broker of another cluster, without a needed feature or with odd directories is refused", async () => {
  const world = await World.start();
  const directory = world.uuid();
  const old = [{ name: "metadata.version", minSupportedVersion: 7, maxSupportedVersion: 29 }];
  const cases: [Parameters<typeof request>[1], number][] = [
    [{ clusterId: "elsewhere" }, ErrorCode.INCONSISTENT_CLUSTER_ID],
    [{ features: old }, ErrorCode.UNSUPPORTED_VERSION],
    [{ features: [] }, ErrorCode.UNSUPPORTED_VERSION],
    [{ logDirs: [directory, directory] }, ErrorCode.INVALID_REGISTRATION],
    [{ logDirs: ["AAAAAAAAAAAAAAAAAAAAAQ"] }, ErrorCode.INVALID_REGISTRATION],
    [{ isMigratingZkBroker: true }, ErrorCode.UNSUPPORTED_VERSION],
  ];
  for (const [changes, errorCode] of cases) {
    assert.equal((await register(world, changes)).errorCode, errorCode, JSON.stringify(changes));
  }
  assert.equal(world.controller.image.brokers.size, 0);
  await world.controller.shutdown();
});

Deno.test("a second process with the same id is refused while the first one is heard of", async () => {
  const world = await World.start();
  const epoch = await world.addBroker(1);
  assert.equal((await register(world)).errorCode, ErrorCode.DUPLICATE_BROKER_REGISTRATION);
  for (let ms = 0; ms < SESSION_MS; ms += 1000) world.time.advance(1000);
  assert.equal((await register(world)).errorCode, ErrorCode.NONE);
  assert.equal((await world.heartbeat(1, epoch)).errorCode, ErrorCode.STALE_BROKER_EPOCH);
  await world.controller.shutdown();
});

Deno.test("two processes in a row may register before the first of them is committed", async () => {
  // The second was refused, as if the first lived on beside it in the same directory (seed 101011 of 120 s, 4 nodes).
  const world = await World.start();
  const logDirs = [world.uuid() as string];
  const [first, second] = await Promise.all([register(world, { logDirs }), register(world, { logDirs })]);
  assert.deepEqual([first.errorCode, second.errorCode], [ErrorCode.NONE, ErrorCode.NONE]);
  assert.equal(world.controller.image.brokers.get(one)?.epoch, second.brokerEpoch);
  await world.controller.shutdown();
});

Deno.test("after a crash of a node that is its own controller its broker is back at once", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.createTopic("t");
  const { logDirs } = world.controller.image.brokers.get(NODE)!;
  await world.crash();
  const { errorCode, brokerEpoch } = await register(world, { logDirs: [...logDirs] });
  assert.equal(errorCode, ErrorCode.NONE);
  // It stopped without flushing: nobody is in sync, but the last leader is all there is (KIP-966).
  assert.deepEqual([world.partition("t").leader, world.partition("t").lastKnownElr], [-1, [1]]);
  await world.heartbeat(1, brokerEpoch);
  assert.deepEqual([world.partition("t").leader, world.partition("t").isr], [1, [1]]);
  await world.controller.shutdown();
});

Deno.test("after a clean stop the only replica leads again with nothing in doubt", async () => {
  const world = await World.start();
  const epoch = await world.addBroker(1);
  await world.createTopic("t");
  const stopping = await world.heartbeat(1, epoch, { wantShutDown: true });
  assert.deepEqual([stopping.shouldShutDown, stopping.isFenced, world.partition("t").leader], [
    true,
    true,
    -1,
  ]);
  assert.deepEqual([world.partition("t").isr, world.partition("t").elr], [[], [1]]);
  await world.restart();
  await world.addBroker(1, { previousEpoch: epoch });
  const { leader, isr, elr, leaderRecoveryState, leaderEpoch } = world.partition("t");
  assert.deepEqual([leader, isr, elr, leaderRecoveryState, leaderEpoch], [1, [1], [], 0, 2]);
  await world.controller.shutdown();
});

Deno.test("a broker that falls silent is fenced and its partitions get other leaders", async () => {
  const world = await World.start();
  const silent = await world.addBroker(1);
  const alive = await world.addBroker(2);
  await world.createTopic("t", { assignments: [[1, 2]] });
  // Sessions are looked at now and then, so it may take a little longer.
  for (let ms = 0; ms < SESSION_MS + 2000; ms += 1000) {
    world.time.advance(1000);
    assert.equal((await world.heartbeat(2, alive)).errorCode, 0);
  }
  await world.until(() => world.controller.image.brokers.get(one)?.fenced === true);
  assert.deepEqual([world.partition("t").leader, world.partition("t").isr], [2, [2]]);
  // It is still the same process: it may come back.
  await world.heartbeat(1, silent);
  assert.equal(world.controller.image.brokers.get(one)?.fenced, false);
  assert.deepEqual(world.partition("t").isr, [2]);
  await world.controller.shutdown();
});

Deno.test("nobody is fenced for silence while the controller itself stood still", async () => {
  const world = await World.start();
  await world.addBroker(1);
  world.time.advance(10 * SESSION_MS);
  await world.addBroker(2);
  assert.equal(world.controller.image.brokers.get(one)?.fenced, false);
  for (let ms = 0; ms < SESSION_MS; ms += 1000) world.time.advance(1000);
  await world.until(() => world.controller.image.brokers.get(one)?.fenced === true);
  await world.controller.shutdown();
});

Deno.test("a broker that is removed for good leads nothing any more", async () => {
  const world = await World.start();
  await world.addBroker(1);
  await world.addBroker(2);
  await world.createTopic("t", { assignments: [[1, 2]] });
  assert.equal((await world.ask(unregisterBroker, { brokerId: 1 })).errorCode, ErrorCode.NONE);
  assert.deepEqual([...world.controller.image.brokers.keys()], [2]);
  assert.equal(world.partition("t").leader, 2);
  assert.equal(
    (await world.ask(unregisterBroker, { brokerId: 1 })).errorCode,
    ErrorCode.BROKER_ID_NOT_REGISTERED,
  );
  await world.controller.shutdown();
});
