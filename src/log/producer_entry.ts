/** What a log knows of one idempotent producer (KIP-98): its epoch and the last batches that it wrote. */

import type { BatchView } from "../records/batch.ts";
import type { ProducerSnapshotEntry } from "./producer_snapshot.ts";

/** How many batches of a producer are kept to recognise one that is sent again, as many as it may have in flight. */
export const BATCHES_KEPT = 5;

/** Sequences go from 0 to 2^31-1 and then begin at 0 again. */
const SEQUENCES = 2147483648;

/** A batch that a producer wrote. */
export interface WrittenBatch {
  lastSequence: number;
  lastOffset: number;
  /** The number of its records less one. */
  offsetDelta: number;
  timestampMs: number;
}

/** The sequence of the first record of a batch. */
export function firstSequenceOf(batch: WrittenBatch): number {
  const first = batch.lastSequence - batch.offsetDelta;
  return first < 0 ? first + SEQUENCES : first;
}

export class ProducerEntry {
  readonly producerId: number;
  producerEpoch = -1;
  /** The epoch of the transaction coordinator that last sent a marker; -1 before the first. */
  coordinatorEpoch = -1;
  /** The largest timestamp of the last batch or marker. */
  lastTimestampMs = -1;
  /** The offset at which the open transaction begins; -1 when none is open. */
  currentTxnFirstOffset = -1;
  /** The last batches of the current epoch, oldest first; none when it has written only markers. */
  readonly batches: WrittenBatch[] = [];

  constructor(producerId: number) {
    this.producerId = producerId;
  }

  /** The sequence of the last record, -1 when there is none. */
  get lastSequence(): number {
    return this.batches.length === 0 ? -1 : this.batches[this.batches.length - 1]!.lastSequence;
  }

  /** True when `firstSequence` is the one that follows the last. */
  isNext(firstSequence: number): boolean {
    return firstSequence === (this.lastSequence + 1) % SEQUENCES;
  }

  /** The batch kept of which `batch` is a copy, sent again; null when there is none. */
  findDuplicate(batch: BatchView): WrittenBatch | null {
    if (batch.producerEpoch !== this.producerEpoch) return null;
    const { baseSequence, lastSequence } = batch;
    for (const written of this.batches) {
      if (written.lastSequence === lastSequence && firstSequenceOf(written) === baseSequence) return written;
    }
    return null;
  }

  /** Notes a batch of records whose last offset is `lastOffset`. */
  addBatch(batch: BatchView, lastOffset: number): void {
    this.adoptEpoch(batch.producerEpoch);
    // The oldest one makes room, and its object is used again: this runs for every batch.
    const written = this.batches.length === BATCHES_KEPT
      ? this.batches.shift()!
      : { lastSequence: 0, lastOffset: 0, offsetDelta: 0, timestampMs: 0 };
    written.lastSequence = batch.lastSequence;
    written.lastOffset = lastOffset;
    written.offsetDelta = batch.lastOffsetDelta;
    written.timestampMs = batch.maxTimestamp;
    this.batches.push(written);
    this.lastTimestampMs = written.timestampMs;
  }

  /** A new epoch begins at sequence 0 and forgets the batches of the old one. */
  adoptEpoch(epoch: number): void {
    if (epoch === this.producerEpoch) return;
    this.batches.length = 0;
    this.producerEpoch = epoch;
  }

  copy(): ProducerEntry {
    const copy = new ProducerEntry(this.producerId);
    copy.producerEpoch = this.producerEpoch;
    copy.coordinatorEpoch = this.coordinatorEpoch;
    copy.lastTimestampMs = this.lastTimestampMs;
    copy.currentTxnFirstOffset = this.currentTxnFirstOffset;
    for (const batch of this.batches) copy.batches.push({ ...batch });
    return copy;
  }

  /**
   * What a snapshot keeps: an entry for each of the batches, oldest first, so that a producer may send any of them
   * again after a restart. Kafka writes only the last, and takes the last when it finds several.
   */
  toSnapshot(): ProducerSnapshotEntry[] {
    const { producerId, producerEpoch, coordinatorEpoch, currentTxnFirstOffset, lastTimestampMs } = this;
    const state = { producerId, producerEpoch, coordinatorEpoch, currentTxnFirstOffset };
    if (this.batches.length === 0) {
      const none = { lastSequence: -1, lastOffset: -1, offsetDelta: 0, timestampMs: lastTimestampMs };
      return [{ ...state, ...none }];
    }
    const entries = this.batches.map((batch) => ({ ...state, ...batch }));
    entries.at(-1)!.timestampMs = lastTimestampMs;
    return entries;
  }

  /** Takes in the next of the entries that a snapshot has of this producer. */
  restore(saved: ProducerSnapshotEntry): void {
    this.adoptEpoch(saved.producerEpoch);
    this.coordinatorEpoch = saved.coordinatorEpoch;
    this.lastTimestampMs = saved.timestampMs;
    this.currentTxnFirstOffset = saved.currentTxnFirstOffset;
    if (saved.lastSequence < 0) return;
    const { lastSequence, lastOffset, offsetDelta, timestampMs } = saved;
    if (this.batches.length === BATCHES_KEPT) this.batches.shift();
    this.batches.push({ lastSequence, lastOffset, offsetDelta, timestampMs });
  }
}
