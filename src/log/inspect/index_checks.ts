/** Compares the indexes of a segment with its batches as these go by, in the order of both. */

import type { BatchView } from "../../records/batch.ts";
import type { OffsetIndexEntry, TimeIndexEntry, TxnIndexEntry } from "./index_entries.ts";

/** A check of one index file. */
export interface IndexCheck {
  /** The next batch of the segment and its position in the file. */
  onBatch(batch: BatchView, position: number): void;
  /** There are no more batches. */
  onEnd(): void;
}

/** Called with what is wrong with the entry of that number. */
export type OnWrongEntry = (entry: number, what: string) => void;

/** Where a search begins: each entry is the position of a batch from whose start its offset can be found. */
export function checkOffsetIndex(entries: readonly OffsetIndexEntry[], onWrong: OnWrongEntry): IndexCheck {
  let next = 0;
  let lastOffset = -1;
  return {
    onBatch(batch, position) {
      lastOffset = batch.lastOffset;
      for (; next < entries.length && entries[next]!.position <= position; next++) {
        const entry = entries[next]!;
        if (entry.position < position) {
          onWrong(next, `no batch begins at position ${entry.position}`);
        } else if (batch.baseOffset > entry.offset) {
          onWrong(next, `offset ${entry.offset} is before the batch at position ${position}`);
        }
      }
    },
    onEnd() {
      const last = entries.at(-1);
      if (next < entries.length) {
        onWrong(next, `no batch begins at position ${entries[next]!.position}`);
      } else if (last !== undefined && last.offset > lastOffset) {
        onWrong(next - 1, `offset ${last.offset} is behind the last one, ${lastOffset}`);
      }
    },
  };
}

/** Each entry has the largest timestamp up to its offset. */
export function checkTimeIndex(entries: readonly TimeIndexEntry[], onWrong: OnWrongEntry): IndexCheck {
  let next = 0;
  let largest = -1;
  const compare = ({ timestamp, offset }: TimeIndexEntry) => {
    if (timestamp !== largest) {
      onWrong(next, `timestamp ${timestamp}, but ${largest} is the largest up to offset ${offset}`);
    }
  };
  return {
    onBatch(batch) {
      const { baseOffset, lastOffset, maxTimestamp } = batch;
      for (; next < entries.length && entries[next]!.offset < baseOffset; next++) compare(entries[next]!);
      if (maxTimestamp > largest) largest = maxTimestamp;
      for (; next < entries.length && entries[next]!.offset <= lastOffset; next++) compare(entries[next]!);
    },
    onEnd() {
      if (next < entries.length) onWrong(next, `offset ${entries[next]!.offset} is behind the last one`);
    },
  };
}

/** Each aborted transaction ends in a marker of its producer. */
export function checkTxnIndex(entries: readonly TxnIndexEntry[], onWrong: OnWrongEntry): IndexCheck {
  let next = 0;
  const missing = ({ producerId, lastOffset }: TxnIndexEntry) =>
    `offset ${lastOffset} has no marker of producer ${producerId}`;
  return {
    onBatch(batch) {
      const { baseOffset, lastOffset, isControl, producerId } = batch;
      for (; next < entries.length && entries[next]!.lastOffset <= lastOffset; next++) {
        const entry = entries[next]!;
        const isMarker = isControl && producerId === entry.producerId && entry.lastOffset >= baseOffset;
        if (!isMarker) onWrong(next, missing(entry));
      }
    },
    onEnd() {
      if (next < entries.length) onWrong(next, missing(entries[next]!));
    },
  };
}
