/**
 * Walks over the batches of a segment file in bounded memory. Whatever the bytes are, it ends at the last batch
 * that is sound and says what stopped it; it fails only when the disk does.
 */

import type { DiskFile } from "../platform/disk.ts";
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  batchBytes,
  type BatchFault,
  BatchView,
  verifyBatch,
} from "../records/batch.ts";
import { crc32c, extendCrc32c } from "../records/crc32c.ts";

/** How much of a file is held at a time. A batch that is larger is checked piece by piece. */
const WINDOW_BYTES = 1024 * 1024;

export interface ScanOptions {
  /** Where a batch begins. */
  readonly from: number;
  /** Where the bytes end that may be read. */
  readonly to: number;
  /** Verify checksums. */
  readonly checkCrc: boolean;
  /**
   * Called for every sound batch with its position in the file; false ends the scan. The view is valid during the
   * call, and of a batch larger than 1 MiB it holds the header only (`wholeBatch` false).
   */
  readonly onBatch: (batch: BatchView, position: number, wholeBatch: boolean) => boolean | void;
}

export interface ScanResult {
  /** Where the last sound batch ends that was accepted. */
  readonly end: number;
  /** Why the batch there is not sound; null when the scan reached `to` or was ended. */
  readonly fault: BatchFault | null;
}

/** One scan: a window of the file that moves forward. */
class Scan {
  readonly #file: DiskFile;
  readonly #options: ScanOptions;
  readonly #view: BatchView;
  #window: Uint8Array<ArrayBuffer>;
  /** The position in the file of the window's first byte. */
  #windowAt: number;
  #windowLength = 0;

  constructor(file: DiskFile, options: ScanOptions) {
    this.#file = file;
    this.#options = options;
    this.#windowAt = options.from;
    this.#window = new Uint8Array(
      Math.max(BATCH_HEADER_BYTES, Math.min(WINDOW_BYTES, options.to - options.from)),
    );
    this.#view = new BatchView(this.#window);
  }

  async run(): Promise<ScanResult> {
    const { to, onBatch } = this.#options;
    let position = this.#options.from;
    while (position < to) {
      const buffered = this.#windowAt + this.#windowLength - position;
      if (buffered < BATCH_HEADER_BYTES && !await this.#moveTo(position)) {
        return { end: position, fault: "truncated" };
      }
      const at = position - this.#windowAt;
      const remaining = to - position;
      const frame = verifyBatch(this.#window, at, { end: at + remaining, checkCrc: false });
      if (frame !== null) return { end: position, fault: frame };
      const size = batchBytes(this.#window, at);
      const inWindow = size <= this.#windowLength - at;
      if (!inWindow && at > 0 && size <= this.#window.length) {
        if (!await this.#moveTo(position, size)) return { end: position, fault: "truncated" };
        continue;
      }
      const fault = inWindow ? this.#checkHere(at, size) : await this.#checkLarge(position, size);
      if (fault !== null) return { end: position, fault };
      this.#view.at = position - this.#windowAt;
      if (onBatch(this.#view, position, inWindow) === false) return { end: position, fault: null };
      position += size;
    }
    return { end: position, fault: null };
  }

  /** Fills the window from `position` on; false when fewer than `needed` bytes are there. */
  async #moveTo(position: number, needed = BATCH_HEADER_BYTES): Promise<boolean> {
    const want = Math.min(this.#window.length, this.#options.to - position);
    this.#windowAt = position;
    this.#windowLength = await this.#file.read(this.#window.subarray(0, want), position);
    return this.#windowLength >= needed;
  }

  #checkHere(at: number, size: number): BatchFault | null {
    if (!this.#options.checkCrc) return null;
    return crc32c(this.#window, at + ATTRIBUTES_AT, at + size) === this.#crcAt(at) ? null : "crc mismatch";
  }

  #crcAt(at: number): number {
    this.#view.at = at;
    return this.#view.crc;
  }

  /** Checks a batch that is larger than the window, and leaves its header at the window's start. */
  async #checkLarge(position: number, size: number): Promise<BatchFault | null> {
    if (!await this.#moveTo(position)) return "truncated";
    if (!this.#options.checkCrc) return null;
    const header = this.#window.slice(0, BATCH_HEADER_BYTES);
    let crc = crc32c(this.#window, ATTRIBUTES_AT, this.#windowLength);
    let at = position + this.#windowLength;
    while (at < position + size) {
      const part = this.#window.subarray(0, Math.min(this.#window.length, position + size - at));
      const length = await this.#file.read(part, at);
      if (length === 0) return "truncated";
      crc = extendCrc32c(crc, part, 0, length);
      at += length;
    }
    this.#window.set(header);
    this.#windowAt = position;
    this.#windowLength = BATCH_HEADER_BYTES;
    return crc === this.#crcAt(0) ? null : "crc mismatch";
  }
}

/** Scans a range of a segment file. Throws DiskError when it cannot be read. */
export function scanSegment(file: DiskFile, options: ScanOptions): Promise<ScanResult> {
  return new Scan(file, options).run();
}
