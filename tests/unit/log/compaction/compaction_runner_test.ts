/** Which logs of a node are compacted, in which order, and what happens to those that cannot be. */

import { deepEqual, equal } from "node:assert/strict";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import type { LogConfig } from "../../../../src/log/log_config.ts";
import type { LogEvent } from "../../../../src/log/log_context.ts";
import { LogManager } from "../../../../src/log/log_manager.ts";
import type { PartitionLog } from "../../../../src/log/partition_log.ts";
import { DiskError } from "../../../../src/platform/disk.ts";
import { BatchBuilder } from "../../../../src/records/batch_builder.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import { appended, manualPlatform, readAll, RestlessTime, tinyConfig } from "../../../harness/log_world.ts";

const compact: LogConfig = {
  ...tinyConfig,
  segmentBytes: 500,
  cleanupDelete: false,
  cleanupCompact: true,
  minCleanableDirtyRatio: 0,
};

class Node {
  readonly disk = new CrashDisk();
  readonly time = new RestlessTime();
  readonly events: LogEvent[] = [];
  readonly manager: LogManager;

  private constructor(disk: CrashDisk, time: RestlessTime, manager: LogManager, events: LogEvent[]) {
    Object.assign(this, { disk, time, events });
    this.manager = manager;
  }

  static async open(disk = new CrashDisk(), time = new RestlessTime()): Promise<Node> {
    const events: LogEvent[] = [];
    const manager = await LogManager.open({
      platform: manualPlatform(disk, time),
      directories: ["/data"],
      configOf: () => compact,
      report: (event) => events.push(event),
    });
    return new Node(disk, time, manager, events);
  }

  /** A log that holds `records` records of one key, all of which but those of the active segment may be compacted. */
  async fill(topic: string, records: number, config: LogConfig = compact): Promise<PartitionLog> {
    const log = this.manager.getOrCreate(topic, 0, { topicId: ZERO_UUID, config });
    await this.append(log, records);
    return log;
  }

  async append(log: PartitionLog, records: number): Promise<void> {
    for (let count = 0; count < records; count++) {
      const builder = new BatchBuilder();
      builder.append({ timestamp: this.time.nowMs, key: encodeUtf8("k"), value: encodeUtf8("v".repeat(80)) });
      appended(log.append(builder.build(), { leaderEpoch: 0 }));
    }
    await log.flush();
    await log.flusher.idle();
    log.highWatermark = log.logEndOffset;
  }

  compacted(): string[] {
    return this.events.filter(({ kind }) => kind === "compacted").map(({ log }) => log);
  }
}

Deno.test("the dirtiest log is compacted first; those below their ratio or not to be compacted are not", async () => {
  const node = await Node.open();
  const clean = await node.fill("clean", 30);
  await node.manager.compaction.run();
  deepEqual(node.compacted(), ["clean-0"]);
  await node.append(clean, 4);
  await node.fill("dirty", 30);
  await node.fill("lazy", 30, { ...compact, minCleanableDirtyRatio: 1 });
  const deleted = await node.fill("deleted", 30, { ...compact, cleanupDelete: true, cleanupCompact: false });
  await node.manager.compaction.run();
  deepEqual(node.compacted(), ["clean-0", "dirty-0", "clean-0"]);
  equal((await readAll(deleted)).length, 30);
  equal(node.manager.compaction.totals.maxDirtyRatio, 1, "that of lazy");
});

Deno.test("what has waited for max.compaction.lag.ms is compacted whatever the ratio, and its segment ends by then", async () => {
  const node = await Node.open();
  const config = { ...compact, minCleanableDirtyRatio: 1, maxCompactionLagMs: 60_000 };
  const log = await node.fill("late", 3, config);
  equal(log.segments.count, 1);
  node.time.nowMs += 61_000;
  log.rollIfOld();
  await log.flusher.idle();
  equal(log.segments.count, 2, "the active segment is not compacted, so it must not last longer than that");
  await node.manager.compaction.run();
  deepEqual(node.compacted(), ["late-0"]);
  deepEqual((await readAll(log)).map(({ baseOffset }) => baseOffset), [2]);
});

Deno.test("a log that cannot be read for compaction is left alone with a line, and the others go on", async () => {
  const node = await Node.open();
  const [bad, good] = [await node.fill("bad", 30), await node.fill("good", 20)];
  node.disk.onOperation = (operation, path) => {
    if (operation === "read" && path.includes("bad")) throw new DiskError("io", path, "made to fail");
  };
  await node.manager.compaction.run();
  await node.manager.compaction.run();
  node.disk.onOperation = () => {};
  deepEqual(node.compacted(), ["good-0"]);
  deepEqual(node.events.filter(({ kind }) => kind === "uncleanable").map(({ log }) => log), ["bad-0"]);
  deepEqual([bad.offline, good.offline], [null, null]);
  equal((await readAll(bad)).length, 30);
  const state = await node.manager.compaction.stateOf(bad);
  deepEqual([state.isUncleanable, state.dirtyRatio, state.firstDirtyOffset], [true, 1, 0]);
  equal(node.manager.compaction.uncleanableCount, 1);
});

Deno.test("on a full disk compaction waits, says so once, and goes on when there is room", async () => {
  const node = await Node.open();
  const log = await node.fill("t", 30);
  node.disk.freeBytes = 0;
  await node.manager.compaction.run();
  await node.manager.compaction.run();
  equal(node.events.filter(({ kind }) => kind === "uncleanable").length, 1);
  deepEqual([log.offline, node.compacted()], [null, []]);
  node.disk.freeBytes = Infinity;
  await node.manager.compaction.run();
  deepEqual(node.compacted(), ["t-0"]);
});

Deno.test("how far a log is compacted is in Kafka's checkpoint, and is not taken over by a log of the same name", async () => {
  const node = await Node.open();
  const log = await node.fill("t", 30);
  await node.manager.compaction.run();
  const end = log.active.baseOffset;
  const checkpoint = () => new TextDecoder().decode(node.disk.readFile("/data/cleaner-offset-checkpoint"));
  equal(checkpoint(), `0\n1\nt 0 ${end}\n`);
  await node.manager.close();
  const again = await Node.open(node.disk);
  equal(again.manager.get("t", 0)?.firstDirtyOffset, end);
  again.manager.delete("t", 0);
  const fresh = await again.fill("t", 40);
  equal(fresh.firstDirtyOffset, 0);
  equal(checkpoint(), "0\n0\n");
});

Deno.test("closing gives up a compaction, and turning it off does; nothing is left of it", async () => {
  for (const how of ["close", "disable"]) {
    const node = await Node.open(new CrashDisk(), new RestlessTime(0.1));
    const log = await node.fill("t", 60);
    const running = node.manager.compaction.run();
    for (let turns = 0; turns < 40; turns++) await Promise.resolve();
    if (how === "close") await node.manager.close();
    else node.manager.compaction.settings = { isEnabled: false };
    await running;
    const names = node.disk.list("/data/t-0").map(({ name }) => name);
    deepEqual(names.filter((name) => /cleaned|swap/.test(name)), []);
    deepEqual([log.firstDirtyOffset, node.compacted()], [0, []], how);
    if (how === "close") continue;
    node.manager.compaction.settings = {};
    await node.manager.compaction.run();
    deepEqual(node.compacted(), ["t-0"]);
  }
});
