/** Brings the indexes of a segment in line with its batches. */

import { MAX_RELATIVE_OFFSET } from "./offset_index.ts";
import type { Segment } from "./segment.ts";
import { type ScanResult, scanSegment } from "./segment_scan.ts";

/**
 * Reads all batches of a segment, without their checksums, and gives it indexes. Throws DiskError. The result says
 * how far the batches are sound. One that reaches `endOffset`, where the next segment begins, is out of place.
 */
export async function rebuildIndexes(
  segment: Segment,
  indexIntervalBytes: number,
  endOffset = Infinity,
): Promise<ScanResult> {
  segment.resetIndexes();
  let nextOffset = segment.baseOffset;
  const result = await segment.withFile((file) =>
    scanSegment(file, {
      from: 0,
      to: segment.sizeBytes,
      checkCrc: false,
      onBatch: (batch, position) => {
        if (batch.lastOffset >= endOffset) return true;
        // Batches of another place have no place in the index, nor what follows them.
        if (
          batch.baseOffset < nextOffset || batch.lastOffset - segment.baseOffset > MAX_RELATIVE_OFFSET
        ) return false;
        segment.indexBatch(batch, position, indexIntervalBytes);
        nextOffset = batch.nextOffset;
        return true;
      },
    })
  );
  segment.closeTimeIndex();
  segment.useIndexes(segment.indexes!);
  return result;
}

export interface ResumedSegment extends ScanResult {
  /** The offset behind the last batch; the base offset when there is none. */
  readonly nextOffset: number;
}

/**
 * Prepares a segment, whose indexes are loaded and may reach too far, to be written again: cuts the indexes to its
 * size and reads what lies behind the last entry. Throws DiskError.
 */
export async function resumeSegment(segment: Segment): Promise<ResumedSegment> {
  const from = segment.cutIndexesToSize();
  let nextOffset = segment.baseOffset;
  const result = await segment.withFile((file) =>
    scanSegment(file, {
      from,
      to: segment.sizeBytes,
      checkCrc: false,
      onBatch: (batch) => {
        // A log that ended before what it holds would be written over.
        if (batch.baseOffset < nextOffset) return false;
        segment.noteTimestamp(batch);
        nextOffset = batch.nextOffset;
        return true;
      },
    })
  );
  segment.indexes!.times.truncateToOffset(nextOffset);
  return { ...result, nextOffset };
}
