/**
 * The logs of a node: opens those that its data directories hold, creates and deletes logs, and does what has to be
 * done from time to time: flush, roll and expire, and save checkpoints.
 *
 * A directory that was left by {@link LogManager.close} opens without a look at the batches; after any other stop
 * each log is recovered from its recovery point on.
 */

import { assert } from "../core/assert.ts";
import type { Uuid } from "../core/ids.ts";
import { type DirectoryLock, type Disk, DiskError } from "../platform/disk.ts";
import type { Clock, Platform, Timer } from "../platform/platform.ts";
import {
  DELETE_DIRECTORY_SUFFIX,
  parsePartitionDirectoryName,
  partitionDirectoryName,
  type TopicPartition,
} from "./file_names.ts";
import type { OffsetsByPartition } from "./checkpoint_file.ts";
import { removeDirectoryGradually } from "./gradual_removal.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogContext, LogEvent } from "./log_context.ts";
import { LogDirectory } from "./log_directory.ts";
import { LogDisk } from "./log_disk.ts";
import { CompactionRunner, type CompactionRunnerSettings } from "./compaction/compaction_runner.ts";
import { createLog, openLog, saveTopicId } from "./log_loader.ts";
import type { PartitionLog } from "./partition_log.ts";
import { join, parentOf } from "./paths.ts";
import { RetentionRunner } from "./retention_runner.ts";
import { SegmentPool } from "./segment_pool.ts";
import { TailCache } from "./tail_cache.ts";

export interface LogManagerOptions {
  readonly platform: Platform;
  /** `log.dirs`; created when absent. */
  readonly directories: readonly string[];
  /** The configuration of a topic's logs, as far as it is known when the logs are opened. */
  readonly configOf: (topic: string) => LogConfig;
  /** Logs in the directories that belong to someone else: `__cluster_metadata`. */
  readonly isForeign?: (partition: TopicPartition) => boolean;
  /** False when the caller holds the locks of the directories. */
  readonly lock?: boolean;
  readonly report?: (event: LogEvent) => void;
  /** What all logs together keep in memory of their last appends; 32 MiB unless told. */
  readonly tailCacheBytes?: number;
  /** Of segments; a quarter of what the process may open unless told, and no less than {@link FEW_FILES}. */
  readonly maxOpenFiles?: number;
  readonly maxIndexBytes?: number;
  /** `producer.id.expiration.ms`; a day unless told. */
  readonly producerIdExpirationMs?: number;
  /** `log.flush.offset.checkpoint.interval.ms` and the one for log start offsets; a minute unless told. */
  readonly checkpointIntervalMs?: number;
  /** `replica.high.watermark.checkpoint.interval.ms`; 5 s unless told. */
  readonly highWatermarkCheckpointIntervalMs?: number;
}

/** What any machine lets a process open, connections apart. */
const FEW_FILES = 768;
/** More would only hold memory. */
const MANY_FILES = 65_536;

function openFilesOf({ openFilesLimit = 0 }: Disk): number {
  return Math.min(MANY_FILES, Math.max(FEW_FILES, Math.floor(openFilesLimit / 4)));
}

/** When and how much retention removes beyond what the topics' configurations say. */
export interface RetentionSettings {
  /** `log.retention.check.interval.ms`; five minutes unless told. */
  readonly checkIntervalMs?: number;
  /** `log.retention.disk.percent` now: what all logs may take of each disk; null or absent for no bound. */
  readonly diskPercent?: () => number | null;
}

/** How often logs are asked whether they are due to be flushed or rolled. */
const FLUSH_CHECK_INTERVAL_MS = 1000;
/** How often the shares of the disk are looked at: it may fill faster than `log.retention.check.interval.ms` thinks. */
const SHARE_INTERVAL_MS = 5000;
const LOGS_CLOSED_AT_ONCE = 16;
const EXPIRE_INTERVAL_MS = 10 * 60 * 1000;

/** A context for logs that share a cache and a bound on open files. */
export function createLogContext(
  options: Omit<LogManagerOptions, "directories" | "configOf">,
): LogContext {
  const { clock, timers, random, disk } = options.platform;
  return {
    clock,
    timers,
    random,
    disk,
    pool: new SegmentPool({
      maxOpenFiles: options.maxOpenFiles ?? openFilesOf(disk),
      maxIndexBytes: options.maxIndexBytes ?? 64 * 1024 * 1024,
    }),
    tailCache: new TailCache(options.tailCacheBytes ?? 32 * 1024 * 1024),
    activity: { operations: 0 },
    producerIdExpirationMs: options.producerIdExpirationMs ?? 24 * 3600 * 1000,
    report: options.report ?? (() => {}),
  };
}

export class LogManager {
  readonly context: LogContext;
  readonly directories: readonly LogDirectory[];
  readonly retention: RetentionRunner;
  readonly compaction: CompactionRunner;
  readonly #options: LogManagerOptions;
  readonly #logs = new Map<string, PartitionLog>();
  readonly #directoryOf = new Map<PartitionLog, LogDirectory>();
  readonly #diskOf = new Map<PartitionLog, LogDisk>();
  #locks: DirectoryLock[] = [];
  readonly #timers = new Set<Timer>();
  #previousBrokerEpoch = Infinity;
  /** Directories whose disk has failed, until the next start. */
  readonly #failed = new Set<LogDirectory>();
  #closed = false;

  private constructor(options: LogManagerOptions) {
    this.#options = options;
    this.context = createLogContext(options);
    this.directories = options.directories.map((path) => new LogDirectory(this.context.disk, path));
    this.retention = new RetentionRunner(this.context, this.directories);
    this.compaction = new CompactionRunner(this.context, this.directories);
    assert(this.directories.length > 0, "a log manager has a directory");
  }

  /** Opens all logs. Throws DiskError: "locked" when another process uses a directory. */
  static async open(options: LogManagerOptions): Promise<LogManager> {
    const manager = new LogManager(options);
    try {
      for (const directory of manager.directories) await manager.#openDirectory(directory);
    } catch (error) {
      manager.abandon();
      throw error;
    }
    manager.#schedule();
    return manager;
  }

  async #openDirectory(directory: LogDirectory): Promise<void> {
    const { disk, report } = this.context;
    await makeDurableDirectory(disk, directory.path);
    if (this.#options.lock !== false) this.#locks.push(disk.lockDirectory(directory.path));
    const recoveryPoints = directory.readCheckpoint("recoveryPoints", report);
    const logStartOffsets = directory.readCheckpoint("logStartOffsets", report);
    const highWatermarks = directory.readCheckpoint("highWatermarks", report);
    const firstDirtyOffsets = directory.readCheckpoint("cleanerOffsets", report);
    const previousEpoch = await directory.takeCleanShutdownMarker();
    const cleanShutdown = previousEpoch !== null;
    this.#previousBrokerEpoch = Math.min(this.#previousBrokerEpoch, previousEpoch ?? -1);
    let opened = 0;
    const namesakes: PartitionLog[] = [];
    for (const { name, isDirectory } of disk.list(directory.path)) {
      const path = join(directory.path, name);
      if (isDirectory && name.endsWith(DELETE_DIRECTORY_SUFFIX)) disk.remove(path);
      const partition = isDirectory ? parsePartitionDirectoryName(name) : null;
      if (partition === null || this.#options.isForeign?.(partition) === true) continue;
      const isNamesake = directory.isNamesake(name);
      const saved = (offsets: OffsetsByPartition) => isNamesake ? 0 : offsets.get(name) ?? 0;
      const diskOfLog = new LogDisk(disk);
      const log = await openLog({ ...this.context, disk: diskOfLog }, {
        directory: path,
        config: this.#options.configOf(partition.topic),
        cleanShutdown,
        recoveryPoint: saved(recoveryPoints),
        logStartOffset: saved(logStartOffsets),
        highWatermark: saved(highWatermarks),
        firstDirtyOffset: saved(firstDirtyOffsets),
        // Who lacks what it had must not count as in sync, however it stopped.
        onUnexplainedLoss: () => this.#previousBrokerEpoch = -1,
      });
      this.#adopt(log, directory, diskOfLog);
      if (isNamesake) namesakes.push(log);
      if (++opened % 64 === 0) await this.context.timers.yield();
    }
    for (const log of namesakes) await directory.endNamesake(log);
  }

  #adopt(log: PartitionLog, directory: LogDirectory, disk: LogDisk): void {
    directory.logs.set(log.name, log);
    this.#logs.set(log.name, log);
    this.#directoryOf.set(log, directory);
    this.#diskOf.set(log, disk);
    log.onCut = async () => {
      await directory.writeCheckpoint("recoveryPoints");
      await directory.writeCheckpoint("logStartOffsets");
    };
    log.onFailed = (error) => this.#onFailed(directory, error);
  }

  /** A disk that cannot read or write is not to be trusted with its other logs either; those elsewhere go on. */
  #onFailed(directory: LogDirectory, error: DiskError): void {
    // While stopping, each log is closed as well as it can be.
    if (error.code !== "io" || this.#closed || this.#failed.has(directory)) return;
    this.#failed.add(directory);
    for (const log of directory.logs.values()) log.takeOffline(error);
    const message =
      `log directory ${directory.path} is offline with its ${directory.logs.size} logs: ${error.message}`;
    this.context.report({ kind: "offline", log: directory.path, message });
  }

  /** The broker's epoch when it closed all these directories cleanly; -1 when it did not (KIP-966). */
  get previousBrokerEpoch(): number {
    return this.#previousBrokerEpoch === Infinity ? -1 : this.#previousBrokerEpoch;
  }

  /** The directories whose disk has failed. */
  get failedDirectories(): readonly string[] {
    return [...this.#failed].map(({ path }) => path);
  }

  /** All logs. */
  logs(): Iterable<PartitionLog> {
    return this.#logs.values();
  }

  get count(): number {
    return this.#logs.size;
  }

  get(topic: string, partition: number): PartitionLog | undefined {
    return this.#logs.get(partitionDirectoryName(topic, partition));
  }

  /** The data directory that holds a log. */
  directoryOf(log: PartitionLog): string {
    return this.#directoryOf.get(log)!.path;
  }

  /**
   * The log of a partition, created in the directory with the fewest logs when there is none. Throws DiskError. The
   * topic's id is written in the background, also for a log that has lost it in a crash: without it a log could be
   * taken for that of the next topic with the same name.
   */
  getOrCreate(topic: string, partition: number, options: { topicId: Uuid; config: LogConfig }): PartitionLog {
    const existing = this.get(topic, partition);
    if (existing !== undefined) {
      if (existing.topicId === null) this.#inBackground(saveTopicId(existing, options.topicId), existing);
      return existing;
    }
    assert(!this.#closed, "no log is created after the log manager is closed");
    const usable = this.directories.filter((each) => !this.#failed.has(each));
    let directory = usable[0];
    if (directory === undefined) {
      throw new DiskError("io", topic, `create log ${topic}-${partition}: every log directory is offline`);
    }
    for (const each of usable) if (each.logs.size < directory.logs.size) directory = each;
    const name = partitionDirectoryName(topic, partition);
    const path = join(directory.path, name);
    const isNamesake = directory.beginNamesake(name);
    const disk = new LogDisk(this.context.disk);
    const log = createLog({ ...this.context, disk }, {
      directory: path,
      config: options.config,
      topicId: options.topicId,
    });
    this.#adopt(log, directory, disk);
    this.#inBackground(saveTopicId(log, options.topicId), log);
    // Others that are created with it are written at the same time.
    if (isNamesake) {
      this.#inBackground(this.context.timers.yield().then(() => directory.endNamesake(log)), log);
    }
    return log;
  }

  /**
   * Deletes a partition's log: its directory is renamed at once, so that the partition may be created again, and
   * removed after `file.delete.delay.ms`. Does nothing when there is none. Throws DiskError.
   */
  delete(topic: string, partition: number): void {
    const log = this.get(topic, partition);
    if (log === undefined) return;
    const directory = this.#directoryOf.get(log)!;
    const { disk, random, timers } = this.context;
    const id = Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join("");
    // A name may take 255 bytes, and the id must stay whole.
    const name = `${
      log.name.slice(0, 255 - 33 - DELETE_DIRECTORY_SUFFIX.length)
    }.${id}${DELETE_DIRECTORY_SUFFIX}`;
    const target = join(directory.path, name);
    log.abandon();
    this.#diskOf.get(log)?.end();
    this.#diskOf.delete(log);
    this.#logs.delete(log.name);
    this.#directoryOf.delete(log);
    directory.logs.delete(log.name);
    disk.rename(log.directory, target);
    // A log that gets the same name must not be taken for compacted.
    if (log.firstDirtyOffset > 0) this.#inBackground(directory.writeCheckpoint("cleanerOffsets"));
    const timer = timers.after(log.config.fileDeleteDelayMs, () => {
      this.#timers.delete(timer);
      // What the disk does not let go now is removed by the next start.
      this.#inBackground(this.#removeDeleted(directory, target), log);
    });
    this.#timers.add(timer);
  }

  /** Were files gone before their directory is renamed for good, a power cut could bring back a log without them. */
  async #removeDeleted(directory: LogDirectory, path: string): Promise<void> {
    await this.context.disk.syncDirectory(directory.path);
    await removeDirectoryGradually(this.context, path);
  }

  /** Saves a checkpoint file of every directory. Throws DiskError. */
  async checkpoint(kind: "recoveryPoints" | "logStartOffsets" | "highWatermarks"): Promise<void> {
    for (const directory of this.directories) await directory.writeCheckpoint(kind);
  }

  /**
   * Applies retention from now on. To be called once every log has the configuration of its topic: until then
   * nothing is removed.
   */
  startRetention(options: RetentionSettings = {}): void {
    this.retention.diskPercent = options.diskPercent ?? this.retention.diskPercent;
    this.#every(options.checkIntervalMs ?? 5 * 60_000, () => this.retention.run());
    this.#every(SHARE_INTERVAL_MS, () => this.retention.runShares());
  }

  /** Compacts logs from now on, one at a time. To be called when {@link startRetention} may be. */
  startCompaction(settings: CompactionRunnerSettings = {}): void {
    this.compaction.settings = settings;
    this.#every(() => this.compaction.backoffMs, () => this.compaction.run());
  }

  #schedule(): void {
    const options = this.#options;
    const checkpointMs = options.checkpointIntervalMs ?? 60_000;
    this.#every(options.highWatermarkCheckpointIntervalMs ?? 5000, () => this.checkpoint("highWatermarks"));
    this.#every(checkpointMs, () => this.checkpoint("recoveryPoints"));
    this.#every(checkpointMs, () => this.checkpoint("logStartOffsets"));
    this.#every(FLUSH_CHECK_INTERVAL_MS, () => this.#flushAndRoll());
    this.#every(EXPIRE_INTERVAL_MS, () => this.#expireProducers());
  }

  /** Runs `task` again and again, `intervalMs` after it has ended. */
  #every(intervalMs: number | (() => number), task: () => Promise<void>): void {
    const delayMs = typeof intervalMs === "number" ? intervalMs : intervalMs();
    const timer = this.context.timers.after(delayMs, () => {
      this.#timers.delete(timer);
      this.#inBackground(task().finally(() => this.#closed || this.#every(intervalMs, task)));
    });
    this.#timers.add(timer);
  }

  /** A disk that fails in the background is reported, and takes the log offline that it concerns. */
  #inBackground(work: Promise<void>, log?: PartitionLog): void {
    work.catch((error: unknown) => {
      if (!(error instanceof DiskError)) throw error;
      if (log !== undefined) log.fail(error);
      else if (!this.#closed) {
        this.context.report({ kind: "offline", log: error.path, message: error.message });
      }
    });
  }

  async #flushAndRoll(): Promise<void> {
    const { clock, timers } = this.context;
    let looked = 0;
    for (const log of this.#logs.values()) {
      log.rollIfOld();
      if (isFlushDue(log, clock)) void log.flush();
      if (++looked % 1000 === 0) await timers.yield();
    }
  }

  async #expireProducers(): Promise<void> {
    const { clock, timers, producerIdExpirationMs } = this.context;
    for (const log of this.#logs.values()) {
      log.producers.expire(clock.wallMs(), producerIdExpirationMs);
      if (log.producers.size > 1000) await timers.yield();
    }
  }

  /**
   * Closes all logs so that the next start has nothing to recover, and leaves the marker that says so in each
   * directory whose logs could all be closed. `brokerEpoch` goes into the marker (KIP-966); -1 when unknown.
   */
  async close(options: { readonly brokerEpoch?: number } = {}): Promise<void> {
    if (this.#closed) return;
    this.#stopTimers();
    await this.compaction.stop();
    for (const directory of this.directories) {
      const isClean = await closeAll(directory.logs.values());
      try {
        await directory.writeCheckpoint("recoveryPoints");
        await directory.writeCheckpoint("logStartOffsets");
        await directory.writeCheckpoint("highWatermarks");
        if (isClean) await directory.writeCleanShutdownMarker(options.brokerEpoch ?? -1);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
        this.context.report({ kind: "offline", log: directory.path, message: error.message });
      }
    }
    this.#releaseLocks();
  }

  /** Lets go of everything as it is, as a crash would. */
  abandon(): void {
    this.#stopTimers();
    for (const log of this.#logs.values()) log.abandon();
    this.#releaseLocks();
  }

  #stopTimers(): void {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #releaseLocks(): void {
    for (const lock of this.#locks) lock.release();
    this.#locks = [];
  }
}

/** Closes logs, some at a time so that their syncs overlap. True when all of them could be closed cleanly. */
async function closeAll(logs: Iterable<PartitionLog>): Promise<boolean> {
  const waiting = logs[Symbol.iterator]();
  let isClean = true;
  const closeNext = async () => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      isClean = await next.value.close() && isClean;
    }
  };
  await Promise.all(Array.from({ length: LOGS_CLOSED_AT_ONCE }, closeNext));
  return isClean;
}

/** Makes a directory and its parents, and sees to it that they survive a crash. */
async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  const created: string[] = [];
  for (let each = path; !disk.exists(each); each = parentOf(each)) created.push(each);
  disk.makeDirectory(path);
  for (const each of created) await disk.syncDirectory(parentOf(each));
  // Logs that were created before the last stop, however it came.
  await disk.syncDirectory(path);
}

function isFlushDue(log: PartitionLog, clock: Clock): boolean {
  if (log.offline !== null || log.flushedOffset >= log.logEndOffset) return false;
  return clock.monotonicMs() - log.flusher.lastFlushMs >= log.config.flushMs;
}
