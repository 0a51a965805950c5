/** The log manager: a data directory from start to stop. */

import { deepEqual, equal, match, rejects } from "node:assert/strict";
import type { Uuid } from "../../../src/core/ids.ts";
import type { LogConfig } from "../../../src/log/log_config.ts";
import { LogManager, type LogManagerOptions } from "../../../src/log/log_manager.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { DiskError } from "../../../src/platform/disk.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import {
  appended,
  batchOf,
  manualPlatform,
  ManualTime,
  readAll,
  tinyConfig,
} from "../../harness/log_world.ts";
import type { LogEvent } from "../../../src/log/log_context.ts";

const topicId = "yZb7s2CqTLepIWqJH7Yd8w" as Uuid;
const leader = { leaderEpoch: 0 };

interface World extends Partial<LogManagerOptions> {
  readonly disk?: CrashDisk;
  readonly config?: Partial<LogConfig>;
  readonly time?: ManualTime;
}

async function open(world: World = {}) {
  const { disk = new CrashDisk(), time = new ManualTime(), config: overrides, ...options } = world;
  const config = { ...tinyConfig, ...overrides };
  const events: LogEvent[] = [];
  const manager = await LogManager.open({
    platform: manualPlatform(disk, time),
    directories: ["/data"],
    configOf: () => config,
    report: (event) => events.push(event),
    ...options,
  });
  const create = (topic: string, partition = 0) => manager.getOrCreate(topic, partition, { topicId, config });
  return { manager, disk, time, events, create, config };
}

/** Lets everything run that waits only for promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

function fill(log: PartitionLog, count: number): void {
  for (let index = 0; index < count; index++) appended(log.append(batchOf([`value ${index}`]), leader));
}

Deno.test("logs are there again after a clean stop, without recovery", async () => {
  const first = await open();
  fill(first.create("a"), 30);
  fill(first.create("b-c", 7), 3);
  first.create("empty");
  first.manager.get("a", 0)!.highWatermark = 20;
  first.manager.get("a", 0)!.raiseLogStartOffset(5);
  await settle();
  await first.manager.close();
  match(new TextDecoder().decode(first.disk.readFile("/data/.kafka_cleanshutdown")), /"version":0/);
  const second = await open({ disk: first.disk });
  deepEqual(second.events, []);
  equal(first.disk.exists("/data/.kafka_cleanshutdown"), false, "the marker vouches for one start only");
  deepEqual([...second.manager.logs()].map((log) => [log.name, log.logEndOffset, log.topicId]), [
    ["a-0", 30, topicId],
    ["b-c-7", 3, topicId],
    ["empty-0", 0, topicId],
  ]);
  const log = second.manager.get("a", 0)!;
  deepEqual([log.highWatermark, log.logStartOffset, log.recoveryPoint], [20, 5, 30]);
});

Deno.test("a second manager on the same directory is refused while the first is open", async () => {
  const { disk, manager } = await open();
  await rejects(open({ disk }), (error) => error instanceof DiskError && error.code === "locked");
  await manager.close();
  await (await open({ disk })).manager.close();
});

Deno.test("after a kill each log is recovered from its recovery point", async () => {
  const { disk, manager, create } = await open();
  const log = create("a");
  fill(log, 30);
  await log.flush();
  await log.flusher.idle();
  await manager.checkpoint("recoveryPoints");
  fill(log, 3);
  const again = await open({ disk: disk.afterKill() });
  equal(again.manager.get("a", 0)!.logEndOffset, 33);
  const [event] = again.events;
  equal(
    event?.kind === "recovered" && event.scannedBytes < log.sizeBytes / 2,
    true,
    "only what is not flushed",
  );
});

Deno.test("a damaged checkpoint is reported and means recovery from the beginning", async () => {
  const { disk, manager, create } = await open();
  fill(create("a"), 5);
  await manager.checkpoint("recoveryPoints");
  disk.open("/data/recovery-point-offset-checkpoint").write(new Uint8Array([120]), 0);
  const again = await open({ disk: disk.afterKill() });
  equal(again.manager.get("a", 0)!.logEndOffset, 5);
  equal(again.events[0]?.kind, "rebuilt");
});

Deno.test("a deleted log goes at once, its files later, and its name is free", async () => {
  const { disk, manager, create, time } = await open({ config: { fileDeleteDelayMs: 60_000 } });
  fill(create("a"), 10);
  await settle();
  manager.delete("a", 0);
  equal(manager.get("a", 0), undefined);
  const names = () => disk.list("/data").map(({ name }) => name).filter((name) => name.startsWith("a"));
  match(names()[0]!, /^a-0\.[0-9a-f]{32}-delete$/);
  equal(create("a").logEndOffset, 0);
  time.advance(60_000);
  await settle();
  deepEqual(names(), ["a-0"]);
  manager.delete("nowhere", 0);
});

Deno.test("what was being deleted when the process stopped is removed at the next start", async () => {
  const { disk, manager, create } = await open();
  create("a");
  await settle();
  manager.delete("a", 0);
  await manager.close();
  const again = await open({ disk });
  deepEqual([again.manager.count, disk.list("/data").some(({ name }) => name.endsWith("-delete"))], [
    0,
    false,
  ]);
});

Deno.test("foreign and moved directories are left alone", async () => {
  const disk = new CrashDisk();
  for (const name of ["__cluster_metadata-0", "a-0-future", "lost+found"]) {
    disk.makeDirectory(`/data/${name}`);
  }
  const { manager } = await open({ disk, isForeign: ({ topic }) => topic === "__cluster_metadata" });
  equal(manager.count, 0);
  equal(disk.exists("/data/__cluster_metadata-0"), true);
});

Deno.test("a segment that is old enough is rolled although nothing is appended", async () => {
  const { create, time } = await open({ config: { segmentMs: 10_000, segmentBytes: 1 << 20 } });
  const log = create("a");
  time.advance(60_000);
  equal(log.segments.count, 1, "an empty segment stays");
  appended(log.append(batchOf(["a"], { timestamp: time.nowMs }), leader));
  time.advance(5000);
  await settle();
  equal(log.segments.count, 1);
  time.advance(6000);
  await settle();
  equal(log.segments.count, 2);
  appended(log.append(batchOf(["old"], { timestamp: 1 }), leader));
  time.advance(5000);
  await settle();
  equal(log.segments.count, 2, "old records in a new segment do not make it old");
});

Deno.test("a segment that was last written long before the start is rolled", async () => {
  const first = await open({ config: { segmentBytes: 1 << 20 } });
  appended(first.create("a").append(batchOf(["a"]), leader));
  await first.manager.close();
  const time = new ManualTime();
  first.disk.modifiedAtMs = time.nowMs - 20_000;
  const again = await open({ disk: first.disk, time, config: { segmentMs: 10_000 } });
  time.advance(1000);
  await settle();
  equal(again.manager.get("a", 0)!.segments.count, 2);
});

Deno.test("flush.ms flushes what is older, flush.messages what is more", async () => {
  const { create, time } = await open({ config: { flushMs: 3000, flushMessages: 10 } });
  const log = create("a");
  fill(log, 3);
  time.advance(1500);
  await settle();
  equal(log.flushedOffset, 0);
  time.advance(2000);
  await settle();
  equal(log.flushedOffset, 3);
  fill(log, 10);
  await settle();
  equal(log.flushedOffset, 13);
});

Deno.test("flush.messages=1 makes acks wait, and those that wait together share a sync", async () => {
  const { create, disk } = await open({ config: { flushMessages: 1, segmentBytes: 1 << 20 } });
  const log = create("a");
  equal(log.mustFlushForAck, true);
  fill(log, 1);
  await log.flush();
  let syncs = 0;
  disk.onOperation = (operation, path) => void (operation === "sync" && path.endsWith(".log") && syncs++);
  const acks = [];
  for (let index = 1; index < 20; index++) {
    fill(log, 1);
    acks.push(log.flushedTo(index + 1));
  }
  deepEqual(await Promise.all(acks), acks.map(() => true));
  // The disk in memory counts the beginning and the end of each.
  equal(syncs, 2);
});

Deno.test("checkpoints are saved from time to time", async () => {
  const { create, disk, time } = await open();
  const log = create("a");
  fill(log, 5);
  log.highWatermark = 4;
  log.raiseLogStartOffset(2);
  await log.flush();
  await log.flusher.idle();
  const lineOf = (file: string) => new TextDecoder().decode(disk.readFile(`/data/${file}`)).split("\n")[2];
  time.advance(5000);
  await settle();
  equal(lineOf("replication-offset-checkpoint"), "a 0 4");
  time.advance(60_000);
  await settle();
  equal(lineOf("recovery-point-offset-checkpoint"), "a 0 5");
  equal(lineOf("log-start-offset-checkpoint"), "a 0 2");
});

Deno.test("no more files are open than allowed, however many segments are read", async () => {
  const { create, manager } = await open({ maxOpenFiles: 4, tailCacheBytes: 0, maxIndexBytes: 2000 });
  const logs = Array.from({ length: 6 }, (_, partition) => create("a", partition));
  for (const log of logs) fill(log, 40);
  for (const log of logs) await log.flush();
  for (const log of logs) await log.flusher.idle();
  for (const log of logs) equal((await readAll(log)).length, 40);
  const { pool } = manager.context;
  equal(pool.openCount <= 4, true);
  equal(pool.indexBytes <= 2000, true);
});

Deno.test("a log whose disk fails does not keep the others from stopping cleanly, but the marker is not left", async () => {
  const { create, disk, manager, events } = await open();
  fill(create("a"), 3);
  fill(create("b"), 3);
  disk.onOperation = (operation, path) => {
    if (operation === "sync" && path.startsWith("/data/a-0/")) {
      throw new DiskError("io", path, "made to fail");
    }
  };
  await manager.close();
  equal(disk.exists("/data/.kafka_cleanshutdown"), false);
  deepEqual(events.map(({ kind, log }) => [kind, log]), [["offline", "a-0"]]);
  disk.onOperation = () => {};
  const again = await open({ disk });
  deepEqual([...again.manager.logs()].map((log) => log.logEndOffset), [3, 3]);
});

Deno.test("new logs go to the directory with the fewest", async () => {
  const { create, manager } = await open({ directories: ["/one", "/two"] });
  const directories = ["a", "b", "c", "d"].map((topic) => manager.directoryOf(create(topic)));
  deepEqual(directories.sort(), ["/one", "/one", "/two", "/two"]);
});

Deno.test("an I/O error takes the logs of its directory offline, and no others", async () => {
  const { create, disk, manager, events } = await open({ directories: ["/data", "/other"] });
  const [first, elsewhere, neighbour] = [create("a"), create("b"), create("c")];
  deepEqual([first, elsewhere, neighbour].map((log) => manager.directoryOf(log)), [
    "/data",
    "/other",
    "/data",
  ]);
  for (const log of [first, elsewhere, neighbour]) fill(log, 3);
  disk.onOperation = (operation, path) => {
    if (operation === "write" && path.startsWith("/data/a-0/")) {
      throw new DiskError("io", path, "made to fail");
    }
  };
  equal(first.append(batchOf(["lost"]), leader).error, "storage-error");
  disk.onOperation = () => {};
  equal(neighbour.append(batchOf(["refused"]), leader).error, "storage-error");
  equal(elsewhere.append(batchOf(["kept"]), leader).error, null);
  deepEqual(events.map(({ kind, log }) => [kind, log]), [["offline", "a-0"], ["offline", "/data"]]);
  equal(manager.directoryOf(create("d")), "/other", "new logs go to a directory that works");
  await manager.close();
});
