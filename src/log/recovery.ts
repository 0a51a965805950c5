/**
 * Recovery after an unclean stop: what lies behind the recovery point may be lost, torn or out of order, so every
 * batch is verified from there on, and the log is cut where the first one is not sound. Nothing that was written
 * beside the batches is trusted: indexes, epochs and producers follow from them.
 */

import { DELETED_SUFFIX, SEGMENT_FILE_SUFFIXES } from "./file_names.ts";
import type { LeaderEpochCache } from "./leader_epoch_cache.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogContext } from "./log_context.ts";
import type { Segment } from "./segment.ts";
import { scanSegment } from "./segment_scan.ts";

export interface RecoveryOptions {
  readonly context: LogContext;
  readonly config: LogConfig;
  /** The directory's name, for the report. */
  readonly name: string;
  readonly recoveryPoint: number;
  readonly epochs: LeaderEpochCache;
}

export interface RecoveredSegments {
  /** What is left, ascending; may be empty. */
  readonly segments: Segment[];
  /** The offset behind the last batch; null when there is no segment. */
  readonly nextOffset: number | null;
  readonly scannedBytes: number;
  readonly cutBytes: number;
  readonly segmentsRemoved: number;
}

/** What the scan of one segment found. */
interface RecoveredSegment {
  readonly nextOffset: number;
  readonly end: number;
  readonly reason: string | null;
}

/** Verifies and cuts the segments from the recovery point on, and rebuilds their indexes. Throws DiskError. */
export async function recoverSegments(
  segments: readonly Segment[],
  options: RecoveryOptions,
): Promise<RecoveredSegments> {
  const { context, name, recoveryPoint, epochs } = options;
  const kept: Segment[] = [];
  let nextOffset: number | null = null;
  let scannedBytes = 0;
  let cutBytes = 0;
  let reason: string | null = null;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && next.baseOffset <= recoveryPoint) {
      kept.push(segment);
      nextOffset = next.baseOffset;
      continue;
    }
    if (scannedBytes === 0) epochs.truncateFromEnd(segment.baseOffset);
    if (reason !== null) {
      // What follows a cut does not continue the log any more.
      cutBytes += segment.sizeBytes;
      segment.markDeleted(DELETED_SUFFIX, SEGMENT_FILE_SUFFIXES);
      segment.removeFiles(SEGMENT_FILE_SUFFIXES);
      continue;
    }
    const found = await recoverSegment(segment, nextOffset ?? segment.baseOffset, options);
    scannedBytes += segment.sizeBytes;
    reason = found.reason;
    cutBytes += segment.sizeBytes - found.end;
    nextOffset = found.nextOffset;
    await finishSegment(segment, found.end, next !== undefined && reason === null);
    kept.push(segment);
  }
  const segmentsRemoved = segments.length - kept.length;
  const summary = `recovered ${name} from offset ${recoveryPoint}: verified ${scannedBytes} bytes, ` +
    (reason === null
      ? "nothing was cut"
      : `cut ${cutBytes} bytes and ${segmentsRemoved} segments behind offset ${nextOffset} (${reason})`);
  context.report({
    kind: "recovered",
    log: name,
    scannedBytes,
    cutBytes,
    segmentsRemoved,
    logEndOffset: nextOffset ?? 0,
    message: summary,
  });
  return { segments: kept, nextOffset, scannedBytes, cutBytes, segmentsRemoved };
}

/** Verifies the batches of one segment, and builds its indexes and the epochs from them. */
async function recoverSegment(
  segment: Segment,
  expectedOffset: number,
  options: RecoveryOptions,
): Promise<RecoveredSegment> {
  const { epochs, config } = options;
  segment.resetIndexes();
  let nextOffset = Math.max(expectedOffset, segment.baseOffset);
  let misplaced: string | null = segment.baseOffset < expectedOffset ? "segments overlap" : null;
  const result = await segment.withFile((file) =>
    scanSegment(file, {
      from: 0,
      to: segment.sizeBytes,
      checkCrc: true,
      onBatch: (batch, position) => {
        if (misplaced !== null) return false;
        if (batch.baseOffset < nextOffset || batch.lastOffset - segment.baseOffset > 0x7fffffff) {
          misplaced = `offset ${batch.baseOffset} where ${nextOffset} or more was wanted`;
          return false;
        }
        segment.indexBatch(batch, position, config.indexIntervalBytes);
        const epoch = batch.partitionLeaderEpoch;
        if (epoch > epochs.latestEpoch) epochs.assign(epoch, batch.baseOffset);
        nextOffset = batch.nextOffset;
        return true;
      },
    })
  );
  return { nextOffset, end: result.end, reason: result.fault ?? misplaced };
}

/** Cuts a segment to its sound batches and makes it durable, so that the recovery point may move behind it. */
async function finishSegment(segment: Segment, end: number, isSealed: boolean): Promise<void> {
  if (end < segment.sizeBytes) segment.truncate(end);
  await segment.withFile((file) => file.sync());
  if (!isSealed) return;
  segment.pins++;
  try {
    segment.seal();
    await segment.saveIndexes({ sync: true });
  } finally {
    segment.pins--;
  }
}
