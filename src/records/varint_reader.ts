/** Reads the zigzag varints of records, which are most of the work of walking over small ones. */

import { ByteReader } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";

/** A position in bytes. Nearly all varints of records take one or two bytes, for which nothing else is touched. */
export class VarintReader {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A zigzag varint of at most 32 bits. Throws {@link DecodeError}. */
  readVarint(): number {
    const { bytes, position } = this;
    // Behind the end the bytes read as undefined, which is no number below 128.
    const first = bytes[position]!;
    if (first < 128) {
      this.position = position + 1;
      return (first >>> 1) ^ -(first & 1);
    }
    const second = bytes[position + 1]!;
    if (second < 128) {
      this.position = position + 2;
      const raw = (first & 127) | (second << 7);
      return (raw >>> 1) ^ -(raw & 1);
    }
    return this.#readLong("readVarint");
  }

  /** A zigzag varint of at most 64 bits, refused outside 2^53-1. Throws {@link DecodeError}. */
  readVarlong(): number {
    const first = this.bytes[this.position]!;
    if (first < 128) {
      this.position++;
      return (first >>> 1) ^ -(first & 1);
    }
    return this.#readLong("readVarlong");
  }

  /** Moves past `length` bytes, which must not end behind `end`, and returns where they began. */
  skip(length: number, end: number): number {
    const at = this.position;
    if (length < 0 || length > end - at) {
      throw new DecodeError(`read ${length} bytes at ${at}: only ${end - at} remain`);
    }
    this.position = at + length;
    return at;
  }

  #readLong(kind: "readVarint" | "readVarlong"): number {
    const reader = new ByteReader(this.bytes, this.position);
    const value = reader[kind]();
    this.position = reader.position;
    return value;
  }
}
