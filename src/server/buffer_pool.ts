/**
 * Buffers that outlive one use: large receive buffers and response writers. Idle connections hold neither, so a
 * thousand of them cost little; what is kept for the next use is bounded.
 */

import { ByteWriter } from "../core/bytes.ts";

/** The largest buffer that is kept for another use, in bytes. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** How many buffers of each kind are kept. */
const KEPT_COUNT = 8;

/** Lends receive buffers and response writers to the connections of one server. */
export class BufferPool {
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [];
  readonly #writers: ByteWriter[] = [];

  /** A buffer of at least `size` bytes, its content unspecified. */
  acquireBuffer(size: number): Uint8Array<ArrayBuffer> {
    const index = this.#buffers.findIndex((buffer) => buffer.length >= size);
    if (index >= 0) return this.#buffers.splice(index, 1)[0]!;
    return new Uint8Array(Math.max(size, 2 ** Math.ceil(Math.log2(size))));
  }

  releaseBuffer(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length > KEPT_BYTES) return;
    if (this.#buffers.length >= KEPT_COUNT) this.#buffers.shift();
    this.#buffers.push(buffer);
  }

  acquireWriter(): ByteWriter {
    return this.#writers.pop() ?? new ByteWriter(4096);
  }

  releaseWriter(writer: ByteWriter): void {
    if (writer.capacity > KEPT_BYTES || this.#writers.length >= KEPT_COUNT) return;
    writer.reset();
    this.#writers.push(writer);
  }
}
