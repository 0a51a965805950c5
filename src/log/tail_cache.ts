/**
 * The bytes that were appended last, kept in memory so that fetches at the end of a log touch no file. All logs
 * share one budget: the oldest chunk gives its place to the newest, whosever they are, and its buffer is used again
 * rather than left to the garbage collector.
 */

import { assert } from "../core/assert.ts";
import type { HeldFile } from "../platform/held_bytes.ts";
import { holdRange, SENT_FROM_BYTES } from "./file_records.ts";
import type { ReadOptions, RecordsSource } from "./log_read.ts";
import type { Segment } from "./segment.ts";

const SMALLEST_CHUNK_BYTES = 4 * 1024;
const LARGEST_CHUNK_BYTES = 1024 * 1024;
/** A log of which so much was appended without anybody reading its end is not kept, until somebody does. */
const UNREAD_BYTES = 16 * 1024 * 1024;
/** Larger appends get a chunk for themselves, of a multiple of this. */
const LARGE_CHUNK_STEP_BYTES = 256 * 1024;

/** Recently appended batches of one segment, contiguous in its file. */
export interface TailChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Changes when the buffer is given to another chunk, so that a slice that was not written yet notices. */
  readonly slot: ChunkSlot;
  readonly generation: number;
  readonly owner: LogTail;
  readonly segment: Segment;
  /** Where in the segment's file the chunk begins. */
  readonly position: number;
  readonly baseOffset: number;
  /** How many bytes are filled. */
  length: number;
  /** The offset behind the last batch. */
  nextOffset: number;
  /** Where each batch begins in the chunk, and its last offset relative to {@link baseOffset}: pairs. */
  batches: Int32Array;
  batchCount: number;
}

/** A buffer that chunks use one after the other. */
interface ChunkSlot {
  readonly bytes: Uint8Array<ArrayBuffer>;
  generation: number;
}

/** The budget that all logs share. */
export class TailCache {
  readonly budgetBytes: number;
  #usedBytes = 0;
  /** All chunks in the order of their creation. */
  readonly #chunks = new Set<TailChunk>();

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** A buffer of `bytes`, taken from the oldest chunks when the budget is used up; null when it is too large. */
  allocate(bytes: number): ChunkSlot | null {
    if (bytes > this.budgetBytes) return null;
    while (this.#usedBytes + bytes > this.budgetBytes) {
      const oldest: TailChunk = this.#chunks.values().next().value!;
      oldest.owner.dropThrough(oldest);
      if (oldest.bytes.length === bytes && this.#usedBytes + bytes <= this.budgetBytes) {
        this.#usedBytes += bytes;
        oldest.slot.generation++;
        return oldest.slot;
      }
    }
    this.#usedBytes += bytes;
    return { bytes: new Uint8Array(bytes), generation: 0 };
  }

  add(chunk: TailChunk): void {
    this.#chunks.add(chunk);
  }

  remove(chunk: TailChunk): void {
    if (this.#chunks.delete(chunk)) this.#usedBytes -= chunk.bytes.length;
  }
}

/**
 * Part of a chunk, or of several in a row. What was read stays as it was when the log is cut or deleted before it is
 * written; only when the buffer was given away meanwhile does it fall back to the file.
 */
export class TailSlice implements RecordsSource {
  readonly byteLength: number;
  readonly #chunk: TailChunk;
  readonly #from: number;
  readonly #length: number;
  readonly #rest: TailSlice | null;

  constructor(chunk: TailChunk, from: number, to: number, rest: TailSlice | null) {
    this.#chunk = chunk;
    this.#from = from;
    this.#length = to - from;
    this.#rest = rest;
    this.byteLength = this.#length + (rest === null ? 0 : rest.byteLength);
  }

  get endOffset(): number {
    if (this.#rest !== null) return this.#rest.endOffset;
    return endOffsetAt(this.#chunk, this.#from + this.#length);
  }

  hold(mayBeFile: boolean): HeldFile | null {
    const { byteLength } = this;
    const { segment, position } = this.#chunk;
    if (!mayBeFile || byteLength < SENT_FROM_BYTES || !this.#chunk.owner.holds(this.#chunk)) return null;
    const from = position + this.#from;
    if (segment.file().isCached?.(from, byteLength) !== true) return null;
    return holdRange({ segment, position: from, byteLength, isIntact: this.#chunk.owner.watch() });
  }

  writeTo(target: Uint8Array): void {
    const { slot, generation, bytes, segment, position } = this.#chunk;
    if (slot.generation === generation) {
      target.set(bytes.subarray(this.#from, this.#from + this.#length));
    } else {
      const part = target.subarray(0, this.#length);
      const length = segment.file().readNow(part, position + this.#from);
      assert(length === this.#length, "what was appended to a segment can be read from it");
    }
    this.#rest?.writeTo(target.subarray(this.#length));
  }
}

/** The tail of one log: chunks whose offsets follow each other up to the log end offset. */
export class LogTail {
  readonly #cache: TailCache;
  #chunks: TailChunk[] = [];
  #nextChunkBytes = SMALLEST_CHUNK_BYTES;
  #current: TailChunk | null = null;
  /** How much was appended since somebody last read here. */
  #unreadBytes = 0;

  /** How often the log has been cut. */
  readonly #truncations: () => number;

  constructor(cache: TailCache, truncations: () => number = () => 0) {
    this.#cache = cache;
    this.#truncations = truncations;
  }

  /** Whether a chunk is part of the tail still: the records in it are then in the file too. */
  holds(chunk: TailChunk): boolean {
    return this.#chunks.includes(chunk);
  }

  /** Tells later whether the log has not been cut since. */
  watch(): () => boolean {
    const truncations = this.#truncations();
    return () => this.#truncations() === truncations;
  }

  /** The first offset that can be served; Infinity when none can. */
  get firstOffset(): number {
    return this.#chunks.length === 0 ? Infinity : this.#chunks[0]!.baseOffset;
  }

  /** Somebody reads at the end of the log, or nearly there: what is appended next is worth a copy. */
  onReader(): void {
    this.#unreadBytes = 0;
  }

  /**
   * Takes a copy of whole batches that were written to `segment` at `position`. Each of them must then be told with
   * {@link noteBatch}. Returns false when they are too large to keep or nobody reads them: the tail is empty then.
   */
  append(bytes: Uint8Array, segment: Segment, at: { position: number; baseOffset: number }): boolean {
    if (this.#unreadBytes > UNREAD_BYTES) {
      if (this.#chunks.length > 0) this.clear();
      return false;
    }
    this.#unreadBytes += bytes.length;
    let chunk = this.#current;
    const fits = chunk !== null && chunk.segment === segment &&
      chunk.length + bytes.length <= chunk.bytes.length;
    if (!fits) chunk = this.#begin(bytes.length, segment, at);
    if (chunk === null) {
      this.clear();
      return false;
    }
    chunk.bytes.set(bytes, chunk.length);
    chunk.length += bytes.length;
    return true;
  }

  #begin(
    neededBytes: number,
    segment: Segment,
    { position, baseOffset }: { position: number; baseOffset: number },
  ): TailChunk | null {
    const size = Math.max(sizeClass(neededBytes), this.#nextChunkBytes);
    if (this.#nextChunkBytes < LARGEST_CHUNK_BYTES) this.#nextChunkBytes *= 2;
    const slot = this.#cache.allocate(size) ?? this.#cache.allocate(neededBytes);
    if (slot === null) return null;
    const chunk: TailChunk = {
      bytes: slot.bytes,
      slot,
      generation: slot.generation,
      owner: this,
      segment,
      position,
      baseOffset,
      length: 0,
      nextOffset: baseOffset,
      batches: new Int32Array(16),
      batchCount: 0,
    };
    this.#cache.add(chunk);
    this.#chunks.push(chunk);
    this.#current = chunk;
    return chunk;
  }

  /** Notes the batch at `position` of the segment's file, within what was appended last. */
  noteBatch(position: number, lastOffset: number): void {
    const chunk = this.#current!;
    const at = chunk.batchCount * 2;
    if (at === chunk.batches.length) {
      const grown = new Int32Array(at * 2);
      grown.set(chunk.batches);
      chunk.batches = grown;
    }
    chunk.batches[at] = position - chunk.position;
    chunk.batches[at + 1] = lastOffset - chunk.baseOffset;
    chunk.batchCount++;
    chunk.nextOffset = lastOffset + 1;
  }

  /**
   * The whole batches from the one that holds `offset` on, of at most `maxBytes` unless the first alone is larger
   * and `minOneBatch` allows it, all of them below `upTo`. Null when there are none. The caller has asked whether
   * `offset` is in the tail. The slice ends with the segment.
   */
  slice(offset: number, maxBytes: number, { upTo, minOneBatch }: ReadOptions): TailSlice | null {
    let index = this.#chunkOf(offset);
    const first = this.#chunks[index]!;
    const from = batchStart(first, offset);
    let to = batchesEnd(first, from, maxBytes, upTo);
    if (to === from) {
      if (!minOneBatch) return null;
      to = oneBatchEnd(first, from, upTo);
      return to === from ? null : new TailSlice(first, from, to, null);
    }
    // Most slices end within their chunk; the others are put together from the back.
    const parts: number[] = [];
    let left = maxBytes - (to - from);
    let last = first;
    let end = to;
    while (end === last.length && index + 1 < this.#chunks.length) {
      const next = this.#chunks[index + 1]!;
      if (next.segment !== first.segment) break;
      end = batchesEnd(next, 0, left, upTo);
      if (end === 0) break;
      left -= end;
      parts.push(end);
      last = next;
      index++;
    }
    let rest: TailSlice | null = null;
    for (let part = parts.length - 1; part >= 0; part--, index--) {
      rest = new TailSlice(this.#chunks[index]!, 0, parts[part]!, rest);
    }
    return new TailSlice(first, from, to, rest);
  }

  /** The number of the first chunk that reaches beyond `offset`. */
  #chunkOf(offset: number): number {
    let index = this.#chunks.length - 1;
    while (index > 0 && this.#chunks[index - 1]!.nextOffset > offset) index--;
    return index;
  }

  /** Gives up everything up to the last of some segments, which are no longer part of the log. */
  dropSegments(segments: readonly Segment[]): void {
    const last = this.#chunks.findLast((chunk) => segments.includes(chunk.segment));
    if (last !== undefined) this.dropThrough(last);
  }

  /** Gives up a chunk and all before it. */
  dropThrough(chunk: TailChunk): void {
    const count = this.#chunks.indexOf(chunk) + 1;
    for (const dropped of this.#chunks.splice(0, count)) this.#cache.remove(dropped);
    if (this.#chunks.length === 0) this.#current = null;
  }

  clear(): void {
    for (const chunk of this.#chunks) this.#cache.remove(chunk);
    this.#chunks = [];
    this.#current = null;
    this.#nextChunkBytes = SMALLEST_CHUNK_BYTES;
  }
}

/** One of few sizes that is at least `bytes`, so that buffers can be used again. */
function sizeClass(bytes: number): number {
  if (bytes > LARGEST_CHUNK_BYTES) return Math.ceil(bytes / LARGE_CHUNK_STEP_BYTES) * LARGE_CHUNK_STEP_BYTES;
  return 2 ** Math.ceil(Math.log2(Math.max(bytes, SMALLEST_CHUNK_BYTES)));
}

/** The number of the first batch whose last offset is at or behind `offset`. */
function batchHolding(chunk: TailChunk, offset: number): number {
  const wanted = offset - chunk.baseOffset;
  let low = 0;
  let high = chunk.batchCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk.batches[middle * 2 + 1]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function batchStart(chunk: TailChunk, offset: number): number {
  const batch = batchHolding(chunk, offset);
  return batch === chunk.batchCount ? chunk.length : chunk.batches[batch * 2]!;
}

/** Where the last whole batch ends that lies below `upTo` and no more than `maxBytes` behind `from`. */
function batchesEnd(chunk: TailChunk, from: number, maxBytes: number, upTo: number): number {
  const end = upTo >= chunk.nextOffset ? chunk.length : batchStart(chunk, upTo);
  if (end - from <= maxBytes) return Math.max(from, end);
  const limit = from + maxBytes;
  let low = 0;
  let high = chunk.batchCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk.batches[middle * 2]! <= limit) low = middle + 1;
    else high = middle;
  }
  // The last batch that begins at or before the limit ends behind it, unless it begins right there.
  return Math.max(from, chunk.batches[(low - 1) * 2]!);
}

/** The offset behind the batch that ends at `end` in the chunk. */
function endOffsetAt(chunk: TailChunk, end: number): number {
  let low = 0;
  let high = chunk.batchCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunk.batches[middle * 2]! < end) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? -1 : chunk.baseOffset + chunk.batches[low * 2 - 1]! + 1;
}

/** Where the batch at `from` ends; `from` itself when it is not below `upTo`. */
function oneBatchEnd(chunk: TailChunk, from: number, upTo: number): number {
  const limit = upTo >= chunk.nextOffset ? chunk.length : batchStart(chunk, upTo);
  if (from >= limit) return from;
  for (let low = 0, high = chunk.batchCount; low <= high;) {
    const middle = (low + high) >>> 1;
    if (middle === chunk.batchCount) return chunk.length;
    const start = chunk.batches[middle * 2]!;
    if (start === from) {
      return middle + 1 === chunk.batchCount ? chunk.length : chunk.batches[middle * 2 + 2]!;
    }
    if (start < from) low = middle + 1;
    else high = middle - 1;
  }
  return from;
}
