/** Writes the batches of a compacted segment, in large pieces, and builds its indexes. */

import { BatchView } from "../../records/batch.ts";
import type { Segment } from "../segment.ts";

const BUFFER_BYTES = 512 * 1024;

export class SegmentWriter {
  /** True when something of what was given was left out or rewritten. */
  hasChanged = false;
  readonly #segment: Segment;
  readonly #indexIntervalBytes: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #buffered = 0;

  /** Begins the segment's file anew. Throws DiskError. */
  constructor(segment: Segment, indexIntervalBytes: number) {
    this.#segment = segment;
    this.#indexIntervalBytes = indexIntervalBytes;
    segment.resetIndexes();
    if (segment.file().size > 0) segment.file().truncate(0);
  }

  /** Adds what stays of a batch, null for nothing. Throws DiskError. */
  write(kept: Uint8Array | null, original: BatchView): void {
    // What stays whole is a view of the original.
    if (kept?.buffer !== original.bytes.buffer) this.hasChanged = true;
    if (kept === null) return;
    if (this.#buffered + kept.length > BUFFER_BYTES) this.#flush();
    const position = this.#segment.sizeBytes + this.#buffered;
    this.#segment.indexBatch(new BatchView(kept), position, this.#indexIntervalBytes);
    if (kept.length > BUFFER_BYTES) {
      this.#segment.write(kept);
      return;
    }
    this.#buffer.set(kept, this.#buffered);
    this.#buffered += kept.length;
  }

  #flush(): void {
    if (this.#buffered > 0) this.#segment.write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /** Writes what is left. Throws DiskError. */
  finish(): void {
    this.#flush();
    this.#segment.seal();
  }
}
