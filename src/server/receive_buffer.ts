/**
 * The bytes a connection has received and not yet handled, and the frames in them. A frame is an int32 length and
 * that many bytes. The buffer is reused for every read; it grows for a large frame as its bytes arrive, so that a
 * length alone never makes the server allocate much, and shrinks back when the frame is done.
 *
 * Bytes that come in a buffer of their own ({@link ReceiveBuffer.accept}) are used where they are, as long as no frame
 * began before them; only the two parts of a frame that lies across two of them are copied together.
 */

import { DecodeError } from "../core/errors.ts";
import type { BufferPool } from "./buffer_pool.ts";

/** What a new connection starts with. */
const INITIAL_BYTES = 4096;
/** What a connection keeps between frames. */
const STEADY_BYTES = 64 * 1024;
/** What a connection borrows while its client sends faster than that is emptied: fewer, larger reads. */
const BUSY_BYTES = 512 * 1024;
/** Frames up to this size get their whole buffer at once; larger ones by and by. */
const TRUSTED_BYTES = 1024 * 1024 + 64 * 1024;
const NOTHING = new Uint8Array(0);
/** API key, version and correlation id: nothing shorter can be a request. */
const MIN_FRAME_BYTES = 8;

export class ReceiveBuffer {
  /** The bytes that frames are views of. */
  bytes: Uint8Array<ArrayBuffer> = NOTHING;
  /** The buffer that is used again and again, while {@link bytes} are somebody's chunk; null while they are it. */
  #own: Uint8Array<ArrayBuffer> | null = null;
  readonly #pool: BufferPool;
  readonly #maxFrameBytes: number;
  #from = 0;
  #to = 0;
  /** How many bytes the last read gave, and whether it left no room. */
  #lastRead = 0;
  #lastReadFilled = false;

  constructor(pool: BufferPool, maxFrameBytes: number) {
    this.#pool = pool;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Where the next read may put bytes; never empty. */
  space(): Uint8Array<ArrayBuffer> {
    this.leaveChunk();
    this.#makeRoom();
    return this.bytes.subarray(this.#to);
  }

  /**
   * Takes bytes from the front of a chunk that nobody else uses any more, and returns how many: all of them, or what
   * was missing of a frame that is here in part. Call it again with the rest once {@link nextFrame} has no more.
   */
  accept(chunk: Uint8Array<ArrayBuffer>): number {
    const held = this.#to - this.#from;
    if (held === 0) {
      this.#own ??= this.#spare();
      this.bytes = chunk;
      this.#from = 0;
      this.#to = chunk.length;
      return chunk.length;
    }
    const missing = held < 4 ? 4 - held : 4 + this.frameLength - held;
    const space = this.space();
    const count = Math.min(missing, chunk.length, space.length);
    space.set(count === chunk.length ? chunk : chunk.subarray(0, count));
    this.#to += count;
    return count;
  }

  /** Keeps what is left of a chunk, the front of a frame, in the buffer of its own: chunks are large. */
  leaveChunk(): void {
    if (this.#own === null) return;
    const rest = this.bytes.subarray(this.#from, this.#to);
    const wanted = rest.length === 0
      ? 0
      : this.#wantedBytes(rest.length, Math.max(this.#own.length, INITIAL_BYTES));
    this.bytes = this.#own;
    this.#own = null;
    this.#from = this.#to = 0;
    if (wanted > this.bytes.length) this.#resize(wanted);
    this.bytes.set(rest);
    this.#to = rest.length;
  }

  /** The empty buffer of its own, without what a large frame had needed. */
  #spare(): Uint8Array<ArrayBuffer> {
    if (this.bytes.length <= STEADY_BYTES) return this.bytes;
    this.#pool.releaseBuffer(this.bytes);
    return NOTHING;
  }

  /** Takes note of `count` bytes that were read into {@link space}. */
  filled(count: number): void {
    this.#to += count;
    this.#lastRead = count;
    this.#lastReadFilled = this.#to === this.bytes.length;
  }

  /**
   * The start of the next whole frame's content in {@link bytes}, or -1 when there is none yet; its length is in
   * {@link frameLength}. Throws `DecodeError` for a length that cannot be right.
   */
  nextFrame(): number {
    if (this.#to - this.#from < 4) return -1;
    const length = this.frameLength;
    if (length < MIN_FRAME_BYTES || length > this.#maxFrameBytes) {
      throw new DecodeError(
        `read frame: length ${length} is not within ${MIN_FRAME_BYTES} to ${this.#maxFrameBytes} bytes`,
      );
    }
    return this.#to - this.#from < 4 + length ? -1 : this.#from + 4;
  }

  /** The length of the frame at the front; meaningful when at least four bytes are there. */
  get frameLength(): number {
    const { bytes } = this;
    const at = this.#from;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  /** What has not come yet of the frame at the front; 0 while its length is not known. */
  get missingBytes(): number {
    const held = this.#to - this.#from;
    return held < 4 ? 0 : Math.max(0, 4 + this.frameLength - held);
  }

  /** Drops the frame at the front. */
  dropFrame(): void {
    this.#from += 4 + this.frameLength;
    if (this.#from === this.#to) this.#from = this.#to = 0;
  }

  /** Gives a borrowed buffer back. The connection is over. */
  release(): void {
    const own = this.#own ?? this.bytes;
    if (own.length > STEADY_BYTES) this.#pool.releaseBuffer(own);
    this.bytes = NOTHING;
    this.#own = null;
  }

  #makeRoom(): void {
    const capacity = this.bytes.length;
    const wanted = Math.max(INITIAL_BYTES, this.#wantedBytes(this.#to - this.#from, capacity));
    this.#lastReadFilled = false;
    if (wanted !== capacity) this.#resize(wanted);
    else if (this.#from > 0 && this.#to > capacity / 2) this.#compact(this.bytes);
    if (this.#to === this.bytes.length) this.#compact(this.bytes);
    if (this.#to === this.bytes.length) this.#resize(this.bytes.length * 2);
  }

  /** How large the buffer should be for the next read, with `held` bytes in it. */
  #wantedBytes(held: number, capacity: number): number {
    const frameBytes = held >= 4 ? 4 + this.frameLength : 0;
    if (frameBytes > capacity) {
      return frameBytes <= TRUSTED_BYTES
        ? frameBytes
        : Math.min(frameBytes, Math.max(TRUSTED_BYTES, held * 4));
    }
    if (this.#lastReadFilled && capacity < BUSY_BYTES) {
      return capacity < STEADY_BYTES ? Math.min(capacity * 4, STEADY_BYTES) : BUSY_BYTES;
    }
    const isCalm = this.#lastRead < STEADY_BYTES && held < STEADY_BYTES && frameBytes <= STEADY_BYTES;
    return capacity > STEADY_BYTES && isCalm ? STEADY_BYTES : capacity;
  }

  #compact(target: Uint8Array<ArrayBuffer>): void {
    if (target === this.bytes) target.copyWithin(0, this.#from, this.#to);
    else target.set(this.bytes.subarray(this.#from, this.#to));
    this.#to -= this.#from;
    this.#from = 0;
  }

  #resize(size: number): void {
    const next = size > STEADY_BYTES ? this.#pool.acquireBuffer(size) : new Uint8Array(size);
    this.#compact(next);
    if (this.bytes.length > STEADY_BYTES) this.#pool.releaseBuffer(this.bytes);
    this.bytes = next;
  }
}
