/**
 * Random histories of a partition log on a disk that crashes, and what must hold after each crash: what was said to
 * be durable is there, what is there is a prefix of what was written, and opening again changes nothing.
 */

import { deepEqual, equal } from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import type { LogConfig } from "../../src/log/log_config.ts";
import { LogManager } from "../../src/log/log_manager.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import { ProducerState } from "../../src/log/producer_state.ts";
import { DiskError } from "../../src/platform/disk.ts";
import { BatchView } from "../../src/records/batch.ts";
import { CrashDisk } from "./crash_disk.ts";
import { batchOf, manualPlatform, ManualTime, readAll, tinyConfig } from "./log_world.ts";

/** A batch as it must be found in the log. */
interface ExpectedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly bytes: Uint8Array;
}

const config: LogConfig = { ...tinyConfig, segmentBytes: 700, indexIntervalBytes: 60, fileDeleteDelayMs: 0 };

/** One machine that crashes again and again, and what is known of its log. */
export class LogHistory {
  readonly prng: Prng;
  readonly time = new ManualTime();
  disk = new CrashDisk();
  /** All batches of the log, as they were written. */
  batches: ExpectedBatch[] = [];
  /** Everything below must survive. */
  durableOffset = 0;
  /** The log start offset must be at least this, and at most {@link wantedStart}. */
  durableStart = 0;
  wantedStart = 0;
  /** While a truncation is under way: where it cuts. A crash may come before or after it. */
  cuttingTo: number | null = null;
  leaderEpoch = 1;
  /** The next sequence of each producer. */
  sequences = [0, 0, 0];

  constructor(seed: number) {
    this.prng = new Prng(seed);
  }

  /** Opens the log, runs a random history up to a crash, and checks what the crash has left. */
  async round(): Promise<void> {
    this.disk.pause = () => this.#pause();
    let left = 5 + this.prng.below(120);
    this.disk.onOperation = (operation, path) => {
      if (left-- <= 0) throw new DiskError("io", path, `${operation} ${path}: the machine has crashed`);
    };
    try {
      const manager = await this.#open();
      const log = manager.getOrCreate("t", 0, { topicId: ZERO_UUID, config });
      const chance = this.prng.next();
      while (left > 0 && log.offline === null) {
        await this.#step(log, manager);
        if (chance < 0.1 && this.prng.chance(0.05)) return await this.#closeCleanly(manager);
      }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
    this.disk = this.prng.chance(0.2) ? this.disk.afterKill() : this.disk.crash(() => this.prng.next());
    await this.#checkTwice();
  }

  async #closeCleanly(manager: LogManager): Promise<void> {
    this.disk.onOperation = () => {};
    await manager.close();
    this.durableOffset = this.#endOffset;
    await this.#checkTwice();
  }

  get #endOffset(): number {
    return (this.batches.at(-1)?.lastOffset ?? this.durableStart - 1) + 1;
  }

  /** What runs while a sync is under way is drawn too. */
  async #pause(): Promise<void> {
    for (let turns = this.prng.below(4); turns > 0; turns--) await Promise.resolve();
  }

  #open(): Promise<LogManager> {
    return LogManager.open({
      platform: manualPlatform(this.disk, this.time),
      directories: ["/data"],
      configOf: () => config,
      producerIdExpirationMs: Number.MAX_SAFE_INTEGER,
      maxOpenFiles: 3,
      maxIndexBytes: 500,
      tailCacheBytes: this.prng.pick([0, 3000, 1 << 20]),
    });
  }

  async #step(log: PartitionLog, manager: LogManager): Promise<void> {
    const dice = this.prng.next();
    if (dice < 0.6) this.#append(log);
    else if (dice < 0.75) await this.#flush(log);
    else if (dice < 0.8) void log.flush();
    else if (dice < 0.85) await manager.checkpoint("recoveryPoints");
    else if (dice < 0.88) this.leaderEpoch += 1 + this.prng.below(2);
    else if (dice < 0.91) await this.#truncate(log);
    else if (dice < 0.94) await this.#raiseStart(log, manager);
    else if (dice < 0.96) this.time.advance(this.prng.below(10_000));
    else await this.#pause();
  }

  #append(log: PartitionLog): void {
    const parts: Uint8Array[] = [];
    for (let count = 1 + this.prng.below(2); count > 0; count--) {
      const values = Array.from({ length: 1 + this.prng.below(3) }, () => "v".repeat(this.prng.below(60)));
      parts.push(batchOf(values, { timestamp: 1000 + this.prng.below(1000) }));
    }
    if (this.prng.chance(0.5)) parts.splice(0, parts.length, this.#idempotentBatch());
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    const end = log.logEndOffset;
    const result = log.append(bytes, { leaderEpoch: this.leaderEpoch });
    if (result.error !== null) {
      equal(result.error, "storage-error", result.message);
      equal(log.logEndOffset, end);
      return;
    }
    if (result.duplicate) return;
    for (at = 0; at < bytes.length;) {
      const batch = new BatchView(bytes, at);
      const { baseOffset, lastOffset } = batch;
      this.batches.push({ baseOffset, lastOffset, bytes: batch.view.slice() });
      at += batch.sizeBytes;
    }
  }

  #idempotentBatch(): Uint8Array {
    const producerId = this.prng.below(this.sequences.length);
    const values = ["i".repeat(this.prng.below(40)), "j"];
    const baseSequence = this.sequences[producerId]!;
    this.sequences[producerId] = baseSequence + values.length;
    return batchOf(values, { producerId, producerEpoch: 0, baseSequence });
  }

  async #flush(log: PartitionLog): Promise<void> {
    const end = log.logEndOffset;
    const flushed = log.flushedTo(end);
    const isDurable = await Promise.race([flushed, this.#crashed(log)]);
    if (isDurable) this.durableOffset = Math.max(this.durableOffset, end);
  }

  /** A sync that a crash interrupts never ends. */
  async #crashed(log: PartitionLog): Promise<boolean> {
    for (let turns = 0; turns < 2000; turns++) {
      if (log.offline !== null) return false;
      await Promise.resolve();
    }
    throw new Error("a flush must end");
  }

  async #truncate(log: PartitionLog): Promise<void> {
    const offset = log.logStartOffset + this.prng.below(log.logEndOffset - log.logStartOffset + 1);
    const boundary = this.batches.find((batch) => batch.lastOffset >= offset)?.baseOffset ?? this.#endOffset;
    this.cuttingTo = Math.max(boundary, log.logStartOffset);
    this.durableOffset = Math.min(this.durableOffset, this.cuttingTo);
    await log.truncateTo(offset);
    if (log.offline !== null) return;
    equal(log.logEndOffset, this.cuttingTo);
    this.batches = this.batches.filter((batch) => batch.lastOffset < this.cuttingTo!);
    this.cuttingTo = null;
    // Producers go on from what is left.
    this.sequences = this.sequences.map((_, producerId) => nextSequence(log.producers, producerId));
  }

  async #raiseStart(log: PartitionLog, manager: LogManager): Promise<void> {
    // Only what is durable is deleted: the high watermark does not go beyond it.
    const offset = Math.min(this.durableOffset, log.logStartOffset + this.prng.below(20));
    this.wantedStart = Math.max(this.wantedStart, offset);
    log.raiseLogStartOffset(offset);
    if (this.prng.chance(0.5)) return;
    await manager.checkpoint("logStartOffsets");
    if (log.offline === null) this.durableStart = Math.max(this.durableStart, log.logStartOffset);
  }

  async #checkTwice(): Promise<void> {
    this.disk.onOperation = () => {};
    this.disk.pause = () => this.#pause();
    const first = await this.#check();
    this.disk = this.disk.afterKill();
    const second = await this.#check();
    deepEqual(second, first, "opening again changes nothing");
  }

  /** Opens what is left, compares it with what is expected, and takes it as the new truth. */
  async #check(): Promise<unknown> {
    const manager = await this.#open();
    const log = manager.get("t", 0);
    if (log === undefined) {
      equal(this.durableOffset, 0, "a log with durable records is there");
      this.batches = [];
      this.sequences = [0, 0, 0];
      manager.abandon();
      return null;
    }
    const { logStartOffset, logEndOffset } = log;
    const atLeast = Math.min(this.durableOffset, this.cuttingTo ?? Infinity);
    equal(logEndOffset >= atLeast, true, `the log ends at ${logEndOffset}, ${atLeast} is durable`);
    equal(
      logStartOffset >= this.durableStart,
      true,
      `the log starts at ${logStartOffset}, wanted ${this.durableStart}`,
    );
    equal(
      logStartOffset <= this.wantedStart,
      true,
      `the log starts at ${logStartOffset}, wanted ${this.wantedStart}`,
    );
    const found = await readAll(log, 1 + this.prng.below(1500));
    const expected = this.batches.filter(({ lastOffset }) =>
      lastOffset >= logStartOffset && lastOffset < logEndOffset
    );
    deepEqual(offsetsOf(found), offsetsOf(expected));
    deepEqual(
      found.map((batch) => batch.view),
      expected.map(({ bytes }) => bytes),
      "a prefix of what was written",
    );
    equal((expected.at(-1)?.lastOffset ?? logEndOffset - 1) + 1, logEndOffset, "the log ends with a batch");
    this.#checkState(log, expected);
    this.batches = this.batches.filter((batch) => batch.lastOffset < logEndOffset);
    this.cuttingTo = null;
    // What recovery has read back it has made durable.
    this.durableOffset = logEndOffset;
    this.durableStart = Math.min(this.durableStart, logStartOffset);
    this.wantedStart = logStartOffset;
    this.sequences = this.sequences.map((_, producerId) => nextSequence(log.producers, producerId));
    const state = { logStartOffset, logEndOffset, epochs: log.epochs.entries };
    manager.abandon();
    return state;
  }

  /** The epochs and producers that follow from the batches. */
  #checkState(log: PartitionLog, expected: readonly ExpectedBatch[]): void {
    const replayed = new ProducerState();
    let latestEpoch = -1;
    for (const { bytes } of expected) {
      const batch = new BatchView(bytes);
      replayed.apply(batch, batch.baseOffset, batch.lastOffset);
      latestEpoch = batch.partitionLeaderEpoch;
      equal(log.epochs.epochAt(Math.max(batch.baseOffset, log.logStartOffset)), latestEpoch);
    }
    for (const entry of replayed.entries()) {
      equal(nextSequence(log.producers, entry.producerId), entry.lastSequence + 1);
    }
    if (expected.length > 0) equal(log.epochs.latestEpoch, latestEpoch);
  }
}

function offsetsOf(
  batches: readonly { readonly baseOffset: number; readonly lastOffset: number }[],
): number[][] {
  return batches.map(({ baseOffset, lastOffset }) => [baseOffset, lastOffset]);
}

function nextSequence(producers: ProducerState, producerId: number): number {
  for (const entry of producers.entries()) if (entry.producerId === producerId) return entry.lastSequence + 1;
  return 0;
}

/** Runs the history of `seed`: some rounds on one disk. */
export async function runHistory(seed: number): Promise<void> {
  const history = new LogHistory(seed);
  try {
    for (let round = 0; round < 6; round++) await history.round();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
