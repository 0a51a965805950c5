/** A log that is removed, on a disk that forgets what was not synced. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import type { Uuid } from "../../src/core/ids.ts";
import { LogManager } from "../../src/log/log_manager.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import type { Machine } from "../../src/simulation/machine.ts";
import { Transcript } from "../../src/simulation/transcript.ts";
import { World } from "../../src/simulation/world.ts";
import { batchOf, tinyConfig } from "../harness/log_world.ts";

const topicId = "yZb7s2CqTLepIWqJH7Yd8w" as Uuid;
const config = { ...tinyConfig, segmentBytes: 200, fileDeleteDelayMs: 1000 };
const RECORDS = 60;

async function until<T>(world: World, task: Promise<T>): Promise<T> {
  let done = false;
  const settled = task.finally(() => done = true);
  settled.catch(() => {});
  await world.runFor(60e6, () => done);
  return await settled;
}

/** Starts a process on the machine that opens its logs. */
function open(machine: Machine): Promise<LogManager> {
  const { platform } = machine.boot();
  return LogManager.open({ platform, directories: ["/data"], configOf: () => config, report: () => {} });
}

async function fill(world: World, log: PartitionLog): Promise<void> {
  for (let index = 0; index < RECORDS; index++) {
    log.append(batchOf([`value ${index}`]), { leaderEpoch: 0 });
  }
  await until(world, log.flush());
}

Deno.test("after a power cut a log that was being removed is whole or gone", async () => {
  // A replica came back under its old name without its first segments, and led (seed 100063 of 120 s, 7 nodes).
  for (let seed = 1; seed <= 30; seed++) {
    const world = new World(realHost, seed, new Transcript());
    const machine = world.addMachine("10.0.0.1");
    const manager = await until(world, open(machine));
    await fill(world, manager.getOrCreate("a", 0, { topicId, config }));
    manager.delete("a", 0);
    await world.runFor(1e6 + world.prng.below(20_000));
    machine.crash("power");
    const found = (await until(world, open(machine))).get("a", 0);
    const range = found && [found.logStartOffset, found.logEndOffset];
    assert.deepEqual(range ?? [0, RECORDS], [0, RECORDS], `seed ${seed}`);
  }
});

Deno.test("after a power cut a large segment that was being removed is whole or gone", async () => {
  // Large files are cut down piece by piece, which must not show under the name that the segment had before.
  const large = { ...config, segmentBytes: 1_000_000 };
  const value = "x".repeat(90_000);
  for (let seed = 1; seed <= 30; seed++) {
    const world = new World(realHost, seed, new Transcript());
    const machine = world.addMachine("10.0.0.1");
    const manager = await until(world, open(machine));
    const log = manager.getOrCreate("a", 0, { topicId, config: large });
    for (let index = 0; index < 40; index++) log.append(batchOf([value]), { leaderEpoch: 0 });
    await until(world, log.flush());
    await world.runFor(5e6);
    log.highWatermark = log.logEndOffset;
    log.raiseLogStartOffset(35);
    await world.runFor(1e6 + world.prng.below(20_000));
    machine.crash("power");
    const after = (await until(world, open(machine))).get("a", 0)!;
    assert.equal(after.logEndOffset, 40, `seed ${seed}`);
  }
});
