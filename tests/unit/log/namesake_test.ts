/** A log that is created under the name of one that was deleted: the checkpoint files may still speak of that. */

import { deepEqual, equal } from "node:assert/strict";
import { Prng } from "../../../src/core/prng.ts";
import type { Uuid } from "../../../src/core/ids.ts";
import { LogManager } from "../../../src/log/log_manager.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { appended, batchOf, manualPlatform, ManualTime, tinyConfig } from "../../harness/log_world.ts";

const topicId = "yZb7s2CqTLepIWqJH7Yd8w" as Uuid;

function open(disk: CrashDisk): Promise<LogManager> {
  return LogManager.open({
    platform: manualPlatform(disk, new ManualTime()),
    directories: ["/data"],
    configOf: () => tinyConfig,
    report: () => {},
  });
}

function create(manager: LogManager): PartitionLog {
  return manager.getOrCreate("a", 0, { topicId, config: tinyConfig });
}

function fill(log: PartitionLog, count: number): void {
  for (let index = 0; index < count; index++) {
    appended(log.append(batchOf([`value ${index}`]), { leaderEpoch: 0 }));
  }
}

/** A log whose start, end and high watermark are in the checkpoint files is deleted, and another created. */
async function withNamesake(disk: CrashDisk): Promise<PartitionLog> {
  const manager = await open(disk);
  const first = create(manager);
  fill(first, 30);
  await first.flush();
  first.highWatermark = 30;
  first.raiseLogStartOffset(20);
  await manager.checkpoint("logStartOffsets");
  await manager.checkpoint("recoveryPoints");
  await manager.checkpoint("highWatermarks");
  manager.delete("a", 0);
  return create(manager);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

Deno.test("a process that is killed does not take the start of a deleted log for that of its namesake", async () => {
  // The records of a topic that was created again were removed because its predecessor's log began behind them.
  for (let count = 0; count < 60; count++) {
    const disk = new CrashDisk();
    const second = await withNamesake(disk);
    fill(second, 3);
    await turns(count);
    const left = disk.afterKill();
    const again = (await open(left)).get("a", 0)!;
    deepEqual([again.logStartOffset, again.logEndOffset, again.highWatermark], [0, 3, 0], `${count} turns`);
    const oneMore = (await open(left.afterKill())).get("a", 0)!;
    deepEqual([oneMore.logStartOffset, oneMore.logEndOffset], [0, 3], `${count} turns`);
  }
});

Deno.test("after a power cut what was flushed of the namesake is there", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const prng = new Prng(seed);
    const disk = new CrashDisk();
    const second = await withNamesake(disk);
    fill(second, 3);
    await second.flush();
    fill(second, 40);
    await turns(prng.below(40));
    const again = (await open(disk.crash(() => prng.next()))).get("a", 0)!;
    equal(again.logStartOffset, 0, `seed ${seed}`);
    equal(again.logEndOffset >= 3, true, `seed ${seed}`);
  }
});

Deno.test("the checkpoint files soon speak of the namesake, and are believed again", async () => {
  const disk = new CrashDisk();
  const second = await withNamesake(disk);
  fill(second, 3);
  await turns(500);
  equal(disk.exists("/data/a-0/.namesake"), false);
  const [again] = (await open(disk.afterKill())).logs();
  deepEqual([again!.logStartOffset, again!.logEndOffset], [0, 3]);
});

Deno.test("what a deleted log has begun does not go on in its namesake", async () => {
  // A cut that waited for the disk put its next segment among those of the log that had the name by then.
  const tasks = [
    (log: PartitionLog) => log.truncateFullyAndStartAt(500),
    (log: PartitionLog) => log.truncateTo(7),
    (log: PartitionLog) => log.flush(),
  ];
  for (const task of tasks) {
    for (let count = 0; count < 60; count++) {
      const disk = new CrashDisk();
      const manager = await open(disk);
      const first = create(manager);
      fill(first, 30);
      void task(first);
      await turns(count);
      manager.delete("a", 0);
      const second = create(manager);
      appended(second.append(batchOf(["value"]), { leaderEpoch: 9 }));
      await turns(500);
      await manager.close();
      const names = disk.list("/data/a-0").map(({ name }) => name).filter((name) => name.endsWith(".log"));
      deepEqual(names, ["00000000000000000000.log"], `${task}, ${count} turns`);
      const again = (await open(disk.afterKill())).get("a", 0)!;
      deepEqual([again.logStartOffset, again.logEndOffset], [0, 1], `${task}, ${count} turns`);
      deepEqual(again.epochs.entries, [{ epoch: 9, startOffset: 0 }], `${task}, ${count} turns`);
    }
  }
});
