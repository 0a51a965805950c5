/**
 * Puts compacted segments in the place of their originals so that a crash at any moment leaves either. The compacted
 * one is written as `.cleaned`; renamed to `.swap` once it is durable, from when on it counts; then the originals go
 * and it gets its name. What a crash leaves is finished when the log is opened: `.cleaned` is dropped, `.swap` wins.
 */

import { DiskError } from "../../platform/disk.ts";
import { BATCH_HEADER_BYTES } from "../../records/batch.ts";
import {
  CLEANED_SUFFIX,
  LOG_SUFFIX,
  offsetOfName,
  offsetPath,
  SEGMENT_FILE_SUFFIXES,
  SWAP_SUFFIX,
} from "../file_names.ts";
import type { LogContext } from "../log_context.ts";
import type { PartitionLog } from "../partition_log.ts";
import { removeSnapshots } from "../producer_replay.ts";
import { Segment } from "../segment.ts";
import { scanSegment } from "../segment_scan.ts";

/**
 * Replaces `old` by `compacted`, which is complete under its `.cleaned` name. False, with nothing changed, when the
 * log was cut or closed meanwhile. Throws DiskError: then either nothing has changed, or the log is offline and its
 * next opening finishes the swap.
 */
export async function swapSegments(
  log: PartitionLog,
  old: readonly Segment[],
  compacted: Segment,
): Promise<boolean> {
  await compacted.withFile((file) => file.sync());
  await compacted.saveIndexes({ sync: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  log.swapUnderWay = promise;
  try {
    if (!await exchange(log, old, compacted)) return false;
    await finishExchange(log, old, compacted);
    return true;
  } finally {
    log.swapUnderWay = null;
    resolve();
  }
}

/** The exchange up to where it cannot be taken back any more. */
async function exchange(
  log: PartitionLog,
  old: readonly Segment[],
  compacted: Segment,
): Promise<boolean> {
  const { truncations, context, directory } = log;
  const isStillThere = () =>
    !log.isBusy && truncations === log.truncations && old.every((each) => !each.deleted);
  if (!isStillThere()) return false;
  compacted.rename(SWAP_SUFFIX);
  try {
    // Not every file system makes names durable in their order: this one must be before the others are gone.
    await context.disk.syncDirectory(directory);
    if (isStillThere()) {
      log.segments.replace(old, compacted, log.config.fileDeleteDelayMs);
      return true;
    }
  } catch (error) {
    // What is half done, and cannot be taken back either, is finished when the log is opened again.
    const isHalfDone = old.some((each) => each.deleted && log.segments.list.includes(each));
    if (isHalfDone && error instanceof DiskError) log.fail(error);
    if (!isHalfDone) takeBack(log, compacted);
    throw error;
  }
  takeBack(log, compacted);
  return false;
}

/** Nothing is lost with the name, but a file that keeps it would take the place of the originals when it is found. */
function takeBack(log: PartitionLog, compacted: Segment): void {
  try {
    compacted.rename(CLEANED_SUFFIX);
  } catch (error) {
    if (error instanceof DiskError) log.fail(error);
    throw error;
  }
}

async function finishExchange(
  log: PartitionLog,
  old: readonly Segment[],
  compacted: Segment,
): Promise<void> {
  const { context, directory } = log;
  try {
    log.tail.dropSegments(old);
    // No segment begins there any more, so that no recovery will ask for them.
    removeSnapshots(context, directory, old.slice(1).map((each) => each.baseOffset));
    // Nor may the new name come before the old ones are gone: two segments would hold the same offsets.
    await context.disk.syncDirectory(directory);
    if (!compacted.deleted && !log.closed) compacted.rename("");
    await context.disk.syncDirectory(directory);
  } catch (error) {
    if (error instanceof DiskError) log.fail(error);
    throw error;
  }
}

/**
 * Finishes the swaps that a crash has interrupted in a log's directory, which holds files of these names. True when
 * there were any, so that the names are others now. Throws DiskError.
 */
export async function finishSwaps(
  context: LogContext,
  directory: string,
  names: readonly string[],
): Promise<boolean> {
  const { disk } = context;
  if (!names.some((name) => name.endsWith(SWAP_SUFFIX))) return false;
  for (const baseOffset of completeSwaps(names)) {
    const end = await endOfSwap(context, directory, baseOffset);
    for (const name of names) {
      const offset = offsetOfName(name, LOG_SUFFIX);
      if (offset !== null && offset >= baseOffset && offset < end) {
        removeSegmentFiles(context, directory, offset);
      }
    }
    await disk.syncDirectory(directory);
    for (const suffix of SEGMENT_FILE_SUFFIXES.toReversed()) {
      const path = offsetPath(directory, baseOffset, suffix);
      if (disk.exists(path + SWAP_SUFFIX)) disk.rename(path + SWAP_SUFFIX, path);
    }
  }
  // Indexes whose log had not got its new name yet: nobody will miss them.
  for (const { name } of disk.list(directory)) {
    if (name.endsWith(SWAP_SUFFIX)) disk.remove(`${directory}/${name}`);
  }
  await disk.syncDirectory(directory);
  return true;
}

/**
 * The base offsets of the segments that are to take their places. Kafka also splits a segment in several, and until
 * the first of them is complete too the original counts.
 */
function completeSwaps(names: readonly string[]): number[] {
  const basesOf = (suffix: string) =>
    names.map((name) => offsetOfName(name, LOG_SUFFIX + suffix)).filter((base) => base !== null);
  const firstIncomplete = Math.min(...basesOf(CLEANED_SUFFIX), Infinity);
  return basesOf(SWAP_SUFFIX).filter((base) => base < firstIncomplete);
}

function removeSegmentFiles(context: LogContext, directory: string, baseOffset: number): void {
  // The log itself goes last: as long as it is there, so is everything else to be removed.
  for (const suffix of SEGMENT_FILE_SUFFIXES.toReversed()) {
    context.disk.remove(offsetPath(directory, baseOffset, suffix));
  }
}

/** The offset behind the last batch of a `.swap` file; one behind its base when it is empty. */
async function endOfSwap(context: LogContext, directory: string, baseOffset: number): Promise<number> {
  const { disk, pool } = context;
  const path = offsetPath(directory, baseOffset, LOG_SUFFIX) + SWAP_SUFFIX;
  const sizeBytes = disk.fileSize(path);
  let end = baseOffset + 1;
  if (sizeBytes < BATCH_HEADER_BYTES) return end;
  const segment = new Segment({ disk, pool, directory }, {
    baseOffset,
    sizeBytes,
    createdMs: 0,
    suffix: SWAP_SUFFIX,
  });
  const onBatch = (batch: { readonly nextOffset: number }) => void (end = batch.nextOffset);
  await segment.withFile((file) => scanSegment(file, { from: 0, to: sizeBytes, checkCrc: false, onBatch }));
  segment.close();
  return end;
}
