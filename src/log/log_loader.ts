/** Opens a log: finds its segments, recovers them after an unclean stop, and puts together what describes them. */

import { messageOf } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";
import { readIfPresent } from "./checkpoint_file.ts";
import { completeEpochs } from "./epoch_replay.ts";
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LEADER_EPOCH_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfName,
  PARTITION_METADATA,
} from "./file_names.ts";
import { type EpochEntry, LeaderEpochCache } from "./leader_epoch_cache.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogContext } from "./log_context.ts";
import { createSegment, LogSegments } from "./log_segments.ts";
import { decodePartitionMetadata, encodePartitionMetadata } from "./partition_metadata.ts";
import { PartitionLog } from "./partition_log.ts";
import { baseName, join } from "./paths.ts";
import { rebuildProducers, removeSnapshots, snapshotOffsets } from "./producer_replay.ts";
import { ProducerState } from "./producer_state.ts";
import { recoverSegments } from "./recovery.ts";
import { UNREAD } from "./roll_policy.ts";
import { Segment } from "./segment.ts";
import { finishSwaps } from "./compaction/segment_swap.ts";
import { rebuildIndexes, resumeSegment } from "./segment_rebuild.ts";

export interface OpenLogOptions {
  readonly directory: string;
  readonly config: LogConfig;
  /** True when the log was closed by {@link PartitionLog.close}: nothing is verified then. */
  readonly cleanShutdown: boolean;
  /** From `recovery-point-offset-checkpoint`; 0 when it says nothing. */
  readonly recoveryPoint: number;
  /** From `log-start-offset-checkpoint`; 0 when it says nothing. */
  readonly logStartOffset: number;
  /** From `replication-offset-checkpoint`; 0 when it says nothing. */
  readonly highWatermark: number;
  /** From `cleaner-offset-checkpoint`; 0 when it says nothing. */
  readonly firstDirtyOffset?: number;
  /** Called when a log that was closed cleanly has lost its end all the same: its disk is not to be trusted. */
  readonly onUnexplainedLoss?: () => void;
}

/** Opens the log in a directory, which is created when it is absent. Throws DiskError. */
export async function openLog(context: LogContext, options: OpenLogOptions): Promise<PartitionLog> {
  const { directory, config, cleanShutdown } = options;
  if (!context.disk.exists(directory)) {
    return createLog(context, { directory, config, topicId: null, startOffset: options.logStartOffset });
  }
  let names = namesIn(context, directory);
  if (await finishSwaps(context, directory, names)) names = namesIn(context, directory);
  const epochs = readEpochs(context, directory);
  const saved = [...epochs.entries];
  const found = findSegments(context, directory, names);
  const opened = await openSegments(context, found, { ...options, epochs });
  let { list } = opened;
  let logEndOffset = opened.nextOffset;
  if (list.length === 0 || logEndOffset < options.logStartOffset) {
    for (const segment of list) segment.removeFiles();
    logEndOffset = Math.max(logEndOffset, options.logStartOffset);
    list = [createSegment(context, directory, logEndOffset)];
  }
  const logStartOffset = Math.max(options.logStartOffset, list[0]!.baseOffset);
  epochs.truncateFromStart(logStartOffset);
  epochs.truncateFromEnd(logEndOffset);
  await completeEpochs(epochs, list, { logStartOffset, logEndOffset });
  await saveEpochs(context, directory, { epochs, saved });
  // The recovery point will be behind everything: what an unclean stop left half done must be on the disk.
  if (!opened.intact) await context.disk.syncDirectory(directory);
  const producers = new ProducerState();
  const snapshots = keepUsefulSnapshots(context, directory, {
    snapshots: snapshotOffsets(names),
    bases: list.map((segment) => segment.baseOffset),
    logEndOffset,
  });
  const from = await rebuildProducers(context, directory, {
    producers,
    snapshots,
    segments: list,
    to: logEndOffset,
  });
  return new PartitionLog(context, {
    topicId: readTopicId(context, directory),
    config,
    segments: new LogSegments(context, directory, list),
    logStartOffset,
    logEndOffset,
    highWatermark: Math.min(Math.max(options.highWatermark, logStartOffset), logEndOffset),
    recoveryPoint: logEndOffset,
    firstDirtyOffset: Math.min(options.firstDirtyOffset ?? 0, logEndOffset),
    epochs,
    producers,
    namesMayBeLost: false,
    clean: cleanShutdown && opened.intact && from === logEndOffset,
  });
}

function namesIn(context: LogContext, directory: string): string[] {
  return context.disk.list(directory).map(({ name }) => name);
}

/** Removes the snapshots that no recovery will look for, and returns the others. */
function keepUsefulSnapshots(
  context: LogContext,
  directory: string,
  from: {
    readonly snapshots: readonly number[];
    readonly bases: readonly number[];
    readonly logEndOffset: number;
  },
): number[] {
  const { snapshots, bases, logEndOffset } = from;
  const newest = snapshots.filter((offset) => offset <= logEndOffset).at(-1);
  const isUseful = (offset: number) =>
    offset <= logEndOffset && (offset === newest || bases.includes(offset));
  removeSnapshots(context, directory, snapshots.filter((offset) => !isUseful(offset)));
  return snapshots.filter(isUseful);
}

/** Saves the epochs if they are not what the file says. */
async function saveEpochs(
  context: LogContext,
  directory: string,
  { epochs, saved }: { readonly epochs: LeaderEpochCache; readonly saved: readonly EpochEntry[] },
): Promise<void> {
  const isSame = epochs.entries.length === saved.length &&
    epochs.entries.every((entry, index) =>
      entry.epoch === saved[index]!.epoch && entry.startOffset === saved[index]!.startOffset
    );
  epochs.dirty = false;
  if (!isSame) await context.disk.writeFileAtomic(join(directory, LEADER_EPOCH_CHECKPOINT), epochs.encode());
}

/** Creates a log that is empty and begins at an offset. Throws DiskError. */
export function createLog(
  context: LogContext,
  options: {
    readonly directory: string;
    readonly config: LogConfig;
    readonly topicId: Uuid | null;
    readonly startOffset?: number;
  },
): PartitionLog {
  const { directory, config, topicId, startOffset = 0 } = options;
  context.disk.makeDirectory(directory);
  const segment = createSegment(context, directory, startOffset);
  return new PartitionLog(context, {
    topicId,
    config,
    segments: new LogSegments(context, directory, [segment]),
    logStartOffset: startOffset,
    logEndOffset: startOffset,
    highWatermark: startOffset,
    recoveryPoint: startOffset,
    firstDirtyOffset: startOffset,
    epochs: new LeaderEpochCache(),
    producers: new ProducerState(),
    namesMayBeLost: true,
    clean: false,
  });
}

/** Writes the id of the log's topic beside it; resolves when it is durable. */
export async function saveTopicId(log: PartitionLog, topicId: Uuid): Promise<void> {
  log.topicId = topicId;
  await log.context.disk.writeFileAtomic(
    join(log.directory, PARTITION_METADATA),
    encodePartitionMetadata(topicId),
  );
}

function readTopicId(context: LogContext, directory: string): Uuid | null {
  const bytes = readIfPresent(context.disk, join(directory, PARTITION_METADATA));
  if (bytes === null) return null;
  try {
    return decodePartitionMetadata(bytes);
  } catch (error) {
    const message = `ignored partition.metadata in ${directory}: ${messageOf(error)}`;
    context.report({ kind: "rebuilt", log: baseName(directory), message });
    return null;
  }
}

function readEpochs(context: LogContext, directory: string): LeaderEpochCache {
  const bytes = readIfPresent(context.disk, join(directory, LEADER_EPOCH_CHECKPOINT));
  if (bytes === null) return new LeaderEpochCache();
  try {
    return LeaderEpochCache.decode(bytes);
  } catch (error) {
    const message = `ignored leader-epoch-checkpoint in ${directory}: ${messageOf(error)}`;
    context.report({ kind: "rebuilt", log: baseName(directory), message });
    return new LeaderEpochCache();
  }
}

/** The segments in a directory, ascending. What a crash has left half done is removed. */
function findSegments(context: LogContext, directory: string, names: readonly string[]): Segment[] {
  const { disk } = context;
  const segments: Segment[] = [];
  for (const name of names) {
    const path = join(directory, name);
    if (name.endsWith(DELETED_SUFFIX) || name.endsWith(CLEANED_SUFFIX) || name.endsWith(".tmp")) {
      disk.remove(path);
      continue;
    }
    const baseOffset = offsetOfName(name, LOG_SUFFIX);
    if (baseOffset === null) continue;
    const state = { baseOffset, sizeBytes: disk.fileSize(path), createdMs: context.clock.monotonicMs() };
    const segment = new Segment({ disk, pool: context.pool, directory }, state);
    segment.sealed = true;
    segment.firstTimestamp = UNREAD;
    segment.maxTimestamp = NaN;
    segments.push(segment);
  }
  segments.sort((a, b) => a.baseOffset - b.baseOffset);
  const last = segments.at(-1);
  // When the last one was begun is not written anywhere; it was not after it was last written.
  if (last !== undefined) {
    last.createdMs -= Math.max(0, context.clock.wallMs() - disk.modifiedMs(last.path(LOG_SUFFIX)));
  }
  return segments;
}

interface OpenedSegments {
  readonly list: Segment[];
  readonly nextOffset: number;
  /** True when the index files of the last segment were as they should be. */
  readonly intact: boolean;
}

async function openSegments(
  context: LogContext,
  found: Segment[],
  options: OpenLogOptions & { readonly epochs: LeaderEpochCache },
): Promise<OpenedSegments> {
  const { directory, config, epochs, cleanShutdown, recoveryPoint } = options;
  const active = found.at(-1);
  if (active !== undefined && cleanShutdown) {
    active.sealed = false;
    const nextOffset = await resumeCleanly(active, config);
    if (nextOffset !== null) return { list: found, nextOffset, intact: true };
    const message = `${active.path(LOG_SUFFIX)} or ${OFFSET_INDEX_SUFFIX} is not as a clean stop leaves it`;
    context.report({ kind: "rebuilt", log: baseName(directory), message });
  }
  // Damage that a clean stop does not explain is looked for in the segment that shows it.
  const from = cleanShutdown ? Math.min(recoveryPoint, active?.baseOffset ?? 0) : recoveryPoint;
  const firstDirtyOffset = options.firstDirtyOffset ?? 0;
  const recovery = { context, config, directory, recoveryPoint: from, firstDirtyOffset, epochs };
  const recovered = await recoverSegments(found, recovery);
  if (cleanShutdown && recovered.cutBytes > 0) options.onUnexplainedLoss?.();
  const last = recovered.segments.at(-1);
  if (last !== undefined) {
    last.sealed = false;
    if (last.indexes === null) await rebuildIndexes(last, config.indexIntervalBytes);
  }
  return { list: recovered.segments, nextOffset: recovered.nextOffset ?? 0, intact: false };
}

/** The offset behind the last batch of the active segment, or null when its files are not as they should be. */
async function resumeCleanly(active: Segment, config: LogConfig): Promise<number | null> {
  if (active.sizeBytes === 0) {
    active.resetIndexes();
    return active.baseOffset;
  }
  if (!active.loadIndexes()) await rebuildIndexes(active, config.indexIntervalBytes);
  const resumed = await resumeSegment(active);
  return resumed.fault === null && resumed.end === active.sizeBytes ? resumed.nextOffset : null;
}
