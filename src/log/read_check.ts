/**
 * Holds what was read from a file against what must be there, before anybody is given it: a disk may return other
 * bytes than were written. Of Kafka's consumers some never look at the checksum, and nobody else can see that offsets
 * and leader epochs are wrong, which no checksum covers.
 */

import { BATCH_HEADER_BYTES, BatchCursor, BatchView, checkFrame, verifyBatch } from "../records/batch.ts";
import type { LeaderEpochCache } from "./leader_epoch_cache.ts";

/** What lies in a part of a buffer, and what must be true of it. */
export interface ReadPart {
  /** Where the first batch begins, and the last one ends. */
  readonly from: number;
  readonly to: number;
  /** No batch is below it: where the segment begins. */
  readonly baseOffset: number;
  /** No batch reaches it: where the next segment begins, or the log ends. */
  readonly endOffset: number;
  /** How many bytes of the segment begin with those of the buffer. */
  readonly remaining: number;
  /** The epochs that the batches must be of; null where it does not matter. */
  readonly epochs: LeaderEpochCache | null;
}

/** Why the batches in a part of a buffer are not what was written; null when they are. */
export function faultInRead(bytes: Uint8Array, part: ReadPart): string | null {
  const { from, to, endOffset, epochs } = part;
  const cursor = new BatchCursor(bytes.subarray(0, to), from);
  let next = part.baseOffset;
  while (cursor.next()) {
    const { baseOffset, lastOffset, partitionLeaderEpoch } = cursor;
    const fault = verifyBatch(bytes, cursor.at);
    if (fault !== null) return `a batch with ${fault} at offset ${baseOffset}`;
    if (baseOffset < next || lastOffset >= endOffset) {
      return `a batch of offsets ${baseOffset} to ${lastOffset} where ${next} to ${endOffset - 1} may be`;
    }
    const epoch = epochs?.epochAt(lastOffset) ?? -1;
    if (epoch >= 0 && epoch !== partitionLeaderEpoch) {
      return `a batch of epoch ${partitionLeaderEpoch} at offset ${baseOffset}, which is of epoch ${epoch}`;
    }
    next = cursor.nextOffset;
  }
  return faultOfNeighbour(bytes, part, next);
}

/** The batch behind shows whether the last one lies where it should, as far as it was read as well. */
function faultOfNeighbour(bytes: Uint8Array, { to, remaining }: ReadPart, next: number): string | null {
  if (to + BATCH_HEADER_BYTES > bytes.length || checkFrame(bytes, to, remaining) !== null) return null;
  const { baseOffset } = new BatchView(bytes, to);
  return baseOffset < next ? `offset ${baseOffset} behind a batch that ends before ${next}` : null;
}
