/**
 * A segment: a `.log` file of batches from a base offset on, with an offset and a time index. Only the last segment
 * of a log, the active one, is written; its indexes are in memory and go to their files when it is sealed.
 */

import { assert } from "../core/assert.ts";
import { type Disk, DiskError, type DiskFile } from "../platform/disk.ts";
import { NO_TIMESTAMP } from "../records/batch.ts";
import { readIfPresent } from "./checkpoint_file.ts";
import {
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetPath,
  SEGMENT_FILE_SUFFIXES,
  TIME_INDEX_SUFFIX,
} from "./file_names.ts";
import { OffsetIndex } from "./offset_index.ts";
import type { ReadBuffers } from "./read_buffers.ts";
import type { Poolable, SegmentPool } from "./segment_pool.ts";
import { TIME_INDEX_ENTRY_BYTES, TimeIndex } from "./time_index.ts";

/** Both indexes of a segment, which are built and dropped together. */
export interface SegmentIndexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
}

/** What a batch adds to a segment's indexes. */
export interface IndexedBatch {
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  readonly sizeBytes: number;
  readonly recordsCount: number;
}

/** A segment was asked for its file after it was removed from its log: nothing is wrong with the disk. */
export class SegmentRemovedError extends DiskError {
  constructor(path: string) {
    super("not-found", path, `open ${path}: the segment was removed`);
  }
}

export class Segment implements Poolable {
  readonly baseOffset: number;
  /** The length of the valid bytes in the `.log` file. */
  sizeBytes: number;
  /** When it was created, as far as that is known, on the monotonic clock. */
  createdMs: number;
  /** The largest timestamp of the first batch, from which the age counts; -1 for none, -2 while not read. */
  firstTimestamp = NO_TIMESTAMP;
  /** The largest timestamp, -1 when there is none; NaN while it has not been read from the index. */
  maxTimestamp: number = NO_TIMESTAMP;
  /** The last offset of the first batch with {@link maxTimestamp}. */
  maxTimestampOffset: number;
  /** Null while the indexes of a sealed segment are not loaded. */
  indexes: SegmentIndexes | null = null;
  /** True once nothing is appended any more. */
  sealed = false;
  /** True once the indexes were built from the batches because those in the files were wrong. */
  indexesBuilt = false;
  /** True once the segment's files are about to be removed. */
  deleted = false;
  used = false;
  pins = 0;
  /** Where the bytes begin that this process has written itself; those before it come from the disk as it gives them. */
  writtenFrom: number;

  readonly #disk: Disk;
  readonly #directory: string;
  readonly #pool: SegmentPool;
  #suffix = "";
  #file: DiskFile | null = null;
  #closed = false;
  #bytesSinceIndexEntry = 0;
  /** A range that was read and found to be what was written. */
  #checkedFrom = 0;
  #checkedTo = 0;

  constructor(
    context: { readonly disk: Disk; readonly directory: string; readonly pool: SegmentPool },
    state: {
      readonly baseOffset: number;
      readonly sizeBytes: number;
      readonly createdMs: number;
      /** What the names of its files end with, beyond those of a segment of the log. */
      readonly suffix?: string;
    },
  ) {
    this.#disk = context.disk;
    this.#directory = context.directory;
    this.#pool = context.pool;
    this.baseOffset = state.baseOffset;
    this.sizeBytes = this.writtenFrom = state.sizeBytes;
    this.createdMs = state.createdMs;
    this.maxTimestampOffset = state.baseOffset;
    this.#suffix = state.suffix ?? "";
  }

  /** Where reads of the file get their buffers from. */
  get readBuffers(): ReadBuffers {
    return this.#pool.readBuffers;
  }

  /** Notes that the batches in a range of the file were read and are what was written. */
  noteSound(from: number, to: number): void {
    if (from > this.#checkedTo || to < this.#checkedFrom) {
      this.#checkedFrom = from;
      this.#checkedTo = to;
    } else {
      this.#checkedFrom = Math.min(this.#checkedFrom, from);
      this.#checkedTo = Math.max(this.#checkedTo, to);
    }
  }

  /** Whether a range need not be checked again: this process has written it, or has read all of it. */
  isSound(from: number, to: number): boolean {
    if (from >= this.writtenFrom) return true;
    return from >= this.#checkedFrom && (to <= this.#checkedTo || this.#checkedTo >= this.writtenFrom);
  }

  /** The path of one of the segment's files. */
  path(fileSuffix: string): string {
    return offsetPath(this.#directory, this.baseOffset, fileSuffix) + this.#suffix;
  }

  /** The `.log` file, opened when it is not. Throws DiskError, {@link SegmentRemovedError} among them. */
  file(): DiskFile {
    this.used = true;
    if (this.#file !== null) return this.#file;
    if (this.#closed) {
      if (this.deleted) throw new SegmentRemovedError(this.path(LOG_SUFFIX));
      throw new DiskError("io", this.path(LOG_SUFFIX), `open ${this.path(LOG_SUFFIX)}: it was closed`);
    }
    this.#file = this.#disk.open(this.path(LOG_SUFFIX), { create: this.sizeBytes === 0 });
    this.#pool.hold(this, this.#loadedIndexBytes());
    return this.#file;
  }

  /** Runs `task` on the file while nothing closes it. */
  async withFile<T>(task: (file: DiskFile) => Promise<T>): Promise<T> {
    const file = this.file();
    this.pins++;
    try {
      return await task(file);
    } finally {
      this.pins--;
    }
  }

  /** Gives the segment indexes that were loaded or built. */
  useIndexes(indexes: SegmentIndexes): void {
    this.indexes = indexes;
    if (this.sealed) this.#pool.hold(this, this.#loadedIndexBytes());
  }

  #loadedIndexBytes(): number {
    return this.indexes === null || !this.sealed
      ? 0
      : this.indexes.offsets.memoryBytes + this.indexes.times.memoryBytes;
  }

  giveUp(): void {
    this.#pool.drop(this);
    this.#file?.close();
    this.#file = null;
    // Those of the active segment exist in memory only.
    if (this.sealed && this.pins === 0) this.indexes = null;
  }

  /** Writes whole batches at the end, in one write. Throws DiskError; then the segment is as it was. */
  write(bytes: Uint8Array): void {
    const file = this.file();
    const position = this.sizeBytes;
    try {
      file.write(bytes, position);
    } catch (error) {
      if (file.size > position) file.truncate(position);
      throw error;
    }
    this.sizeBytes = position + bytes.length;
  }

  /** Notes a batch that lies at `position` of the active segment, in Kafka's rhythm of index entries. */
  indexBatch(batch: IndexedBatch, position: number, indexIntervalBytes: number): void {
    const { offsets, times } = this.indexes!;
    if (position === 0) this.firstTimestamp = batch.maxTimestamp;
    this.noteTimestamp(batch);
    if (this.#bytesSinceIndexEntry > indexIntervalBytes) {
      offsets.append(batch.lastOffset, position);
      times.maybeAppend(this.maxTimestamp, this.maxTimestampOffset);
      this.#bytesSinceIndexEntry = 0;
    }
    this.#bytesSinceIndexEntry += batch.sizeBytes;
  }

  /** Notes that the segment holds a batch. What compaction has left without records has no time either. */
  noteTimestamp(batch: IndexedBatch): void {
    if (batch.maxTimestamp <= this.maxTimestamp || batch.recordsCount === 0) return;
    this.maxTimestamp = batch.maxTimestamp;
    this.maxTimestampOffset = batch.lastOffset;
  }

  /**
   * Drops index entries of batches that are not there any more. Returns the position of the last one that is left,
   * up to which the largest timestamp is known.
   */
  cutIndexesToSize(): number {
    const { offsets, times } = this.indexes!;
    offsets.truncateToPosition(this.sizeBytes);
    const last = offsets.count - 1;
    const known = last < 0 ? this.baseOffset : offsets.offsetAt(last) + 1;
    times.truncateToOffset(known);
    this.maxTimestamp = times.lastTimestamp;
    this.maxTimestampOffset = times.lastOffset;
    this.#bytesSinceIndexEntry = 0;
    return last < 0 ? 0 : offsets.positionAt(last);
  }

  /** Begins with empty indexes, to be filled by {@link indexBatch}. */
  resetIndexes(): void {
    this.indexes = { offsets: new OffsetIndex(this.baseOffset), times: new TimeIndex(this.baseOffset) };
    this.firstTimestamp = NO_TIMESTAMP;
    this.maxTimestamp = NO_TIMESTAMP;
    this.maxTimestampOffset = this.baseOffset;
    this.#bytesSinceIndexEntry = 0;
  }

  /**
   * Loads the indexes from their files; false when they are missing or cannot be those of this segment, so that
   * they must be built from the batches.
   */
  loadIndexes(): boolean {
    const offsetBytes = readIfPresent(this.#disk, this.path(OFFSET_INDEX_SUFFIX));
    const timeBytes = readIfPresent(this.#disk, this.path(TIME_INDEX_SUFFIX));
    if (offsetBytes === null || timeBytes === null) return false;
    const offsets = OffsetIndex.decode(this.baseOffset, offsetBytes, this.sizeBytes);
    const times = TimeIndex.decode(this.baseOffset, timeBytes);
    if (
      offsets === null || times === null || (times.count === 0 && this.sizeBytes > 0 && offsets.count > 0)
    ) {
      return false;
    }
    this.maxTimestamp = times.lastTimestamp;
    this.maxTimestampOffset = times.lastOffset;
    this.useIndexes({ offsets, times });
    return true;
  }

  /** Nothing is appended any more from now on. */
  seal(): void {
    this.closeTimeIndex();
    this.sealed = true;
    if (this.indexes !== null) this.useIndexes(this.indexes);
  }

  /** Ends the time index with the largest timestamp, so that it can be found without a scan. */
  closeTimeIndex(): void {
    if (this.maxTimestamp > NO_TIMESTAMP) {
      this.indexes?.times.maybeAppend(this.maxTimestamp, this.maxTimestampOffset);
    }
  }

  /** Reads the largest timestamp from the end of the time index file; false when that does not tell. */
  readMaxTimestamp(): boolean {
    const path = this.path(TIME_INDEX_SUFFIX);
    if (!this.#disk.exists(path)) return false;
    const file = this.#disk.open(path);
    try {
      const entry = new Uint8Array(TIME_INDEX_ENTRY_BYTES);
      const isWhole = file.size > 0 && file.size % entry.length === 0;
      if (!isWhole || file.readNow(entry, file.size - entry.length) < entry.length) return false;
      const last = TimeIndex.decode(this.baseOffset, entry);
      if (last === null) return false;
      this.maxTimestamp = last.lastTimestamp;
      this.maxTimestampOffset = last.lastOffset;
      return true;
    } finally {
      file.close();
    }
  }

  /** Writes both index files; resolves when they are durable if `sync` says so. Throws DiskError. */
  async saveIndexes(options: { readonly sync: boolean }): Promise<void> {
    const indexes = this.indexes;
    assert(indexes !== null, "the indexes of a segment are in memory when they are saved");
    await this.#saveIndex(OFFSET_INDEX_SUFFIX, indexes.offsets.encode(), options.sync);
    await this.#saveIndex(TIME_INDEX_SUFFIX, indexes.times.encode(), options.sync);
  }

  async #saveIndex(suffix: string, bytes: Uint8Array, sync: boolean): Promise<void> {
    const file = this.#disk.open(this.path(suffix), { create: true });
    try {
      file.truncate(bytes.length);
      if (bytes.length > 0) file.write(bytes, 0);
      if (sync) await file.sync();
    } finally {
      file.close();
    }
  }

  /** Cuts the file. The caller rebuilds the indexes. Throws DiskError. */
  truncate(sizeBytes: number): void {
    this.file().truncate(sizeBytes);
    this.sizeBytes = sizeBytes;
    this.writtenFrom = Math.min(this.writtenFrom, sizeBytes);
  }

  /** Renames the files to `.deleted`, from which moment on they are not part of the log. Throws DiskError. */
  markDeleted(): void {
    this.rename(DELETED_SUFFIX);
    this.deleted = true;
  }

  /** Takes {@link markDeleted} back. Throws DiskError. */
  unmarkDeleted(): void {
    this.rename("");
    this.deleted = false;
  }

  /** Gives the names of the files another suffix. Throws DiskError. */
  rename(suffix: string): void {
    // The log itself comes last: a crash on the way leaves it with its old name, and indexes can be built anew.
    for (const fileSuffix of SEGMENT_FILE_SUFFIXES.toReversed()) {
      const path = this.path(fileSuffix);
      const target = offsetPath(this.#directory, this.baseOffset, fileSuffix) + suffix;
      if (this.#disk.exists(path)) this.#disk.rename(path, target);
    }
    this.#suffix = suffix;
  }

  /** Removes the files. Throws DiskError. */
  removeFiles(): void {
    this.close();
    for (const fileSuffix of SEGMENT_FILE_SUFFIXES) this.#disk.remove(this.path(fileSuffix));
  }

  /** The same without stalling the loop. */
  async removeFilesAside(): Promise<void> {
    this.close();
    for (const fileSuffix of SEGMENT_FILE_SUFFIXES) await this.#disk.removeAside(this.path(fileSuffix));
  }

  /** Closes the file for good. */
  close(): void {
    this.#closed = true;
    this.#pool.drop(this);
    this.#file?.close();
    this.#file = null;
  }
}

/**
 * True when a disk operation failed because the file is that of a segment which retention or compaction has taken out
 * of the log meanwhile. The log itself is fine, and whoever met it may look again.
 */
export function isAboutRemoved(error: DiskError): boolean {
  return error instanceof SegmentRemovedError || error.path.endsWith(DELETED_SUFFIX);
}
