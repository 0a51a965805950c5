/**
 * Recovery from files that were changed at random. Whatever they hold, opening never throws, the log gets no longer
 * than it was, after a full recovery every batch it gives is sound, and opening again gives the same.
 */

import { deepEqual, equal } from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { openLog } from "../../src/log/log_loader.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import { BatchView, checkFrame, verifyBatch } from "../../src/records/batch.ts";
import { CrashDisk } from "../harness/crash_disk.ts";
import { appended, batchOf, logContext, tinyConfig } from "../harness/log_world.ts";

const DIRECTORY = "/data/t-0";
const config = { ...tinyConfig, segmentBytes: 600 };

/** The files of a log of several segments with producers, epochs and snapshots that was closed cleanly. */
async function makeFiles(prng: Prng): Promise<Map<string, Uint8Array>> {
  const disk = new CrashDisk();
  const log = await open(disk, false, 0);
  let sequence = 0;
  for (let count = 5 + prng.below(25); count > 0; count--) {
    const values = Array.from({ length: 1 + prng.below(3) }, () => "x".repeat(prng.below(80)));
    const options = prng.chance(0.5) ? {} : { producerId: 1, producerEpoch: 0, baseSequence: sequence };
    if ("producerId" in options) sequence += values.length;
    appended(log.append(batchOf(values, options), { leaderEpoch: Math.floor(log.logEndOffset / 15) }));
  }
  await log.close();
  return new Map(disk.list(DIRECTORY).map(({ name }) => [name, disk.readFile(`${DIRECTORY}/${name}`)]));
}

function open(disk: CrashDisk, cleanShutdown: boolean, recoveryPoint: number): Promise<PartitionLog> {
  const { context } = logContext(disk, { producerIdExpirationMs: Number.MAX_SAFE_INTEGER });
  const rest = { logStartOffset: 0, highWatermark: 0 };
  return openLog(context, { directory: DIRECTORY, config, cleanShutdown, recoveryPoint, ...rest });
}

function damage(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.below(bytes.length + 1);
  const kind = prng.below(6);
  if (kind === 0) return bytes.slice(0, at);
  if (kind === 1) return new Uint8Array([...bytes, ...prng.bytes(prng.below(200))]);
  if (kind === 2) {
    return new Uint8Array([
      ...bytes.subarray(0, at),
      ...prng.bytes(1 + prng.below(9)),
      ...bytes.subarray(at),
    ]);
  }
  const changed = bytes.slice();
  if (kind === 3) changed.fill(0, at, at + prng.below(300));
  else if (kind === 4) changed.set(prng.bytes(Math.min(8, changed.length - at)), at);
  else if (at < changed.length) changed[at]! ^= 1 << prng.below(8);
  return changed;
}

/** Changes some files, takes some away and puts some in the place of others. */
function damageFiles(files: Map<string, Uint8Array>, prng: Prng): CrashDisk {
  const names = [...files.keys()];
  for (let count = 1 + prng.below(4); count > 0; count--) {
    const name = prng.pick(names);
    const dice = prng.next();
    if (dice < 0.1) files.delete(name);
    else if (dice < 0.2) files.set(name, files.get(prng.pick(names)) ?? new Uint8Array(0));
    else if (dice < 0.25) {
      files.set(`${String(prng.below(80)).padStart(20, "0")}.log`, prng.bytes(prng.below(300)));
    } else files.set(name, damage(files.get(name) ?? new Uint8Array(0), prng));
  }
  const disk = new CrashDisk();
  disk.makeDirectory(DIRECTORY);
  for (const [name, bytes] of files) disk.open(`${DIRECTORY}/${name}`, { create: true }).write(bytes, 0);
  return disk;
}

/** Everything that can be read, with its faults; always comes to an end. */
async function walk(log: PartitionLog): Promise<string[]> {
  const seen: string[] = [];
  let reads = 0;
  for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
    equal(reads++ < 10_000, true, "reading comes to an end");
    const first = log.read(offset, 500, { upTo: log.logEndOffset, minOneBatch: true });
    const read = first.kind === "cold" ? await first.load() : first;
    if (read.kind !== "records") {
      seen.push(`${offset}: ${read.kind}`);
      offset++;
      continue;
    }
    const bytes = new Uint8Array(read.records.byteLength);
    read.records.writeTo(bytes);
    const before = offset;
    if (bytes.length === 0) seen.push(`${offset}: nothing`);
    for (let at = 0; at < bytes.length;) {
      // Below the recovery point nothing was verified, and reads do not look at what lies between index entries.
      if (checkFrame(bytes, at) !== null) break;
      const batch = new BatchView(bytes, at);
      seen.push(`${batch.baseOffset}-${batch.lastOffset} ${verifyBatch(bytes, at)}`);
      if (batch.lastOffset < offset) seen.push(`${offset}: falls`);
      offset = Math.max(offset, batch.nextOffset);
      at += batch.sizeBytes;
    }
    if (offset === before) offset++;
  }
  await log.offsetForTimestamp(1001);
  await log.offsetOfMaxTimestamp();
  return seen;
}

function logBytes(disk: CrashDisk): number {
  return disk.list(DIRECTORY).reduce(
    (sum, { name }) => sum + (name.endsWith(".log") ? disk.fileSize(`${DIRECTORY}/${name}`) : 0),
    0,
  );
}

async function runCase(seed: number): Promise<void> {
  const prng = new Prng(seed);
  const files = await makeFiles(prng);
  const disk = damageFiles(files, prng);
  const before = logBytes(disk);
  const isClean = prng.chance(0.3);
  const recoveryPoint = prng.chance(0.5) ? 0 : prng.below(80);
  const log = await open(disk, isClean, recoveryPoint);
  equal(log.sizeBytes <= before, true, "valid bytes are at most those that were there");
  equal(log.sizeBytes, logBytes(disk));
  const seen = await walk(log);
  equal(log.offline, null);
  const isVerified = !isClean && recoveryPoint === 0;
  if (isVerified) {
    for (const each of seen) equal(/^[0-9]+-[0-9]+ null$|nothing$/.test(each), true, each);
  }
  const { logStartOffset, logEndOffset } = log;
  const epochs = log.epochs.entries;
  log.abandon();
  const again = await open(disk.afterKill(), isClean, recoveryPoint);
  deepEqual([again.logStartOffset, again.logEndOffset], [logStartOffset, logEndOffset]);
  deepEqual(again.epochs.entries, epochs);
  if (isVerified) deepEqual(await walk(again), seen);
  equal(again.append(batchOf(["goes on"]), { leaderEpoch: 99 }).error, null);
}

Deno.test("recovery takes any files and leaves a sound log", async () => {
  for (let seed = 1; seed <= 400; seed++) {
    try {
      await runCase(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
});
