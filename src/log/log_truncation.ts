/** Cuts a log at its end, which a follower does where its log differs from its leader's (KIP-101). */

import { LEADER_EPOCH_CHECKPOINT } from "./file_names.ts";
import type { PartitionLog } from "./partition_log.ts";
import { join } from "./paths.ts";
import { rebuildProducers, removeSnapshots, snapshotsIn } from "./producer_replay.ts";
import type { Segment } from "./segment.ts";
import { resumeSegment } from "./segment_rebuild.ts";
import { scanSegment } from "./segment_scan.ts";

/** Where a segment ends once it is cut. */
interface CutPoint {
  readonly position: number;
  /** The offset behind the last batch that stays; null when none does. */
  readonly nextOffset: number | null;
}

/** Cuts the log before the batch that holds `offset`, or the next one. Throws DiskError. */
export async function truncateLog(log: PartitionLog, offset: number): Promise<void> {
  const { segments } = log;
  if (offset <= segments.first.baseOffset) return await startAt(log, offset);
  await log.flusher.idle();
  // After a crash it must not bring back what is cut off here.
  await log.swapUnderWay;
  const segment = segments.list[segments.indexOf(offset)]!;
  await segments.ensureIndexes(segment, log.config.indexIntervalBytes);
  const cut = await findCut(segment, offset);
  // Where to cut cannot be told, and to cut off more would take what is acknowledged.
  if (cut === null) return log.noteDamage(`no batch that was written is found before offset ${offset}`);
  const endOffset = cut.nextOffset ?? segment.baseOffset;
  // The batch that holds the log start offset goes: nothing is left, but offsets are not given twice.
  if (endOffset < log.logStartOffset) return await startAt(log, log.logStartOffset);
  await announceCut(log, endOffset);
  const gone = segments.list.slice(segments.indexOf(offset) + 1);
  segment.sealed = false;
  segments.remove(gone.toReversed(), log.config.fileDeleteDelayMs);
  // Were this segment cut before the later ones are gone for good, a crash could leave a gap between them.
  if (gone.length > 0) await log.context.disk.syncDirectory(log.directory);
  segments.cutActive(cut.position);
  await resumeSegment(segment);
  await settle(log, endOffset);
}

/** The end of the last batch of `segment` that lies wholly below `offset`; null where batches are damaged. */
async function findCut(segment: Segment, offset: number): Promise<CutPoint | null> {
  let nextOffset: number | null = null;
  let isBehind = true;
  const result = await segment.withFile((file) =>
    scanSegment(file, {
      // A batch that ends before `offset` stays, so that the offset behind it becomes known.
      from: segment.indexes!.offsets.positionFor(offset - 1),
      to: segment.sizeBytes,
      checkCrc: false,
      onBatch: (batch) => {
        isBehind = batch.baseOffset >= (nextOffset ?? segment.baseOffset);
        if (batch.lastOffset >= offset || !isBehind) return false;
        nextOffset = batch.nextOffset;
        return true;
      },
    })
  );
  return result.fault === null && isBehind ? { position: result.end, nextOffset } : null;
}

/** Drops everything, and begins with an empty segment at `offset`. Throws DiskError. */
export async function startAt(log: PartitionLog, offset: number): Promise<void> {
  await log.flusher.idle();
  // After a crash it must not bring back what is cut off here.
  await log.swapUnderWay;
  const { segments } = log;
  // With this saved, a crash on the way ends at the same place.
  log.logStartOffset = offset;
  await announceCut(log, Math.min(offset, segments.first.baseOffset));
  segments.remove(segments.list.toReversed(), log.config.fileDeleteDelayMs);
  removeSnapshots(log.context, log.directory, snapshotsIn(log.context, log.directory));
  await log.context.disk.syncDirectory(log.directory);
  segments.begin(offset);
  log.logEndOffset = offset;
  log.flusher.restartAt(offset);
  await settle(log, offset);
}

/**
 * Takes back everything that speaks of offsets that will be gone, and has a crash from now on recover what is cut:
 * segments go from the last to the first, so that what is left at any moment continues without a gap.
 */
async function announceCut(log: PartitionLog, endOffset: number): Promise<void> {
  log.truncations++;
  log.clean = false;
  log.tail.clear();
  log.flusher.onTruncated(endOffset);
  log.epochs.truncateFromEnd(endOffset);
  log.logEndOffset = Math.min(log.logEndOffset, endOffset);
  log.firstDirtyOffset = Math.min(log.firstDirtyOffset, endOffset);
  await log.onCut();
}

/** Makes the cut last: what was cut off must not come back after a crash and be taken for what replaced it. */
async function settle(log: PartitionLog, endOffset: number): Promise<void> {
  const { context, directory, segments, producers, epochs } = log;
  log.logEndOffset = endOffset;
  log.highWatermark = Math.min(log.highWatermark, endOffset);
  const snapshots = snapshotsIn(context, directory);
  removeSnapshots(context, directory, snapshots.filter((offset) => offset > endOffset));
  const kept = snapshots.filter((offset) => offset <= endOffset);
  await rebuildProducers(context, directory, {
    producers,
    snapshots: kept,
    segments: segments.list,
    to: endOffset,
  });
  await segments.active.withFile((file) => file.sync());
  epochs.dirty = false;
  await context.disk.writeFileAtomic(join(directory, LEADER_EPOCH_CHECKPOINT), epochs.encode());
  await context.disk.syncDirectory(directory);
}
