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

/** A batch that does not fit the window: the whole of it, or its header when it is huge. */
interface LargeBatch {
  readonly bytes: Uint8Array;
  readonly position: number;
  readonly fault: BatchFault | null;
  readonly isWhole: boolean;
}

export class SegmentReader {
  /** The current batch; valid until the next call. */
  readonly batch = new BatchView(new Uint8Array(0));
  /** Where the current batch begins in the file. */
  position = 0;
  /** False when the current batch is too large to hold, and {@link batch} has its header only. */
  isWhole = true;

  readonly #file: DiskFile;
  readonly #to: number;
  readonly #onDamage: (damage: Damage) => void;
  /** The first half has room for the piece of a batch that the chunk before ended with. */
  #window = new Uint8Array(2 * CHUNK_BYTES);
  #spare = new Uint8Array(2 * CHUNK_BYTES);
  /** The bytes of the window that are still to be taken. */
  #from = CHUNK_BYTES;
  #until = CHUNK_BYTES;
  /** The position in the file of the window's end. */
  #fileAt = 0;
  /** A chunk on its way into the second half of the spare window. */
  #ahead: Promise<number> | null = null;
  #large: LargeBatch | null = null;
  /** Where large batches are held, one after the other. */
  #held = new Uint8Array(0);
  #stopped = false;

  constructor(file: DiskFile, options: SegmentReaderOptions) {
    this.#file = file;
    this.#to = options.to ?? file.size;
    this.#onDamage = options.onDamage;
  }

  /** How much of the file has been read. */
  get readBytes(): number {
    return this.#fileAt;
  }

  /** Moves to the next sound batch that was read already; false when more has to be read, or nothing is left. */
  take(): boolean {
    if (this.#large !== null && this.#takeLarge(this.#large)) return true;
    while (!this.#stopped && this.#until - this.#from >= BATCH_HEADER_BYTES) {
      const at = this.#from;
      const position = this.#fileAt - (this.#until - at);
      const frame = checkFrame(this.#window, at, at + this.#to - position);
      if (frame !== null) return this.#stop(position, frame);
      const size = batchBytes(this.#window, at);
      if (size > this.#until - at) return false;
      this.#from = at + size;
      const fault = verifyBatch(this.#window, at, { end: at + size });
      if (fault === null) return this.#accept(this.#window, at, position);
      this.#onDamage({ position, what: describe(fault, this.#window, at) });
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
    return size > CHUNK_BYTES ? await this.#loadLarge(position, size) : await this.#slide(held, position);
  }

  #accept(bytes: Uint8Array, at: number, position: number, isWhole = true): true {
    this.batch.bytes = bytes;
    this.batch.at = at;
    this.position = position;
    this.isWhole = isWhole;
    return true;
  }

  #stop(position: number, fault: BatchFault | null): false {
    this.#stopped = true;
    if (fault === null) return false;
    const rest = this.#to - position;
    this.#onDamage({ position, what: `${fault}; the last ${rest} bytes are not batches` });
    return false;
  }

  /** Brings the next chunk behind what is held. */
  async #slide(held: number, position: number): Promise<boolean> {
    const read = await (this.#ahead ?? this.#readChunk(this.#fileAt));
    this.#ahead = null;
    if (read === 0) return this.#stop(position, "truncated");
    this.#spare.set(this.#window.subarray(this.#from, this.#until), CHUNK_BYTES - held);
    [this.#window, this.#spare] = [this.#spare, this.#window];
    this.#from = CHUNK_BYTES - held;
    this.#until = CHUNK_BYTES + read;
    this.#fileAt += read;
    if (this.#fileAt < this.#to) this.#ahead = this.#readChunk(this.#fileAt);
    return true;
  }

  #readChunk(position: number): Promise<number> {
    const length = Math.min(CHUNK_BYTES, this.#to - position);
    if (length <= 0) return Promise.resolve(0);
    return this.#file.read(this.#spare.subarray(CHUNK_BYTES, CHUNK_BYTES + length), position);
  }

  async #loadLarge(position: number, size: number): Promise<boolean> {
    await this.#ahead;
    this.#ahead = null;
    const isWhole = size <= MAX_HELD_BYTES;
    const length = isWhole ? size : BATCH_HEADER_BYTES;
    if (this.#held.length < length) this.#held = new Uint8Array(length);
    const bytes = this.#held.subarray(0, length);
    if (await this.#file.read(bytes, position) < bytes.length) return this.#stop(position, "truncated");
    const fault = isWhole ? verifyBatch(bytes, 0) : await this.#checkInPieces(bytes, position, size);
    this.#large = { bytes, position, fault, isWhole };
    this.#from = this.#until = CHUNK_BYTES;
    this.#fileAt = position + size;
    return true;
  }

  async #checkInPieces(header: Uint8Array, position: number, size: number): Promise<BatchFault | null> {
    let crc = crc32c(header, ATTRIBUTES_AT);
    for (let at = position + BATCH_HEADER_BYTES; at < position + size;) {
      const part = this.#spare.subarray(0, Math.min(CHUNK_BYTES, position + size - at));
      const read = await this.#file.read(part, at);
      if (read === 0) return "truncated";
      crc = extendCrc32c(crc, part, 0, read);
      at += read;
    }
    const matches = crc === new BatchView(header).crc;
    return matches ? verifyBatch(header, 0, { end: size, checkCrc: false }) : "crc mismatch";
  }

  #takeLarge({ bytes, position, fault, isWhole }: LargeBatch): boolean {
    this.#large = null;
    if (fault === null) return this.#accept(bytes, 0, position, isWhole);
    this.#onDamage({ position, what: describe(fault, bytes, 0) });
    return false;
  }
}

/** What is wrong with a batch whose header can be read; that of a damaged one is a hint, no more. */
function describe(fault: BatchFault, bytes: Uint8Array, at: number): string {
  const batch = new BatchView(bytes, at);
  const { baseOffset, lastOffset, sizeBytes } = batch;
  const stored = batch.crc.toString(16).padStart(8, "0");
  const detail = fault !== "crc mismatch" ? "" : ` (stored ${stored})`;
  return `${fault}${detail} in a batch of ${sizeBytes} bytes that says it has offsets ${baseOffset} to ${lastOffset}`;
}
