/** Compaction compared with a simple model over random histories, and what it leaves alone. */

import { deepEqual, equal } from "node:assert/strict";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { type CompactionResult, compactLog } from "../../../../src/log/compaction/compaction.ts";
import { planCompaction } from "../../../../src/log/compaction/compaction_plan.ts";
import type { LogConfig } from "../../../../src/log/log_config.ts";
import { openLog } from "../../../../src/log/log_loader.ts";
import type { PartitionLog } from "../../../../src/log/partition_log.ts";
import { batches, verifyBatch } from "../../../../src/records/batch.ts";
import { BatchBuilder, type BatchOptions } from "../../../../src/records/batch_builder.ts";
import { controlKey, endTxnMarkerValue } from "../../../../src/records/control_record.ts";
import { recordsOf } from "../../../../src/records/record.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import { appended, logContext, ManualTime, readAll, tinyConfig } from "../../../harness/log_world.ts";

const DELETE_RETENTION_MS = 10_000;
const PLENTY = 1 << 20;

async function open(disk: CrashDisk, time = new ManualTime(), config: Partial<LogConfig> = {}) {
  const { context, events } = logContext(disk, { time, producerIdExpirationMs: Number.MAX_SAFE_INTEGER });
  const log = await openLog(context, {
    directory: "/data/t-0",
    config: {
      ...tinyConfig,
      segmentBytes: 600,
      cleanupCompact: true,
      deleteRetentionMs: DELETE_RETENTION_MS,
      fileDeleteDelayMs: 0,
      ...config,
    },
    cleanShutdown: false,
    recoveryPoint: Number.MAX_SAFE_INTEGER,
    logStartOffset: 0,
    highWatermark: 0,
  });
  return { log, events, time };
}

/** Compacts all that is flushed and replicated. */
async function compact(log: PartitionLog, mapBytes = PLENTY): Promise<CompactionResult> {
  await log.flush();
  await log.flusher.idle();
  log.highWatermark = log.logEndOffset;
  const plan = await planCompaction(log, log.context.clock.wallMs());
  return await compactLog(log, plan, { mapBytes });
}

interface Kept {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly header: string | null;
}

interface ModelRecord extends Kept {
  /** When a tombstone may go; null while compaction has not met it. */
  horizonMs: number | null;
}

const text = (bytes: Uint8Array | null | undefined) =>
  bytes === null || bytes === undefined ? null : new TextDecoder().decode(bytes);
const bytes = (value: string | null) => value === null ? null : encodeUtf8(value);

async function recordsIn(log: PartitionLog): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const batch of await readAll(log)) {
    equal(verifyBatch(batch.bytes, batch.at), null);
    if (batch.isControl) continue;
    for (const { offset, key, value, timestamp, headers } of recordsOf(batch)) {
      found.push({ offset, key: text(key), value: text(value), timestamp, header: text(headers[0]?.value) });
    }
  }
  return found;
}

/** Appends a batch of records of some keys, some of them tombstones. */
function appendRandom(log: PartitionLog, prng: Prng, model: ModelRecord[], options: BatchOptions = {}): void {
  const builder = new BatchBuilder({ compression: prng.pick(["none", "none", "gzip", "lz4"]), ...options });
  const first = log.logEndOffset;
  for (let index = 0; index <= prng.below(4); index++) {
    const record: ModelRecord = {
      offset: first + index,
      key: `key ${prng.below(40)}`,
      value: prng.chance(0.25) ? null : "v".repeat(prng.below(60)) + first,
      timestamp: 1000 + prng.below(1000),
      header: prng.chance(0.3) ? `h${first}` : null,
      horizonMs: null,
    };
    const headers = record.header === null ? [] : [{ key: "h", value: bytes(record.header) }];
    builder.append({
      timestamp: record.timestamp,
      key: bytes(record.key),
      value: bytes(record.value),
      headers,
    });
    model.push(record);
  }
  appended(log.append(builder.build(), { leaderEpoch: 1 }));
}

/** What a pass over everything below `end` leaves. */
function compactModel(
  model: readonly ModelRecord[],
  range: { from: number; end: number },
  nowMs: number,
): ModelRecord[] {
  const last = new Map<string, number>();
  for (const { key, offset } of model) if (offset >= range.from && offset < range.end) last.set(key!, offset);
  // Segments are copied whole, and tombstones are noted wherever they are met.
  return model.filter((record) => {
    if (record.offset >= range.end) return true;
    if (record.offset < (last.get(record.key!) ?? -1)) return false;
    return record.value !== null || record.horizonMs === null || nowMs < record.horizonMs;
  });
}

const plain = (model: readonly ModelRecord[]) => model.map(({ horizonMs: _, ...record }) => record);

Deno.test("compaction keeps what a simple model keeps, in one pass or in many", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const prng = new Prng(seed);
    const { log, time } = await open(new CrashDisk());
    let model: ModelRecord[] = [];
    for (let round = 0; round < 4; round++) {
      for (let count = 5 + prng.below(20); count > 0; count--) appendRandom(log, prng, model);
      const from = log.firstDirtyOffset;
      const nowMs = time.nowMs;
      const result = await compact(log, prng.pick([1, 1, PLENTY]));
      equal(result.outcome, "done");
      equal(
        result.firstDirtyOffset > from || (log.segments.list.at(-2)?.baseOffset ?? 0) <= from,
        true,
        "passes get on",
      );
      model = compactModel(model, { from, end: result.firstDirtyOffset }, nowMs);
      deepEqual(await recordsIn(log), plain(model), `seed ${seed} round ${round}`);
      noteTombstones(log, model, nowMs);
      if (prng.chance(0.5)) time.advance(DELETE_RETENTION_MS);
    }
    equal(log.sizeBytes, log.segments.list.reduce((sum, segment) => sum + segment.sizeBytes, 0));
  }
});

/** Tombstones in segments that were copied have a horizon now. */
function noteTombstones(log: PartitionLog, model: readonly ModelRecord[], nowMs: number): void {
  if (log.firstDirtyOffset === 0) return;
  const { list } = log.segments;
  const end = list[log.segments.indexOf(log.firstDirtyOffset - 1) + 1]?.baseOffset ?? log.logEndOffset;
  for (const record of model) {
    if (record.value === null && record.offset < end) record.horizonMs ??= nowMs + DELETE_RETENTION_MS;
  }
}

Deno.test("what is compacted opens again, is read from every offset and is found by time", async () => {
  const prng = new Prng(7);
  const disk = new CrashDisk();
  const { log } = await open(disk);
  const model: ModelRecord[] = [];
  for (let count = 0; count < 80; count++) appendRandom(log, prng, model);
  const before = log.sizeBytes;
  await compact(log);
  equal(log.sizeBytes < before, true);
  const count = log.segments.count;
  log.firstDirtyOffset = 0;
  await compact(log);
  equal(log.segments.count < count, true, "segments that have become small become one");
  const expected = await recordsIn(log);
  const { log: again } = await open(disk.afterKill());
  deepEqual(await recordsIn(again), expected);
  equal(again.logEndOffset, log.logEndOffset);
  for (let offset = 0; offset < log.logEndOffset; offset += 3) {
    const read = again.read(offset, 10_000, { upTo: again.logEndOffset, minOneBatch: true });
    const loaded = read.kind === "cold" ? await read.load() : read;
    equal(loaded.kind === "records" && loaded.records.byteLength > 0, true, "a gap leads to what follows it");
  }
  const at = expected.find(({ timestamp }) => timestamp >= 1500)!;
  const found = await again.offsetForTimestamp(1500) as { offset: number };
  equal(found.offset, at.offset);
});

Deno.test("nothing is compacted that is not replicated, durable, old enough or sealed", async () => {
  const prng = new Prng(3);
  const { log, time } = await open(new CrashDisk());
  const model: ModelRecord[] = [];
  for (let count = 0; count < 40; count++) appendRandom(log, prng, model);
  await log.flush();
  await log.flusher.idle();
  const boundOf = async () => (await planCompaction(log, time.nowMs)).firstUncleanableOffset;
  equal(await boundOf(), 0, "nothing is replicated");
  log.highWatermark = log.logEndOffset;
  equal(await boundOf(), log.active.baseOffset);
  const second = log.segments.list[1]!.baseOffset;
  log.highWatermark = second + 1;
  equal(await boundOf(), second, "only whole segments");
  log.highWatermark = log.logEndOffset;
  log.config = { ...log.config, minCompactionLagMs: time.nowMs };
  equal(await boundOf(), 0, "records are safe for min.compaction.lag.ms");
});

Deno.test("a batch that holds a producer's last sequence stays, empty", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  const append = (value: string, options: BatchOptions = {}) => {
    const builder = new BatchBuilder(options);
    builder.append({ timestamp: 1000, key: encodeUtf8("k"), value: encodeUtf8(value) });
    return appended(log.append(builder.build(), { leaderEpoch: 0 }));
  };
  append("first", { producerId: 9, producerEpoch: 0, baseSequence: 0 });
  append("second", { producerId: 9, producerEpoch: 0, baseSequence: 1 });
  for (let count = 0; count < 12; count++) append("x".repeat(100));
  await compact(log);
  const batches = await readAll(log);
  deepEqual(batches.slice(0, 1).map((batch) => [batch.baseOffset, batch.recordsCount, batch.baseSequence]), [[
    1,
    0,
    1,
  ]]);
  for (const { name } of disk.list("/data/t-0")) {
    if (name.endsWith(".snapshot")) disk.remove(`/data/t-0/${name}`);
  }
  const { log: again } = await open(disk.afterKill());
  equal(again.producers.find(9)?.lastSequence, 1, "the state can be rebuilt from what is left");
});

/** A marker of producer 5. */
function marker(type: "Abort" | "Commit"): Uint8Array {
  const builder = new BatchBuilder({
    producerId: 5,
    producerEpoch: 0,
    isControl: true,
    isTransactional: true,
  });
  builder.append({ timestamp: 1000, key: controlKey(type), value: endTxnMarkerValue(0) });
  return builder.build();
}

Deno.test("records of aborted transactions go and hide nothing; markers go after their records", async () => {
  const { log, time } = await open(new CrashDisk());
  let sequence = 0;
  const append = (key: string, value: string, isTransactional = false) => {
    const producer = isTransactional
      ? { producerId: 5, producerEpoch: 0, baseSequence: sequence++, isTransactional }
      : {};
    const builder = new BatchBuilder(producer);
    builder.append({ timestamp: 1000, key: encodeUtf8(key), value: encodeUtf8(value) });
    appended(log.append(builder.build(), { leaderEpoch: 0 }));
  };
  const end = (type: "Abort" | "Commit") =>
    appended(log.append(marker(type), { leaderEpoch: 0, origin: "coordinator" }));
  append("a", "kept");
  append("a", "aborted", true);
  end("Abort");
  append("b", "committed", true);
  end("Commit");
  append("a", "open", true);
  const fill = () => {
    for (let count = 0; count < 10; count++) append("filler", "x".repeat(100));
  };
  fill();
  await compact(log);
  equal((await recordsIn(log)).length, 14, "an open transaction holds everything behind it back");
  end("Abort");
  fill();
  const markersLeft = async () =>
    (await readAll(log)).filter((batch) => batch.isControl).map((batch) => batch.baseOffset);
  await compact(log);
  const left = (await recordsIn(log)).filter(({ key }) => key !== "filler");
  deepEqual(left.map(({ key, value }) => [key, value]), [["a", "kept"], ["b", "committed"]]);
  deepEqual(await markersLeft(), [2, 4, 16]);
  time.advance(DELETE_RETENTION_MS);
  append("b", "newer");
  fill();
  await compact(log);
  deepEqual(await markersLeft(), [4], "that of b is without records only now");
  time.advance(DELETE_RETENTION_MS);
  fill();
  await compact(log);
  deepEqual(await markersLeft(), []);
  const empty = (await readAll(log)).filter((batch) => batch.recordsCount === 0 && batch.producerId === 5);
  deepEqual(
    empty.map((batch) => [batch.baseOffset, batch.baseSequence]),
    [[5, 2]],
    "the producer's last sequence",
  );
});

Deno.test("a damaged log is left as it is, and said so", async () => {
  const disk = new CrashDisk();
  const { log, events } = await open(disk);
  const prng = new Prng(2);
  for (let count = 0; count < 30; count++) appendRandom(log, prng, []);
  await log.flush();
  const second = log.segments.list[1]!;
  disk.open(second.path(".log")).write(new Uint8Array([1, 2, 3]), second.sizeBytes - 5);
  const names = () =>
    disk.list("/data/t-0").filter(({ name }) => name.endsWith(".log")).map(({ name }) => name);
  const before = names();
  equal((await compact(log)).outcome, "damaged");
  equal(events.some(({ kind }) => kind === "uncleanable"), true);
  deepEqual(names(), before);
  equal(disk.list("/data/t-0").some(({ name }) => name.includes("cleaned")), false);
});

Deno.test("records without keys, from before the topic was compacted, go", async () => {
  const { log } = await open(new CrashDisk());
  log.config = { ...log.config, cleanupCompact: false };
  const builder = new BatchBuilder();
  for (const key of [null, "k", null]) {
    builder.append({ timestamp: 1, key: bytes(key), value: encodeUtf8("x".repeat(100)) });
  }
  appended(log.append(builder.build(), { leaderEpoch: 0 }));
  log.config = { ...log.config, cleanupCompact: true };
  for (let count = 0; count < 3; count++) appendRandom(log, new Prng(count + 1), []);
  log.roll();
  await compact(log);
  equal((await recordsIn(log)).some(({ key }) => key === null), false);
  equal((await recordsIn(log))[0]?.key, "k");
});

Deno.test("consumers are led over batches without records, replicas are not", async () => {
  const { log } = await open(new CrashDisk());
  const append = (key: string, producerId: number) => {
    const builder = new BatchBuilder({ producerId, producerEpoch: 0, baseSequence: 0 });
    builder.append({ timestamp: 1000, key: encodeUtf8(key), value: encodeUtf8("x".repeat(200)) });
    appended(log.append(builder.build(), { leaderEpoch: 0 }));
  };
  append("first", 1);
  for (let id = 2; id < 20; id++) append("hidden", id);
  append("last", 20);
  for (let id = 21; id < 30; id++) append("hidden", id);
  log.roll();
  await compact(log);
  const read = async (offset: number, skipEmptyBatches: boolean) => {
    const options = { upTo: log.logEndOffset, minOneBatch: true, skipEmptyBatches };
    const cold = log.read(offset, 100, options);
    const found = cold.kind === "cold" ? await cold.load() : cold;
    if (found.kind !== "records") throw new Error(found.kind);
    const bytes = new Uint8Array(found.records.byteLength);
    found.records.writeTo(bytes);
    return [...batches(bytes)].map((batch) => [batch.baseOffset, batch.recordsCount]);
  };
  deepEqual(await read(1, false), [[1, 0]]);
  deepEqual(await read(1, true), [[19, 1]]);
  deepEqual(await read(20, true), [[28, 1]], "the last record of the key that hid all others");
  append("at the end", 30);
  log.roll();
  append("hidden", 31);
  log.roll();
  await compact(log);
  deepEqual(await read(20, true), [[29, 1]]);
  append("hidden", 32);
  log.roll();
  await compact(log);
  deepEqual(await read(30, true), [[31, 1]]);
});

Deno.test("the largest timestamp is found although the batch that had it holds no record any more", async () => {
  const { log } = await open(new CrashDisk());
  const append = (key: string, timestamp: number, options: BatchOptions = {}) => {
    const builder = new BatchBuilder(options);
    builder.append({ timestamp, key: encodeUtf8(key), value: encodeUtf8("x".repeat(200)) });
    appended(log.append(builder.build(), { leaderEpoch: 0 }));
  };
  append("a", 1000);
  append("b", 9000, { producerId: 1, producerEpoch: 0, baseSequence: 0 });
  append("c", 3000);
  append("b", 2000);
  log.roll();
  await compact(log);
  deepEqual((await readAll(log)).map((batch) => batch.recordsCount), [1, 0, 1, 1]);
  const [segment, next] = log.segments.list;
  deepEqual([segment!.maxTimestamp, next!.maxTimestamp], [1000, 3000], "what has no records has no time");
  // As Kafka has it in its index.
  segment!.maxTimestamp = 9000;
  segment!.maxTimestampOffset = 1;
  deepEqual(await log.offsetOfMaxTimestamp(), { timestampMs: 3000, offset: 2, leaderEpoch: 0 });
  equal(await log.offsetForTimestamp(5000), null);
});

Deno.test("a segment that Kafka was splitting when it stopped counts as long as a part of it is missing", async () => {
  const disk = new CrashDisk();
  const { log } = await open(disk);
  const prng = new Prng(5);
  for (let count = 0; count < 3; count++) appendRandom(log, prng, []);
  await log.close();
  const before = disk.readFile("/data/t-0/00000000000000000000.log");
  const parts = ["00000000000000000000.log.cleaned", "00000000000000000002.log.swap"];
  for (const name of parts) disk.open(`/data/t-0/${name}`, { create: true }).write(before, 0);
  const { log: again } = await open(disk.afterKill());
  equal(again.logEndOffset, log.logEndOffset);
  deepEqual(again.segments.list.map(({ baseOffset }) => baseOffset), [0]);
  deepEqual(disk.list("/data/t-0").filter(({ name }) => /cleaned|swap/.test(name)), []);
});
