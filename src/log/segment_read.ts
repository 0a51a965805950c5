/** Reads batches from a segment's file, where they are not in memory. */

import { BATCH_HEADER_BYTES, BatchView, checkFrame, verifyBatch } from "../records/batch.ts";
import type { LeaderEpochCache } from "./leader_epoch_cache.ts";
import type { ReadOptions } from "./log_read.ts";
import type { OffsetIndex } from "./offset_index.ts";
import { faultInRead, type ReadPart } from "./read_check.ts";
import type { Segment } from "./segment.ts";

/** How much more is read than asked for, so that the way from the index entry to the offset seldom costs a read. */
const SLACK_BYTES = 8 * 1024;

export interface SegmentReadOptions extends ReadOptions {
  readonly offset: number;
  readonly maxBytes: number;
  /** The segment's index, which says where to begin. It is not trusted: a wrong one makes the read a damage. */
  readonly index: OffsetIndex;
}

/** What must be true of what is read. */
export interface SegmentTruth {
  /** No batch of the segment reaches it. */
  readonly endOffset: number;
  /** The epochs that the batches must be of; null where it does not matter. */
  readonly epochs: LeaderEpochCache | null;
}

/** The file does not hold what was written to it, or what the index promised. */
export class SegmentDamage {
  readonly fault: string;

  constructor(fault: string) {
    this.fault = fault;
  }
}

/** Whole sound batches, in a buffer of {@link Segment.readBuffers}, or why there are none. */
export type SegmentRead = Uint8Array | SegmentDamage;

const NOTHING = new Uint8Array(0);
/** Only then may a new index help. */
export const MISLED = new SegmentDamage("the index leads to another batch");
const SHORT = new SegmentDamage("the file is shorter than it was");

/**
 * Reads whole batches from the one that holds an offset on; none when no batch of the segment below `upTo` reaches
 * the offset. Throws DiskError.
 */
export async function readSegment(
  segment: Segment,
  options: SegmentReadOptions,
  truth: SegmentTruth,
): Promise<SegmentRead> {
  const { offset, maxBytes, upTo, minOneBatch } = options;
  const end = segment.sizeBytes;
  const entry = options.index.floor(offset);
  let position = options.index.positionFor(offset);
  let isIndexed = entry >= 0;
  while (position < end) {
    const bytes = await readUpTo(segment, position, Math.min(maxBytes + SLACK_BYTES, end - position));
    const batch = new BatchView(bytes);
    if (isIndexed && !isBatchOf(options.index, entry, batch)) return MISLED;
    isIndexed = false;
    const seek = seekOffset(batch, { offset, endOffset: truth.endOffset, remaining: end - position });
    if (typeof seek !== "string") return seek;
    if (seek === "beyond") {
      position += batch.at;
      segment.readBuffers.release(bytes);
      continue;
    }
    const from = batch.at;
    const size = batch.sizeBytes;
    if (batch.lastOffset >= upTo || size > maxBytes && !minOneBatch) {
      segment.readBuffers.release(bytes);
      return NOTHING;
    }
    const check = { ...truth, baseOffset: segment.baseOffset, remaining: end - position };
    if (size > maxBytes || from + size > bytes.length) {
      segment.readBuffers.release(bytes);
      const one = await readUpTo(segment, position + from, size);
      if (one.length < size) return SHORT;
      return sound(segment, one, { ...check, from: 0, to: size }, position + from);
    }
    const to = extentOf(batch, { maxBytes, upTo, index: options.index, position });
    return sound(segment, bytes, { ...check, from, to }, position);
  }
  return NOTHING;
}

/** The part of a buffer that was asked for, if it is what was written; `position` is that of the buffer in the file. */
function sound(segment: Segment, bytes: Uint8Array, part: ReadPart, position: number): SegmentRead {
  const { from, to } = part;
  const fault = faultInRead(bytes, part);
  if (fault !== null) {
    segment.readBuffers.release(bytes);
    return new SegmentDamage(fault);
  }
  segment.noteSound(position + from, position + to);
  return bytes.subarray(from, to);
}

/** True when `batch` is the one that an index entry names. An index that points too far ahead would hide records. */
function isBatchOf(index: OffsetIndex, entry: number, batch: BatchView): boolean {
  return batch.bytes.length - batch.at >= BATCH_HEADER_BYTES && batch.lastOffset === index.offsetAt(entry);
}

async function readUpTo(segment: Segment, position: number, length: number): Promise<Uint8Array> {
  const bytes = segment.readBuffers.acquire(length);
  const read = await segment.withFile((file) => file.read(bytes, position));
  return bytes.subarray(0, read);
}

/**
 * Moves `batch` to the first one that reaches `offset` and whose header can be read: "found"; or to where the first
 * begins whose header is not there any more: "beyond". `remaining` bytes of the segment begin with its bytes.
 */
function seekOffset(
  batch: BatchView,
  of: { readonly offset: number; readonly endOffset: number; readonly remaining: number },
): "found" | "beyond" | SegmentDamage {
  const { offset, endOffset, remaining } = of;
  let previous = -1;
  let previousAt = -1;
  let misplaced: SegmentDamage | null = null;
  while (batch.at + BATCH_HEADER_BYTES <= batch.bytes.length) {
    const { at } = batch;
    const fault = checkFrame(batch.bytes, at, remaining);
    if (fault !== null) return new SegmentDamage(fault);
    if (batch.baseOffset <= previous) return new SegmentDamage("offsets that go back");
    // One that cannot be here hides no others, but what it should be may be what is asked for.
    if (batch.lastOffset >= endOffset) {
      misplaced = new SegmentDamage(`offset ${batch.baseOffset} out of place`);
    } else if (batch.lastOffset >= offset) {
      if (batch.baseOffset <= offset) return "found";
      // Compaction leaves such gaps; a batch that says that it ends too early looks the same.
      const hidden = previousAt < 0 ? null : verifyBatch(batch.bytes, previousAt);
      return misplaced ?? (hidden === null ? "found" : new SegmentDamage(hidden));
    } else previous = batch.lastOffset;
    previousAt = at;
    batch.at = at + batch.sizeBytes;
  }
  if (misplaced !== null) return misplaced;
  // Without any progress the file is shorter than the segment.
  return batch.at > 0 ? "beyond" : SHORT;
}

/** Where the last whole batch ends of those below `upTo` that take at most `maxBytes`, from the current one on. */
function extentOf(
  batch: BatchView,
  range: {
    readonly maxBytes: number;
    readonly upTo: number;
    readonly index: OffsetIndex;
    /** Where in the file the batch's bytes begin. */
    readonly position: number;
  },
): number {
  const { maxBytes, upTo, index, position } = range;
  const { bytes, at: from } = batch;
  const limit = Math.min(bytes.length, from + maxBytes);
  let end = from;
  // The last entry within the range saves the walk up to its batch.
  const entry = Math.min(index.floorPosition(position + limit - BATCH_HEADER_BYTES), index.floor(upTo - 1));
  if (entry >= 0 && index.positionAt(entry) > position + from) {
    batch.at = index.positionAt(entry) - position;
    if (isBatchOf(index, entry, batch)) end = batch.at;
  }
  let previous = -1;
  while (checkFrame(bytes, end, limit) === null) {
    batch.at = end;
    if (batch.lastOffset >= upTo || batch.baseOffset <= previous) break;
    previous = batch.lastOffset;
    end += batch.sizeBytes;
  }
  return end;
}
