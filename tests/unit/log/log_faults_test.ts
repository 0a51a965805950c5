/** A disk that is full or fails: what was there stays readable as long as it can, and nothing half written stays. */

import { deepEqual, equal } from "node:assert/strict";
import { openLog } from "../../../src/log/log_loader.ts";
import type { LogConfig } from "../../../src/log/log_config.ts";
import { DiskError } from "../../../src/platform/disk.ts";
import { CrashDisk, type Operation } from "../../harness/crash_disk.ts";
import { appended, batchOf, bytesOf, logContext, readAll, tinyConfig } from "../../harness/log_world.ts";

const leader = { leaderEpoch: 0 };

async function open(disk: CrashDisk, config: Partial<LogConfig> = {}) {
  const { context, events } = logContext(disk);
  const log = await openLog(context, {
    directory: "/data/t-0",
    config: { ...tinyConfig, ...config },
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
  });
  return { log, events };
}

function failOn(
  disk: CrashDisk,
  operation: Operation,
  pattern: RegExp,
  code: "io" | "no-space" = "io",
): void {
  disk.onOperation = (each, path) => {
    if (each === operation && pattern.test(path)) {
      throw new DiskError(code, path, `${each} ${path}: made to fail`);
    }
  };
}

Deno.test("on a full disk appends are refused, reads go on, and appends too once there is room", async () => {
  const disk = new CrashDisk();
  const { log, events } = await open(disk);
  appended(log.append(batchOf(["kept"]), leader));
  disk.freeBytes = 100;
  const refusal = log.append(batchOf(["x".repeat(200)]), leader);
  equal(refusal.error, "no-space");
  deepEqual([log.logEndOffset, log.offline, (await readAll(log)).length], [1, null, 1]);
  disk.freeBytes = 10_000;
  equal(appended(log.append(batchOf(["again"]), leader)).baseOffset, 1);
  deepEqual(events.filter(({ kind }) => kind === "offline"), []);
  const again = await open(disk.afterKill());
  equal(again.log.logEndOffset, 2);
});

Deno.test("a segment that cannot be begun for lack of space leaves the log as it was", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk, { segmentBytes: 200 });
  appended(log.append(batchOf(["x".repeat(100)]), leader));
  failOn(disk, "open", /00001\.log$/, "no-space");
  equal(log.append(batchOf(["y".repeat(100)]), leader).error, "no-space");
  deepEqual([log.segments.count, log.active.sealed, log.logEndOffset], [1, false, 1]);
  disk.onOperation = () => {};
  equal(appended(log.append(batchOf(["y".repeat(100)]), leader)).baseOffset, 1);
  equal(log.segments.count, 2);
});

Deno.test("a failed write takes the log offline, once, and what it wrote does not come back", async () => {
  const disk = new CrashDisk();
  const { log, events } = await open(disk);
  appended(log.append(batchOf(["kept"]), leader));
  await log.flush();
  failOn(disk, "write", /\.log$/);
  equal(log.append(batchOf(["lost"]), leader).error, "storage-error");
  equal(log.append(batchOf(["lost"]), leader).error, "storage-error");
  equal(log.read(0, 100, { upTo: 1, minOneBatch: true }).kind, "storage-error");
  equal(await log.flushedTo(2), false);
  equal(await log.flushedTo(1), true, "what was flushed before is");
  equal(await log.offsetForTimestamp(0), "storage-error");
  equal(events.filter(({ kind }) => kind === "offline").length, 1);
  equal(await log.close(), false);
  equal((await open(disk.afterKill())).log.logEndOffset, 1);
});

Deno.test("a failed sync takes the log offline: what it covered may be lost although the next one succeeds", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  appended(log.append(batchOf(["a"]), leader));
  failOn(disk, "sync", /\.log$/);
  equal(await log.flush(), false);
  equal(log.offline?.code, "io");
  disk.onOperation = () => {};
  equal(log.append(batchOf(["b"]), leader).error, "storage-error");
});

Deno.test("a directory that cannot be synced fails the flush: the file's name may be lost", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  appended(log.append(batchOf(["a"]), leader));
  failOn(disk, "sync directory", /^/);
  equal(await log.flush(), false);
});

Deno.test("a file that cannot be read refuses the read and takes the log offline", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  appended(log.append(batchOf(["a"]), leader));
  log.tail.clear();
  failOn(disk, "read", /\.log$/);
  const read = log.read(0, 100, { upTo: 1, minOneBatch: true });
  equal(read.kind === "cold" && (await read.load()).kind, "storage-error");
  equal(log.offline?.code, "io");
});

Deno.test("a damaged batch in an old segment refuses the reads that meet it, and only those", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk, { segmentBytes: 300, indexIntervalBytes: 4096 });
  for (let count = 0; count < 8; count++) appended(log.append(batchOf(["x".repeat(50)]), leader));
  await log.flush();
  log.tail.clear();
  const first = log.segments.first;
  disk.open(first.path(".log")).write(new Uint8Array([9]), first.sizeBytes / 2 + 16);
  const load = async (offset: number) => {
    const read = log.read(offset, 200, { upTo: 8, minOneBatch: true });
    return read.kind === "cold" ? (await read.load()).kind : read.kind;
  };
  deepEqual([await load(0), await load(1), await load(2), await load(7)], [
    "records",
    "corrupt-message",
    "records",
    "records",
  ]);
  equal(log.offline, null);
});

Deno.test("whichever bit of a batch flips, nobody is given it as it is then", async () => {
  const disk = new CrashDisk();
  const { log, events } = await open(disk, { indexIntervalBytes: 4096 });
  for (const leaderEpoch of [2, 2, 3, 3]) appended(log.append(batchOf(["one", "two"]), { leaderEpoch }));
  await log.flush();
  log.tail.clear();
  const file = disk.open(log.active.path(".log"));
  const size = log.active.sizeBytes / 4;
  const written = new Uint8Array(size * 4);
  file.readNow(written, 0);
  const loaded = async (offset: number, checkEpochs: boolean) => {
    const read = log.read(offset, 10_000, { upTo: 8, minOneBatch: true, checkEpochs });
    const answer = read.kind === "cold" ? await read.load() : read;
    return answer.kind === "records" ? bytesOf(answer.records) : new Uint8Array(0);
  };
  const given: string[] = [];
  for (let bit = size * 8; bit < size * 16; bit++) {
    const at = bit >> 3;
    const flipped = new Uint8Array([written[at]! ^ 1 << (bit & 7)]);
    file.write(flipped, at);
    for (const offset of [0, 2, 3, 4]) {
      const isEpoch = at >= size + 12 && at < size + 16;
      const bytes = await loaded(offset, isEpoch);
      const from = (offset >> 1) * size;
      if (bytes.some((byte, index) => byte !== written[from + index])) given.push(`bit ${bit} at ${offset}`);
    }
    file.write(written.subarray(at, at + 1), at);
  }
  deepEqual(given, []);
  deepEqual((await loaded(0, true)).length, size * 4);
  equal(events.filter(({ kind }) => kind === "damaged").length, 1, "it is told once");
});

Deno.test("a recovery does not trust an epoch that goes back", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  for (let count = 0; count < 4; count++) appended(log.append(batchOf(["x"]), { leaderEpoch: 3 }));
  await log.flush();
  const { sizeBytes } = log.active;
  // The high byte of the second batch's leader epoch: no checksum covers it.
  disk.open(log.active.path(".log")).write(new Uint8Array([1]), sizeBytes / 4 + 12);
  const again = await open(disk.afterKill());
  deepEqual([again.log.logEndOffset, again.log.epochs.entries], [1, [{ epoch: 3, startOffset: 0 }]]);
});

Deno.test("a log is not cut where its batches are damaged", async () => {
  const disk = new CrashDisk();
  const { log, events } = await open(disk, { indexIntervalBytes: 0 });
  for (let count = 0; count < 4; count++) appended(log.append(batchOf(["x"]), leader));
  await log.flush();
  const { sizeBytes } = log.active;
  // The magic byte of the third batch, at which the search for offset 3 begins.
  disk.open(log.active.path(".log")).write(new Uint8Array([66]), sizeBytes / 2 + 16);
  await log.truncateTo(3);
  deepEqual([log.logEndOffset, log.active.sizeBytes, log.isBusy], [4, sizeBytes, false]);
  equal(events.filter(({ kind }) => kind === "damaged").length, 1);
});

Deno.test("a log that was closed cleanly and has lost its end all the same says so", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  for (let count = 0; count < 4; count++) appended(log.append(batchOf(["x"]), leader));
  await log.close();
  const file = disk.open("/data/t-0/00000000000000000000.log");
  file.write(new Uint8Array([9]), file.size / 4 * 3 + 16);
  let losses = 0;
  const { context } = logContext(disk);
  const directory = "/data/t-0";
  const options = { directory, config: tinyConfig, recoveryPoint: 4, logStartOffset: 0, highWatermark: 4 };
  const again = await openLog(context, {
    ...options,
    cleanShutdown: true,
    onUnexplainedLoss: () => losses++,
  });
  deepEqual([again.logEndOffset, losses], [3, 1]);
});

Deno.test("a wrong index of an old segment is noticed and built anew", async () => {
  const disk = new CrashDisk();
  const { log, events } = await open(disk);
  for (let count = 0; count < 40; count++) appended(log.append(batchOf([`value ${count}`]), leader));
  await log.flush();
  await log.flusher.idle();
  log.tail.clear();
  const [first, second] = log.segments.list;
  first!.giveUp();
  second!.giveUp();
  const index = disk.open(first!.path(".index"));
  index.write(new Uint8Array([0, 0, 0, 1, 0, 0, 0, 7]), 0);
  disk.remove(second!.path(".timeindex"));
  equal((await readAll(log)).length, 40);
  equal(events.some(({ kind }) => kind === "rebuilt"), true);
});
