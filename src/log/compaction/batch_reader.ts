/** Reads the batches of a segment one after the other, whole and verified, with the memory of one window. */

import {
  BATCH_HEADER_BYTES,
  batchBytes,
  type BatchFault,
  BatchView,
  checkFrame,
  verifyBatch,
} from "../../records/batch.ts";
import type { Segment } from "../segment.ts";

/**
 * How to use it:
 *
 *     while (await reader.fill()) while (reader.next()) use(reader.batch);
 *     if (reader.fault !== null) ...
 */
export class BatchReader {
  /** The current batch, valid until the next {@link fill}. */
  readonly batch: BatchView;
  /** Why the batch behind the last good one is not sound. */
  fault: BatchFault | null = null;
  /** How many bytes were read from the file. */
  bytesRead = 0;
  readonly #segment: Segment;
  readonly #end: number;
  /** Where in the file the window begins. */
  #windowAt: number;
  #window: Uint8Array<ArrayBuffer>;
  #windowLength = 0;
  /** Where in the window the batch after the current one begins. */
  #nextAt = 0;

  /** Begins at `from`, where a batch begins, and goes to where the segment ends now. */
  constructor(segment: Segment, options: { readonly from: number; readonly windowBytes: number }) {
    this.#segment = segment;
    this.#end = segment.sizeBytes;
    this.#windowAt = options.from;
    this.#window = new Uint8Array(Math.max(0, Math.min(options.windowBytes, this.#end - options.from)));
    this.batch = new BatchView(this.#window);
  }

  /** Where in the file the current batch begins. */
  get position(): number {
    return this.#windowAt + this.batch.at;
  }

  /** True when the current batch is the segment's last. */
  get isLast(): boolean {
    return this.#windowAt + this.#nextAt === this.#end;
  }

  /** Reads on when there is no whole batch left in memory. False at the end, or at a fault. Throws DiskError. */
  async fill(): Promise<boolean> {
    this.#windowAt += this.#nextAt;
    this.#nextAt = 0;
    const left = this.#end - this.#windowAt;
    if (left === 0 || this.fault !== null) return false;
    const read = (from: number, to: number) =>
      this.#segment.withFile((file) => file.read(this.#window.subarray(from, to), this.#windowAt + from));
    let length = await read(0, Math.min(this.#window.length, left));
    if (length >= BATCH_HEADER_BYTES && checkFrame(this.#window, 0, left) === null) {
      const size = batchBytes(this.#window, 0);
      if (size > this.#window.length) {
        const larger = new Uint8Array(size);
        larger.set(this.#window.subarray(0, length));
        this.#window = larger;
        this.batch.bytes = larger;
        length += await read(length, size);
      }
    }
    this.#windowLength = length;
    this.bytesRead += length;
    // Fewer bytes than a batch has would be asked for again and again.
    if (!this.#holdsBatch()) this.fault = checkFrame(this.#window, 0, Math.max(0, length)) ?? "truncated";
    return this.fault === null;
  }

  #holdsBatch(): boolean {
    const left = this.#windowLength - this.#nextAt;
    return left >= BATCH_HEADER_BYTES && batchBytes(this.#window, this.#nextAt) <= left;
  }

  /** Moves to the next batch in memory; false when {@link fill} must be called. */
  next(): boolean {
    if (this.fault !== null || !this.#holdsBatch()) return false;
    this.fault = verifyBatch(this.#window, this.#nextAt, { end: this.#windowLength });
    if (this.fault !== null) return false;
    this.batch.at = this.#nextAt;
    this.#nextAt += this.batch.sizeBytes;
    return true;
  }
}
