/** Cutting a log at its end and at its start. */

import assert, { deepEqual, equal } from "node:assert/strict";
import { openLog, type OpenLogOptions } from "../../../src/log/log_loader.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { appended, batchOf, logContext, ManualTime, readAll, tinyConfig } from "../../harness/log_world.ts";

async function open(disk: CrashDisk, options: Partial<OpenLogOptions> & { time?: ManualTime } = {}) {
  const { time, ...rest } = options;
  const { context } = logContext(disk, time === undefined ? {} : { time });
  return await openLog(context, {
    directory: "/data/t-0",
    config: tinyConfig,
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
    ...rest,
  });
}

/** Batches of two records of a producer, in a new epoch every ten. */
function fill(log: PartitionLog, count: number): void {
  for (let index = 0; index < count; index++) {
    const bytes = batchOf([`value ${index}`, "second"], {
      producerId: 5,
      producerEpoch: 0,
      baseSequence: log.logEndOffset,
      timestamp: 2_000_000_000_000 + log.logEndOffset,
    });
    appended(log.append(bytes, { leaderEpoch: Math.floor(log.logEndOffset / 20) }));
  }
}

const baseOffsets = async (log: PartitionLog) => (await readAll(log)).map((batch) => batch.baseOffset);

Deno.test("a log can be cut at every offset, and goes on from there", async () => {
  for (let offset = 0; offset <= 60; offset++) {
    const log = await open(new CrashDisk());
    fill(log, 30);
    log.highWatermark = 60;
    await log.truncateTo(offset);
    const end = offset - offset % 2;
    equal(log.logEndOffset, end, "a batch is cut as a whole");
    equal(log.highWatermark, end);
    equal(log.recoveryPoint <= end && log.flushedOffset <= end, true);
    deepEqual(await baseOffsets(log), Array.from({ length: end / 2 }, (_, index) => index * 2));
    equal(log.epochs.latestEpoch, end === 0 ? -1 : Math.floor((end - 2) / 20));
    // The producers are those of the batches that are left: the next sequence is the one after them.
    fill(log, 3);
    equal(log.logEndOffset, end + 6);
    deepEqual((await baseOffsets(log)).length, end / 2 + 3);
    equal((await log.offsetOfMaxTimestamp() as { offset: number }).offset, end + 5);
  }
});

Deno.test("a log can be dropped and begun anew at any offset", async () => {
  const disk = new CrashDisk();
  const log = await open(disk);
  fill(log, 30);
  await log.truncateFullyAndStartAt(1000);
  deepEqual([log.logStartOffset, log.logEndOffset, log.segments.count, log.sizeBytes], [1000, 1000, 1, 0]);
  deepEqual(log.epochs.entries, []);
  fill(log, 2);
  await log.truncateFullyAndStartAt(7);
  deepEqual([log.logStartOffset, log.logEndOffset], [7, 7]);
  equal(log.append(batchOf(["a"]), { leaderEpoch: 1 }).error, null);
  const again = await open(disk.afterKill(), { logStartOffset: 7 });
  deepEqual([again.logStartOffset, again.logEndOffset], [7, 8]);
});

Deno.test("a follower takes batches as they are, with gaps, and none that it has", async () => {
  const leaderLog = await open(new CrashDisk());
  fill(leaderLog, 12);
  const bytes = (await readAll(leaderLog)).map((batch) => batch.view.slice());
  const log = await open(new CrashDisk());
  for (const [index, each] of bytes.entries()) if (index % 3 !== 1) appended(log.appendAsFollower(each));
  deepEqual(await baseOffsets(log), [0, 4, 6, 10, 12, 16, 18, 22]);
  equal(log.epochs.latestEpoch, 1);
  equal(log.appendAsFollower(bytes[0]!).error, "unexpected-offset");
  equal(log.appendAsFollower(bytes[0]!.subarray(0, 20)).error, "corrupt-message");
  const damaged = bytes[0]!.slice();
  damaged[70]! ^= 1;
  equal(log.appendAsFollower(damaged).error, "corrupt-message");
  // An offset that compaction has removed leads to the next batch.
  log.tail.clear();
  const read = log.read(2, 1000, { upTo: log.logEndOffset, minOneBatch: true });
  equal(read.kind === "cold" && (await read.load()).kind, "records");
});

Deno.test("a follower takes what was fetched together, even when it is more than a segment", async () => {
  // A newcomer fetched the same megabyte again and again, because its segments were smaller. Found by the simulator.
  const leaderLog = await open(new CrashDisk());
  fill(leaderLog, 12);
  const batches = (await readAll(leaderLog)).map((batch) => batch.view.slice());
  const together = new Uint8Array(batches.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of batches) {
    together.set(each, at);
    at += each.length;
  }
  const disk = new CrashDisk();
  const log = await open(disk);
  assert(together.length > log.config.segmentBytes);
  appended(log.appendAsFollower(together));
  equal(log.logEndOffset, leaderLog.logEndOffset);
  equal((await open(disk.afterKill())).logEndOffset, leaderLog.logEndOffset);
});

Deno.test("raising the log start offset removes the segments before it, later", async () => {
  const disk = new CrashDisk();
  const time = new ManualTime();
  const log = await open(disk, { time });
  fill(log, 30);
  await log.flush();
  await log.flusher.idle();
  const before = log.segments.count;
  const third = log.segments.list[2]!;
  log.raiseLogStartOffset(third.baseOffset + 1);
  deepEqual([log.segments.count, log.segments.first], [before - 2, third]);
  equal(log.read(0, 100, { upTo: 60, minOneBatch: true }).kind, "offset-out-of-range");
  equal(log.epochs.entries[0]!.startOffset, log.logStartOffset);
  const deleted = () => disk.list("/data/t-0").filter(({ name }) => name.endsWith(".deleted")).length;
  equal(deleted() > 0, true);
  time.advance(tinyConfig.fileDeleteDelayMs);
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  equal(deleted(), 0);
  log.raiseLogStartOffset(5);
  equal(log.logStartOffset, third.baseOffset + 1, "it never goes back");
  log.raiseLogStartOffset(1_000_000);
  equal(log.logStartOffset, log.logEndOffset, "it does not go beyond the end");
});

Deno.test("a read that is under way when its segment is removed still ends", async () => {
  const log = await open(new CrashDisk(), { config: { ...tinyConfig, fileDeleteDelayMs: 0 } });
  fill(log, 30);
  log.tail.clear();
  const read = log.read(0, 100, { upTo: 60, minOneBatch: true });
  const loading = read.kind === "cold" ? read.load() : null;
  log.raiseLogStartOffset(40);
  const kind = (await loading)!.kind;
  equal(kind === "records" || kind === "offset-out-of-range", true, kind);
  equal(log.offline, null);
});

Deno.test("a removed segment keeps its file for as long as it should, whatever had its name before", async () => {
  // The files of what was removed first had lost their names to the second ones, which were removed in their place.
  const disk = new CrashDisk();
  const time = new ManualTime();
  const log = await open(disk, { time });
  const deleted = () => disk.list("/data/t-0").filter(({ name }) => name.endsWith(".log.deleted")).length;
  const passed = async (ms: number) => {
    time.advance(ms);
    for (let turn = 0; turn < 200; turn++) await Promise.resolve();
  };
  for (const round of [1, 2]) {
    fill(log, 30);
    await log.truncateTo(2);
    if (round === 1) await passed(tinyConfig.fileDeleteDelayMs / 2);
  }
  const count = deleted();
  equal(count > 1, true);
  equal(log.segments.removedCount, 2 * count);
  await passed(tinyConfig.fileDeleteDelayMs / 2);
  deepEqual([deleted(), log.segments.removedCount], [count, count]);
  await passed(tinyConfig.fileDeleteDelayMs / 2);
  deepEqual([deleted(), log.segments.removedCount], [0, 0]);
});
