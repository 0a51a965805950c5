/**
 * Compacts a log (`cleanup.policy=compact`): of the records with the same key only the last stays. Offsets, order,
 * timestamps and headers of what stays are as they were. One pass reads what is dirty into a map of last offsets,
 * then copies every segment without the records that the map knows a later one for. When the map is full the rest
 * waits for the next pass. It works in slices, so that appends and fetches go on meanwhile.
 */

import { type BatchView, verifyBatch } from "../../records/batch.ts";
import { RecordCursor } from "../../records/record.ts";
import { CLEANED_SUFFIX, LOG_SUFFIX } from "../file_names.ts";
import type { PartitionLog } from "../partition_log.ts";
import { Segment } from "../segment.ts";
import { BatchReader } from "./batch_reader.ts";
import { type CompactionPlan, compactionSettings, groupSegments } from "./compaction_plan.ts";
import { KeyHash } from "./key_hash.ts";
import { OffsetMap } from "./offset_map.ts";
import { Pace } from "./pace.ts";
import { BatchFilter } from "./retained_batch.ts";
import { swapSegments } from "./segment_swap.ts";
import { SegmentWriter } from "./segment_writer.ts";
import { TxnOutcomes } from "./txn_outcomes.ts";

const MAX_DECOMPRESSED_BYTES = 256 * 1024 * 1024;

export interface CompactionOptions {
  /** The memory for the map of keys. */
  readonly mapBytes: number;
}

export interface CompactionResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Everything below is compacted now. */
  readonly firstDirtyOffset: number;
  readonly outcome: CompactionOutcome;
}

/** "interrupted" when the log was cut or closed on the way: what was done until then stays. */
export type CompactionOutcome = "done" | "interrupted" | "damaged";

/** One pass over a log. Throws DiskError. */
export async function compactLog(
  log: PartitionLog,
  plan: CompactionPlan,
  options: CompactionOptions,
): Promise<CompactionResult> {
  const pace = new Pace(log.context);
  const bytesBefore = log.sizeBytes;
  const dirty = await mapDirtyKeys(log, plan, { ...options, pace });
  let outcome: CompactionOutcome = dirty === null ? "damaged" : "done";
  if (dirty !== null) {
    const filter = new BatchFilter({
      map: dirty.map,
      producers: log.producers,
      outcomes: dirty.outcomes,
      nowMs: log.context.clock.wallMs(),
      deleteRetentionMs: compactionSettings(log.config).deleteRetentionMs,
    });
    for (const group of groupSegments(log, dirty.map.latestOffset + 1)) {
      outcome = await compactGroup(log, group, { filter, pace });
      if (outcome !== "done") break;
    }
    if (outcome === "done") log.firstDirtyOffset = Math.max(log.firstDirtyOffset, dirty.map.latestOffset + 1);
  }
  return { bytesBefore, bytesAfter: log.sizeBytes, firstDirtyOffset: log.firstDirtyOffset, outcome };
}

interface DirtyKeys {
  readonly map: OffsetMap;
  /** Null when there is no transaction in what is dirty. */
  readonly outcomes: TxnOutcomes | null;
}

/** Notes the last offset of each key that is dirty, as far as there is room; null when a batch cannot be read. */
async function mapDirtyKeys(
  log: PartitionLog,
  plan: CompactionPlan,
  { mapBytes, pace }: CompactionOptions & { readonly pace: Pace },
): Promise<DirtyKeys | null> {
  const { firstDirtyOffset, firstUncleanableOffset } = plan;
  const records = firstUncleanableOffset - firstDirtyOffset;
  const map = new OffsetMap(new KeyHash(log.context.random.bytes(16)), { records, budgetBytes: mapBytes });
  let outcomes: TxnOutcomes | null = null;
  const { segments } = log;
  for (const segment of segments.list.slice(segments.indexOf(firstDirtyOffset))) {
    if (segment.baseOffset >= firstUncleanableOffset) break;
    await segments.ensureIndexes(segment, log.config.indexIntervalBytes);
    const reader = new BatchReader(segment, segment.indexes?.offsets.positionFor(firstDirtyOffset) ?? 0);
    for await (const batch of reader.batches()) {
      await pace.rest();
      if (batch.lastOffset < firstDirtyOffset || batch.isControl) continue;
      if (batch.isTransactional) outcomes ??= await TxnOutcomes.load(log, firstDirtyOffset);
      if (outcomes?.isAborted(batch) !== true && !putKeys(map, batch)) return { map, outcomes };
    }
    if (reader.isDamaged) return reportDamage(log, segment);
  }
  map.latestOffset = firstUncleanableOffset - 1;
  return { map, outcomes };
}

/** Notes the keys of a batch; false when the map is full. */
function putKeys(map: OffsetMap, batch: BatchView): boolean {
  try {
    const cursor = new RecordCursor(batch, { maxBytes: MAX_DECOMPRESSED_BYTES });
    while (cursor.next()) {
      const { key } = cursor;
      if (key !== null && !map.put(key, cursor.offset)) return false;
    }
  } catch {
    // What its producer put into it cannot be read, by consumers neither: it stays and hides nothing.
  }
  return true;
}

/** A log with a damaged batch is left as it is: copying would bless the damage, or lose what follows it. */
function reportDamage(log: PartitionLog, segment: Segment): null {
  const message = `did not compact ${log.name}: ${segment.path(LOG_SUFFIX)} holds a damaged batch`;
  log.context.report({ kind: "uncleanable", log: log.name, message });
  return null;
}

/** Copies what stays of some segments into one and puts it in their place. */
async function compactGroup(
  log: PartitionLog,
  group: readonly Segment[],
  { filter, pace }: { readonly filter: BatchFilter; readonly pace: Pace },
): Promise<CompactionOutcome> {
  const { context, directory } = log;
  const compacted = new Segment({ disk: context.disk, pool: context.pool, directory }, {
    baseOffset: group[0]!.baseOffset,
    sizeBytes: 0,
    createdMs: context.clock.monotonicMs(),
    suffix: CLEANED_SUFFIX,
  });
  const writer = new SegmentWriter(compacted, log.config.indexIntervalBytes);
  // Nothing gives up the indexes before they are in their files.
  compacted.pins++;
  try {
    for (const segment of group) {
      const reader = new BatchReader(segment, 0);
      for await (const batch of reader.batches()) {
        await pace.rest();
        if (verifyBatch(batch.bytes, batch.at) !== null) reader.isDamaged = true;
        if (reader.isDamaged) break;
        writer.write(filter.filter(batch), batch);
      }
      if (!reader.isDamaged) continue;
      reportDamage(log, segment);
      return "damaged";
    }
    writer.finish();
    const isWorthIt = group.length > 1 || writer.hasChanged;
    return !isWorthIt || await swapSegments(log, group, compacted) ? "done" : "interrupted";
  } finally {
    compacted.pins--;
    if (!log.segments.list.includes(compacted)) compacted.removeFiles();
  }
}
