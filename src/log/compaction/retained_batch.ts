/** Which records of a batch compaction keeps (KIP-534 for tombstones and markers), and the batch that holds them. */

import { BatchView } from "../../records/batch.ts";
import { BatchBuilder, emptyBatchOf } from "../../records/batch_builder.ts";
import { compressionName } from "../../records/compression/codec.ts";
import { RecordCursor } from "../../records/record.ts";
import type { ProducerState } from "../producer_state.ts";
import type { OffsetMap } from "./offset_map.ts";
import type { TxnOutcomes } from "./txn_outcomes.ts";

export interface RetentionRules {
  readonly map: OffsetMap;
  readonly producers: ProducerState;
  /** Null as long as no batch of a transaction was met. */
  readonly outcomes: TxnOutcomes | null;
  /** The wall time. */
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
}

/** The most that the records of one batch may take decompressed; a batch with more stays as it is. */
const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

export class BatchFilter {
  readonly #rules: RetentionRules;
  /** Producers of which a record was kept since their last marker. */
  readonly #withRecords = new Set<number>();

  constructor(rules: RetentionRules) {
    this.#rules = rules;
  }

  /** What stays of `batch`: a view of it as it is, another batch, or null when nothing does. */
  filter(batch: BatchView): Uint8Array | null {
    if (batch.isControl) return this.#filterControl(batch);
    if (this.#rules.outcomes?.isAborted(batch) === true) return this.#nothingOf(batch);
    let kept: KeptRecords;
    try {
      kept = this.#keptRecords(batch);
    } catch {
      // Its CRC holds, so it is as its producer made it, and nobody can say which keys it holds.
      return batch.view;
    }
    if (kept.count === 0) return this.#nothingOf(batch);
    if (batch.isTransactional) this.#withRecords.add(batch.producerId);
    const needsHorizon = kept.hasTombstone && !batch.hasDeleteHorizon;
    if (kept.count === batch.recordsCount && !needsHorizon) return batch.view;
    return rebuild(batch, kept, needsHorizon ? this.#newHorizonMs() : horizonOf(batch));
  }

  #newHorizonMs(): number {
    return this.#rules.nowMs + this.#rules.deleteRetentionMs;
  }

  #keptRecords(batch: BatchView): KeptRecords {
    const { map, nowMs } = this.#rules;
    const horizonMs = horizonOf(batch);
    const keepsTombstones = horizonMs === undefined || nowMs < horizonMs;
    const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
    const offsets = new Set<number>();
    let hasTombstone = false;
    while (cursor.next()) {
      const { key, offset } = cursor;
      if (offset <= map.latestOffset) {
        if (key === null || offset < map.get(key)) continue;
        if (!cursor.hasValue && !keepsTombstones) continue;
      }
      offsets.add(offset);
      if (!cursor.hasValue) hasTombstone = true;
    }
    return { offsets, count: offsets.size, hasTombstone };
  }

  /** A batch goes, but for its header where it holds the last sequence of a producer. */
  #nothingOf(batch: BatchView): Uint8Array | null {
    if (batch.producerId < 0) return null;
    const last = this.#rules.producers.find(batch.producerId)?.batches.at(-1);
    return last !== undefined && last.lastOffset === batch.lastOffset ? emptyBatchOf(batch) : null;
  }

  /** A marker stays while records of its transaction do, and for `delete.retention.ms` after the last has gone. */
  #filterControl(batch: BatchView): Uint8Array | null {
    const { producers, nowMs } = this.#rules;
    const hasRecords = this.#withRecords.delete(batch.producerId);
    if (hasRecords || batch.producerId < 0) return batch.view;
    if (batch.recordsCount > 0) {
      const horizonMs = horizonOf(batch);
      if (horizonMs === undefined) return rebuild(batch, null, this.#newHorizonMs());
      if (nowMs < horizonMs) return batch.view;
    }
    const entry = producers.find(batch.producerId);
    const fences = entry !== undefined && entry.batches.length === 0 &&
      entry.producerEpoch === batch.producerEpoch;
    return fences ? emptyBatchOf(batch) : null;
  }
}

interface KeptRecords {
  readonly offsets: ReadonlySet<number>;
  readonly count: number;
  readonly hasTombstone: boolean;
}

/** The time from which the tombstones in a batch may go; undefined when none was set. */
function horizonOf(batch: BatchView): number | undefined {
  return batch.hasDeleteHorizon ? batch.baseTimestamp : undefined;
}

/** The batch with only some of its records, null for all; offsets, timestamps and everything else stay. */
function rebuild(
  batch: BatchView,
  kept: KeptRecords | null,
  deleteHorizonMs: number | undefined,
): Uint8Array {
  const { timestampType } = batch;
  const builder = new BatchBuilder({
    baseOffset: batch.baseOffset,
    compression: compressionName(batch.compressionId) ?? "none",
    timestampType,
    ...(timestampType === "LogAppendTime" ? { logAppendTimestamp: batch.maxTimestamp } : {}),
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    ...(deleteHorizonMs === undefined ? {} : { deleteHorizonMs }),
  });
  const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
  while (cursor.next()) if (kept === null || kept.offsets.has(cursor.offset)) builder.appendFrom(cursor);
  builder.keepLastOffset(batch.lastOffset);
  return builder.build();
}
