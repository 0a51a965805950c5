/**
 * Recovery after an unclean stop: what lies behind the recovery point may be lost, torn or out of order, so every
 * batch is verified from there on, and the log is cut where the first one is not sound. Nothing that was written
 * beside the batches is trusted: indexes, epochs and producers follow from them.
 */

import { assert } from "../core/assert.ts";
import type { DiskFile } from "../platform/disk.ts";
import type { LeaderEpochCache } from "./leader_epoch_cache.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogContext } from "./log_context.ts";
import { MAX_RELATIVE_OFFSET } from "./offset_index.ts";
import { baseName } from "./paths.ts";
import type { Segment } from "./segment.ts";
import { resumeSegment } from "./segment_rebuild.ts";
import { scanSegment } from "./segment_scan.ts";

/** How much is written again at a time. */
const REWRITE_BYTES = 1024 * 1024;

export interface RecoveryOptions {
  readonly context: LogContext;
  readonly config: LogConfig;
  readonly directory: string;
  readonly recoveryPoint: number;
  /** Gaps below it come from compaction. */
  readonly firstDirtyOffset: number;
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
  /** Where the first batch begins that reaches behind the recovery point; the end when none does. */
  readonly unflushedFrom: number;
  /** No offset is missing: nothing here was compacted. */
  readonly isDense: boolean;
  readonly reason: string | null;
}

/** Verifies and cuts the segments from the recovery point on, and rebuilds their indexes. Throws DiskError. */
export async function recoverSegments(
  segments: readonly Segment[],
  options: RecoveryOptions,
): Promise<RecoveredSegments> {
  const { context, directory, recoveryPoint, epochs } = options;
  const name = baseName(directory);
  const kept: Segment[] = [];
  let nextOffset: number | null = null;
  let scannedBytes = 0;
  let cutBytes = 0;
  let reason: string | null = null;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (nextOffset !== null && segment.baseOffset < nextOffset) {
      reason = `offset ${segment.baseOffset} where ${nextOffset} or more was wanted`;
      cutBytes += await removeFollowing(segments.slice(index), options);
      break;
    }
    kept.push(segment);
    // The recovery point may have got to where a segment ends before that was sealed, and its index files saved.
    if (next !== undefined && next.baseOffset < recoveryPoint) {
      nextOffset = next.baseOffset;
      continue;
    }
    if (scannedBytes === 0) epochs.truncateFromEnd(segment.baseOffset);
    const found = await recoverSegment(segment, options);
    scannedBytes += segment.sizeBytes;
    reason = found.reason ?? missingBetween(found, next, options);
    cutBytes += segment.sizeBytes - found.end;
    nextOffset = found.nextOffset;
    if (reason !== null) cutBytes += await removeFollowing(segments.slice(index + 1), options);
    await finishSegment(segment, found, next !== undefined && reason === null);
    if (reason !== null) break;
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

/**
 * Removes segments that do not continue the log any more, the last one first, so that a crash leaves no gap between
 * them. Returns how many bytes they had.
 */
async function removeFollowing(segments: readonly Segment[], options: RecoveryOptions): Promise<number> {
  let bytes = 0;
  for (const segment of segments.toReversed()) {
    bytes += segment.sizeBytes;
    segment.markDeleted();
    segment.removeFiles();
  }
  if (segments.length > 0) await options.context.disk.syncDirectory(options.directory);
  return bytes;
}

/**
 * A segment may have lost its end without a trace when the next one was already begun. Compaction leaves such gaps
 * too, but not behind a segment that has none within.
 */
function missingBetween(
  found: RecoveredSegment,
  next: Segment | undefined,
  { firstDirtyOffset }: RecoveryOptions,
): string | null {
  if (
    next === undefined || !found.isDense || next.baseOffset <= Math.max(found.nextOffset, firstDirtyOffset)
  ) return null;
  return `offsets ${found.nextOffset} to ${next.baseOffset - 1} are missing`;
}

/** Verifies the batches of one segment, and builds its indexes and the epochs from them. */
async function recoverSegment(segment: Segment, options: RecoveryOptions): Promise<RecoveredSegment> {
  const { epochs, config, recoveryPoint } = options;
  segment.resetIndexes();
  let unflushedFrom: number | null = null;
  let nextOffset = segment.baseOffset;
  let isDense = true;
  let misplaced: string | null = null;
  // No checksum covers offsets and epochs, and followers are cut by epochs: what does not fit to what comes behind it
  // is not trusted either. Where the last epoch begins, where the last batch does if it left a gap, and what of it goes.
  let epochAt = { epoch: -1, position: 0, offset: segment.baseOffset };
  let gapAt: { readonly position: number; readonly offset: number } | null = null;
  let untrusted: { readonly position: number; readonly offset: number } | null = null;
  const result = await segment.withFile((file) =>
    scanSegment(file, {
      from: 0,
      to: segment.sizeBytes,
      checkCrc: true,
      onBatch: (batch, position) => {
        if (batch.baseOffset < nextOffset || batch.lastOffset - segment.baseOffset > MAX_RELATIVE_OFFSET) {
          misplaced = `offset ${batch.baseOffset} where ${nextOffset} or more was wanted`;
          untrusted = gapAt;
          return false;
        }
        const epoch = batch.partitionLeaderEpoch;
        if (epoch < epochAt.epoch) {
          misplaced = `epoch ${epoch} behind epoch ${epochAt.epoch}`;
          untrusted = epochAt;
          return false;
        }
        if (epoch > epochAt.epoch) epochAt = { epoch, position, offset: nextOffset };
        gapAt = batch.baseOffset > nextOffset ? { position, offset: nextOffset } : null;
        if (batch.lastOffset >= recoveryPoint) unflushedFrom ??= position;
        segment.indexBatch(batch, position, config.indexIntervalBytes);
        if (epoch > epochs.latestEpoch) epochs.assign(epoch, batch.baseOffset);
        if (batch.baseOffset > nextOffset || batch.recordsCount <= batch.lastOffsetDelta) isDense = false;
        nextOffset = batch.nextOffset;
        return true;
      },
    })
  );
  const { fault } = result;
  const reason = fault ?? misplaced;
  const { position: end, offset } = untrusted ?? { position: result.end, offset: nextOffset };
  epochs.truncateFromEnd(offset);
  return { nextOffset: offset, end, unflushedFrom: Math.min(unflushedFrom ?? end, end), isDense, reason };
}

/** Cuts a segment to its sound batches and makes it durable, so that the recovery point may move behind it. */
async function finishSegment(segment: Segment, found: RecoveredSegment, isSealed: boolean): Promise<void> {
  const { end, unflushedFrom } = found;
  if (end < segment.sizeBytes) {
    segment.truncate(end);
    await resumeSegment(segment);
  }
  await segment.withFile(async (file) => {
    await rewrite(file, unflushedFrom, end);
    await file.sync();
  });
  if (!isSealed) return;
  segment.pins++;
  try {
    segment.seal();
    await segment.saveIndexes({ sync: true });
  } finally {
    segment.pins--;
  }
}

/**
 * Writes bytes where they are already. A system that failed to sync them for an earlier process may have kept them in
 * memory as if they were on the disk: it would have nothing to do for the next sync, and lose them with the power.
 */
async function rewrite(file: DiskFile, from: number, to: number): Promise<void> {
  const buffer = new Uint8Array(Math.min(to - from, REWRITE_BYTES));
  for (let position = from; position < to; position += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, to - position));
    const length = await file.read(part, position);
    assert(length === part.length, "what was verified can be read again");
    file.write(part, position);
  }
}
