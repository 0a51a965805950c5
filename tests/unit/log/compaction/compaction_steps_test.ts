/** A compaction that is cut short at every single operation on the disk: by a crash, by an error, by a full disk. */

import { deepEqual, equal } from "node:assert/strict";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import { LogManager } from "../../../../src/log/log_manager.ts";
import type { PartitionLog } from "../../../../src/log/partition_log.ts";
import { DiskError, type DiskErrorCode } from "../../../../src/platform/disk.ts";
import { batches } from "../../../../src/records/batch.ts";
import { BatchBuilder } from "../../../../src/records/batch_builder.ts";
import { recordsOf } from "../../../../src/records/record.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import {
  appended,
  manualPlatform,
  readAll,
  readBytes,
  RestlessTime,
  tinyConfig,
} from "../../../harness/log_world.ts";

const config = {
  ...tinyConfig,
  segmentBytes: 600,
  cleanupDelete: false,
  cleanupCompact: true,
  minCleanableDirtyRatio: 0,
};
const RECORDS = 40;
/** The first record is the only one of its key, the others share three; the last four are not compacted. */
const keyOf = (offset: number) => offset === 0 ? "once" : `key ${offset % 3}`;
const valueOf = (offset: number) => `${offset}`.padEnd(60, "v");

interface Machine {
  readonly manager: LogManager;
  readonly log: PartitionLog;
}

async function open(disk: CrashDisk): Promise<Machine> {
  const manager = await LogManager.open({
    platform: manualPlatform(disk, new RestlessTime()),
    directories: ["/data"],
    configOf: () => config,
  });
  return { manager, log: manager.getOrCreate("t", 0, { topicId: ZERO_UUID, config }) };
}

/** A log of several segments, all of it durable, with its recovery point and high watermark saved. */
async function filled(): Promise<Machine & { readonly disk: CrashDisk }> {
  const disk = new CrashDisk();
  const { manager, log } = await open(disk);
  for (let offset = 0; offset < RECORDS; offset++) {
    const builder = new BatchBuilder();
    builder.append({ timestamp: 1000, key: encodeUtf8(keyOf(offset)), value: encodeUtf8(valueOf(offset)) });
    appended(log.append(builder.build(), { leaderEpoch: 0 }));
  }
  await log.flush();
  await log.flusher.idle();
  log.highWatermark = log.logEndOffset;
  await manager.checkpoint("recoveryPoints");
  await manager.checkpoint("highWatermarks");
  return { manager, log, disk };
}

async function offsetsIn(log: PartitionLog): Promise<number[]> {
  const offsets: number[] = [];
  const decoder = new TextDecoder();
  for (const batch of await readAll(log)) {
    for (const { offset, key, value } of recordsOf(batch)) {
      deepEqual([decoder.decode(key!), decoder.decode(value!)], [keyOf(offset), valueOf(offset)]);
      offsets.push(offset);
    }
  }
  return offsets;
}

/** Everything that must be there is, whatever else is; and it can be read from the middle of every gap. */
async function checkContent(log: PartitionLog, active: number): Promise<void> {
  equal(log.logEndOffset, RECORDS);
  const offsets = await offsetsIn(log);
  for (const offset of [0, active - 3, active - 2, active - 1]) equal(offsets.includes(offset), true);
  for (let offset = active; offset < RECORDS; offset++) equal(offsets.includes(offset), true);
  for (let from = 0; from < RECORDS; from++) {
    const [batch] = batches(await readBytes(log, from));
    equal(batch!.lastOffset >= from, true);
  }
}

/** Runs a compaction in which operation number `count` goes wrong as `interfere` says. */
async function compactWith(
  machine: Machine & { readonly disk: CrashDisk },
  count: number,
  interfere: (path: string) => void,
): Promise<boolean> {
  let left = count;
  machine.disk.onOperation = (_operation, path) => {
    if (left-- <= 0) interfere(path);
  };
  // A sync that a crash interrupts never ends.
  const ended = machine.manager.compaction.run().catch(() => {}).then(() => true);
  const turns = async () => {
    for (let turn = 0; turn < 20_000 && left >= 0; turn++) await Promise.resolve();
    for (let turn = 0; turn < 500; turn++) await Promise.resolve();
    return false;
  };
  await Promise.race([ended, turns()]);
  machine.disk.onOperation = () => {};
  return left < 0;
}

/** Opens what is left, checks it, and sees to it that a compaction arrives where an undisturbed one does. */
async function checkAfter(disk: CrashDisk, active: number, expected: readonly number[]): Promise<void> {
  const { manager, log } = await open(disk);
  deepEqual(disk.list("/data/t-0").filter(({ name }) => /cleaned|swap|deleted/.test(name)), []);
  await checkContent(log, active);
  log.highWatermark = log.logEndOffset;
  await manager.compaction.run();
  deepEqual(await offsetsIn(log), expected);
  manager.abandon();
}

/** The offset of the active segment, and what an undisturbed compaction leaves. */
async function undisturbed(): Promise<{ readonly active: number; readonly expected: readonly number[] }> {
  const machine = await filled();
  const active = machine.log.active.baseOffset;
  equal(machine.log.segments.count > 5, true);
  await machine.manager.compaction.run();
  const expected = await offsetsIn(machine.log);
  const lastThree = [active - 3, active - 2, active - 1];
  const open = Array.from({ length: RECORDS - active }, (_, index) => active + index);
  deepEqual(expected, [0, ...lastThree, ...open]);
  machine.manager.abandon();
  return { active, expected };
}

Deno.test("a crash at any operation of a compaction loses nothing that must stay", async () => {
  const { active, expected } = await undisturbed();
  let crashes = 0;
  for (let count = 0; count <= crashes; count++) {
    for (let seed = 0; seed < 6; seed++) {
      const machine = await filled();
      // A swap does not rely on the order either.
      machine.disk.keepsNamesInOrder = seed % 2 === 0;
      const wasCut = await compactWith(machine, count, (path) => {
        throw new DiskError("io", path, "the machine has crashed");
      });
      const prng = new Prng(count * 10 + seed);
      const disk = seed === 0 ? machine.disk.afterKill() : machine.disk.crash(() => prng.next());
      await checkAfter(disk, active, expected);
      if (wasCut) crashes = count + 1;
    }
  }
  equal(crashes > 50, true, `${crashes} operations were tried`);
});

Deno.test("operations that go on failing take at most the log offline, and nothing is lost", async () => {
  const { active, expected } = await undisturbed();
  let failures = 0;
  for (let count = 0; count <= failures; count++) {
    const machine = await filled();
    const wasCut = await compactWith(machine, count, (path) => {
      throw new DiskError("no-space", path, "made to fail");
    });
    if (wasCut) failures = count + 1;
    if (machine.log.offline === null) await checkContent(machine.log, active);
    machine.manager.abandon();
    await checkAfter(machine.disk.afterKill(), active, expected);
  }
  equal(failures > 50, true, `${failures} operations were tried`);
});

Deno.test("an operation that fails once takes at most the log offline, and nothing is lost", async () => {
  const { active, expected } = await undisturbed();
  for (const code of ["io", "no-space"] satisfies DiskErrorCode[]) {
    let failures = 0;
    for (let count = 0; count <= failures; count++) {
      const machine = await filled();
      let hasFailed = false;
      const wasCut = await compactWith(machine, count, (path) => {
        if (hasFailed) return;
        hasFailed = true;
        throw new DiskError(code, path, "made to fail");
      });
      if (wasCut) failures = count + 1;
      const { log, manager } = machine;
      if (log.offline === null) {
        await checkContent(log, active);
        const isGivenUp = manager.compaction.uncleanableCount > 0;
        if (isGivenUp) equal(code, "io", "a full disk is no reason to give up");
        await manager.compaction.run();
        if (!isGivenUp) deepEqual(await offsetsIn(log), expected, "it is tried again");
      }
      manager.abandon();
      await checkAfter(machine.disk.afterKill(), active, expected);
    }
    equal(failures > 50, true, `${failures} operations were tried`);
  }
});
