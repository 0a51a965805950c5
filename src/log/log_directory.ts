/**
 * One data directory: its lock, its checkpoint files and its clean-shutdown marker. The logs in it are the log
 * manager's.
 */

import { encodeUtf8 } from "../core/bytes.ts";
import { messageOf } from "../core/errors.ts";
import type { Disk } from "../platform/disk.ts";
import { type OffsetsByPartition, readOffsetCheckpoint, writeOffsetCheckpoint } from "./checkpoint_file.ts";
import {
  CLEAN_SHUTDOWN_MARKER,
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  NAMESAKE_MARKER,
  RECOVERY_POINT_CHECKPOINT,
} from "./file_names.ts";
import type { LogEvent } from "./log_context.ts";
import type { PartitionLog } from "./partition_log.ts";
import { join } from "./paths.ts";

/** The checkpoint files of a directory and what each holds of a log. */
const checkpoints = {
  recoveryPoints: { file: RECOVERY_POINT_CHECKPOINT, offsetOf: (log: PartitionLog) => log.recoveryPoint },
  logStartOffsets: { file: LOG_START_OFFSET_CHECKPOINT, offsetOf: (log: PartitionLog) => log.logStartOffset },
  highWatermarks: { file: HIGH_WATERMARK_CHECKPOINT, offsetOf: (log: PartitionLog) => log.highWatermark },
  cleanerOffsets: { file: CLEANER_CHECKPOINT, offsetOf: (log: PartitionLog) => log.firstDirtyOffset },
} as const;

export type CheckpointKind = keyof typeof checkpoints;
const kinds = Object.keys(checkpoints) as CheckpointKind[];

export class LogDirectory {
  readonly path: string;
  /** The logs in the directory by the names of their directories. */
  readonly logs = new Map<string, PartitionLog>();
  readonly #disk: Disk;
  /** What was last written to each checkpoint, so that nothing is written when nothing has changed. */
  readonly #written = new Map<CheckpointKind, string>();
  /** All logs that a checkpoint file may name. */
  readonly #named = new Set<string>();

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.path = path;
  }

  /** The offsets in a checkpoint file. One that is damaged is reported and counts as empty. */
  readCheckpoint(kind: CheckpointKind, report: (event: LogEvent) => void): OffsetsByPartition {
    const path = join(this.path, checkpoints[kind].file);
    try {
      const offsets = readOffsetCheckpoint(this.#disk, path);
      for (const name of offsets.keys()) this.#named.add(name);
      return offsets;
    } catch (error) {
      report({ kind: "rebuilt", log: this.path, message: `ignored ${path}: ${messageOf(error)}` });
      return new Map();
    }
  }

  /** Writes a checkpoint file if it would change. Resolves when it is durable. Throws DiskError. */
  async writeCheckpoint(kind: CheckpointKind): Promise<void> {
    const { file, offsetOf } = checkpoints[kind];
    const offsets: OffsetsByPartition = new Map();
    let text = "";
    for (const [name, log] of this.logs) {
      // As in Kafka, two of them name only the logs that they have something to say of.
      if (kind === "logStartOffsets" && log.logStartOffset === 0) continue;
      if (kind === "cleanerOffsets" && (log.firstDirtyOffset === 0 || !log.config.cleanupCompact)) continue;
      offsets.set(name, offsetOf(log));
      this.#named.add(name);
      text += `${name} ${offsetOf(log)} `;
    }
    if (this.#written.get(kind) === text) return;
    // Later writes come after this one, so they must differ from it and not from what is there now.
    this.#written.set(kind, text);
    try {
      await writeOffsetCheckpoint(this.#disk, join(this.path, file), offsets);
    } catch (error) {
      this.#written.delete(kind);
      throw error;
    }
  }

  /**
   * Prepares the directory of a log that is about to be created: when a checkpoint file may speak of an earlier log of
   * that name, the next start must not take that for this one's. Returns whether that is so. Throws DiskError.
   */
  beginNamesake(name: string): boolean {
    if (!this.#named.has(name)) return false;
    const path = join(this.path, name);
    this.#disk.makeDirectory(path);
    this.#disk.open(join(path, NAMESAKE_MARKER), { create: true }).close();
    return true;
  }

  /** Whether what the checkpoint files say of a log may be of an earlier one. */
  isNamesake(name: string): boolean {
    return this.#disk.exists(join(join(this.path, name), NAMESAKE_MARKER));
  }

  /** Has the checkpoint files speak of the log that has the name now. Throws DiskError. */
  async endNamesake(log: PartitionLog): Promise<void> {
    for (const kind of kinds) await this.writeCheckpoint(kind);
    if (this.logs.get(log.name) === log) this.#disk.remove(join(log.directory, NAMESAKE_MARKER));
  }

  /**
   * Removes the marker of a clean shutdown. Returns the epoch that the broker had then (KIP-966), -1 when the marker
   * does not say; null when there is no marker.
   */
  async takeCleanShutdownMarker(): Promise<number | null> {
    const path = join(this.path, CLEAN_SHUTDOWN_MARKER);
    if (!this.#disk.exists(path)) return null;
    const content = new TextDecoder().decode(this.#disk.readFile(path));
    this.#disk.remove(path);
    // It must not come back and vouch for what is appended from now on.
    await this.#disk.syncDirectory(this.path);
    return Number(/"brokerEpoch"\s*:\s*(\d{1,15})\b/.exec(content)?.[1] ?? -1);
  }

  /** Leaves the marker of a clean shutdown, in the format of KIP-966. */
  async writeCleanShutdownMarker(brokerEpoch: number): Promise<void> {
    const content = encodeUtf8(JSON.stringify({ version: 0, brokerEpoch }));
    await this.#disk.writeFileAtomic(join(this.path, CLEAN_SHUTDOWN_MARKER), content);
  }
}
