/**
 * Compacts a log (`cleanup.policy=compact`): of the records with the same key only the last stays. Offsets, order,
 * timestamps and headers of what stays are as they were. One pass reads what is dirty into a map of last offsets,
 * then copies every segment without the records that the map knows a later one for. When the map is full the rest
 * waits for the next pass. It works in slices, so that appends and fetches go on meanwhile.
 *
 * What is copied ends at the offset where the originals ended: the last batch of a segment stays, if need be empty,
 * so that neither recovery nor a look at the file takes what went for a loss.
 */

import { DecodeError } from "../../core/errors.ts";
import type { BatchFault, BatchView } from "../../records/batch.ts";
import { RecordCursor } from "../../records/record.ts";
import { CLEANED_SUFFIX, LOG_SUFFIX } from "../file_names.ts";
import { shrinkGradually } from "../gradual_removal.ts";
import type { PartitionLog } from "../partition_log.ts";
import { Segment } from "../segment.ts";
import { BatchReader } from "./batch_reader.ts";
import { type CompactionPlan, compactionSettings, groupSegments } from "./compaction_plan.ts";
import { KeyHash } from "./key_hash.ts";
import { OffsetMap } from "./offset_map.ts";
import { Pace, Stopped } from "./pace.ts";
import { BatchFilter } from "./retained_batch.ts";
import { swapSegments } from "./segment_swap.ts";
import { SegmentWriter } from "./segment_writer.ts";
import { TxnOutcomes } from "./txn_outcomes.ts";

/** The most that the records of one batch may take decompressed; a batch with more hides nothing. */
const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;
/** How many records are looked at before the clock is. */
const RECORDS_AT_ONCE = 256;
const IO_BUFFER_BYTES = 512 * 1024;
const MIN_IO_BUFFER_BYTES = 4 * 1024;

export interface CompactionOptions {
  /** How fast to work; as fast as may be unless told. */
  readonly pace?: Pace;
  /** `log.cleaner.dedupe.buffer.size`: the most memory for the map of keys. */
  readonly mapBytes: number;
  /** `log.cleaner.io.buffer.load.factor`: how full the map may get, from 0 to 1; 0.9 unless told. */
  readonly maxLoad?: number;
  /** `log.cleaner.io.buffer.size`: half of it to read, half to write; 512 KiB unless told. */
  readonly ioBufferBytes?: number;
}

export interface CompactionResult {
  /** The size of what was gone through, before and after. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly recordsRead: number;
  readonly recordsKept: number;
  /** Everything below is compacted now. */
  readonly firstDirtyOffset: number;
  readonly outcome: CompactionOutcome;
}

/** "interrupted" when the log was cut or closed on the way, or must wait: what was done until then stays. */
export type CompactionOutcome = "done" | "interrupted" | "damaged";

/** One pass over a log. Throws DiskError. */
export async function compactLog(
  log: PartitionLog,
  plan: CompactionPlan,
  options: CompactionOptions,
): Promise<CompactionResult> {
  return await new Compaction(log, plan, options).run();
}

/** A batch that is not sound: copying it would bless the damage, or lose what follows it. */
class Damage extends Error {
  override readonly name = "Damage";
}

class Compaction {
  readonly #log: PartitionLog;
  readonly #plan: CompactionPlan;
  readonly #pace: Pace;
  readonly #bufferBytes: number;
  readonly #map: OffsetMap;
  /** Null while no batch of a transaction was met. */
  #outcomes: TxnOutcomes | null = null;
  #filter: BatchFilter | null = null;
  #bytesRead = 0;
  #bytesWritten = 0;
  #bytesBefore = 0;
  #bytesAfter = 0;

  constructor(log: PartitionLog, plan: CompactionPlan, options: CompactionOptions) {
    this.#log = log;
    this.#plan = plan;
    this.#pace = options.pace ?? new Pace(log.context);
    const bufferBytes = Math.floor((options.ioBufferBytes ?? IO_BUFFER_BYTES) / 2);
    this.#bufferBytes = Math.max(MIN_IO_BUFFER_BYTES, bufferBytes);
    const { random } = log.context;
    this.#map = new OffsetMap(new KeyHash(random.bytes(16)), {
      records: plan.firstUncleanableOffset - plan.firstDirtyOffset,
      budgetBytes: options.mapBytes,
      ...(options.maxLoad === undefined ? {} : { maxLoad: options.maxLoad }),
    });
  }

  async run(): Promise<CompactionResult> {
    const outcome = await this.#attempt();
    const endOffset = this.#map.latestOffset + 1;
    const log = this.#log;
    if (outcome === "done") log.firstDirtyOffset = Math.max(log.firstDirtyOffset, endOffset);
    return {
      bytesBefore: this.#bytesBefore,
      bytesAfter: this.#bytesAfter,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      recordsRead: this.#filter?.recordsRead ?? 0,
      recordsKept: this.#filter?.recordsKept ?? 0,
      firstDirtyOffset: log.firstDirtyOffset,
      outcome,
    };
  }

  async #attempt(): Promise<CompactionOutcome> {
    const log = this.#log;
    const { truncations } = log;
    this.#pace.begin();
    try {
      await this.#mapDirtyKeys();
      const { firstDirtyOffset, firstUncleanableOffset } = this.#plan;
      const hasProgress = this.#map.latestOffset >= firstDirtyOffset;
      if (!hasProgress && firstDirtyOffset < firstUncleanableOffset) return "interrupted";
      this.#filter = new BatchFilter({
        map: this.#map,
        producers: log.producers,
        outcomes: this.#outcomes,
        nowMs: log.context.clock.wallMs(),
        deleteRetentionMs: compactionSettings(log.config).deleteRetentionMs,
      });
      for (const group of groupSegments(log, this.#map.latestOffset + 1)) {
        // What the map says may not hold any more.
        if (log.isBusy || truncations !== log.truncations) return "interrupted";
        if (!await this.#compactGroup(group, this.#filter)) return "interrupted";
      }
      return "done";
    } catch (error) {
      if (error instanceof Stopped) return "interrupted";
      if (!(error instanceof Damage)) throw error;
      log.context.report({ kind: "uncleanable", log: log.name, message: error.message });
      log.noteDamage(error.message);
      return "damaged";
    }
  }

  /** Notes the last offset of each key that is dirty, as far as there is room. */
  async #mapDirtyKeys(): Promise<void> {
    const { segments, config } = this.#log;
    const { firstDirtyOffset, firstUncleanableOffset } = this.#plan;
    for (const segment of segments.list.slice(segments.indexOf(firstDirtyOffset))) {
      if (segment.baseOffset >= firstUncleanableOffset) break;
      await segments.ensureIndexes(segment, config.indexIntervalBytes);
      const from = segment.indexes?.offsets.positionFor(firstDirtyOffset) ?? 0;
      const reader = new BatchReader(segment, { from, windowBytes: this.#bufferBytes });
      while (await this.#fill(reader)) {
        while (reader.next()) {
          if (this.#pace.isDue) await this.#pace.rest();
          if (!await this.#putBatch(reader.batch)) return;
        }
      }
      this.#mustBeSound(segment, reader.fault);
    }
    this.#map.latestOffset = firstUncleanableOffset - 1;
  }

  /** Notes the keys of a batch; false when the map is full, or when what follows must wait. */
  async #putBatch(batch: BatchView): Promise<boolean> {
    const { firstDirtyOffset } = this.#plan;
    if (batch.lastOffset < firstDirtyOffset || batch.isControl) return true;
    if (batch.isTransactional) {
      this.#outcomes ??= await TxnOutcomes.load(this.#log, firstDirtyOffset, this.#pace);
      if (this.#outcomes.isUndecided(batch)) {
        this.#map.latestOffset = Math.max(batch.baseOffset, firstDirtyOffset) - 1;
        return false;
      }
      if (this.#outcomes.isAborted(batch)) return true;
    }
    try {
      const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
      for (;;) {
        const left = this.#putRecords(cursor);
        if (left !== "more") return left === "none";
        if (this.#pace.isDue) await this.#pace.rest();
      }
    } catch (error) {
      // What its producer put into it cannot be read, by consumers neither: it stays, whatever else there is.
      if (!(error instanceof DecodeError)) throw error;
      return true;
    }
  }

  #putRecords(cursor: RecordCursor): "more" | "none" | "no room" {
    const map = this.#map;
    const { firstDirtyOffset } = this.#plan;
    for (let count = RECORDS_AT_ONCE; count > 0; count--) {
      if (!cursor.next()) return "none";
      if (cursor.offset < firstDirtyOffset || !cursor.hasKey) continue;
      if (!map.put(cursor.payload, cursor.keyAt, cursor.keyEnd, cursor.offset)) return "no room";
    }
    return "more";
  }

  async #fill(reader: BatchReader): Promise<boolean> {
    const before = reader.bytesRead;
    if (this.#pace.isDue) await this.#pace.rest();
    const isMore = await this.#pace.waitFor(reader.fill());
    const bytes = reader.bytesRead - before;
    this.#bytesRead += bytes;
    this.#pace.spend(bytes);
    if (this.#pace.isDue) await this.#pace.rest();
    return isMore;
  }

  #mustBeSound(segment: Segment, fault: BatchFault | null): void {
    if (fault === null) return;
    if (segment.deleted) throw new Stopped("the segment is being removed");
    const path = segment.path(LOG_SUFFIX);
    throw new Damage(`does not compact ${this.#log.name} any more: ${path} holds a batch with ${fault}`);
  }

  /** Copies what stays of some segments into one and puts it in their place. False when that was not possible. */
  async #compactGroup(group: readonly Segment[], filter: BatchFilter): Promise<boolean> {
    const { context, directory, config } = this.#log;
    const compacted = new Segment({ disk: context.disk, pool: context.pool, directory }, {
      baseOffset: group[0]!.baseOffset,
      sizeBytes: 0,
      createdMs: context.clock.monotonicMs(),
      suffix: CLEANED_SUFFIX,
    });
    const { indexIntervalBytes } = config;
    const options = { indexIntervalBytes, bufferBytes: this.#bufferBytes, pace: this.#pace };
    const writer = new SegmentWriter(compacted, options);
    const bytesBefore = group.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    // Nothing gives up the indexes before they are in their files.
    compacted.pins++;
    try {
      if (group.length > 1) await writer.begin(null);
      for (const segment of group) {
        await this.#copySegment(segment, writer, { filter, isLast: segment === group.at(-1) });
      }
      this.#bytesWritten += writer.bytesWritten;
      if (!writer.isUnchanged) {
        writer.finish();
        if (!await swapSegments(this.#log, group, compacted)) return false;
      }
      this.#bytesBefore += bytesBefore;
      this.#bytesAfter += writer.isUnchanged ? bytesBefore : compacted.sizeBytes;
      return true;
    } finally {
      compacted.pins--;
      // Under any other name it may be all that is left of the group.
      const path = compacted.path(LOG_SUFFIX);
      if (path.endsWith(CLEANED_SUFFIX)) {
        await shrinkGradually(context, path);
        compacted.removeFiles();
      }
    }
  }

  async #copySegment(
    segment: Segment,
    writer: SegmentWriter,
    { filter, isLast }: { readonly filter: BatchFilter; readonly isLast: boolean },
  ): Promise<void> {
    const reader = new BatchReader(segment, { from: 0, windowBytes: this.#bufferBytes });
    while (await this.#fill(reader)) {
      while (reader.next()) {
        // The steps of a large batch take long each.
        const { batch } = reader;
        if (this.#pace.isDue) await writer.rest();
        filter.begin(batch);
        while (filter.walk(RECORDS_AT_ONCE)) if (this.#pace.isDue) await writer.rest();
        let kept = filter.finish();
        if (this.#pace.isDue) await writer.rest();
        if (kept === null && isLast && reader.isLast) kept = BatchFilter.lastOf(batch);
        if (kept !== batch && writer.isUnchanged) await writer.begin(segment);
        if (kept !== null) writer.add(kept);
        if (this.#pace.isDue) await writer.rest();
      }
    }
    this.#mustBeSound(segment, reader.fault);
  }
}
