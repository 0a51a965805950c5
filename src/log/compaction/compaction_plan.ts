/** What of a log may be compacted, whether that is worth while, and which segments become one. */

import type { LogConfig } from "../log_config.ts";
import { largestTimestamp } from "../log_offsets.ts";
import { MAX_RELATIVE_OFFSET } from "../offset_index.ts";
import type { PartitionLog } from "../partition_log.ts";
import { firstTimestampOf } from "../roll_policy.ts";
import type { Segment } from "../segment.ts";
import { TIME_INDEX_ENTRY_BYTES } from "../time_index.ts";

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

/** Looks at a log at wall time `nowMs`. Throws DiskError. */
export async function planCompaction(log: PartitionLog, nowMs: number): Promise<CompactionPlan> {
  const settings = compactionSettings(log.config);
  const firstDirtyOffset = Math.max(log.firstDirtyOffset, log.logStartOffset);
  // Recovery looks at what is not flushed together with its indexes, and those that are replaced must be no more.
  const bound = Math.min(log.lastStableOffset, log.recoveryPoint, log.active.baseOffset);
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
      isOverdue ||= beganBefore(segment, nowMs - settings.maxCompactionLagMs);
    }
  }
  return { firstDirtyOffset, firstUncleanableOffset, cleanBytes, dirtyBytes, isOverdue };
}

/** True when the first batch of a segment is older than `limitMs`, so that it waits too long. Throws DiskError. */
function beganBefore(segment: Segment, limitMs: number): boolean {
  if (limitMs <= 0 || segment.sizeBytes === 0) return false;
  const firstMs = firstTimestampOf(segment);
  return firstMs > 0 && firstMs < limitMs;
}

/** What one segment is made of at most, so that batches that grow when they are rewritten still fit its positions. */
const MAX_GROUP_BYTES = 1_500_000_000;

/** Puts neighbouring segments below `endOffset` together as long as one segment can hold them. */
export function groupSegments(log: PartitionLog, endOffset: number): Segment[][] {
  const { segmentBytes, segmentIndexBytes, indexIntervalBytes } = log.config;
  // An index entry for every so many bytes; one that is as large as a batch takes at least 61 bytes.
  const bytesOfFullIndex = segmentIndexBytes / TIME_INDEX_ENTRY_BYTES * Math.max(indexIntervalBytes, 61);
  const maxBytes = Math.min(segmentBytes, log.segmentBytesLimit, bytesOfFullIndex, MAX_GROUP_BYTES);
  const groups: Segment[][] = [];
  let bytes = 0;
  for (const segment of log.segments.list) {
    if (segment.baseOffset >= endOffset || segment === log.active) break;
    const lastOffset = (log.segments.after(segment)?.baseOffset ?? log.logEndOffset) - 1;
    const group = groups.at(-1);
    const fits = group !== undefined && bytes + segment.sizeBytes <= maxBytes &&
      lastOffset - group[0]!.baseOffset <= MAX_RELATIVE_OFFSET;
    if (fits) group.push(segment);
    else groups.push([segment]);
    bytes = fits ? bytes + segment.sizeBytes : segment.sizeBytes;
  }
  return groups;
}
