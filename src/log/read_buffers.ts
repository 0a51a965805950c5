/**
 * Buffers for reads of files, used again: a new one for each read would have to be cleared and mapped, which costs
 * more than the read of bytes that the system has in its cache.
 */

/** Sizes are multiples of this, so that a buffer fits the next read too. */
const STEP_BYTES = 64 * 1024;
/** What is kept for the next reads, all together: a response has as many pieces as it has partitions. */
const KEPT_BYTES = 6 * 1024 * 1024;
/** How many are kept. */
const KEPT_COUNT = 64;

/** Lends buffers. What is not given back is the garbage collector's. */
export class ReadBuffers {
  readonly #free: ArrayBuffer[] = [];
  #freeBytes = 0;
  readonly #lent = new WeakSet<ArrayBuffer>();

  /** `length` bytes of unspecified content. */
  acquire(length: number): Uint8Array<ArrayBuffer> {
    const buffer = this.#take(length) ?? new ArrayBuffer(Math.ceil(length / STEP_BYTES) * STEP_BYTES);
    this.#lent.add(buffer);
    return new Uint8Array(buffer, 0, length);
  }

  /** The smallest free buffer that is large enough. */
  #take(length: number): ArrayBuffer | null {
    const free = this.#free;
    let best = -1;
    for (let index = 0; index < free.length; index++) {
      const size = free[index]!.byteLength;
      if (size >= length && (best < 0 || size < free[best]!.byteLength)) best = index;
    }
    if (best < 0) return null;
    const found = free[best]!;
    free[best] = free.at(-1)!;
    free.pop();
    this.#freeBytes -= found.byteLength;
    return found;
  }

  /** Takes back the buffer that `bytes` are part of. What was not lent, or was given back before, stays as it is. */
  release(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return;
    if (this.#freeBytes + buffer.byteLength > KEPT_BYTES || this.#free.length === KEPT_COUNT) return;
    this.#free.push(buffer);
    this.#freeBytes += buffer.byteLength;
  }
}
