/** A process that has ended does nothing any more, and its peers notice as they would. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import { DiskError } from "../../src/platform/disk.ts";
import { NetworkError } from "../../src/platform/network.ts";
import type { Death } from "../../src/simulation/life.ts";
import { Transcript } from "../../src/simulation/transcript.ts";
import { World } from "../../src/simulation/world.ts";

const HOST = "10.0.0.1";

/** A server process with a connection from another machine. */
async function connected(seed: number) {
  const world = new World(realHost, seed, new Transcript());
  const machine = world.addMachine(HOST);
  const { platform } = machine.boot();
  const client = world.addMachine("10.0.0.2").boot().platform;
  const listener = platform.network.listen({ host: HOST, port: 9092 });
  const opening = Promise.all([client.network.connect(listener.address), listener.accept()]);
  await world.runFor(1e6);
  const [outside, inside] = await opening;
  return { world, machine, platform, client, outside, inside: inside! };
}

/** What a promise has come to so far; undefined while it waits. */
class Settled {
  #outcome: unknown;

  constructor(promise: Promise<unknown>) {
    promise.then((value) => this.#outcome = value, (error) => this.#outcome = error);
  }

  now(): unknown {
    return this.#outcome;
  }
}

const settled = (promise: Promise<unknown>) => new Settled(promise);

for (const how of ["process", "power"] as const satisfies readonly Death[]) {
  Deno.test(`nothing of a process acts after its end (${how})`, async () => {
    const { world, machine, platform, inside, outside } = await connected(1);
    const { disk, timers } = platform;
    disk.makeDirectory("/data");
    const file = disk.open("/data/file", { create: true });
    await Promise.all([disk.syncDirectory("/data"), disk.syncDirectory("/"), world.runFor(1e6)]);
    file.write(new Uint8Array(10), 0);
    let fired = 0;
    timers.after(5, () => fired++);
    const pending = [file.sync(), timers.sleep(1), timers.yield(), inside.read(new Uint8Array(1))].map(
      settled,
    );
    machine.crash(how);
    const size = machine.medium.usedBytes;
    assert.throws(() => file.write(new Uint8Array(100), 0), DiskError);
    assert.throws(() => disk.rename("/data/file", "/data/other"), DiskError);
    timers.after(1, () => fired++);
    pending.push(
      ...[timers.sleep(1), inside.write(new Uint8Array(5)), disk.syncDirectory("/data")].map(settled),
    );
    const heard = settled(outside.read(new Uint8Array(10)));
    await world.runFor(5e6);
    assert.equal(fired, 0);
    for (const each of pending) assert.equal(each.now(), undefined);
    assert.equal(machine.medium.usedBytes, size);
    if (how === "process") assert.equal(heard.now(), 0);
    else assert.equal(heard.now(), undefined, "nobody tells the peer of a power cut");
  });
}

Deno.test("a peer hears of a power cut when it writes to the machine that is back", async () => {
  const { world, machine, outside } = await connected(2);
  machine.crash("power");
  const heard = settled(outside.read(new Uint8Array(10)));
  await outside.write(new Uint8Array(3));
  await world.runFor(2e6);
  assert.equal(heard.now(), undefined);
  machine.boot();
  await world.runFor(10e6);
  const outcome = heard.now();
  assert(outcome instanceof NetworkError);
  assert.equal(outcome.code, "reset");
});

Deno.test("what is sent over a cut link arrives when it is mended, and not at all after too long", async () => {
  const { world, outside, inside } = await connected(3);
  const link = world.fabric.link("10.0.0.2", HOST);
  link.cut = true;
  const target = new Uint8Array(10);
  const read = settled(inside.read(target));
  await outside.write(new Uint8Array([1, 2, 3]));
  await world.runFor(3e6);
  assert.equal(read.now(), undefined);
  link.cut = false;
  await world.runFor(3e6);
  assert.equal(read.now(), 3);
  link.cut = true;
  const lost = settled(outside.read(target));
  await outside.write(new Uint8Array(3));
  await world.runFor(30e6);
  const outcome = lost.now();
  assert(outcome instanceof NetworkError);
  assert.equal(outcome.code, "timeout");
});
