/** The partition log: append, read, roll, reopen. */

import { deepEqual, equal } from "node:assert/strict";
import { openLog } from "../../../src/log/log_loader.ts";
import type { LogConfig } from "../../../src/log/log_config.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { BatchView, verifyBatch } from "../../../src/records/batch.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import {
  appended,
  batchOf,
  logContext,
  ManualTime,
  readAll,
  readBytes,
  tinyConfig,
} from "../../harness/log_world.ts";

const leader = { leaderEpoch: 3 };

function open(
  disk: CrashDisk,
  options: { config?: Partial<LogConfig>; clean?: boolean; time?: ManualTime } = {},
) {
  const { context, events } = logContext(disk, options.time === undefined ? {} : { time: options.time });
  const opened = openLog(context, {
    directory: "/data/topic-0",
    config: { ...tinyConfig, ...options.config },
    cleanShutdown: options.clean ?? false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
  });
  return opened.then((log) => ({ log, events, context }));
}

async function valuesOf(log: PartitionLog): Promise<number[]> {
  return (await readAll(log)).map((batch) => batch.baseOffset);
}

Deno.test("an append gives offsets and the leader's epoch, and leaves the checksum right", async () => {
  const { log } = await open(new CrashDisk());
  deepEqual(appended(log.append(batchOf(["a", "b"]), leader)), {
    error: null,
    baseOffset: 0,
    lastOffset: 1,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    duplicate: false,
  });
  const two = new Uint8Array([...batchOf(["c"]), ...batchOf(["d", "e"])]);
  const result = appended(log.append(two, leader));
  deepEqual([result.baseOffset, result.lastOffset, log.logEndOffset], [2, 4, 5]);
  const bytes = await readBytes(log, 0);
  equal(verifyBatch(bytes, 0), null);
  const all = await readAll(log);
  deepEqual(all.map((batch) => [batch.baseOffset, batch.lastOffset, batch.partitionLeaderEpoch]), [
    [0, 1, 3],
    [2, 2, 3],
    [3, 4, 3],
  ]);
});

Deno.test("LogAppendTime gives all records the time of the append", async () => {
  const time = new ManualTime();
  const { log } = await open(new CrashDisk(), { time, config: { messageTimestampType: "LogAppendTime" } });
  equal(appended(log.append(batchOf(["a"], { timestamp: 5 }), leader)).logAppendTimeMs, time.nowMs);
  const bytes = await readBytes(log, 0);
  const batch = new BatchView(bytes);
  deepEqual([batch.timestampType, batch.maxTimestamp, verifyBatch(bytes, 0)], [
    "LogAppendTime",
    time.nowMs,
    null,
  ]);
});

Deno.test("an append is all or nothing", async () => {
  const { log } = await open(new CrashDisk());
  const bad = batchOf(["b"]);
  bad[bad.length - 1]! ^= 1;
  const result = log.append(new Uint8Array([...batchOf(["a"]), ...bad]), leader);
  equal(result.error, "corrupt-message");
  deepEqual([log.logEndOffset, log.sizeBytes], [0, 0]);
});

Deno.test("refused appends are named", async () => {
  const { log } = await open(new CrashDisk(), { config: { maxMessageBytes: 300, segmentBytes: 500 } });
  const errorOf = (bytes: Uint8Array) => log.append(bytes, leader).error;
  equal(errorOf(batchOf(["x".repeat(300)])), "message-too-large");
  equal(
    errorOf(new Uint8Array([...batchOf(["x".repeat(200)]), ...batchOf(["x".repeat(200)])])),
    "record-list-too-large",
  );
  equal(errorOf(batchOf(["a"]).subarray(0, 50)), "corrupt-message");
  equal(errorOf(new Uint8Array(0)), "invalid-record");
  equal(errorOf(batchOf(["a"], { isControl: true })), "invalid-record");
  const old = batchOf(["a"]);
  old[16] = 1;
  equal(errorOf(old), "unsupported-message-format");
  log.config = { ...log.config, messageTimestampAfterMaxMs: 1000 };
  equal(errorOf(batchOf(["a"], { timestamp: 9_000_000_000_000 })), "invalid-timestamp");
  log.config = { ...log.config, cleanupCompact: true };
  equal(errorOf(batchOf(["a"])), "invalid-record");
  equal(errorOf(batchOf(["a"], { key: "k" })), null);
});

for (const upTo of [Infinity, 20]) {
  Deno.test(`a log of many segments reads back from every offset, hot and cold, below ${upTo}`, async () => {
    const disk = new CrashDisk();
    const { log } = await open(disk);
    for (let index = 0; index < 40; index++) appended(log.append(batchOf([`value ${index}`]), leader));
    equal(log.segments.count > 2, true);
    const check = async () => {
      for (let offset = 0; offset < Math.min(upTo, 40); offset++) {
        for (const maxBytes of [1, 80, 200, 10_000]) {
          const bytes = await readBytes(log, offset, { maxBytes, upTo });
          const batch = new BatchView(bytes);
          equal(batch.baseOffset, offset);
          equal(bytes.length <= Math.max(maxBytes, batch.sizeBytes), true);
          while (batch.at + batch.sizeBytes < bytes.length) batch.at += batch.sizeBytes;
          equal(batch.at + batch.sizeBytes, bytes.length, "only whole batches");
          equal(batch.lastOffset < upTo, true);
        }
        equal((await readBytes(log, offset, { maxBytes: 60, minOneBatch: false, upTo })).length, 0);
      }
    };
    await check();
    log.tail.clear();
    await check();
    await log.flush();
    for (const segment of log.segments.list) if (segment.sealed && segment.pins === 0) segment.giveUp();
    await check();
  });
}

Deno.test("a fetch from inside a batch returns the whole batch", async () => {
  const { log } = await open(new CrashDisk());
  appended(log.append(batchOf(["a", "b", "c"]), leader));
  for (const hot of [true, false]) {
    if (!hot) log.tail.clear();
    equal(new BatchView(await readBytes(log, 2)).baseOffset, 0);
  }
});

Deno.test("offsets beyond the log are out of range, its end is not", async () => {
  const { log } = await open(new CrashDisk());
  appended(log.append(batchOf(["a", "b", "c"]), leader));
  const kindAt = (offset: number) => log.read(offset, 100, { upTo: Infinity, minOneBatch: true }).kind;
  deepEqual([kindAt(-1), kindAt(0), kindAt(3), kindAt(4)], [
    "offset-out-of-range",
    "records",
    "records",
    "offset-out-of-range",
  ]);
  equal((await readBytes(log, 3)).length, 0);
});

Deno.test("a log that was closed opens without recovery and goes on", async () => {
  const disk = new CrashDisk();
  const first = await open(disk);
  for (let index = 0; index < 30; index++) appended(first.log.append(batchOf([`value ${index}`]), leader));
  equal(await first.log.close(), true);
  const second = await open(disk, { clean: true });
  deepEqual(second.events, []);
  equal(second.log.logEndOffset, 30);
  appended(second.log.append(batchOf(["more"]), { leaderEpoch: 4 }));
  deepEqual(await valuesOf(second.log), Array.from({ length: 31 }, (_, index) => index));
  deepEqual(second.log.epochs.entries, [{ epoch: 3, startOffset: 0 }, { epoch: 4, startOffset: 30 }]);
});

Deno.test("a log that was killed is recovered to where its batches are sound", async () => {
  const disk = new CrashDisk();
  const first = await open(disk);
  for (let index = 0; index < 30; index++) appended(first.log.append(batchOf([`value ${index}`]), leader));
  const path = first.log.active.path(".log");
  const torn = disk.afterKill();
  const file = torn.open(path);
  file.truncate(file.size - 1);
  const second = await open(torn);
  equal(second.log.logEndOffset, 29);
  const [event] = second.events;
  equal(event?.kind, "recovered");
  equal(event.kind === "recovered" && event.cutBytes > 0, true);
  deepEqual(await valuesOf(second.log), Array.from({ length: 29 }, (_, index) => index));
  appended(second.log.append(batchOf(["again"]), leader));
  const third = await open(torn.afterKill());
  equal(third.log.logEndOffset, 30);
  equal(third.events[0]?.kind === "recovered" && third.events[0].cutBytes, 0);
});
