/** Brokers whose processes are gone are found out at once, without the session timeout of KIP-631. */

import assert from "node:assert/strict";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import type { Listener } from "../../../src/platform/network.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { brokerRegistration } from "../../../src/protocol/messages/62_broker_registration.ts";
import { SUPPORTED_FEATURES } from "../../../src/metadata/features.ts";
import { featureRanges } from "../../../src/metadata/image_snapshot.ts";
import type { Uuid } from "../../../src/core/ids.ts";
import { World } from "./world.ts";

/** A controller and brokers that listen, as long as their processes live. */
async function startCluster(ids: readonly number[]) {
  const network = new MemoryNetwork();
  const world = await World.start({}, network);
  const listeners = new Map<number, Listener>();
  const directories = new Map<number, Uuid>();
  for (const id of ids) {
    listeners.set(id, network.listen({ host: "127.0.0.1", port: 9092 + id }));
    directories.set(id, world.uuid());
    await world.addBroker(id, { logDirs: [directories.get(id)!] });
  }
  const kill = (id: number) => {
    listeners.get(id)!.close();
    world.connection(`broker ${id}`).close();
  };
  return { world, network, listeners, directories, kill };
}

function isFenced(world: World, id: number): boolean | undefined {
  return [...world.controller.image.brokers.values()].find((broker) => broker.id === id)?.fenced;
}

function register(world: World, id: number, port: number, logDirs: readonly Uuid[]) {
  return world.ask(brokerRegistration, {
    brokerId: id,
    clusterId: world.controller.image.clusterId,
    incarnationId: world.uuid(),
    listeners: [{ name: "PLAINTEXT", host: "127.0.0.1", port, securityProtocol: 0 }],
    features: featureRanges(SUPPORTED_FEATURES),
    rack: null,
    logDirs,
    previousBrokerEpoch: -1,
  });
}

Deno.test("a killed broker is fenced when its connection ends, and its leaderships move", async () => {
  const { world, kill } = await startCluster([1, 2]);
  await world.createTopic("t", { assignments: [[2, 1]] });
  const beforeMs = world.time.nowMs;
  kill(2);
  await world.until(() => isFenced(world, 2) === true);
  assert.equal(world.time.nowMs, beforeMs);
  assert.deepEqual([world.partition("t").leader, world.partition("t").isr], [1, [1]]);
  assert.equal(isFenced(world, 1), false);
  await world.controller.shutdown();
});

Deno.test("a broker whose connection ends but that still listens keeps its session", async () => {
  const { world } = await startCluster([1, 2]);
  world.connection("broker 2").close();
  for (let turn = 0; turn < 20; turn++) {
    world.time.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.equal(isFenced(world, 2), false);
  await world.controller.shutdown();
});

Deno.test("a process that closes its listener last is found out by a later probe", async () => {
  const { world, listeners } = await startCluster([1, 2]);
  world.connection("broker 2").close();
  await new Promise((resolve) => setTimeout(resolve, 0));
  listeners.get(2)!.close();
  assert.equal(isFenced(world, 2), false);
  world.time.advance(20);
  await world.until(() => isFenced(world, 2) === true);
  await world.controller.shutdown();
});

Deno.test("a new active controller asks after every broker: those that died with the old one are fenced", async () => {
  const { world, listeners } = await startCluster([1, 2, 3]);
  await world.createTopic("t", { assignments: [[2, 3]] });
  const old = world.controller;
  await old.shutdown();
  listeners.get(2)!.close();
  await world.open();
  await world.until(() => isFenced(world, 2) === true);
  assert.deepEqual([isFenced(world, 3), world.partition("t").leader], [false, 3]);
  await world.controller.shutdown();
});

Deno.test("a killed broker comes back at once with its directory, or from its address", async () => {
  const { world, directories, network, kill } = await startCluster([1, 2, 3]);
  // Its connection may look open a little longer: directory and address together are proof.
  assert.equal((await register(world, 2, 9094, [directories.get(2)!])).errorCode, ErrorCode.NONE);
  // A wiped disk at the old address, whose old process is known to be gone.
  kill(3);
  network.listen({ host: "127.0.0.1", port: 9095 });
  assert.equal((await register(world, 3, 9095, [world.uuid()])).errorCode, ErrorCode.NONE);
  // Somewhere else, and nobody listens at the old place.
  assert.equal(
    (await register(world, 1, 9999, [world.uuid()])).errorCode,
    ErrorCode.DUPLICATE_BROKER_REGISTRATION,
  );
  kill(1);
  assert.equal((await register(world, 1, 9999, [world.uuid()])).errorCode, ErrorCode.NONE);
  await world.controller.shutdown();
});
