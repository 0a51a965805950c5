/** What a log answers to a read. */

import { assert } from "../core/assert.ts";
import type { BytesSource } from "../core/bytes.ts";
import type { HeldMemory } from "../platform/held_bytes.ts";
import { BatchCursor } from "../records/batch.ts";

export interface ReadOptions {
  /** Read only below this offset: the high watermark, the last stable offset or the log end offset. */
  readonly upTo: number;
  /** Return the first batch even when it alone is larger than `maxBytes` (KIP-74). */
  readonly minOneBatch: boolean;
  /**
   * Pass over batches without records, which compaction leaves, where a batch with records follows: consumers have no
   * use for them, some go on by one offset at a time, and some fall over an answer that holds nothing else. Replicas
   * want them. False unless told.
   */
  readonly skipEmptyBatches?: boolean;
  /**
   * Read only batches whose leader epochs are as this log knows them: whoever copies them learns epochs from them, and
   * no checksum covers those. False unless told.
   */
  readonly checkEpochs?: boolean;
}

/** Whole batches as they are to be sent. */
export interface RecordsSource extends BytesSource {
  /** The offset behind the last batch; -1 when there is none. */
  readonly endOffset: number;
}

/** Whole batches, the first of which holds the offset asked for; none when there is nothing to read yet. */
export interface ReadRecords {
  readonly kind: "records";
  /** Valid until it is written; write it once and soon. */
  readonly records: RecordsSource;
}

/** The bytes are not in memory. */
export interface ColdRead {
  readonly kind: "cold";
  /** Reads them without stalling the loop. */
  load(): Promise<ReadRecords | ReadRefused>;
}

export interface ReadRefused {
  readonly kind:
    /** OFFSET_OUT_OF_RANGE: below the log start offset or beyond the log end offset. */
    | "offset-out-of-range"
    /** CORRUPT_MESSAGE: what lies there is not a batch. */
    | "corrupt-message"
    /** KAFKA_STORAGE_ERROR: the log is offline or closed. */
    | "storage-error";
}

export type LogRead = ReadRecords | ColdRead | ReadRefused;

/** From how many bytes on borrowed ones are written from where they are. */
const HELD_FROM_BYTES = 64 * 1024;

/** Batches in memory as a source. */
export class LoadedBytes implements RecordsSource {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get byteLength(): number {
    return this.bytes.length;
  }

  get endOffset(): number {
    const cursor = new BatchCursor(this.bytes);
    let end = -1;
    while (cursor.next()) end = cursor.nextOffset;
    return end;
  }

  writeTo(target: Uint8Array): void {
    target.set(this.bytes);
  }
}

/** Batches in a buffer that goes back to where it came from when they are written. */
export class BorrowedBytes implements RecordsSource {
  readonly byteLength: number;
  /** Null once written. */
  #loaded: LoadedBytes | null;
  readonly #giveBack: () => void;

  constructor(bytes: Uint8Array, giveBack: () => void) {
    this.byteLength = bytes.length;
    this.#loaded = new LoadedBytes(bytes);
    this.#giveBack = giveBack;
  }

  get endOffset(): number {
    assert(this.#loaded !== null, "records are asked for before they are written");
    return this.#loaded.endOffset;
  }

  /** Copying fewer bytes costs less than a write of their own. */
  hold(): HeldMemory | null {
    assert(this.#loaded !== null, "records are written once");
    if (this.byteLength < HELD_FROM_BYTES) return null;
    const { bytes } = this.#loaded;
    this.#loaded = null;
    return { bytes, byteLength: bytes.length, release: this.#giveBack };
  }

  writeTo(target: Uint8Array): void {
    assert(this.#loaded !== null, "records are written once");
    this.#loaded.writeTo(target);
    this.#loaded = null;
    this.#giveBack();
  }
}

export const NO_RECORDS: ReadRecords = { kind: "records", records: new LoadedBytes(new Uint8Array(0)) };
export const OUT_OF_RANGE: ReadRefused = { kind: "offset-out-of-range" };
export const STORAGE_ERROR: ReadRefused = { kind: "storage-error" };

export const CORRUPT: ReadRefused = { kind: "corrupt-message" };
