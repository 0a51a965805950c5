/** Compacts the logs of a node: those with the largest part that is dirty first, and one at a time. */

import { DiskError } from "../../platform/disk.ts";
import type { LogContext } from "../log_context.ts";
import type { LogDirectory } from "../log_directory.ts";
import type { PartitionLog } from "../partition_log.ts";
import { isAboutRemoved } from "../segment.ts";
import { type CompactionResult, compactLog } from "./compaction.ts";
import {
  type CompactionPlan,
  compactionSettings,
  dirtyRatio,
  isDue,
  planCompaction,
} from "./compaction_plan.ts";
import { Pace } from "./pace.ts";

/** What may change while the node runs. */
export interface CompactionRunnerSettings {
  /** `log.cleaner.enable`; true unless told. */
  readonly isEnabled?: boolean;
  /** `log.cleaner.backoff.ms`: the rest when there is nothing to do; 15 s unless told. */
  readonly backoffMs?: number;
  /** `log.cleaner.dedupe.buffer.size`: the most memory for the map of keys; 128 MiB unless told. */
  readonly mapBytes?: number;
  /** `log.cleaner.io.buffer.load.factor`; 0.9 unless told. */
  readonly maxLoad?: number;
  /** `log.cleaner.io.buffer.size`; 512 KiB unless told. */
  readonly ioBufferBytes?: number;
  /** `log.cleaner.io.max.bytes.per.second`; no limit unless told. */
  readonly maxBytesPerSecond?: number;
}

/** What was done since the start, for metrics. */
export interface CompactionTotals {
  passes: number;
  bytesRead: number;
  bytesWritten: number;
  recordsRead: number;
  recordsKept: number;
  lastPassMs: number;
  /** Of the log that is the dirtiest, as of the last look; from 0 to 1. */
  maxDirtyRatio: number;
}

/** How much of a log is compacted. */
export interface CompactionState {
  readonly firstDirtyOffset: number;
  /** The bytes that may be compacted and were not. */
  readonly cleanableBytes: number;
  /** The part of what may be compacted that was not, from 0 to 1. */
  readonly dirtyRatio: number;
  /** The log is damaged, and is not compacted any more. */
  readonly isUncleanable: boolean;
}

/** A log that should be compacted. */
interface Candidate {
  readonly log: PartitionLog;
  readonly directory: LogDirectory;
  readonly ratio: number;
}

const DEFAULT_BACKOFF_MS = 15_000;
const DEFAULT_MAP_BYTES = 128 * 1024 * 1024;
/** How many logs are looked at before others may work. */
const LOGS_AT_ONCE = 100;

export class CompactionRunner {
  settings: CompactionRunnerSettings = {};
  readonly totals: CompactionTotals = {
    passes: 0,
    bytesRead: 0,
    bytesWritten: 0,
    recordsRead: 0,
    recordsKept: 0,
    lastPassMs: 0,
    maxDirtyRatio: 0,
  };
  readonly #context: LogContext;
  readonly #directories: readonly LogDirectory[];
  /** Logs that are damaged: they are left alone until the next start. */
  readonly #uncleanable = new Set<PartitionLog>();
  /** Logs that found no room on their disk when they were last compacted. */
  readonly #short = new WeakSet<PartitionLog>();
  readonly #pace: Pace;
  /** What is or was last compacted. */
  #current: PartitionLog | null = null;
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor(context: LogContext, directories: readonly LogDirectory[]) {
    this.#context = context;
    this.#directories = directories;
    this.#pace = new Pace(context, {
      maxBytesPerSecond: () => this.settings.maxBytesPerSecond ?? Infinity,
      isStopped: () => !this.#mayRun || this.#current?.closed === true,
    });
  }

  get backoffMs(): number {
    return this.settings.backoffMs ?? DEFAULT_BACKOFF_MS;
  }

  /** How many logs are damaged and therefore not compacted any more. */
  get uncleanableCount(): number {
    return this.#uncleanable.size;
  }

  /** How much of a log is compacted. Throws DiskError. */
  async stateOf(log: PartitionLog): Promise<CompactionState> {
    const plan = await this.#plan(log);
    return {
      firstDirtyOffset: plan.firstDirtyOffset,
      cleanableBytes: plan.dirtyBytes,
      dirtyRatio: dirtyRatio(plan),
      isUncleanable: this.#uncleanable.has(log),
    };
  }

  /** Compacts until no log is due. Calls that meet share one run. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => this.#running = null);
    return this.#running;
  }

  /** Gives up what is under way, and resolves when nothing is any more. Nothing is compacted from then on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const log of this.#uncleanable) if (log.closed) this.#uncleanable.delete(log);
    let hasProgress = true;
    while (hasProgress && this.#mayRun) {
      hasProgress = false;
      for (const candidate of await this.#findDue()) {
        if (!this.#mayRun) return;
        if (await this.#compact(candidate)) hasProgress = true;
      }
    }
  }

  get #mayRun(): boolean {
    return !this.#isStopped && this.settings.isEnabled !== false;
  }

  /** The logs that are due, the dirtiest first. */
  async #findDue(): Promise<Candidate[]> {
    const due: Candidate[] = [];
    let maxDirtyRatio = 0;
    let looked = 0;
    for (const directory of this.#directories) {
      for (const log of [...directory.logs.values()]) {
        if (!this.#mayBeCompacted(log)) continue;
        if (++looked % LOGS_AT_ONCE === 0) await this.#context.timers.yield();
        const plan = await this.#attempt(log, () => this.#plan(log));
        if (plan === null) continue;
        const ratio = dirtyRatio(plan);
        maxDirtyRatio = Math.max(maxDirtyRatio, ratio);
        if (isDue(plan, compactionSettings(log.config))) due.push({ log, directory, ratio });
      }
    }
    this.totals.maxDirtyRatio = maxDirtyRatio;
    return due.sort((a, b) => b.ratio - a.ratio);
  }

  #mayBeCompacted(log: PartitionLog): boolean {
    return log.config.cleanupCompact && !log.isBusy && log.segments.count > 1 && !this.#uncleanable.has(log);
  }

  #plan(log: PartitionLog): Promise<CompactionPlan> {
    return planCompaction(log, this.#context.clock.wallMs());
  }

  /** False when it is better to rest before this log is tried again. */
  async #compact({ log, directory }: Candidate): Promise<boolean> {
    if (!this.#mayBeCompacted(log)) return false;
    const before = log.firstDirtyOffset;
    const startedMs = this.#context.clock.monotonicMs();
    const result = await this.#attempt(log, async () => {
      const plan = await this.#plan(log);
      if (!isDue(plan, compactionSettings(log.config))) return null;
      const result = await this.#compactAsPlanned(log, plan);
      // As much is dirty again as the pass has cleaned: it must not be outrun by those who write.
      this.#pace.isUrgent = result.outcome === "done" &&
        (await this.#plan(log)).dirtyBytes >= plan.dirtyBytes;
      return result;
    });
    if (result === null) return false;
    this.#count(result, this.#context.clock.monotonicMs() - startedMs);
    if (result.outcome === "damaged") this.#uncleanable.add(log);
    if (result.outcome !== "done") return false;
    this.#short.delete(log);
    this.#report(log, result);
    await directory.writeCheckpoint("cleanerOffsets");
    return log.firstDirtyOffset > before;
  }

  #compactAsPlanned(log: PartitionLog, plan: CompactionPlan): Promise<CompactionResult> {
    const { mapBytes = DEFAULT_MAP_BYTES, maxLoad, ioBufferBytes } = this.settings;
    this.#current = log;
    return compactLog(log, plan, {
      mapBytes,
      ...(maxLoad === undefined ? {} : { maxLoad }),
      ...(ioBufferBytes === undefined ? {} : { ioBufferBytes }),
      pace: this.#pace,
    });
  }

  #count(result: CompactionResult, tookMs: number): void {
    const { totals } = this;
    totals.passes++;
    totals.bytesRead += result.bytesRead;
    totals.bytesWritten += result.bytesWritten;
    totals.recordsRead += result.recordsRead;
    totals.recordsKept += result.recordsKept;
    totals.lastPassMs = tookMs;
  }

  #report(log: PartitionLog, { bytesBefore, bytesAfter, firstDirtyOffset }: CompactionResult): void {
    const message =
      `compacted ${log.name} up to offset ${firstDirtyOffset}: ${bytesBefore} bytes to ${bytesAfter}`;
    this.#context.report({ kind: "compacted", log: log.name, bytesBefore, bytesAfter, message });
  }

  /**
   * Runs a task on a log; null when its disk fails or the log was closed. What cannot be read or written here is no
   * reason to keep clients from the rest: the log goes on as it is, without being compacted.
   */
  async #attempt<T>(log: PartitionLog, task: () => Promise<T>): Promise<T | null> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      if (!log.isBusy && !isAboutRemoved(error)) this.#onFailed(log, error);
      return null;
    }
  }

  #onFailed(log: PartitionLog, error: DiskError): void {
    const isFull = error.code === "no-space";
    if (isFull && this.#short.has(log)) return;
    if (isFull) this.#short.add(log);
    else this.#uncleanable.add(log);
    const message = isFull
      ? `could not compact ${log.name}, and will try again: ${error.message}`
      : `does not compact ${log.name} any more: ${error.message}`;
    this.#context.report({ kind: "uncleanable", log: log.name, message });
  }
}
