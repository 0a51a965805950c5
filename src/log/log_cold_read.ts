/** Reads that memory cannot answer: from the files, without stalling the loop. */

import { DiskError } from "../platform/disk.ts";
import { BatchCursor } from "../records/batch.ts";
import { LOG_SUFFIX } from "./file_names.ts";
import {
  BorrowedBytes,
  CORRUPT,
  NO_RECORDS,
  OUT_OF_RANGE,
  type ReadOptions,
  type ReadRecords,
  type ReadRefused,
  STORAGE_ERROR,
} from "./log_read.ts";
import { OffsetIndex } from "./offset_index.ts";
import type { PartitionLog } from "./partition_log.ts";
import { isAboutRemoved, type Segment } from "./segment.ts";
import { MISLED, readSegment, SegmentDamage, type SegmentRead } from "./segment_read.ts";

/** Whole batches from the one that holds `fetchOffset` on, or why there are none. */
export async function loadRecords(
  log: PartitionLog,
  fetchOffset: number,
  maxBytes: number,
  options: ReadOptions,
): Promise<ReadRecords | ReadRefused> {
  const { truncations } = log;
  try {
    const bytes = await readFrom(log, fetchOffset, maxBytes, options);
    // What was cut off meanwhile may have been read half old and half new.
    if (truncations !== log.truncations) return await readAgain(log, fetchOffset, maxBytes, options);
    if (log.offline !== null || log.closed) return STORAGE_ERROR;
    if (bytes instanceof SegmentDamage) {
      log.noteDamage(`at offset ${fetchOffset}: ${bytes.fault}`);
      return CORRUPT;
    }
    if (bytes.length > 0) {
      const giveBack = () => log.context.pool.readBuffers.release(bytes);
      return { kind: "records", records: new BorrowedBytes(bytes, giveBack) };
    }
    return fetchOffset < log.logStartOffset ? OUT_OF_RANGE : NO_RECORDS;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    if (isAboutRemoved(error) && !log.closed) return await readAgain(log, fetchOffset, maxBytes, options);
    if (!log.closed) log.fail(error);
    return STORAGE_ERROR;
  }
}

/** Reads from what the log consists of now. */
async function readAgain(
  log: PartitionLog,
  fetchOffset: number,
  maxBytes: number,
  options: ReadOptions,
): Promise<ReadRecords | ReadRefused> {
  const again = log.read(fetchOffset, maxBytes, options);
  return again.kind === "cold" ? await again.load() : again;
}

const NOTHING = new Uint8Array(0);

/** How many times a read goes on behind batches without records. */
const MAX_SKIPS = 64;

async function readFrom(
  log: PartitionLog,
  fetchOffset: number,
  maxBytes: number,
  options: ReadOptions,
): Promise<SegmentRead> {
  const found = await readNext(log, fetchOffset, maxBytes, options);
  if (options.skipEmptyBatches !== true) return found;
  let last = found;
  for (let skips = 0; skips < MAX_SKIPS; skips++) {
    const next = last instanceof SegmentDamage ? null : endOfEmpty(last);
    if (next === null) return last;
    const more = await readNext(log, next, maxBytes, options);
    // Where nothing follows, these tell the reader how far the log goes.
    if (more instanceof SegmentDamage || more.length === 0) return last;
    last = more;
  }
  return last;
}

/** The offset behind batches of which none holds a record; null when there are none or one does. */
function endOfEmpty(bytes: Uint8Array): number | null {
  const cursor = new BatchCursor(bytes);
  let end: number | null = null;
  while (cursor.next()) {
    if (cursor.recordsCount > 0) return null;
    end = cursor.nextOffset;
  }
  return end;
}

async function readNext(
  log: PartitionLog,
  fetchOffset: number,
  maxBytes: number,
  options: ReadOptions,
): Promise<SegmentRead> {
  const { segments } = log;
  let segment: Segment | undefined = segments.list[segments.indexOf(fetchOffset)];
  // Compaction leaves segments that end before the offset that the next one begins with.
  while (segment !== undefined && segment.baseOffset < options.upTo) {
    const bytes = await readFromSegment(log, segment, { ...options, offset: fetchOffset, maxBytes });
    if (bytes instanceof SegmentDamage || bytes.length > 0) return bytes;
    segment = segments.after(segment);
  }
  return NOTHING;
}

async function readFromSegment(
  log: PartitionLog,
  segment: Segment,
  options: ReadOptions & { readonly offset: number; readonly maxBytes: number },
): Promise<SegmentRead> {
  const { indexIntervalBytes } = log.config;
  await log.segments.ensureIndexes(segment, indexIntervalBytes);
  const read = () =>
    readSegment(segment, { ...options, index: segment.indexes?.offsets ?? NO_INDEX }, {
      endOffset: log.segments.after(segment)?.baseOffset ?? log.logEndOffset,
      epochs: options.checkEpochs === true ? log.epochs : null,
    });
  const bytes = await read();
  if (bytes instanceof SegmentDamage && segment.deleted) {
    const path = segment.path(LOG_SUFFIX);
    throw new DiskError("not-found", path, `read ${path}: it is being removed`);
  }
  if (bytes !== MISLED || !segment.sealed || segment.indexesBuilt) return bytes;
  // The index may be wrong where the batches are not. It is built once: then it is the batches.
  await log.segments.rebuildIndexes(segment, indexIntervalBytes);
  return await read();
}

/** Dropped between being loaded and being used, or never there: a read then begins where the segment does. */
const NO_INDEX = new OffsetIndex(0);
