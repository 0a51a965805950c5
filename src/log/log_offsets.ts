/** Finds offsets by timestamp (ListOffsets, KIP-33, KIP-734), exactly: down to the record within its batch. */

import { DiskError } from "../platform/disk.ts";
import { BatchView, NO_TIMESTAMP } from "../records/batch.ts";
import { RecordCursor } from "../records/record.ts";
import { NO_RECORDS } from "./log_read.ts";
import type { PartitionLog } from "./partition_log.ts";
import { isAboutRemoved, type Segment } from "./segment.ts";
import { scanSegment } from "./segment_scan.ts";

/** A record's place in time. */
export interface TimestampOffset {
  readonly timestampMs: number;
  readonly offset: number;
  /** -1 when unknown. */
  readonly leaderEpoch: number;
}

/** What a search by timestamp says: null when no record fits. */
export type TimestampSearch = TimestampOffset | null | "storage-error" | "corrupt-message";

/** The first record, from the log start offset on, whose timestamp is at or after `timestampMs`. */
export function offsetForTimestamp(log: PartitionLog, timestampMs: number): Promise<TimestampSearch> {
  return search(log, async () => {
    for (const segment of [...log.segments.list]) {
      if (await largestTimestamp(log, segment) < timestampMs) continue;
      const found = await findInSegment(log, segment, timestampMs);
      if (found !== null) return found;
    }
    return null;
  });
}

/** The first of the records that have the largest timestamp of the log. */
export function offsetOfMaxTimestamp(log: PartitionLog): Promise<TimestampSearch> {
  return search(log, async () => {
    const isCut = (segment: Segment) => segment.baseOffset < log.logStartOffset;
    const found = await findLargest(
      log,
      (segment) => isCut(segment) ? largestOfRecords(log, segment) : largestTimestamp(log, segment),
    );
    // Kafka indexes batches that compaction has left without records: then only the batches tell.
    return found === "gone"
      ? await foundOrNull(findLargest(log, (each) => largestOfRecords(log, each)))
      : found;
  });
}

async function foundOrNull(search: Promise<TimestampSearch | "gone">): Promise<TimestampSearch> {
  const found = await search;
  return found === "gone" ? null : found;
}

/** The first record of those with the largest timestamp, by what `largestOf` says of each segment, or "gone". */
async function findLargest(
  log: PartitionLog,
  largestOf: (segment: Segment) => Promise<number>,
): Promise<TimestampSearch | "gone"> {
  let best: Segment | null = null;
  let bestMs = NO_TIMESTAMP;
  for (const segment of [...log.segments.list]) {
    const timestampMs = await largestOf(segment);
    if (timestampMs <= bestMs) continue;
    best = segment;
    bestMs = timestampMs;
  }
  return best === null ? null : await findInSegment(log, best, bestMs) ?? "gone";
}

async function search(log: PartitionLog, find: () => Promise<TimestampSearch>): Promise<TimestampSearch> {
  if (log.offline !== null || log.closed) return "storage-error";
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    // With one segment less to look at, the search begins again.
    if (isAboutRemoved(error) && !log.closed) return await search(log, find);
    if (!log.closed) log.fail(error);
    return "storage-error";
  }
}

/** The largest timestamp in a segment, -1 when it has none. Throws DiskError. */
export async function largestTimestamp(log: PartitionLog, segment: Segment): Promise<number> {
  if (segment.sizeBytes === 0) return NO_TIMESTAMP;
  await log.segments.whenBuilt(segment);
  if (Number.isNaN(segment.maxTimestamp) && !segment.readMaxTimestamp()) {
    await log.segments.ensureIndexes(segment, log.config.indexIntervalBytes);
  }
  return segment.maxTimestamp;
}

/** The largest timestamp of those records of a segment that are not below the log start offset. Throws DiskError. */
async function largestOfRecords(log: PartitionLog, segment: Segment): Promise<number> {
  await log.segments.ensureIndexes(segment, log.config.indexIntervalBytes);
  const { logStartOffset } = log;
  let largest = NO_TIMESTAMP;
  await segment.withFile((file) =>
    scanSegment(file, {
      from: segment.indexes?.offsets.positionFor(logStartOffset) ?? 0,
      to: segment.sizeBytes,
      checkCrc: false,
      onBatch: (batch, _position, wholeBatch) => {
        if (batch.lastOffset < logStartOffset || batch.maxTimestamp <= largest) return;
        if (batch.recordsCount === 0) return;
        const isWithin = batch.baseOffset >= logStartOffset || !wholeBatch;
        largest = isWithin ? batch.maxTimestamp : Math.max(largest, largestInBatch(batch, logStartOffset));
      },
    })
  );
  return largest;
}

/** The largest timestamp of a batch's records from `startOffset` on, -1 when they cannot be read. */
function largestInBatch(batch: BatchView, startOffset: number): number {
  let largest = NO_TIMESTAMP;
  try {
    const cursor = new RecordCursor(batch);
    while (cursor.next()) if (cursor.offset >= startOffset) largest = Math.max(largest, cursor.timestamp);
  } catch {
    return NO_TIMESTAMP;
  }
  return largest;
}

async function findInSegment(
  log: PartitionLog,
  segment: Segment,
  timestampMs: number,
): Promise<TimestampSearch> {
  await log.segments.ensureIndexes(segment, log.config.indexIntervalBytes);
  const { indexes } = segment;
  if (indexes === null) return null;
  let found: TimestampSearch = null;
  // A batch too large to be read with its neighbours is read by itself afterwards.
  let large: { readonly baseOffset: number } | null = null;
  await segment.withFile((file) =>
    scanSegment(file, {
      from: indexes.offsets.positionFor(indexes.times.offsetBefore(timestampMs)),
      to: segment.sizeBytes,
      checkCrc: false,
      onBatch: (batch, _position, wholeBatch) => {
        if (batch.maxTimestamp < timestampMs || batch.lastOffset < log.logStartOffset) return true;
        if (wholeBatch) found = firstRecordAt(batch, timestampMs, log.logStartOffset);
        else large = { baseOffset: batch.baseOffset };
        return found === null && large === null;
      },
    })
  );
  return large === null ? found : await findInLargeBatch(log, large, timestampMs);
}

async function findInLargeBatch(
  log: PartitionLog,
  { baseOffset }: { readonly baseOffset: number },
  timestampMs: number,
): Promise<TimestampSearch> {
  const from = Math.max(baseOffset, log.logStartOffset);
  const first = log.read(from, 0, { upTo: log.logEndOffset, minOneBatch: true });
  const read = first.kind === "cold" ? await first.load() : first;
  if (read.kind !== "records" || read === NO_RECORDS) return "storage-error";
  const bytes = new Uint8Array(read.records.byteLength);
  read.records.writeTo(bytes);
  return firstRecordAt(new BatchView(bytes), timestampMs, log.logStartOffset);
}

/** The first record of a batch that is not older than `timestampMs` and not below `startOffset`. */
function firstRecordAt(batch: BatchView, timestampMs: number, startOffset: number): TimestampSearch {
  const leaderEpoch = batch.partitionLeaderEpoch;
  try {
    const cursor = new RecordCursor(batch);
    while (cursor.next()) {
      if (cursor.timestamp >= timestampMs && cursor.offset >= startOffset) {
        return { timestampMs: cursor.timestamp, offset: cursor.offset, leaderEpoch };
      }
    }
    return null;
  } catch {
    // The CRC of a batch says nothing about what its producer put into it.
    return "corrupt-message";
  }
}
