/** A growing output that never gets larger than its caller allows. */

import { bomb } from "./errors.ts";

/** Collects decompressed bytes; throws DecompressError ("bomb") rather than allocate beyond its limit. */
export class Output {
  readonly maxBytes: number;
  /** The bytes so far are the first {@link length}. Valid until the next claim. */
  buffer: Uint8Array<ArrayBuffer>;
  length = 0;
  readonly #codec: string;

  constructor(codec: string, maxBytes: number, expectedBytes = 0) {
    this.#codec = codec;
    this.maxBytes = maxBytes;
    this.buffer = new Uint8Array(Math.min(maxBytes, expectedBytes));
  }

  /** How many bytes may still come. */
  get room(): number {
    return this.maxBytes - this.length;
  }

  /** The place of the next `length` bytes, for the caller to fill now. */
  claim(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.room) throw bomb(this.#codec, this.maxBytes);
    const end = this.length + length;
    if (end > this.buffer.length) {
      const grown = new Uint8Array(Math.min(this.maxBytes, Math.max(end, this.buffer.length * 2)));
      grown.set(this.buffer.subarray(0, this.length));
      this.buffer = grown;
    }
    const place = this.buffer.subarray(this.length, end);
    this.length = end;
    return place;
  }

  append(source: Uint8Array, from: number, to: number): void {
    this.claim(to - from).set(source.subarray(from, to));
  }

  /** The output; a copy only when much room was left over. */
  bytes(): Uint8Array<ArrayBuffer> {
    const view = this.buffer.subarray(0, this.length);
    return this.length * 2 < this.buffer.length ? view.slice() : view;
  }
}
