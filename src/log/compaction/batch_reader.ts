/** Reads the batches of a segment one after the other, whole, with the memory of one window. */

import { BATCH_HEADER_BYTES, batchBytes, BatchView, checkFrame } from "../../records/batch.ts";
import type { Segment } from "../segment.ts";

const WINDOW_BYTES = 512 * 1024;

export class BatchReader {
  /** True when the file does not hold whole batches to its end. */
  isDamaged = false;
  readonly #segment: Segment;
  readonly #end: number;
  #position: number;
  #window: Uint8Array<ArrayBuffer>;

  /** Begins at `from`, where a batch begins, and goes to where the segment ends now. */
  constructor(segment: Segment, from: number) {
    this.#segment = segment;
    this.#end = segment.sizeBytes;
    this.#position = from;
    this.#window = new Uint8Array(Math.min(WINDOW_BYTES, this.#end - from));
  }

  /** Each batch is valid until the next one is asked for. Throws DiskError. */
  async *batches(): AsyncGenerator<BatchView> {
    while (this.#position < this.#end && !this.isDamaged) {
      const length = await this.#fill();
      const window = this.#window;
      let at = 0;
      while (at + BATCH_HEADER_BYTES <= length && at + batchBytes(window, at) <= length) {
        if (checkFrame(window, at, length) !== null) {
          this.isDamaged = true;
          return;
        }
        const size = batchBytes(window, at);
        yield new BatchView(window, at);
        at += size;
      }
      this.#position += at;
      if (at === 0) this.#growToBatch(length);
    }
  }

  async #fill(): Promise<number> {
    const wanted = this.#window.subarray(0, Math.min(this.#window.length, this.#end - this.#position));
    return await this.#segment.withFile((file) => file.read(wanted, this.#position));
  }

  /** Makes room for a batch that is larger than the window, unless the file cannot hold it. */
  #growToBatch(length: number): void {
    const window = this.#window;
    const isWhole = length >= BATCH_HEADER_BYTES &&
      checkFrame(window, 0, this.#end - this.#position) === null;
    if (isWhole && batchBytes(window, 0) > window.length) {
      this.#window = new Uint8Array(batchBytes(window, 0));
    } else this.isDamaged = true;
  }
}
