/**
 * The partition `__cluster_metadata-0` on this node's disk: a log of the log layer and the snapshots beside it, as the
 * raft core's driver needs them.
 */

import type { BrokerConfig } from "../../config/broker_config.ts";
import { assert } from "../../core/assert.ts";
import { DecodeError } from "../../core/errors.ts";
import { type LeaderEpoch, NO_EPOCH, type Offset } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import { METADATA_TOPIC_ID } from "../../core/uuid.ts";
import { defaultLogConfig, type LogConfig, UNLIMITED } from "../../log/log_config.ts";
import { openLog, saveTopicId } from "../../log/log_loader.ts";
import type { PartitionLog } from "../../log/partition_log.ts";
import { SegmentPool } from "../../log/segment_pool.ts";
import { TailCache } from "../../log/tail_cache.ts";
import type { Platform } from "../../platform/platform.ts";
import type { EpochStart, LogSummary, OffsetAndEpoch } from "../../raft/types.ts";
import { BatchCursor, batches, type BatchView, verifyBatch } from "../../records/batch.ts";
import { type ControlSummary, emptyControlSummary, summarizeControlBatch } from "./control_records.ts";
import { decodeSnapshot, listSnapshots, type SnapshotContent, snapshotName } from "./snapshot_files.ts";

export const METADATA_TOPIC = "__cluster_metadata";
const DIRECTORY = `${METADATA_TOPIC}-0`;
const READ_BYTES = 1024 * 1024;
const TAIL_BYTES = 4 * 1024 * 1024;

/** What a range of batches from a leader holds, validated. */
export interface FetchedBatches extends ControlSummary {
  /** The whole batches: a response may end within one. */
  readonly bytes: Uint8Array;
  readonly baseOffset: Offset;
  readonly endOffset: Offset;
  readonly epochStarts: EpochStart[];
}

export class MetadataLog {
  readonly directory: string;
  readonly #log: PartitionLog;
  /** Complete snapshots, oldest first. */
  readonly snapshots: OffsetAndEpoch[];

  private constructor(log: PartitionLog, snapshots: OffsetAndEpoch[]) {
    this.#log = log;
    this.directory = log.directory;
    this.snapshots = snapshots;
  }

  /** Opens the log below `dataDirectory`, creating it first. What it holds afterwards is durable. */
  static async open(
    machine: Pick<Platform, "disk" | "clock" | "timers" | "random">,
    options: { readonly dataDirectory: string; readonly config: BrokerConfig; readonly logger: Logger },
  ): Promise<MetadataLog> {
    const { disk } = machine;
    const directory = `${options.dataDirectory}/${DIRECTORY}`;
    const snapshots = disk.exists(directory) ? listSnapshots(disk, directory) : [];
    const newest = snapshots.at(-1);
    const log = await openLog({
      ...machine,
      pool: new SegmentPool({ maxOpenFiles: 16, maxIndexBytes: 4 * 1024 * 1024 }),
      activity: { operations: 0 },
      tailCache: new TailCache(TAIL_BYTES),
      producerIdExpirationMs: UNLIMITED,
      report: (event) => {
        // Every start verifies the log; only what was wrong with it is news.
        if (event.kind === "recovered" && event.cutBytes === 0) options.logger.debug(event.message);
        else options.logger.warn(event.message);
      },
    }, {
      directory,
      config: metadataLogConfig(options.config),
      cleanShutdown: false,
      recoveryPoint: newest?.offset ?? 0,
      logStartOffset: 0,
      highWatermark: 0,
    });
    // On a node without partitions nobody else sees to it that the directory's name survives a crash.
    await disk.syncDirectory(options.dataDirectory);
    if (log.topicId === null) await saveTopicId(log, METADATA_TOPIC_ID);
    if (newest !== undefined && log.logEndOffset < newest.offset) {
      await log.truncateFullyAndStartAt(newest.offset);
    }
    // A crashed process may have left bytes that only the operating system's cache holds.
    for (const segment of log.segments.list) await segment.withFile((file) => file.sync());
    return new MetadataLog(log, snapshots);
  }

  get startOffset(): Offset {
    return this.#log.logStartOffset as Offset;
  }

  get endOffset(): Offset {
    return this.#log.logEndOffset as Offset;
  }

  get sizeBytes(): number {
    return this.#log.sizeBytes;
  }

  get newestSnapshot(): OffsetAndEpoch | null {
    return this.snapshots.at(-1) ?? null;
  }

  get isOffline(): boolean {
    return this.#log.offline !== null;
  }

  /** What raft must know; reads the whole log once. Throws `DecodeError` when a control record is damaged. */
  async summarize(snapshot: SnapshotContent | null): Promise<LogSummary> {
    const control = emptyControlSummary();
    const epochStarts: EpochStart[] = [];
    for (let at: number = this.startOffset; at < this.endOffset;) {
      const bytes = await this.read(at as Offset, { upTo: this.endOffset, maxBytes: READ_BYTES });
      for (const batch of batches(bytes)) {
        if (batch.isControl) summarizeControlBatch(batch, control);
        noteEpoch(epochStarts, batch);
        at = batch.nextOffset;
      }
    }
    const atSnapshot = <T extends object>(values: readonly T[]) =>
      values.slice(-1).map((value) => ({ ...value, offset: -1 as Offset }));
    const startsAt = this.snapshots.find((id) => id.offset === this.startOffset);
    const firstEpoch = startsAt?.epoch ?? (this.startOffset === 0 ? 0 : epochStarts[0]?.epoch ?? 0);
    return {
      logStartOffset: this.startOffset,
      logStartEpoch: firstEpoch as LeaderEpoch,
      logEndOffset: this.endOffset,
      epochStarts,
      latestSnapshot: this.newestSnapshot,
      voterSets: [...atSnapshot(snapshot?.control.voterSets ?? []), ...control.voterSets],
      kraftVersions: [...atSnapshot(snapshot?.control.kraftVersions ?? []), ...control.kraftVersions],
    };
  }

  /** Appends one batch as the leader of `epoch`; false when it left no trace. */
  append(batch: Uint8Array, epoch: LeaderEpoch): boolean {
    return this.#log.append(batch, { leaderEpoch: epoch, origin: "raft" }).error === null;
  }

  /** Appends batches that a leader sent, as they are; false when they left no trace. */
  appendFetched(bytes: Uint8Array): boolean {
    return this.#log.appendAsFollower(bytes).error === null;
  }

  /** Cuts the log so that it ends at `endOffset`. */
  async truncateTo(endOffset: Offset): Promise<void> {
    await this.#log.truncateTo(endOffset);
    assert(
      this.endOffset === endOffset || this.isOffline,
      `the metadata log is cut at a batch, at ${endOffset}`,
    );
  }

  /** Resolves true when everything below `offset` is durable, false when that will not happen. */
  flushedTo(offset: Offset): Promise<boolean> {
    return this.#log.flushedTo(offset);
  }

  /**
   * Whole batches of about `maxBytes`, from the one that holds `from` on, all below `upTo`. Throws `DecodeError`, and
   * `DiskError` when the disk has failed.
   */
  async read(
    from: Offset,
    options: { readonly upTo: Offset; readonly maxBytes: number },
  ): Promise<Uint8Array> {
    let found = this.#log.read(from, options.maxBytes, { upTo: options.upTo, minOneBatch: true });
    if (found.kind === "cold") found = await found.load();
    if (this.#log.offline !== null) throw this.#log.offline;
    if (found.kind !== "records") throw new DecodeError(`read metadata log at ${from}: ${found.kind}`);
    const bytes = new Uint8Array(found.records.byteLength);
    found.records.writeTo(bytes);
    return bytes;
  }

  /** Notes a snapshot that is in the directory now. */
  addSnapshot(id: OffsetAndEpoch): void {
    this.snapshots.push(id);
  }

  /** At most `maxBytes` of a snapshot from `position` on, none outside of it, and the size of the whole. */
  readSnapshotPiece(
    id: OffsetAndEpoch,
    position: number,
    maxBytes: number,
  ): { readonly bytes: Uint8Array; readonly size: number } {
    const file = this.#log.context.disk.open(`${this.directory}/${snapshotName(id)}`);
    try {
      const length = position < 0 ? 0 : Math.max(0, Math.min(maxBytes, file.size - position));
      const bytes = new Uint8Array(length);
      return { bytes: bytes.subarray(0, file.readNow(bytes, position)), size: file.size };
    } finally {
      file.close();
    }
  }

  /** The newest snapshot; null when there is none. Throws `DecodeError` when it is damaged. */
  loadNewestSnapshot(): SnapshotContent | null {
    const id = this.newestSnapshot;
    if (id === null) return null;
    return decodeSnapshot(this.#log.context.disk.readFile(`${this.directory}/${snapshotName(id)}`));
  }

  /** Drops everything and begins anew where a snapshot ends. */
  restartAt(id: OffsetAndEpoch): Promise<void> {
    return this.#log.truncateFullyAndStartAt(id.offset);
  }

  /**
   * Keeps the two newest snapshots, and of the log what is newer than the older of them, so that a follower that is
   * a little behind need not load a snapshot. Returns the new start of the log, or null when it stays.
   */
  removeOld(): Offset | null {
    const { disk } = this.#log.context;
    while (this.snapshots.length > 2) {
      disk.remove(`${this.directory}/${snapshotName(this.snapshots.shift()!)}`);
    }
    const start = this.snapshots[0]?.offset ?? 0;
    if (this.snapshots.length < 2 || start <= this.startOffset) return null;
    this.#log.raiseLogStartOffset(start);
    return this.startOffset;
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  /** Closes the files as a crash would leave them. */
  abandon(): void {
    this.#log.abandon();
  }
}

/** Validates what a leader sent (CRC, whole batches, offsets without holes); null when it is not usable. */
export function checkFetched(bytes: Uint8Array, expectedOffset: Offset): FetchedBatches | null {
  const summary = emptyControlSummary();
  const epochStarts: EpochStart[] = [];
  let endOffset: number = expectedOffset;
  const cursor = new BatchCursor(bytes);
  while (cursor.next()) {
    const isSound = verifyBatch(bytes, cursor.at) === null && cursor.baseOffset === endOffset &&
      cursor.partitionLeaderEpoch >= (epochStarts.at(-1)?.epoch ?? NO_EPOCH);
    if (!isSound) return null;
    if (cursor.isControl) summarizeControlBatch(cursor, summary);
    noteEpoch(epochStarts, cursor);
    endOffset = cursor.nextOffset;
  }
  if ((cursor.fault !== null && cursor.fault !== "truncated") || endOffset === expectedOffset) return null;
  const whole = bytes.subarray(0, cursor.nextAt);
  return {
    ...summary,
    bytes: whole,
    baseOffset: expectedOffset,
    endOffset: endOffset as Offset,
    epochStarts,
  };
}

function noteEpoch(epochStarts: EpochStart[], batch: BatchView): void {
  const epoch = batch.partitionLeaderEpoch as LeaderEpoch;
  if (epoch > (epochStarts.at(-1)?.epoch ?? NO_EPOCH)) {
    epochStarts.push({ epoch, startOffset: batch.baseOffset as Offset });
  }
}

/** Retention is by snapshot, so the log layer must remove nothing by itself. */
function metadataLogConfig(config: BrokerConfig): LogConfig {
  return {
    ...defaultLogConfig,
    segmentBytes: config.get("internal.metadata.log.segment.bytes") ??
      config.get("metadata.log.segment.bytes"),
    segmentMs: config.get("metadata.log.segment.ms"),
    maxMessageBytes: UNLIMITED,
    retentionMs: -1,
    retentionBytes: -1,
    fileDeleteDelayMs: config.get("internal.metadata.delete.delay.millis"),
  };
}
