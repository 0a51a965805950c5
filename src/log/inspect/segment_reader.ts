/**
 * Reads all batches of a file in bounded memory and says where and why one is not sound. Unlike recovery, which cuts
 * a log at the first fault, it goes on behind a batch whose content is damaged when its end can still be told.
 *
 *     do while (reader.take()) use(reader.batch); while (await reader.more());
 */

import type { DiskFile } from "../../platform/disk.ts";
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  batchBytes,
  type BatchFault,
  BatchView,
  checkFrame,
  verifyBatch,
} from "../../records/batch.ts";
import { crc32c, extendCrc32c } from "../../records/crc32c.ts";

/** How much is read at a time; as much again is read ahead. */
const CHUNK_BYTES = 1024 * 1024;
/** Larger batches are checked piece by piece and never held whole. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;

/** Where a file is not as it should be. */
export interface Damage {
  /** In the file. */
  readonly position: number;
  readonly what: string;
}

export interface SegmentReaderOptions {
  /** Where the bytes end that are looked at; the end of the file unless told. */
  readonly to?: number;
  readonly onDamage: (damage: Damage) => void;
}

export class SegmentReader {
  /** The current batch; valid until the next call. */
  readonly batch = new BatchView(new Uint8Array(0));
  /** Where the current batch begins in the file. */
  position = 0;
  /** False when the current batch is too large to hold, and {@link batch} has its header only. */
  isWhole = true;
  /** Where the last batch ends that was read, sound or not. */
  end = 0;

  readonly #file: DiskFile;
  readonly #to: number;
  readonly #onDamage: (damage: Damage) => void;
  /** The first half has room for the part of a batch that the chunk before ended with. */
  #window = new Uint8Array(2 * CHUNK_BYTES);
  #spare = new Uint8Array(2 * CHUNK_BYTES);
  /** The bytes of the window that are still to be taken. */
  #from = CHUNK_BYTES;
  #until = CHUNK_BYTES;
  /** The position in the file of the window's end. */
  #fileAt = 0;
  /** A chunk on its way into the second half of the spare window. */
  #ahead: Promise<number> | null = null;
  #stopped = false;

  constructor(file: DiskFile, options: SegmentReaderOptions) {
    this.#file = file;
    this.#to = options.to ?? file.size;
    this.#onDamage = options.onDamage;
  }

  /** Moves to the next sound batch that was read already; false when more has to be read, or nothing is left. */
  take(): boolean {
    while (!this.#stopped && this.#until - this.#from >= BATCH_HEADER_BYTES) {
      const at = this.#from;
      const position = this.#fileAt - (this.#until - at);
      const frame = checkFrame(this.#window, at, at + this.#to - position);
      if (frame !== null) return this.#stop(position, frame);
      const size = batchBytes(this.#window, at);
      if (size > this.#until - at) return false;
      this.#from = at + size;
      const fault = verifyBatch(this.#window, at, { end: at + size });
      if (this.#accept(fault, position, size)) {
        this.batch.bytes = this.#window;
        this.batch.at = at;
        this.isWhole = true;
        return true;
      }
    }
    return false;
  }

  /** Reads on; false at the end. Throws DiskError. */
  async more(): Promise<boolean> {
    if (this.#stopped) return false;
    const held = this.#until - this.#from;
    const position = this.#fileAt - held;
    if (position >= this.#to) return this.#stop(position, null);
    const size = held < BATCH_HEADER_BYTES ? 0 : batchBytes(this.#window, this.#from);
    if (held > CHUNK_BYTES || size > CHUNK_BYTES) return await this.#takeLarge(position, size);
    return await this.#slide(held, position);
  }

  /** Brings the next chunk behind what is held. */
  async #slide(held: number, position: number): Promise<boolean> {
    const read = await (this.#ahead ?? this.#readChunk(this.#spare, this.#fileAt));
    this.#ahead = null;
    if (read === 0) return this.#stop(position, "truncated");
    this.#spare.set(this.#window.subarray(this.#from, this.#until), CHUNK_BYTES - held);
    [this.#window, this.#spare] = [this.#spare, this.#window];
    this.#from = CHUNK_BYTES - held;
    this.#until = CHUNK_BYTES + read;
    this.#fileAt += read;
    if (this.#fileAt < this.#to) this.#ahead = this.#readChunk(this.#spare, this.#fileAt);
    return true;
  }

  #readChunk(target: Uint8Array, position: number): Promise<number> {
    const length = Math.min(CHUNK_BYTES, this.#to - position);
    return this.#file.read(target.subarray(CHUNK_BYTES, CHUNK_BYTES + length), position);
  }

  /** Reads a batch that does not fit the windows. It is in the next window when this has resolved. */
  async #takeLarge(position: number, size: number): Promise<boolean> {
    await this.#ahead;
    this.#ahead = null;
    if (size <= MAX_HELD_BYTES) {
      const whole = new Uint8Array(size);
      const read = await this.#file.read(whole, position);
      if (read < size) return this.#stop(position, "truncated");
      this.#window = whole;
      this.#from = 0;
      this.#until = size;
      this.#spare = this.#spare.length === 2 * CHUNK_BYTES ? this.#spare : new Uint8Array(2 * CHUNK_BYTES);
      this.#fileAt = position + size;
      return true;
    }
    return await this.#passLarge(position, size);
  }
}
