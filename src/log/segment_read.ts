/** Reads batches from a segment's file, where they are not in memory. */

import { BATCH_HEADER_BYTES, BatchView, checkFrame } from "../records/batch.ts";
import type { ReadOptions } from "./log_read.ts";
import type { OffsetIndex } from "./offset_index.ts";
import type { Segment } from "./segment.ts";

/** How much more is read than asked for, so that the way from the index entry to the offset seldom costs a read. */
const SLACK_BYTES = 8 * 1024;

export interface SegmentReadOptions extends ReadOptions {
  readonly offset: number;
  readonly maxBytes: number;
  /** The segment's index, which says where to begin. It is not trusted: a wrong one makes the read "damaged". */
  readonly index: OffsetIndex;
}

/** Whole batches, in a buffer of {@link Segment.readBuffers}, or "damaged" where the file does not hold what the index or the batch before promised. */
export type SegmentRead = Uint8Array | "damaged";

const NOTHING = new Uint8Array(0);

/**
 * Reads whole batches from the one that holds an offset on; none when no batch of the segment below `upTo` reaches
 * the offset. Throws DiskError.
 */
export async function readSegment(segment: Segment, options: SegmentReadOptions): Promise<SegmentRead> {
  const { offset, maxBytes, upTo, minOneBatch } = options;
  const end = segment.sizeBytes;
  const entry = options.index.floor(offset);
  let position = options.index.positionFor(offset);
  let isIndexed = entry >= 0;
  while (position < end) {
    const bytes = await readUpTo(segment, position, Math.min(maxBytes + SLACK_BYTES, end - position));
    const batch = new BatchView(bytes);
    if (isIndexed && !isBatchOf(options.index, entry, batch)) return "damaged";
    isIndexed = false;
    const seek = seekOffset(batch, offset, end - position);
    if (seek === "damaged") return "damaged";
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
    if (size > maxBytes || from + size > bytes.length) {
      segment.readBuffers.release(bytes);
      const one = await readUpTo(segment, position + from, size);
      return one.length === size ? one : "damaged";
    }
    return bytes.subarray(from, extentOf(batch, { maxBytes, upTo, index: options.index, position }));
  }
  return NOTHING;
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
function seekOffset(batch: BatchView, offset: number, remaining: number): "found" | "beyond" | "damaged" {
  let previous = -1;
  while (batch.at + BATCH_HEADER_BYTES <= batch.bytes.length) {
    const { at } = batch;
    if (checkFrame(batch.bytes, at, remaining) !== null || batch.baseOffset <= previous) return "damaged";
    if (batch.lastOffset >= offset) return "found";
    previous = batch.lastOffset;
    batch.at = at + batch.sizeBytes;
  }
  // Without any progress the file is shorter than the segment.
  return batch.at > 0 ? "beyond" : "damaged";
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
