/**
 * Retention: which of a log's oldest segments have become too old or too much (KIP-58's delete policy). Only whole
 * segments go, and only what is replicated: nothing at or behind the high watermark.
 */

import { DiskError } from "../platform/disk.ts";
import { LOG_SUFFIX } from "./file_names.ts";
import { largestTimestamp } from "./log_offsets.ts";
import type { PartitionLog } from "./partition_log.ts";
import { isAboutRemoved, type Segment } from "./segment.ts";

export interface RetentionOptions {
  /** The wall time. */
  readonly nowMs: number;
  /** The most bytes the log may take beyond what its configuration says: its share of the disk. */
  readonly maxBytes?: number;
}

/** How long removed segments stay when the disk needs their place, whatever `file.delete.delay.ms` says. */
const URGENT_DELETE_DELAY_MS = 1000;

/** Removes what the log's configuration does not let it keep. Returns the bytes removed. */
export async function enforceRetention(log: PartitionLog, options: RetentionOptions): Promise<number> {
  if (log.offline !== null || log.closed) return 0;
  const before = log.sizeBytes;
  try {
    if (log.config.cleanupDelete) await removeOld(log, options);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    // Somebody else has removed a segment that was looked at: the next time will do.
    if (!log.closed && !isAboutRemoved(error)) log.fail(error);
  }
  return before - log.sizeBytes;
}

async function removeOld(log: PartitionLog, options: RetentionOptions): Promise<void> {
  const { retentionMs, retentionBytes, fileDeleteDelayMs } = log.config;
  const tooOld = retentionMs < 0 ? 0 : await endOfOld(log, options.nowMs - retentionMs);
  const tooMuch = retentionBytes < 0 ? 0 : endOfSurplus(log, log.sizeBytes - retentionBytes);
  removeBelow(log, Math.max(tooOld, tooMuch), fileDeleteDelayMs);
  const share = options.maxBytes ?? Infinity;
  if (log.sizeBytes <= share) return;
  removeBelow(
    log,
    endOfExcess(log, log.sizeBytes - share),
    Math.min(fileDeleteDelayMs, URGENT_DELETE_DELAY_MS),
  );
}

/** The offset behind the last of the oldest segments whose records are all older than `limitMs`. */
async function endOfOld(log: PartitionLog, limitMs: number): Promise<number> {
  let end = 0;
  for (const segment of [...log.segments.list]) {
    if (!mayGo(log, segment)) break;
    if (await newestMs(log, segment) >= limitMs) break;
    end = endOf(log, segment);
  }
  return end;
}

/**
 * The offset behind the last of the oldest segments that together take no more than `surplusBytes`: as in Kafka,
 * `retention.bytes` are what is kept at least.
 */
function endOfSurplus(log: PartitionLog, surplusBytes: number): number {
  let end = 0;
  let left = surplusBytes;
  for (const segment of log.segments.list) {
    left -= segment.sizeBytes;
    if (left < 0 || !mayGo(log, segment)) break;
    end = endOf(log, segment);
  }
  return end;
}

/** The offset behind the fewest of the oldest segments that together take at least `excessBytes`. */
function endOfExcess(log: PartitionLog, excessBytes: number): number {
  let end = 0;
  let left = excessBytes;
  for (const segment of log.segments.list) {
    if (left <= 0 || !mayGo(log, segment)) break;
    left -= segment.sizeBytes;
    end = endOf(log, segment);
  }
  return end;
}

/** The time of a segment's newest record; that of its last write when its records have no timestamps. */
async function newestMs(log: PartitionLog, segment: Segment): Promise<number> {
  const timestampMs = await largestTimestamp(log, segment);
  return timestampMs >= 0 ? timestampMs : log.context.disk.modifiedMs(segment.path(LOG_SUFFIX));
}

function endOf(log: PartitionLog, segment: Segment): number {
  return log.segments.after(segment)?.baseOffset ?? log.logEndOffset;
}

/** A segment may go when all of it is replicated, unless it is the empty one that is written next. */
function mayGo(log: PartitionLog, segment: Segment): boolean {
  if (segment === log.active && segment.sizeBytes === 0) return false;
  return endOf(log, segment) <= log.highWatermark;
}

function removeBelow(log: PartitionLog, offset: number, deleteDelayMs: number): void {
  if (offset <= log.logStartOffset) return;
  // The active segment cannot go while it is written.
  if (offset > log.active.baseOffset) log.roll();
  log.raiseLogStartOffset(offset, { deleteDelayMs });
  log.onExpired();
}
