/** Learns from the batches which epochs wrote the beginning of a log, where the checkpoint file does not say. */

import type { EpochEntry, LeaderEpochCache } from "./leader_epoch_cache.ts";
import type { Segment } from "./segment.ts";
import { scanSegment } from "./segment_scan.ts";

/**
 * Completes `epochs` for the offsets from `logStartOffset` to the first that they know, or to `logEndOffset`: the file
 * may be missing, or speak of a log start offset that a crash has taken back. Throws DiskError.
 */
export async function completeEpochs(
  epochs: LeaderEpochCache,
  segments: readonly Segment[],
  range: { readonly logStartOffset: number; readonly logEndOffset: number },
): Promise<void> {
  const { logStartOffset } = range;
  const end = Math.min(epochs.entries[0]?.startOffset ?? range.logEndOffset, range.logEndOffset);
  if (end <= logStartOffset) return;
  const found: EpochEntry[] = [];
  for (const [index, segment] of segments.entries()) {
    if ((segments[index + 1]?.baseOffset ?? Infinity) <= logStartOffset) continue;
    if (segment.baseOffset >= end) break;
    await segment.withFile((file) =>
      scanSegment(file, {
        from: segment.indexes?.offsets.positionFor(logStartOffset) ?? 0,
        to: segment.sizeBytes,
        checkCrc: false,
        onBatch: ({ baseOffset, lastOffset, partitionLeaderEpoch: epoch }) => {
          if (baseOffset >= end) return false;
          const isNew = lastOffset >= logStartOffset && epoch > (found.at(-1)?.epoch ?? -1);
          if (isNew) found.push({ epoch, startOffset: Math.max(baseOffset, logStartOffset) });
          return true;
        },
      })
    );
  }
  epochs.prepend(found);
}
