/**
 * Writes the batches of a compacted segment, in large pieces, and builds its indexes. As long as every batch stays as
 * it was in the one segment that is copied, nothing is written at all: much of a large log is left in peace.
 */

import { assert } from "../../core/assert.ts";
import type { BatchView } from "../../records/batch.ts";
import type { Segment } from "../segment.ts";
import type { Pace } from "./pace.ts";

/** More that waits for the disk would hold up the syncs of other logs, and at last the writes too. */
const UNSYNCED_BYTES = 8 * 1024 * 1024;

export interface SegmentWriterOptions {
  readonly indexIntervalBytes: number;
  readonly bufferBytes: number;
  readonly pace: Pace;
}

export class SegmentWriter {
  bytesWritten = 0;
  readonly #segment: Segment;
  readonly #options: SegmentWriterOptions;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #buffered = 0;
  #unsynced = 0;
  #hasBegun = false;
  /** Where the next batch comes to lie. */
  #position = 0;

  /** Nothing is written before {@link begin}. */
  constructor(segment: Segment, options: SegmentWriterOptions) {
    this.#segment = segment;
    this.#options = options;
    this.#buffer = new Uint8Array(options.bufferBytes);
    segment.resetIndexes();
  }

  /** True while all batches are as they were in the segment that is copied, and no file was made. */
  get isUnchanged(): boolean {
    return !this.#hasBegun;
  }

  /** Creates the file, and copies what was kept from `source` so far. Throws DiskError. */
  async begin(source: Segment | null): Promise<void> {
    this.#hasBegun = true;
    const segment = this.#segment;
    // It may be left from an attempt that failed.
    if (segment.file().size > 0) segment.file().truncate(0);
    const { pace } = this.#options;
    for (let at = 0; at < this.#position; at = segment.sizeBytes) {
      assert(source !== null, "what was kept is in the segment that is copied");
      const part = this.#buffer.subarray(0, Math.min(this.#buffer.length, this.#position - at));
      const length = await pace.waitFor(source.withFile((file) => file.read(part, at)));
      assert(length === part.length, "what was read from a segment can be read again");
      this.#write(part);
      await this.#syncSome();
      await pace.rest();
    }
  }

  /** Adds a batch. Throws DiskError. */
  add(batch: BatchView): void {
    const size = batch.sizeBytes;
    this.#segment.indexBatch(batch, this.#position, this.#options.indexIntervalBytes);
    this.#position += size;
    if (!this.#hasBegun) return;
    for (let from = 0; from < size;) {
      const part = Math.min(size - from, this.#buffer.length - this.#buffered);
      this.#buffer.set(batch.bytes.subarray(batch.at + from, batch.at + from + part), this.#buffered);
      this.#buffered += part;
      from += part;
      if (this.#buffered === this.#buffer.length) this.#flush();
    }
  }

  /** To be awaited between slices: lets the disk keep up. Throws DiskError. */
  async rest(): Promise<void> {
    await this.#syncSome();
    await this.#options.pace.rest();
  }

  async #syncSome(): Promise<void> {
    if (this.#unsynced < UNSYNCED_BYTES) return;
    this.#unsynced = 0;
    await this.#options.pace.waitFor(this.#segment.withFile((file) => file.sync()));
  }

  #flush(): void {
    if (this.#buffered > 0) this.#write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  #write(bytes: Uint8Array): void {
    this.#segment.write(bytes);
    this.bytesWritten += bytes.length;
    this.#unsynced += bytes.length;
    this.#options.pace.spend(bytes.length);
  }

  /** Writes what is left. Throws DiskError. */
  finish(): void {
    this.#flush();
    this.#segment.seal();
  }
}
