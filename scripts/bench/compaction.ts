/**
 * How fast a log is compacted while nobody uses the broker, and how long the slices are. compaction_broker.ts has what
 * it does to clients.
 *
 *     deno run -A scripts/bench/compaction.ts [MiB, 256 unless told] [directory] [part of a load's name]
 */

import { encodeUtf8 } from "../../src/core/bytes.ts";
import { defaultLogConfig, type LogConfig } from "../../src/log/log_config.ts";
import { LogManager } from "../../src/log/log_manager.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { currentPlatform, currentProcess } from "../../src/platform/adapters/current.ts";
import type { Timers } from "../../src/platform/platform.ts";
import { BatchBuilder, type BatchOptions } from "../../src/records/batch_builder.ts";
import { setBaseOffset } from "../../src/records/batch.ts";

const platform = await currentPlatform();
const process = await currentProcess();
const { disk, clock, random } = platform;
const MIB = 1024 * 1024;
const totalBytes = Number(process.args[0] ?? 256) * MIB;
const root = `${process.args[1] ?? "."}/.bench-compaction`;

function print(line: string): void {
  process.stdout.writeNow(encodeUtf8(`${line}\n`));
}

/** Timers that note how long the work between two turns of the loop took. */
class WatchedTimers implements Timers {
  readonly slices: number[] = [];
  #resumedMs = clock.monotonicMs();
  after = platform.timers.after;

  /** Forgets what was noted so far. */
  restart(): void {
    this.slices.length = 0;
    this.#resumedMs = clock.monotonicMs();
  }

  sleep(delayMs: number): Promise<void> {
    return this.#watch(platform.timers.sleep(delayMs));
  }

  yield(): Promise<void> {
    return this.#watch(platform.timers.yield());
  }

  async #watch(turn: Promise<void>): Promise<void> {
    this.slices.push(clock.monotonicMs() - this.#resumedMs);
    await turn;
    this.#resumedMs = clock.monotonicMs();
  }
}

/** A value of the sorted `numbers`, by its place from 0 to 1. */
function percentile(numbers: readonly number[], place: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * place))] ?? NaN;
}

interface Load {
  readonly name: string;
  readonly recordBytes: number;
  readonly batchBytes: number;
  readonly keys: number;
  readonly options: BatchOptions;
}

/** Fills a log with about {@link totalBytes} of records of random keys. */
function fill(log: PartitionLog, load: Load): number {
  const perBatch = Math.max(1, Math.floor(load.batchBytes / load.recordBytes));
  // What is random takes long to make: some values are used again and again.
  const noise = random.bytes(64 * 1024);
  const batches = Array.from({
    length: Math.ceil(Math.min(totalBytes, 64 * MIB) / Math.max(load.batchBytes, 2000)),
  }, () => {
    const builder = new BatchBuilder(load.options);
    for (let count = 0; count < perBatch; count++) {
      const at = random.below(noise.length - load.recordBytes);
      const key = encodeUtf8(`user-${String(random.below(load.keys)).padStart(10, "0")}`);
      const value = noise.subarray(at, at + Math.max(1, load.recordBytes - 25));
      builder.append({ timestamp: clock.wallMs(), key, value });
    }
    return builder.build();
  });
  let records = 0;
  for (let index = 0; log.sizeBytes < totalBytes; index++) {
    const batch = batches[index % batches.length]!;
    setBaseOffset(batch, 0, 0);
    const result = log.append(batch, { leaderEpoch: 0 });
    if (result.error !== null) throw new Error(result.message);
    records += perBatch;
  }
  return records;
}

async function benchLoad(load: Load): Promise<void> {
  const timers = new WatchedTimers();
  const config: LogConfig = { ...defaultLogConfig, cleanupCompact: true, fileDeleteDelayMs: 0 };
  const segmentBytes = Math.max(16 * MIB, Math.floor(totalBytes / 8));
  disk.remove(root);
  const manager = await LogManager.open({
    platform: { ...platform, timers },
    directories: [root],
    configOf: () => config,
  });
  const log = manager.getOrCreate("compacted", 0, {
    topicId: ZERO_UUID,
    config: { ...config, segmentBytes, minCleanableDirtyRatio: 0 },
  });
  const records = fill(log, load);
  await log.flush();
  log.roll();
  await log.flush();
  await log.flusher.idle();
  log.highWatermark = log.logEndOffset;
  const before = log.sizeBytes;
  // Appends of the last moments would count as clients.
  await platform.timers.sleep(300);
  timers.restart();
  const startedMs = clock.monotonicMs();
  await manager.compaction.run();
  const tookMs = clock.monotonicMs() - startedMs;
  const places = [0.5, 0.99, 0.999, 1].map((place) => percentile(timers.slices, place).toFixed(2)).join(
    " / ",
  );
  const [from, to] = [before, log.sizeBytes].map((bytes) => (bytes / MIB).toFixed(0));
  print(`${load.name}: ${from} MiB, ${records} records -> ${to} MiB`);
  const rate = before / MIB / (tookMs / 1000);
  print(`  ${rate.toFixed(0)} MiB/s, ${(tookMs * 1e6 / records).toFixed(0)} ns a record`);
  print(`  slices, ms, p50 / p99 / p999 / max: ${places} (${timers.slices.length})`);
  manager.abandon();
  disk.remove(root);
}

const loads: readonly Load[] = [
  { name: "1 KiB in 16 KiB", recordBytes: 1024, batchBytes: 16_384, keys: 50_000, options: {} },
  { name: "100 B in 16 KiB", recordBytes: 100, batchBytes: 16_384, keys: 500_000, options: {} },
  { name: "100 B in 1 MiB", recordBytes: 100, batchBytes: 1_000_000, keys: 500_000, options: {} },
  { name: "100 B alone", recordBytes: 100, batchBytes: 100, keys: 50_000, options: {} },
  {
    name: "100 B in 16 KiB lz4",
    recordBytes: 100,
    batchBytes: 16_384,
    keys: 500_000,
    options: { compression: "lz4" },
  },
  {
    name: "100 B in 16 KiB zstd",
    recordBytes: 100,
    batchBytes: 16_384,
    keys: 500_000,
    options: { compression: "zstd" },
  },
];
const only = process.args[2];
for (const load of loads) if (only === undefined || load.name.includes(only)) await benchLoad(load);
