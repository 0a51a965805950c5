/** Applies retention to all logs of a node, time and again. */

import { parsePartitionDirectoryName } from "./file_names.ts";
import { diskShares } from "./disk_share.ts";
import type { LogContext } from "./log_context.ts";
import type { LogDirectory } from "./log_directory.ts";
import type { PartitionLog } from "./partition_log.ts";
import { enforceRetention } from "./retention.ts";

/** A log gives up its oldest segment, so it should have several within its share. */
const SEGMENTS_PER_SHARE = 8;
const MIN_SEGMENT_BYTES = 64 * 1024;

export class RetentionRunner {
  /** `log.retention.disk.percent` now; null when it sets no limit. */
  diskPercent: () => number | null = () => null;
  readonly #context: LogContext;
  readonly #directories: readonly LogDirectory[];

  constructor(context: LogContext, directories: readonly LogDirectory[]) {
    this.#context = context;
    this.#directories = directories;
  }

  /** Removes from every log what is too old or too much. */
  async run(): Promise<void> {
    for (const directory of this.#directories) {
      for (const log of [...directory.logs.values()]) {
        await enforceRetention(log, { nowMs: this.#context.clock.wallMs() });
        await this.#context.timers.yield();
      }
    }
    await this.runShares();
  }

  /** Removes from the largest logs what they take beyond their share of the disk. */
  async runShares(): Promise<void> {
    for (const directory of this.#directories) await this.#shareDisk(directory);
  }

  async #shareDisk(directory: LogDirectory): Promise<void> {
    const logs = [...directory.logs.values()].filter((log) =>
      log.offline === null && log.config.cleanupDelete
    );
    const percents = logs.map((log) => log.config.retentionDiskPercent ?? null);
    const nodePercent = this.diskPercent();
    if (nodePercent === null && percents.every((percent) => percent === null)) {
      for (const log of logs) log.segmentBytesLimit = Infinity;
      return;
    }
    const { totalBytes } = this.#context.disk.space(directory.path);
    const shares = diskShares(
      logs.map((log, index) => ({
        sizeBytes: log.sizeBytes,
        topic: parsePartitionDirectoryName(log.name)?.topic ?? log.name,
        topicPercent: percents[index]!,
      })),
      { totalBytes, percent: nodePercent },
    );
    for (const [index, log] of logs.entries()) {
      const percent = Math.min(nodePercent ?? 100, percents[index] ?? 100);
      limitSegments(log, Math.min(shares[index]!, totalBytes * percent / 100));
      const maxBytes = shares[index]!;
      if (log.sizeBytes > maxBytes) {
        await enforceRetention(log, { nowMs: this.#context.clock.wallMs(), maxBytes });
      }
    }
  }
}

function limitSegments(log: PartitionLog, shareBytes: number): void {
  log.segmentBytesLimit = Math.max(MIN_SEGMENT_BYTES, Math.floor(shareBytes / SEGMENTS_PER_SHARE));
}
