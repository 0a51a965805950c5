/**
 * Finds the records of a read in a segment's file, by its index and the headers of a few batches, where the system
 * has all of them in its cache: then nothing here waits for the disk, and the records themselves need not be read.
 */

import type { DiskFile } from "../platform/disk.ts";
import { BATCH_HEADER_BYTES, BatchView, checkFrame } from "../records/batch.ts";
import { FileRecords } from "./file_records.ts";
import type { ReadOptions, ReadRecords } from "./log_read.ts";
import type { OffsetIndex } from "./offset_index.ts";
import type { PartitionLog } from "./partition_log.ts";

export interface CachedReadOptions extends ReadOptions {
  readonly offset: number;
  readonly maxBytes: number;
}

type IndexedRead = CachedReadOptions & { readonly index: OffsetIndex };

/** How many batches behind an index entry are looked at: small ones lie in between, or one that is large. */
const MAX_STEPS = 64;

/** The header of a batch in a file, one at a time. */
class HeaderReader extends BatchView {
  /** Where in the file the batch begins. */
  position = 0;
  readonly #file: DiskFile;
  readonly #end: number;

  constructor(file: DiskFile, end: number) {
    super(scratch);
    this.#file = file;
    this.#end = end;
  }

  /** Whether so much of the file, or what there is of it, is in the cache. */
  isCached(position: number, length: number): boolean {
    return this.#file.isCached?.(position, Math.min(length, this.#end - position)) === true;
  }

  /** Reads the header at `position`; false when no whole batch is there, or the header not in the cache. */
  moveTo(position: number): boolean {
    if (this.#end - position < BATCH_HEADER_BYTES || !this.isCached(position, BATCH_HEADER_BYTES)) {
      return false;
    }
    if (this.#file.readNow(this.bytes, position) < BATCH_HEADER_BYTES) return false;
    this.position = position;
    return checkFrame(this.bytes, 0, this.#end - position) === null;
  }

  get nextPosition(): number {
    return this.position + this.sizeBytes;
  }
}

const scratch = new Uint8Array(BATCH_HEADER_BYTES);

/**
 * Whole batches of the segment that holds an offset; null when that needs a closer look, which is for the read that
 * waits for the disk: nothing in the cache, no index in memory, damage, nothing that fits, or nothing but empty batches.
 */
export function readCached(
  log: PartitionLog,
  options: CachedReadOptions,
): ReadRecords | null {
  const { segments, truncations } = log;
  const segment = segments.list[segments.indexOf(options.offset)];
  const index = segment?.indexes?.offsets;
  if (segment === undefined || index === undefined) return null;
  const header = new HeaderReader(segment.file(), segment.sizeBytes);
  if (!findFirst(header, { ...options, index })) return null;
  if (options.skipEmptyBatches === true && header.recordsCount === 0) return null;
  const { position, sizeBytes } = header;
  const isLarge = sizeBytes > options.maxBytes;
  if (isLarge && !options.minOneBatch) return null;
  if (!header.isCached(position, isLarge ? sizeBytes : options.maxBytes)) return null;
  const { to, endOffset } = isLarge ? endOf(header) : findEnd(header, { ...options, index });
  // What the disk gives is held against its checksums once, by the read that waits for it.
  if (!segment.isSound(position, to)) return null;
  const isIntact = () => log.truncations === truncations;
  const records = new FileRecords({ segment, position, byteLength: to - position, endOffset, isIntact });
  return { kind: "records", records };
}

/** Moves to the batch that holds the offset, not far behind the index entry; false where none is readable. */
function findFirst(header: HeaderReader, { index, offset, upTo }: IndexedRead): boolean {
  const entry = index.floor(offset);
  if (!header.moveTo(index.positionFor(offset))) return false;
  if (entry >= 0 && header.lastOffset !== index.offsetAt(entry)) return false;
  for (let steps = 0; header.lastOffset < offset; steps++) {
    const { lastOffset } = header;
    if (steps === MAX_STEPS || !header.moveTo(header.nextPosition)) return false;
    if (header.baseOffset <= lastOffset) return false;
  }
  return header.lastOffset < upTo;
}

const endOf = ({ nextPosition: to, nextOffset: endOffset }: HeaderReader) => ({ to, endOffset });

/** Where the last batch ends of those below `upTo` that take at most `maxBytes`, from the current one on. */
function findEnd(
  header: HeaderReader,
  { index, maxBytes, upTo }: IndexedRead,
): { readonly to: number; readonly endOffset: number } {
  const limit = header.position + maxBytes;
  const first = endOf(header);
  let end = first;
  // The last entry within the range saves the walk up to its batch.
  let entry = Math.min(index.floorPosition(limit - BATCH_HEADER_BYTES), index.floor(upTo - 1));
  for (; entry >= 0 && index.positionAt(entry) >= first.to; entry--) {
    // The walk from the first batch says what is wrong here.
    if (!header.moveTo(index.positionAt(entry)) || header.lastOffset !== index.offsetAt(entry)) break;
    if (header.nextPosition > limit) continue;
    end = endOf(header);
    break;
  }
  while (header.moveTo(end.to) && header.nextPosition <= limit && header.lastOffset < upTo) {
    if (header.baseOffset < end.endOffset) break;
    end = endOf(header);
  }
  return end;
}
