/** Compacts the logs of a node: always the one with the largest part that is dirty, and one at a time. */

import { DiskError } from "../../platform/disk.ts";
import type { LogContext } from "../log_context.ts";
import type { LogDirectory } from "../log_directory.ts";
import type { PartitionLog } from "../partition_log.ts";
import { isAboutRemoved } from "../segment.ts";
import { compactLog } from "./compaction.ts";
import {
  type CompactionPlan,
  compactionSettings,
  dirtyRatio,
  isDue,
  planCompaction,
} from "./compaction_plan.ts";

export interface CompactionRunnerSettings {
  /** `log.cleaner.dedupe.buffer.size`: the memory for the map of keys; 32 MiB unless told. */
  readonly mapBytes?: number;
  /** `log.cleaner.backoff.ms`: the rest when there is nothing to do; 15 s unless told. */
  readonly backoffMs?: number;
}

/** A log that should be compacted. */
interface Candidate {
  readonly log: PartitionLog;
  readonly directory: LogDirectory;
  readonly plan: CompactionPlan;
}

export class CompactionRunner {
  mapBytes = 32 * 1024 * 1024;
  readonly #context: LogContext;
  readonly #directories: readonly LogDirectory[];
  /** Logs that are damaged: they are left alone until the next start. */
  readonly #uncleanable = new WeakSet<PartitionLog>();

  constructor(context: LogContext, directories: readonly LogDirectory[]) {
    this.#context = context;
    this.#directories = directories;
  }

  /** Compacts until no log is due. */
  async run(): Promise<void> {
    let next = await this.#dirtiest();
    while (next !== null && await this.#compact(next)) next = await this.#dirtiest();
  }

  /** False when it is better to rest before anything else is tried. */
  async #compact({ log, directory, plan }: Candidate): Promise<boolean> {
    const result = await this.#attempt(log, () => compactLog(log, plan, { mapBytes: this.mapBytes }));
    if (result?.outcome === "damaged") this.#uncleanable.add(log);
    if (result?.outcome === "done") await directory.writeCheckpoint("cleanerOffsets");
    return result !== null && result.outcome !== "interrupted";
  }

  /** Runs a task on a log, which goes offline when its disk fails; null then, or when the log was closed. */
  async #attempt<T>(log: PartitionLog, task: () => Promise<T>): Promise<T | null> {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      if (!log.closed && !isAboutRemoved(error) && error.code !== "no-space") log.fail(error);
      return null;
    }
  }

  /** The log that is due and has the largest dirty part; null when none is due. */
  async #dirtiest(): Promise<Candidate | null> {
    let best: Candidate | null = null;
    for (const directory of this.#directories) {
      const logs = [...directory.logs.values()].filter((log) => this.#mayBeCompacted(log));
      if (logs.length === 0) continue;
      const durable = new Map(logs.map((log) => [log, log.recoveryPoint]));
      await directory.writeCheckpoint("recoveryPoints");
      for (const log of logs) {
        const plan = await this.#attempt(log, () => this.#plan(log, durable.get(log)!));
        if (plan === null || !isDue(plan, compactionSettings(log.config))) continue;
        if (best === null || dirtyRatio(plan) > dirtyRatio(best.plan)) best = { log, directory, plan };
      }
    }
    return best;
  }

  #plan(log: PartitionLog, durableOffset: number): Promise<CompactionPlan> {
    return planCompaction(log, this.#context.clock.wallMs(), durableOffset);
  }

  #mayBeCompacted(log: PartitionLog): boolean {
    return log.config.cleanupCompact && !log.isBusy && log.segments.count > 1 && !this.#uncleanable.has(log);
  }
}
