/** Retention by time, by size and by share of the disk, compared with a simple model over random histories. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import type { Uuid } from "../../../src/core/ids.ts";
import { diskShares, fairCap } from "../../../src/log/disk_share.ts";
import { openLog } from "../../../src/log/log_loader.ts";
import type { LogConfig } from "../../../src/log/log_config.ts";
import { LogManager } from "../../../src/log/log_manager.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { enforceRetention } from "../../../src/log/retention.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import {
  appended,
  batchOf,
  logContext,
  manualPlatform,
  ManualTime,
  readAll,
  tinyConfig,
} from "../../harness/log_world.ts";

const leader = { leaderEpoch: 0 };

async function open(config: Partial<LogConfig>, disk = new CrashDisk()): Promise<PartitionLog> {
  return await openLog(logContext(disk).context, {
    directory: "/data/t-0",
    config: { ...tinyConfig, segmentBytes: 400, ...config },
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
  });
}

/** What is known of each segment: the newest timestamp, the bytes, where it ends. */
interface ModelSegment {
  readonly newestMs: number;
  readonly sizeBytes: number;
  readonly endOffset: number;
}

async function modelOf(log: PartitionLog): Promise<ModelSegment[]> {
  const batches = await readAll(log);
  return log.segments.list.map((segment, index, all) => {
    const endOffset = all[index + 1]?.baseOffset ?? log.logEndOffset;
    const within = batches.filter((batch) =>
      batch.baseOffset >= segment.baseOffset && batch.lastOffset < endOffset
    );
    const newestMs = Math.max(-1, ...within.map((batch) => batch.maxTimestamp));
    return { newestMs, sizeBytes: segment.sizeBytes, endOffset };
  });
}

/** Drops the oldest while it is too old, and the oldest while the rest is enough. */
function expectedStart(
  segments: readonly ModelSegment[],
  limits: { nowMs: number; retentionMs: number; retentionBytes: number; highWatermark: number },
): number {
  const { nowMs, retentionMs, retentionBytes, highWatermark } = limits;
  const total = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let old = 0;
  let surplus = 0;
  let seen = 0;
  let isOld = retentionMs >= 0;
  for (const { newestMs, sizeBytes, endOffset } of segments) {
    if (sizeBytes === 0 || endOffset > highWatermark) break;
    seen += sizeBytes;
    isOld &&= nowMs - newestMs > retentionMs;
    if (isOld) old = endOffset;
    if (retentionBytes >= 0 && total - seen >= retentionBytes) surplus = endOffset;
  }
  return Math.max(old, surplus);
}

Deno.test("retention removes what a simple model removes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(120), fc.nat(1000)), { minLength: 1, maxLength: 40 }),
      fc.constantFrom(-1, 0, 100, 500, 5000),
      fc.constantFrom(-1, 0, 300, 1000, 5000),
      fc.nat(1000),
      fc.nat(40),
      async (appends, retentionMs, retentionBytes, nowOffsetMs, highWatermark) => {
        const log = await open({ retentionMs, retentionBytes });
        for (const [length, timestamp] of appends) {
          appended(log.append(batchOf(["x".repeat(length)], { timestamp: 5000 + timestamp }), leader));
        }
        log.highWatermark = highWatermark;
        const nowMs = 5000 + nowOffsetMs;
        const segments = await modelOf(log);
        const expected = expectedStart(segments, {
          nowMs,
          retentionMs,
          retentionBytes,
          highWatermark: log.highWatermark,
        });
        const before = log.sizeBytes;
        const removed = await enforceRetention(log, { nowMs });
        equal(log.logStartOffset, expected);
        equal(before - log.sizeBytes, removed);
        equal(log.logEndOffset, appends.length);
        const left = await readAll(log);
        equal(left.length, appends.length - expected);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("records are not too old because a power cut took the time index of a segment just rolled (seed 110105)", async () => {
  const disk = new CrashDisk();
  const log = await open({}, disk);
  appended(log.append(batchOf(["x"], { timestamp: 100_000 }), leader));
  await log.flush();
  await log.flusher.idle();
  equal(log.recoveryPoint, 1);
  log.roll();
  const [rolled] = log.segments.list;
  const after = disk.afterKill();
  for (const suffix of [".index", ".timeindex"]) {
    after.open(rolled!.path(suffix), { create: true }).write(new Uint8Array(24), 0);
  }
  const again = await openLog(logContext(after).context, {
    directory: "/data/t-0",
    config: { ...tinyConfig, retentionMs: 1000 },
    cleanShutdown: false,
    recoveryPoint: 1,
    logStartOffset: 0,
    highWatermark: 1,
  });
  await enforceRetention(again, { nowMs: 100_500 });
  deepEqual([again.logStartOffset, again.logEndOffset], [0, 1]);
});

Deno.test("a log whose records are all too old is emptied and goes on at its end", async () => {
  const disk = new CrashDisk();
  const log = await open({ retentionMs: 1000 }, disk);
  for (let count = 0; count < 7; count++) appended(log.append(batchOf(["x".repeat(90)]), leader));
  log.highWatermark = 7;
  await enforceRetention(log, { nowMs: 100_000 });
  deepEqual([log.logStartOffset, log.logEndOffset, log.sizeBytes, log.segments.count], [7, 7, 0, 1]);
  await log.close();
  const again = await open({}, disk.afterKill());
  deepEqual([again.logStartOffset, again.logEndOffset], [7, 7]);
});

Deno.test("compacted logs are not cut by age or size", async () => {
  const log = await open({ retentionMs: 0, retentionBytes: 0, cleanupDelete: false, cleanupCompact: true });
  appended(log.append(batchOf(["a"], { key: "k" }), leader));
  log.highWatermark = 1;
  equal(await enforceRetention(log, { nowMs: 1e9 }), 0);
});

Deno.test("a disk is shared fairly: no log is cut while a larger one is not", () => {
  equal(fairCap([10, 20, 30], 60), Infinity);
  equal(fairCap([10, 20, 30], 50), 20);
  equal(fairCap([10, 20, 30], 45), 17);
  equal(fairCap([5, 100, 100], 105), 50);
  equal(fairCap([], 10), Infinity);
  fc.assert(fc.property(fc.array(fc.nat(1000), { minLength: 1 }), fc.nat(20_000), (sizes, budget) => {
    const cap = fairCap(sizes, budget);
    const after = sizes.map((size) => Math.min(size, cap));
    const total = after.reduce((sum, size) => sum + size, 0);
    equal(total <= Math.max(budget, 0) || cap === Infinity, true);
    // Nothing is given away for nothing: a cap one larger would be too much.
    const withMore = sizes.reduce((sum, size) => sum + Math.min(size, cap + 1), 0);
    if (cap !== Infinity) equal(withMore > budget, true);
  }));
});

Deno.test("a topic's percentage bounds its partitions together, the node's all logs", () => {
  const logs = [
    { topic: "a", sizeBytes: 400, topicPercent: 20 },
    { topic: "a", sizeBytes: 100, topicPercent: 20 },
    { topic: "b", sizeBytes: 300, topicPercent: null },
  ];
  deepEqual(diskShares(logs, { totalBytes: 1000, percent: null }), [100, 100, Infinity]);
  deepEqual(diskShares(logs, { totalBytes: 1000, percent: 60 }), [100, 100, 250]);
});

Deno.test("logs keep within their part of the disk, and make room for new ones", async () => {
  const disk = new CrashDisk();
  disk.space = () => ({ totalBytes: 4_000_000, freeBytes: 4_000_000 });
  const time = new ManualTime();
  const config = { ...tinyConfig, segmentBytes: 1 << 30, retentionMs: -1 };
  const manager = await LogManager.open({
    platform: manualPlatform(disk, time),
    directories: ["/data"],
    configOf: () => config,
  });
  manager.startRetention({ diskPercent: () => 50 });
  const topicId = "yZb7s2CqTLepIWqJH7Yd8w" as Uuid;
  const fill = async (topic: string, bytes: number) => {
    const log = manager.getOrCreate(topic, 0, { topicId, config });
    for (let written = 0; written < bytes; written += 10_000) {
      appended(log.append(batchOf(["x".repeat(9900)]), leader));
      log.highWatermark = log.logEndOffset;
      if (written % 500_000 === 0) {
        time.advance(5000);
        for (let turn = 0; turn < 300; turn++) await Promise.resolve();
      }
    }
    time.advance(5000);
    for (let turn = 0; turn < 300; turn++) await Promise.resolve();
    return log;
  };
  const first = await fill("first", 6_000_000);
  equal(first.sizeBytes <= 2_000_000 && first.sizeBytes > 1_600_000, true, `${first.sizeBytes}`);
  const second = await fill("second", 5_000_000);
  for (const log of [first, second]) {
    equal(log.sizeBytes <= 1_000_000 && log.sizeBytes > 700_000, true, `${log.sizeBytes}`);
  }
  const small = await fill("small", 100_000);
  equal(small.sizeBytes > 99_000, true, "a log below its share loses nothing");
  equal(first.sizeBytes + second.sizeBytes + small.sizeBytes <= 2_000_000, true);
});
