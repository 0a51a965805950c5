/**
 * How the transactions in a part of a log ended, from their markers. Records of aborted transactions count for
 * nothing: they hide no earlier value of their key, and go at once. A marker that a crash may still take away, so that
 * the transaction ends otherwise, does not count either.
 */

import type { BatchView } from "../../records/batch.ts";
import type { PartitionLog } from "../partition_log.ts";
import { endTxnMarkerOf } from "../producer_state.ts";
import { BatchReader } from "./batch_reader.ts";
import type { Pace } from "./pace.ts";

interface Marker {
  readonly offset: number;
  readonly aborted: boolean;
}

const WINDOW_BYTES = 256 * 1024;

export class TxnOutcomes {
  readonly #markers = new Map<number, Marker[]>();
  readonly #from: number;

  private constructor(from: number) {
    this.#from = from;
  }

  /** Reads the markers of `log` from `offset` on: a transaction may end long after it began. Throws DiskError. */
  static async load(log: PartitionLog, offset: number, pace: Pace): Promise<TxnOutcomes> {
    const outcomes = new TxnOutcomes(offset);
    const { segments } = log;
    const end = Math.min(log.highWatermark, log.flushedOffset);
    for (const segment of segments.list.slice(segments.indexOf(offset))) {
      if (segment.baseOffset >= end) break;
      await segments.ensureIndexes(segment, log.config.indexIntervalBytes);
      const from = segment.indexes?.offsets.positionFor(offset) ?? 0;
      const reader = new BatchReader(segment, { from, windowBytes: WINDOW_BYTES });
      // Damage is for those to report who need the batches.
      while (await pace.waitFor(reader.fill())) {
        while (reader.next()) {
          if (reader.batch.lastOffset < end) outcomes.#note(reader.batch);
          if (pace.isDue) await pace.rest();
        }
      }
      pace.spend(reader.bytesRead);
    }
    return outcomes;
  }

  #note(batch: BatchView): void {
    if (!batch.isControl || batch.producerId < 0) return;
    const marker = endTxnMarkerOf(batch);
    if (marker === null) return;
    const markers = this.#markers.get(batch.producerId) ?? [];
    markers.push({ offset: batch.baseOffset, aborted: marker.aborted });
    this.#markers.set(batch.producerId, markers);
  }

  /** True when `batch` belongs to a transaction that was aborted for good. */
  isAborted(batch: BatchView): boolean {
    return this.#markerOf(batch)?.aborted === true;
  }

  /** True when `batch` belongs to a transaction of which it is not certain how it ended. */
  isUndecided(batch: BatchView): boolean {
    return this.#isOfTxn(batch) && this.#markerOf(batch) === undefined;
  }

  /** What lies before the markers that were read was judged by an earlier pass. */
  #isOfTxn(batch: BatchView): boolean {
    return batch.isTransactional && !batch.isControl && batch.lastOffset >= this.#from;
  }

  /** The first marker of the batch's producer behind the batch. */
  #markerOf(batch: BatchView): Marker | undefined {
    const markers = this.#isOfTxn(batch) ? this.#markers.get(batch.producerId) : undefined;
    if (markers === undefined) return undefined;
    let low = 0;
    let high = markers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (markers[middle]!.offset < batch.baseOffset) low = middle + 1;
      else high = middle;
    }
    return markers[low];
  }
}
