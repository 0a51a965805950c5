/**
 * Random histories of a compacted log on a disk that crashes, and what must hold at any moment: the last record of
 * each key is there, what is there is as it was written, what was compacted holds each key once, and a reader that
 * begins anywhere sees the same records as one that begins at the start.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../src/core/bytes.ts";
import { Prng } from "../../src/core/prng.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import type { LogConfig } from "../../src/log/log_config.ts";
import { LogManager } from "../../src/log/log_manager.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import { enforceRetention } from "../../src/log/retention.ts";
import { DiskError } from "../../src/platform/disk.ts";
import { batches, type BatchView, verifyBatch } from "../../src/records/batch.ts";
import { BatchBuilder, type BatchOptions } from "../../src/records/batch_builder.ts";
import { controlKey, endTxnMarkerValue } from "../../src/records/control_record.ts";
import { recordsOf } from "../../src/records/record.ts";
import { CrashDisk } from "./crash_disk.ts";
import { manualPlatform, readAll, readBytes, RestlessTime, tinyConfig } from "./log_world.ts";

/** A transaction; what it wrote counts when it was committed. */
interface ModelTxn {
  readonly producerId: number;
  outcome: "open" | "committed" | "aborted";
}

/** A record as it was written. */
interface ModelRecord {
  readonly offset: number;
  readonly key: string;
  /** Null for a tombstone. */
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers: string;
  readonly txn: ModelTxn | null;
  /** -1 without a producer id, or when the producer was forgotten. */
  producerId: number;
  readonly sequence: number;
}

/** What a record holds for applications. */
type RecordData = Pick<ModelRecord, "offset" | "key" | "value" | "timestamp" | "headers">;

/** A producer with sequences, transactional or not. */
interface ModelProducer {
  readonly id: number;
  readonly isTransactional: boolean;
  nextSequence: number;
  txn: ModelTxn | null;
}

/** Time in which something happens where long work lets others have their turn. */
class EventfulTime extends RestlessTime {
  onYield: () => void = () => {};

  constructor() {
    super(1 / 3);
  }

  override yield(): Promise<void> {
    this.onYield();
    return Promise.resolve();
  }
}

const CODECS = ["none", "none", "gzip", "snappy", "lz4", "zstd"] as const;
const DELETE_RETENTION_MS = 5000;
/** The key that stands for a transaction marker. */
const MARKER = "";

export class CompactionHistory {
  readonly prng: Prng;
  readonly time = new EventfulTime();
  readonly config: LogConfig;
  disk = new CrashDisk();
  records: ModelRecord[] = [];
  producers: ModelProducer[];
  /** Everything below must survive. */
  durableOffset = 0;
  /** The highest that the log start offset ever was: a crash may take it back, and what comes back is not dirty. */
  highestStart = 0;
  leaderEpoch = 0;
  log: PartitionLog | null = null;
  /** A crash or a cut has taken records of a producer. */
  hasLost = false;

  constructor(seed: number) {
    this.prng = new Prng(seed);
    this.config = {
      ...tinyConfig,
      segmentBytes: 500 + this.prng.below(1500),
      indexIntervalBytes: 60,
      fileDeleteDelayMs: this.prng.pick([0, 60_000]),
      cleanupDelete: this.prng.chance(0.3),
      cleanupCompact: true,
      retentionMs: 60_000,
      minCleanableDirtyRatio: this.prng.pick([0, 0.2, 0.5]),
      minCompactionLagMs: this.prng.pick([0, 0, 2000]),
      deleteRetentionMs: DELETE_RETENTION_MS,
    };
    const isTransactional = this.prng.chance(0.5);
    this.producers = [1, 2, 3].map((id) => ({
      id,
      isTransactional: isTransactional && id > 1,
      nextSequence: 0,
      txn: null,
    }));
  }

  /** Opens the log, runs a random history that ends with a crash, a kill or a clean stop, and checks what is left. */
  async round(): Promise<void> {
    this.disk.pause = () => this.#pause();
    let left = 20 + this.prng.below(900);
    const isClean = this.prng.chance(0.2);
    this.disk.onOperation = (operation, path) => {
      if (left-- <= 0 && !isClean) {
        throw new DiskError("io", path, `${operation} ${path}: the machine has crashed`);
      }
    };
    try {
      const manager = await this.#open();
      const log = manager.getOrCreate("t", 0, { topicId: ZERO_UUID, config: this.config });
      this.log = log;
      await this.#checkNow(log);
      while (left > 0 && log.offline === null) await this.#step(log, manager);
      if (isClean) {
        await manager.close();
        this.durableOffset = log.logEndOffset;
      }
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
    this.time.onYield = () => {};
    if (this.log !== null) this.highestStart = Math.max(this.highestStart, this.log.logStartOffset);
    this.disk = this.prng.chance(0.3) ? this.disk.afterKill() : this.disk.crash(() => this.prng.next());
    await this.#reopen();
  }

  #open(): Promise<LogManager> {
    return LogManager.open({
      platform: manualPlatform(this.disk, this.time),
      directories: ["/data"],
      configOf: () => this.config,
      producerIdExpirationMs: Number.MAX_SAFE_INTEGER,
      maxOpenFiles: 3,
      maxIndexBytes: 500,
      tailCacheBytes: this.prng.pick([0, 3000, 1 << 20]),
    });
  }

  async #pause(): Promise<void> {
    for (let turns = this.prng.below(4); turns > 0; turns--) await Promise.resolve();
  }

  async #step(log: PartitionLog, manager: LogManager): Promise<void> {
    const dice = this.prng.next();
    this.highestStart = Math.max(this.highestStart, log.logStartOffset);
    if (dice < 0.7) this.#append(log);
    else if (dice < 0.76) await this.#flush(log);
    else if (dice < 0.82) await this.#compact(log, manager);
    else if (dice < 0.86) this.time.advance(this.prng.below(3000));
    else if (dice < 0.88) this.leaderEpoch++;
    else if (dice < 0.9) {
      log.raiseLogStartOffset(Math.min(log.highWatermark, log.logStartOffset + this.prng.below(9)));
    } else if (dice < 0.92) log.roll();
    else if (dice < 0.94) await enforceRetention(log, { nowMs: this.time.nowMs });
    else if (dice < 0.96) await this.#truncate(log);
    else await this.#checkNow(log);
  }

  #append(log: PartitionLog): void {
    const producer = this.prng.chance(0.5) ? this.prng.pick(this.producers) : null;
    if (producer?.txn && this.prng.chance(0.3)) return this.#endTxn(log, producer);
    if (producer?.isTransactional === true && producer.txn === null) {
      producer.txn = { producerId: producer.id, outcome: "open" };
    }
    const options: BatchOptions = {
      compression: this.prng.pick(CODECS),
      ...(producer === null ? {} : {
        producerId: producer.id,
        producerEpoch: 0,
        baseSequence: producer.nextSequence,
        isTransactional: producer.isTransactional,
      }),
    };
    const builder = new BatchBuilder(options);
    const written: Omit<RecordData, "offset">[] = [];
    for (let count = 1 + this.prng.below(5); count > 0; count--) {
      const record = this.#record();
      const headers = record.headers === ""
        ? []
        : [{ key: record.headers, value: encodeUtf8(record.headers) }];
      const value = record.value === null ? null : encodeUtf8(record.value);
      builder.append({ timestamp: record.timestamp, key: encodeUtf8(record.key), value, headers });
      written.push(record);
    }
    const result = log.append(builder.build(), { leaderEpoch: this.leaderEpoch });
    if (result.error !== null) return equal(result.error, "storage-error", result.message);
    for (const [index, record] of written.entries()) {
      this.records.push({
        ...record,
        offset: result.baseOffset + index,
        txn: producer?.txn ?? null,
        producerId: producer?.id ?? -1,
        sequence: producer === null ? -1 : producer.nextSequence++,
      });
    }
  }

  #record(): Omit<RecordData, "offset"> {
    return {
      key: `key-${this.prng.below(12)}`,
      value: this.prng.chance(0.2) ? null : "v".repeat(this.prng.below(40)) + this.prng.below(1000),
      timestamp: this.time.nowMs,
      headers: this.prng.chance(0.2) ? `h${this.prng.below(9)}` : "",
    };
  }

  #endTxn(log: PartitionLog, producer: ModelProducer): void {
    const aborted = this.prng.chance(0.5);
    const builder = new BatchBuilder({
      producerId: producer.id,
      producerEpoch: 0,
      isTransactional: true,
      isControl: true,
    });
    const key = controlKey(aborted ? "Abort" : "Commit");
    builder.append({ timestamp: this.time.nowMs, key, value: endTxnMarkerValue(0) });
    const result = log.append(builder.build(), { leaderEpoch: this.leaderEpoch, origin: "coordinator" });
    if (result.error !== null) return equal(result.error, "storage-error", result.message);
    producer.txn!.outcome = aborted ? "aborted" : "committed";
    // It may be lost by a crash, and the transaction is open again then.
    const nothing = { key: MARKER, value: null, timestamp: 0, headers: "", producerId: -1, sequence: -1 };
    this.records.push({ ...nothing, offset: result.baseOffset, txn: producer.txn });
    producer.txn = null;
  }

  async #flush(log: PartitionLog): Promise<void> {
    const end = log.logEndOffset;
    if (!await Promise.race([log.flushedTo(end), this.#crashed(log)])) return;
    this.durableOffset = Math.max(this.durableOffset, end);
    log.highWatermark = end;
  }

  /** A sync that a crash interrupts never ends. */
  async #crashed(log: PartitionLog): Promise<boolean> {
    for (let turns = 0; turns < 1_000_000; turns++) {
      if (log.offline !== null) return false;
      await Promise.resolve();
    }
    throw new Error("a flush must end");
  }

  /** Compacts while the log is appended to, read, cut at either end and perhaps closed by a failing disk. */
  async #compact(log: PartitionLog, manager: LogManager): Promise<void> {
    const reads: Promise<void>[] = [];
    this.time.onYield = () => {
      const dice = this.prng.next();
      if (log.offline !== null) return;
      this.highestStart = Math.max(this.highestStart, log.logStartOffset);
      if (dice < 0.1) this.#append(log);
      else if (dice < 0.2) reads.push(this.#readSome(log));
      else if (dice < 0.22) log.raiseLogStartOffset(Math.min(log.highWatermark, log.logStartOffset + 4));
      else if (dice < 0.24) void log.flush();
      else if (dice < 0.26) log.roll();
      else if (dice < 0.28) this.time.advance(1);
    };
    manager.compaction.settings = {
      mapBytes: this.prng.pick([400, 2000, 1 << 20]),
      ioBufferBytes: this.prng.pick([1, 1 << 20]),
    };
    const ended = manager.compaction.run().then(() => true);
    await Promise.race([ended, this.#crashed(log)]);
    this.time.onYield = () => {};
    await Promise.all(reads);
  }

  async #truncate(log: PartitionLog): Promise<void> {
    const from = Math.max(log.highWatermark, this.durableOffset);
    const offset = from + this.prng.below(log.logEndOffset - from + 1);
    this.hasLost ||= this.records.some((record) => record.offset >= offset && record.producerId >= 0);
    await log.truncateTo(offset);
    if (log.offline === null) this.#forgetFrom(log);
  }

  /** What a reader gets that begins in the middle is what lies there. */
  async #readSome(log: PartitionLog): Promise<void> {
    const offset = log.logStartOffset + this.prng.below(log.logEndOffset - log.logStartOffset + 1);
    const read = log.read(offset, 1 + this.prng.below(2000), { upTo: log.logEndOffset, minOneBatch: true });
    const loaded = read.kind === "cold" ? await read.load() : read;
    if (log.offline !== null || loaded.kind === "offset-out-of-range") return;
    equal(loaded.kind, "records");
  }

  async #reopen(): Promise<void> {
    this.disk.onOperation = () => {};
    const withSnapshots = this.prng.chance(0.7);
    if (!withSnapshots) this.#removeSnapshots();
    const manager = await this.#open();
    const log = manager.get("t", 0);
    if (log === undefined) {
      equal(this.durableOffset, 0, "a log with durable records is there");
      this.records = [];
      for (const producer of this.producers) Object.assign(producer, { nextSequence: 0, txn: null });
      return manager.abandon();
    }
    ok(
      log.logEndOffset >= this.durableOffset,
      `ends at ${log.logEndOffset}, ${this.durableOffset} is durable`,
    );
    this.#checkProducers(log, withSnapshots);
    this.#forgetFrom(log);
    await this.check(log);
    deepEqual(this.disk.list("/data/t-0").filter(({ name }) => /\.(cleaned|swap)$/.test(name)), []);
    this.durableOffset = log.logEndOffset;
    manager.abandon();
    this.disk = this.disk.afterKill();
  }

  #removeSnapshots(): void {
    if (!this.disk.exists("/data/t-0")) return;
    for (const { name } of this.disk.list("/data/t-0")) {
      if (name.endsWith(".snapshot")) this.disk.remove(`/data/t-0/${name}`);
    }
  }

  /**
   * A producer goes on where it was, although its last records may be compacted. Only when its last batch
   * was taken away, and the snapshots since, nothing may be left that tells of the one before.
   */
  #checkProducers(log: PartitionLog, withSnapshots: boolean): void {
    for (const { id } of this.producers) {
      const all = this.records.filter(({ producerId }) => producerId === id);
      const last = all.findLast(({ offset }) => offset < log.logEndOffset);
      if (last === undefined || last.offset < log.logStartOffset) continue;
      const lastSequence = log.producers.find(id)?.lastSequence ?? -1;
      this.hasLost ||= last !== all.at(-1);
      if (withSnapshots || !this.hasLost) {
        equal(lastSequence, last.sequence, `the last sequence of producer ${id}`);
      }
      if (last.txn?.outcome === "open") equal(log.producers.hasOngoingTxn(id), true);
      if (lastSequence !== last.sequence) { for (const record of all) record.producerId = -1; }
    }
  }

  /** Forgets what is not in the log any more because its end was cut or lost. */
  #forgetFrom(log: PartitionLog): void {
    const { logEndOffset } = log;
    for (const { offset, txn, key } of this.records) {
      if (offset >= logEndOffset && key === MARKER) txn!.outcome = "open";
    }
    this.records = this.records.filter(({ offset }) => offset < logEndOffset);
    for (const producer of this.producers) {
      producer.nextSequence = (log.producers.find(producer.id)?.lastSequence ?? -1) + 1;
      const isOpen = (txn: ModelTxn | null) => txn?.producerId === producer.id && txn.outcome === "open";
      producer.txn = this.records.findLast(({ txn }) => isOpen(txn))?.txn ?? null;
    }
  }

  /** Checks the log while it is used: the crash may come while it is read. */
  async #checkNow(log: PartitionLog): Promise<void> {
    try {
      await this.check(log);
    } catch (error) {
      if (log.offline === null) throw error;
    }
  }

  /** Compares all that the log gives with what was written. */
  async check(log: PartitionLog): Promise<void> {
    const found = dataOf(await readAll(log, 1 + this.prng.below(1500)), log.logStartOffset);
    const byOffset = new Map(this.records.map((record) => [record.offset, record]));
    for (const record of found) {
      const { offset, key, value, timestamp, headers } = byOffset.get(record.offset)!;
      deepEqual(record, { offset, key, value, timestamp, headers }, "what is there is as it was written");
    }
    this.highestStart = Math.max(this.highestStart, log.logStartOffset);
    this.#checkKept(log, new Set(found.map(({ offset }) => offset)));
    await this.#checkSuffix(log, found);
  }

  #checkKept(log: PartitionLog, found: ReadonlySet<number>): void {
    const { minCompactionLagMs = 0 } = this.config;
    const dirty = log.firstDirtyOffset;
    const seen = new Set<string>();
    const seenClean = new Set<string>();
    for (const { offset, key, value, timestamp, txn } of this.records.toReversed()) {
      if (offset < log.logStartOffset || key === MARKER) continue;
      const ageMs = this.time.nowMs - timestamp;
      const isSafe = ageMs < minCompactionLagMs || txn?.outcome === "open";
      const isLast = !seen.has(key) && txn?.outcome !== "aborted";
      const isKept = value !== null || ageMs < DELETE_RETENTION_MS;
      if (isSafe || isLast && isKept) ok(found.has(offset), `offset ${offset} (${key}) is there`);
      const isClean = offset < dirty && offset >= this.highestStart;
      if (isClean && (seenClean.has(key) || txn?.outcome === "aborted")) {
        ok(!found.has(offset), `offset ${offset} (${key}) is not there, ${dirty} is clean`);
      }
      if (txn !== null && txn.outcome !== "committed") continue;
      seen.add(key);
      if (offset < dirty) seenClean.add(key);
    }
  }

  async #checkSuffix(log: PartitionLog, all: readonly RecordData[]): Promise<void> {
    if (log.logStartOffset === log.logEndOffset) return;
    const from = log.logStartOffset + this.prng.below(log.logEndOffset - log.logStartOffset);
    const offsets = all.map(({ offset }) => offset).filter((offset) => offset >= from);
    const seen: number[] = [];
    for (let next = from; next < log.logEndOffset;) {
      const bytes = await readBytes(log, next, { maxBytes: 1 + this.prng.below(900) });
      if (bytes.length === 0) break;
      for (const batch of batches(bytes)) {
        equal(verifyBatch(batch.bytes, batch.at), null, "every batch is sound");
        for (const { offset } of recordsOf(batch)) if (offset >= next && !batch.isControl) seen.push(offset);
        next = batch.nextOffset;
      }
    }
    deepEqual(seen, offsets, `a reader that begins at ${from}`);
  }
}

function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes, 0, bytes.length);
}

/** The records for applications, from `from` on. */
function dataOf(batches: readonly BatchView[], from: number): RecordData[] {
  const found: RecordData[] = [];
  for (const batch of batches) {
    if (batch.isControl) continue;
    for (const record of recordsOf(batch)) {
      if (record.offset < from) continue;
      found.push({
        offset: record.offset,
        key: textOf(record.key!),
        value: record.value === null ? null : textOf(record.value),
        timestamp: record.timestamp,
        headers: record.headers.map(({ value }) => textOf(value!)).join(),
      });
    }
  }
  return found;
}

/** Runs the history of `seed`: some rounds on one disk. */
export async function runCompactionHistory(seed: number): Promise<void> {
  const history = new CompactionHistory(seed);
  try {
    for (let round = 0; round < 5; round++) await history.round();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
