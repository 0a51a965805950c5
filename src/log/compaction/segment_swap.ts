/**
 * Puts compacted segments in the place of their originals so that a crash at any moment leaves either. The compacted
 * one is written as `.cleaned`; renamed to `.swap` once it is durable, from when on it counts; then the originals go
 * and it gets its name. What a crash leaves is finished when the log is opened: `.cleaned` is dropped, `.swap` wins.
 */

import { BATCH_HEADER_BYTES } from "../../records/batch.ts";
import { LOG_SUFFIX, offsetOfName, offsetPath, SEGMENT_FILE_SUFFIXES, SWAP_SUFFIX } from "../file_names.ts";
import type { LogContext } from "../log_context.ts";
import type { PartitionLog } from "../partition_log.ts";
import { Segment } from "../segment.ts";
import { scanSegment } from "../segment_scan.ts";

/**
 * Replaces `old` by `compacted`, which is complete under its `.cleaned` name. False, with nothing changed, when the
 * log was cut or closed meanwhile. Throws DiskError.
 */
export async function swapSegments(
  log: PartitionLog,
  old: readonly Segment[],
  compacted: Segment,
): Promise<boolean> {
  const { truncations, context, directory } = log;
  await compacted.withFile((file) => file.sync());
  await compacted.saveIndexes({ sync: true });
  await context.disk.syncDirectory(directory);
  const isStillThere = () =>
    !log.isBusy && truncations === log.truncations && old.every((each) => !each.deleted);
  if (!isStillThere()) return false;
  compacted.rename(SWAP_SUFFIX);
  log.segments.replace(old, compacted, log.config.fileDeleteDelayMs);
  log.tail.dropSegments(old);
  await context.disk.syncDirectory(directory);
  return true;
}

/** Finishes the swaps that a crash has interrupted in a log's directory. Throws DiskError. */
export async function finishSwaps(context: LogContext, directory: string): Promise<void> {
  const { disk } = context;
  const names = disk.list(directory).map(({ name }) => name);
  const swaps = names.filter((name) => name.endsWith(SWAP_SUFFIX));
  if (swaps.length === 0) return;
  for (const name of swaps) {
    const baseOffset = offsetOfName(name, LOG_SUFFIX + SWAP_SUFFIX);
    if (baseOffset === null) continue;
    const end = await endOfSwap(context, directory, baseOffset);
    for (const other of names) {
      const offset = offsetOfName(other, LOG_SUFFIX);
      if (offset !== null && offset >= baseOffset && offset < end) {
        removeSegmentFiles(context, directory, offset);
      }
    }
    for (const suffix of SEGMENT_FILE_SUFFIXES.toReversed()) {
      const path = offsetPath(directory, baseOffset, suffix);
      if (disk.exists(path + SWAP_SUFFIX)) disk.rename(path + SWAP_SUFFIX, path);
    }
  }
  // Indexes whose log had not got its new name yet: nobody will miss them.
  for (const name of disk.list(directory).map((entry) => entry.name)) {
    if (name.endsWith(SWAP_SUFFIX)) disk.remove(`${directory}/${name}`);
  }
  await disk.syncDirectory(directory);
}

function removeSegmentFiles(context: LogContext, directory: string, baseOffset: number): void {
  for (const suffix of SEGMENT_FILE_SUFFIXES) context.disk.remove(offsetPath(directory, baseOffset, suffix));
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
