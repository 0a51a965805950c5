/**
 * How the transactions in a part of a log ended, from their markers. Records of aborted transactions count for
 * nothing: they hide no earlier value of their key, and go at once.
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

  /** Reads all markers of `log` from `offset` on: a transaction may end long after it began. Throws DiskError. */
  static async load(log: PartitionLog, offset: number, pace: Pace): Promise<TxnOutcomes> {
    const outcomes = new TxnOutcomes(offset);
    const { segments } = log;
    for (const segment of segments.list.slice(segments.indexOf(offset))) {
      await segments.ensureIndexes(segment, log.config.indexIntervalBytes);
      const from = segment.indexes?.offsets.positionFor(offset) ?? 0;
      const reader = new BatchReader(segment, { from, windowBytes: WINDOW_BYTES });
      // Damage is for those to report who need the batches.
      while (await reader.fill()) {
        while (reader.next()) {
          outcomes.#note(reader.batch);
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

  /**
   * True when the transaction that `batch` belongs to was aborted. What lies before the markers that were read was
   * judged by an earlier pass.
   */
  isAborted(batch: BatchView): boolean {
    if (!batch.isTransactional || batch.isControl || batch.lastOffset < this.#from) return false;
    const markers = this.#markers.get(batch.producerId);
    if (markers === undefined) return false;
    let low = 0;
    let high = markers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (markers[middle]!.offset < batch.baseOffset) low = middle + 1;
      else high = middle;
    }
    return markers[low]?.aborted ?? false;
  }
}
