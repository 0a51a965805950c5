/**
 * Buffers for reads of files, used again: a new one for each read would have to be cleared and mapped, which costs
 * more than the read of bytes that the system has in its cache.
 */

/** Sizes are multiples of this, so that a buffer fits the next read too. */
const STEP_BYTES = 64 * 1024;
/** The largest buffer that is kept. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** How many are kept. */
const KEPT_COUNT = 4;

/** Lends buffers. What is not given back is the garbage collector's. */
export class ReadBuffers {
  readonly #free: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBuffer>();

  /** `length` bytes of unspecified content. */
  acquire(length: number): Uint8Array<ArrayBuffer> {
    const index = this.#free.findIndex((buffer) => buffer.byteLength >= length);
    const buffer = index >= 0
      ? this.#free.splice(index, 1)[0]!
      : new ArrayBuffer(Math.ceil(length / STEP_BYTES) * STEP_BYTES);
    this.#lent.add(buffer);
    return new Uint8Array(buffer, 0, length);
  }

  /** Takes back the buffer that `bytes` are part of. What was not lent, or was given back before, stays as it is. */
  release(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return;
    if (buffer.byteLength <= KEPT_BYTES && this.#free.length < KEPT_COUNT) this.#free.push(buffer);
  }
}
