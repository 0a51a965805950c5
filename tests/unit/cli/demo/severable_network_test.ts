/** The network of a demo node: while it is cut nothing passes to or from other nodes, and clients still get through. */

import assert from "node:assert/strict";
import { SeverableNetwork } from "../../../../src/cli/demo/severable_network.ts";
import { systemTimers } from "../../../../src/platform/adapters/system_time.ts";
import { MemoryNetwork } from "../../../../src/platform/memory_network.ts";
import type { Connection } from "../../../../src/platform/network.ts";

const HOST = "127.0.0.1";
const PEERS = 1_001;
const CLIENTS = 1_002;
const bytes = (text: string) => new TextEncoder().encode(text);

async function read(connection: Connection): Promise<string> {
  const target = new Uint8Array(100);
  return new TextDecoder().decode(target.subarray(0, await connection.read(target)));
}

/** Whether a promise is settled after everything that can happen now has happened. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => settled = true).catch(() => {});
  for (let turn = 0; turn < 20; turn++) await systemTimers.yield();
  return settled;
}

/** A node with a cuttable network, and a connection of another one to it. */
async function pair(port: number) {
  const memory = new MemoryNetwork();
  const network = new SeverableNetwork(memory, systemTimers, [PEERS]);
  const listener = network.listen({ host: HOST, port });
  const [outside, inside] = await Promise.all([memory.connect({ host: HOST, port }), listener.accept()]);
  return { memory, network, listener, outside, inside: inside! };
}

Deno.test("what another node sends waits until the network is healed, and then comes whole", async () => {
  const { network, outside, inside } = await pair(PEERS);
  network.cut();
  await outside.write(bytes("hello"));
  const coming = read(inside);
  assert.equal(await isSettled(coming), false);
  network.heal();
  assert.equal(await coming, "hello");
});

Deno.test("what is sent to another node waits too", async () => {
  const { network, outside, inside } = await pair(PEERS);
  network.cut();
  const sent = inside.write(bytes("hello"));
  assert.equal(await isSettled(sent), false);
  network.heal();
  await sent;
  assert.equal(await read(outside), "hello");
});

Deno.test("clients are answered while the node is cut off", async () => {
  const { network, outside, inside } = await pair(CLIENTS);
  network.cut();
  await outside.write(bytes("ping"));
  assert.equal(await read(inside), "ping");
  await inside.write(bytes("pong"));
  assert.equal(await read(outside), "pong");
});

Deno.test("a connection cannot be opened while the network is cut, and can be when it heals in time", async () => {
  const { memory, network } = await pair(PEERS);
  const other = memory.listen({ host: HOST, port: 2_000 });
  network.cut();
  await assert.rejects(network.connect(other.address, { timeoutMs: 5 }), { code: "timeout" });
  const patient = network.connect(other.address, { timeoutMs: 60_000 });
  assert.equal(await isSettled(patient), false);
  network.heal();
  const [accepted] = await Promise.all([other.accept(), patient]);
  await (await patient).write(bytes("hi"));
  assert.equal(await read(accepted!), "hi");
});

Deno.test("a connection that waits can be closed", async () => {
  const { network, inside } = await pair(PEERS);
  network.cut();
  const sent = inside.write(bytes("hello"));
  inside.close();
  await sent.catch(() => {});
  network.heal();
});
