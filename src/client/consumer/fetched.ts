/** The records that one answer to a Fetch holds of one partition. */

import { BatchCursor, BatchView, verifyBatch } from "../../records/batch.ts";
import { readControlKey } from "../../records/control_record.ts";
import { RecordCursor } from "../../records/record.ts";
import { DecodeError } from "../../core/errors.ts";
import type { TopicPartition } from "../leaders.ts";

/** A record on show: valid until the next one is shown. */
export type FetchedRecord = Pick<RecordCursor, "offset" | "timestamp" | "key" | "value" | "headers">;

/** A transaction whose records are not to be seen: those of its producer from an offset on, up to its marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchedOptions {
  readonly records: Uint8Array;
  /** The first offset that was asked for: a batch may begin before it. */
  readonly fromOffset: number;
  readonly highWatermark: number;
  /** Null when records of open and aborted transactions are seen too. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
}

export class FetchedRecords implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
  /** Where reading goes on after these records. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly #batches: readonly BatchView[];
  readonly #aborted: readonly AbortedTransaction[] | null;
  readonly #sizeBytes: number;

  /** Throws {@link DecodeError} when a batch is damaged. */
  constructor({ topic, partition }: TopicPartition, options: FetchedOptions) {
    this.topic = topic;
    this.partition = partition;
    this.fromOffset = options.fromOffset;
    this.highWatermark = options.highWatermark;
    this.#aborted = options.abortedTransactions;
    this.#sizeBytes = options.records.length;
    this.#batches = wholeBatches(this, options.records);
    this.nextOffset = Math.max(this.fromOffset, this.#batches.at(-1)?.nextOffset ?? 0);
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** The memory that it holds. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Shows every record to `visit`, oldest first, as long as it returns true. The cursor is the same object each time and
   * its bytes are views: what is kept must be copied. Throws `DecodeError` for a batch that cannot be read.
   */
  forEach(visit: (record: FetchedRecord) => boolean): void {
    const isVisible = visibility(this.#aborted);
    for (const batch of this.#batches) {
      if (!isVisible(batch)) continue;
      const cursor = new RecordCursor(batch);
      while (cursor.next()) {
        if (cursor.offset >= this.fromOffset && !visit(cursor)) return;
      }
    }
  }
}

/** The batches of a range that may end inside one, each checked. */
function wholeBatches({ topic, partition }: TopicPartition, bytes: Uint8Array): BatchView[] {
  const batches: BatchView[] = [];
  const cursor = new BatchCursor(bytes);
  while (cursor.next()) {
    const fault = verifyBatch(bytes, cursor.at, { end: cursor.nextAt });
    if (fault !== null) {
      throw new DecodeError(`read ${topic}-${partition} at offset ${cursor.baseOffset}: ${fault}`);
    }
    batches.push(new BatchView(bytes, cursor.at));
  }
  if (cursor.fault !== null && cursor.fault !== "truncated") {
    throw new DecodeError(`read ${topic}-${partition}: ${cursor.fault}`);
  }
  return batches;
}

/** Tells the batches that applications see from markers and from those of aborted transactions (KIP-98). */
function visibility(aborted: readonly AbortedTransaction[] | null): (batch: BatchView) => boolean {
  const coming = [...aborted ?? []].sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<number>();
  return (batch) => {
    while (coming.length > 0 && coming[0]!.firstOffset <= batch.lastOffset) {
      open.add(coming.shift()!.producerId);
    }
    if (batch.isControl) {
      if (isAbortMarker(batch)) open.delete(batch.producerId);
      return false;
    }
    return !(batch.isTransactional && open.has(batch.producerId));
  };
}

function isAbortMarker(batch: BatchView): boolean {
  const cursor = new RecordCursor(batch);
  return cursor.next() && readControlKey(cursor.key).type === "Abort";
}
