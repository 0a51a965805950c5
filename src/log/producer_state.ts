/**
 * The idempotent and transactional producers of a partition (KIP-98, KIP-360): whether a batch may be appended, is
 * one sent again, or has lost its predecessor. The state follows from the batches in the log alone, so a follower
 * or a recovery that replays them arrives at the same.
 *
 * As in Kafka 4 a producer that is not known (any more) may begin with any sequence: UNKNOWN_PRODUCER_ID is not
 * answered, because producers could only have reacted to it by risking a duplicate.
 */

import type { BatchView } from "../records/batch.ts";
import { readControlKey, readEndTxnMarker } from "../records/control_record.ts";
import { RecordCursor } from "../records/record.ts";
import { ProducerEntry, type WrittenBatch } from "./producer_entry.ts";
import { decodeProducerSnapshot, encodeProducerSnapshot } from "./producer_snapshot.ts";

/** Why a producer's batch is refused. */
export type ProducerFault =
  | "out-of-order-sequence"
  | "invalid-producer-epoch"
  | "invalid-txn-state"
  | "transaction-coordinator-fenced";

/** A transaction that a marker has ended. */
export interface CompletedTxn {
  readonly producerId: number;
  readonly firstOffset: number;
  /** The offset of the marker. */
  readonly lastOffset: number;
  readonly aborted: boolean;
}

/** A transaction marker, as far as it concerns a producer's state. */
interface EndTxnMarker {
  readonly aborted: boolean;
  readonly coordinatorEpoch: number;
}

/** The marker in a control batch, or null when it is another kind of control batch or cannot be read. */
export function endTxnMarkerOf(batch: BatchView): EndTxnMarker | null {
  try {
    const cursor = new RecordCursor(batch, { maxBytes: 1 << 20 });
    if (!cursor.next()) return null;
    const { type } = readControlKey(cursor.key);
    if (type !== "Abort" && type !== "Commit") return null;
    return { aborted: type === "Abort", coordinatorEpoch: readEndTxnMarker(cursor.value) };
  } catch {
    // The batch's CRC held, so this is what was written: not a marker that anyone could act on.
    return null;
  }
}

export class ProducerState {
  readonly #producers = new Map<number, ProducerEntry>();
  /** The first offsets of open transactions by producer id. */
  readonly #ongoing = new Map<number, number>();
  /** Transactions whose markers the high watermark has not passed yet. */
  #unreplicated: CompletedTxn[] = [];

  get size(): number {
    return this.#producers.size;
  }

  /** The producers that are known, for DescribeProducers. */
  entries(): Iterable<ProducerEntry> {
    return this.#producers.values();
  }

  /** What is known of a producer. */
  find(producerId: number): ProducerEntry | undefined {
    return this.#producers.get(producerId);
  }

  /** True when a producer has an open transaction. */
  hasOngoingTxn(producerId: number): boolean {
    return this.#ongoing.has(producerId);
  }

  /** The first offset that is not decided: of an open transaction or one whose marker is not replicated; or -1. */
  get firstUnstableOffset(): number {
    if (this.#ongoing.size === 0 && this.#unreplicated.length === 0) return -1;
    let first = Number.MAX_SAFE_INTEGER;
    for (const offset of this.#ongoing.values()) first = Math.min(first, offset);
    for (const txn of this.#unreplicated) first = Math.min(first, txn.firstOffset);
    return first;
  }

  /** Forgets the completed transactions whose markers lie below the high watermark. */
  onHighWatermark(highWatermark: number): void {
    if (this.#unreplicated.length === 0) return;
    this.#unreplicated = this.#unreplicated.filter((txn) => txn.lastOffset >= highWatermark);
  }

  /** The batch that `batch` repeats, one of the last five of its producer; null when it is new. */
  findDuplicate(batch: BatchView): WrittenBatch | null {
    return this.#producers.get(batch.producerId)?.findDuplicate(batch) ?? null;
  }

  /** Whether a client's batch with a producer id may follow what is there; null when it may. */
  check(batch: BatchView): ProducerFault | null {
    return checkBatch(this.#producers.get(batch.producerId), batch);
  }

  /** True when a later epoch of the batch's producer is known. */
  isStaleEpoch(batch: BatchView): boolean {
    const entry = this.#producers.get(batch.producerId);
    return entry !== undefined && batch.producerEpoch < entry.producerEpoch;
  }

  /** Whether a coordinator's marker may be appended; null when it may. */
  checkMarker(batch: BatchView): ProducerFault | null {
    const entry = this.#producers.get(batch.producerId);
    if (entry === undefined) return null;
    if (batch.producerEpoch < entry.producerEpoch) return "invalid-producer-epoch";
    const marker = endTxnMarkerOf(batch);
    if (marker !== null && marker.coordinatorEpoch < entry.coordinatorEpoch) {
      return "transaction-coordinator-fenced";
    }
    return null;
  }

  /** A copy of what is known of a producer, to check several batches of one append in a row. */
  stage(producerId: number): ProducerEntry {
    return this.#producers.get(producerId)?.copy() ?? new ProducerEntry(producerId);
  }

  /**
   * Notes a batch that is in the log from `firstOffset` to `lastOffset`; does nothing without a producer id.
   * Returns the transaction that it ended, if it did.
   */
  apply(batch: BatchView, firstOffset: number, lastOffset: number): CompletedTxn | null {
    const { producerId } = batch;
    if (producerId < 0) return null;
    const entry = this.#entryOf(producerId);
    if (batch.isControl) return this.#applyMarker(entry, batch, lastOffset);
    entry.addBatch(batch, lastOffset);
    if (batch.isTransactional && entry.currentTxnFirstOffset < 0) {
      entry.currentTxnFirstOffset = firstOffset;
      this.#ongoing.set(producerId, firstOffset);
    }
    return null;
  }

  #entryOf(producerId: number): ProducerEntry {
    let entry = this.#producers.get(producerId);
    if (entry === undefined) {
      entry = new ProducerEntry(producerId);
      this.#producers.set(producerId, entry);
    }
    return entry;
  }

  #applyMarker(entry: ProducerEntry, batch: BatchView, lastOffset: number): CompletedTxn | null {
    const marker = endTxnMarkerOf(batch);
    if (marker === null) return null;
    entry.adoptEpoch(batch.producerEpoch);
    entry.coordinatorEpoch = marker.coordinatorEpoch;
    entry.lastTimestampMs = batch.maxTimestamp;
    const firstOffset = entry.currentTxnFirstOffset;
    entry.currentTxnFirstOffset = -1;
    this.#ongoing.delete(entry.producerId);
    // A marker of a transaction that wrote nothing here ends nothing.
    if (firstOffset < 0) return null;
    const completed = { producerId: entry.producerId, firstOffset, lastOffset, aborted: marker.aborted };
    this.#unreplicated.push(completed);
    return completed;
  }

  /** Forgets producers without an open transaction that last wrote `expirationMs` or longer ago. */
  expire(nowMs: number, expirationMs: number): void {
    for (const entry of this.#producers.values()) {
      if (isExpired(entry, nowMs, expirationMs)) this.#producers.delete(entry.producerId);
    }
  }

  clear(): void {
    this.#producers.clear();
    this.#ongoing.clear();
    this.#unreplicated = [];
  }

  /** The content of a snapshot file. */
  encode(): Uint8Array {
    const entries = [];
    for (const entry of this.#producers.values()) entries.push(...entry.toSnapshot());
    return encodeProducerSnapshot(entries);
  }

  /** Takes the state from a snapshot file, without what has expired. Throws DecodeError when it is damaged. */
  load(bytes: Uint8Array, nowMs: number, expirationMs: number): void {
    const saved = decodeProducerSnapshot(bytes);
    this.clear();
    for (const each of saved) this.#entryOf(each.producerId).restore(each);
    this.expire(nowMs, expirationMs);
    for (const { producerId, currentTxnFirstOffset } of this.#producers.values()) {
      if (currentTxnFirstOffset >= 0) this.#ongoing.set(producerId, currentTxnFirstOffset);
    }
  }
}

function isExpired(entry: ProducerEntry, nowMs: number, expirationMs: number): boolean {
  return entry.currentTxnFirstOffset < 0 && nowMs - entry.lastTimestampMs >= expirationMs;
}

/** Whether a client's batch may follow what is known of its producer; null when it may. */
export function checkBatch(entry: ProducerEntry | undefined, batch: BatchView): ProducerFault | null {
  // Nothing known, perhaps because it expired or its records were deleted: any sequence will do.
  if (entry === undefined || entry.producerEpoch < 0) return null;
  const { producerEpoch } = batch;
  if (producerEpoch < entry.producerEpoch) return "invalid-producer-epoch";
  if (producerEpoch > entry.producerEpoch) return batch.baseSequence === 0 ? null : "out-of-order-sequence";
  // With only markers in this epoch the last sequence is -1, so that 0 is what follows.
  if (!entry.isNext(batch.baseSequence)) return "out-of-order-sequence";
  if (entry.currentTxnFirstOffset >= 0 && !batch.isTransactional) return "invalid-txn-state";
  return null;
}
