/** What of a log may be compacted, whether that is worth while, and which segments become one. */

import type { LogConfig } from "../log_config.ts";
import { largestTimestamp } from "../log_offsets.ts";
import { MAX_RELATIVE_OFFSET } from "../offset_index.ts";
import type { PartitionLog } from "../partition_log.ts";
import type { Segment } from "../segment.ts";

/** The compaction settings of a topic, with Kafka's defaults where its configuration says nothing. */
export interface CompactionSettings {
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly deleteRetentionMs: number;
}

export function compactionSettings(config: LogConfig): CompactionSettings {
  return {
    minCleanableDirtyRatio: config.minCleanableDirtyRatio ?? 0.5,
    minCompactionLagMs: config.minCompactionLagMs ?? 0,
    maxCompactionLagMs: config.maxCompactionLagMs ?? Number.MAX_SAFE_INTEGER,
    deleteRetentionMs: config.deleteRetentionMs ?? 24 * 3600 * 1000,
  };
}

export interface CompactionPlan {
  /** Everything below was compacted before. */
  readonly firstDirtyOffset: number;
  /** Nothing from here on may be compacted yet: the beginning of a segment. */
  readonly firstUncleanableOffset: number;
  readonly cleanBytes: number;
  readonly dirtyBytes: number;
  /** `max.compaction.lag.ms` has passed for something that is dirty. */
  readonly isOverdue: boolean;
}

/** The part of what may be compacted that was not, from 0 to 1. */
export function dirtyRatio(plan: CompactionPlan): number {
  const total = plan.cleanBytes + plan.dirtyBytes;
  return total === 0 ? 0 : plan.dirtyBytes / total;
}

/** True when there is something to compact and it is enough or has waited long enough. */
export function isDue(plan: CompactionPlan, settings: CompactionSettings): boolean {
  if (plan.dirtyBytes === 0) return false;
  return plan.isOverdue || dirtyRatio(plan) > settings.minCleanableDirtyRatio;
}

/**
 * Looks at a log at wall time `nowMs`. `durableOffset` is the recovery point that its checkpoint file holds: recovery
 * takes gaps behind it for losses, so nothing there is compacted. Throws DiskError.
 */
export async function planCompaction(
  log: PartitionLog,
  nowMs: number,
  durableOffset: number,
): Promise<CompactionPlan> {
  const settings = compactionSettings(log.config);
  const firstDirtyOffset = Math.max(log.firstDirtyOffset, log.logStartOffset);
  const bound = Math.min(log.lastStableOffset, durableOffset, log.recoveryPoint, log.active.baseOffset);
  let firstUncleanableOffset = log.segments.first.baseOffset;
  let cleanBytes = 0;
  let dirtyBytes = 0;
  let isOverdue = false;
  for (const segment of [...log.segments.list]) {
    const end = log.segments.after(segment)?.baseOffset ?? Infinity;
    if (end > bound) break;
    const isDirty = end > firstDirtyOffset;
    if (isDirty && settings.minCompactionLagMs > 0) {
      if (await largestTimestamp(log, segment) > nowMs - settings.minCompactionLagMs) break;
    }
    firstUncleanableOffset = end;
    if (!isDirty) cleanBytes += segment.sizeBytes;
    else {
      dirtyBytes += segment.sizeBytes;
      if (!isOverdue && segment.sizeBytes > 0) {
        isOverdue = await largestTimestamp(log, segment) < nowMs - settings.maxCompactionLagMs;
      }
    }
  }
  return { firstDirtyOffset, firstUncleanableOffset, cleanBytes, dirtyBytes, isOverdue };
}

/** What one segment is made of at most, so that batches that grow when they are rewritten still fit its positions. */
const MAX_GROUP_BYTES = 1_500_000_000;

/** Puts neighbouring segments below `endOffset` together as long as one segment can hold them. */
export function groupSegments(log: PartitionLog, endOffset: number): Segment[][] {
  const groups: Segment[][] = [];
  let bytes = 0;
  for (const segment of log.segments.list) {
    if (segment.baseOffset >= endOffset || segment === log.active) break;
    const lastOffset = (log.segments.after(segment)?.baseOffset ?? log.logEndOffset) - 1;
    const group = groups.at(-1);
    const fits = group !== undefined &&
      bytes + segment.sizeBytes <= Math.min(log.config.segmentBytes, MAX_GROUP_BYTES) &&
      lastOffset - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET;
    if (fits) group.push(segment);
    else groups.push([segment]);
    bytes = fits ? bytes + segment.sizeBytes : segment.sizeBytes;
  }
  return groups;
}
