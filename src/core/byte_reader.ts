/**
 * Big-endian reading of Kafka's primitive types. Every length read from outside is checked against the bytes that
 * remain before anything is allocated. int64 values are numbers, refused outside 2^53-1.
 */

import { DecodeError } from "./errors.ts";
import type { Uuid } from "./ids.ts";
import { decodeUtf8 } from "./utf8.ts";
import { uuidFromBytes } from "./uuid.ts";

const TWO_POW_32 = 4294967296;

/** How many array elements one message may hold in all, whatever the lengths in it say. */
export const MAX_ARRAY_ELEMENTS = 1_000_000;

/** Reads Kafka's primitives from a range of bytes. Throws {@link DecodeError}, never anything else. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;
  #view: DataView;
  #elementsLeft = MAX_ARRAY_ELEMENTS;

  constructor(bytes: Uint8Array, from = 0, to: number = bytes.length) {
    this.bytes = bytes;
    this.position = from;
    this.end = to;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.position;
  }

  /** Moves past `length` bytes and returns where they began. */
  take(length: number): number {
    const at = this.position;
    if (length < 0 || length > this.end - at) {
      throw new DecodeError(`read ${length} bytes at ${at}: only ${this.end - at} remain`);
    }
    this.position = at + length;
    return at;
  }

  readInt8(): number {
    return this.#view.getInt8(this.take(1));
  }

  readUint8(): number {
    return this.#view.getUint8(this.take(1));
  }

  readBool(): boolean {
    return this.#view.getInt8(this.take(1)) !== 0;
  }

  readInt16(): number {
    return this.#view.getInt16(this.take(2));
  }

  readUint16(): number {
    return this.#view.getUint16(this.take(2));
  }

  readInt32(): number {
    return this.#view.getInt32(this.take(4));
  }

  readUint32(): number {
    return this.#view.getUint32(this.take(4));
  }

  /** An int64 that fits 2^53-1; a larger one is a {@link DecodeError}. */
  readInt64(): number {
    const at = this.take(8);
    const value = this.#view.getInt32(at) * TWO_POW_32 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new DecodeError(`read int64 at ${at}: beyond 2^53-1`);
    return value;
  }

  readBigInt64(): bigint {
    return this.#view.getBigInt64(this.take(8));
  }

  readFloat64(): number {
    return this.#view.getFloat64(this.take(8));
  }

  readUuid(): Uuid {
    return uuidFromBytes(this.bytes, this.take(16));
  }

  /** An unsigned varint of at most 5 bytes (32 bits). */
  readUvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.readUint8();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new DecodeError(`read unsigned varint ending at ${this.position}: more than 32 bits`);
  }

  /** A zigzag varint of at most 32 bits. */
  readVarint(): number {
    const raw = this.readUvarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** A zigzag varint of at most 64 bits, refused outside 2^53-1. */
  readVarlong(): number {
    const from = this.position;
    let value = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = this.readUint8();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    this.position = from;
    return this.#readWideVarlong();
  }

  #readWideVarlong(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.readUint8();
      value |= BigInt(byte & 127) << shift;
      if (byte >= 128) continue;
      const decoded = Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
      if (!Number.isSafeInteger(decoded)) break;
      return decoded;
    }
    throw new DecodeError(`read varlong ending at ${this.position}: beyond 2^53-1`);
  }

  /** A view (no copy) of the next `length` bytes. */
  readView(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  readUtf8(length: number): string {
    const at = this.take(length);
    return decodeUtf8(this.bytes, at, at + length);
  }

  /** A string with an int16 length; null for -1. */
  readNullableString(): string | null {
    const length = this.readInt16();
    return length === -1 ? null : this.readUtf8(length);
  }

  readString(): string {
    return this.readUtf8(this.readInt16());
  }

  /** A string with an unsigned varint of length + 1 (KIP-482); null for 0. */
  readCompactNullableString(): string | null {
    const length = this.readUvarint();
    return length === 0 ? null : this.readUtf8(length - 1);
  }

  readCompactString(): string {
    return this.readUtf8(this.readUvarint() - 1);
  }

  readNullableBytes(): Uint8Array | null {
    const length = this.readInt32();
    return length === -1 ? null : this.readView(length);
  }

  readBytes(): Uint8Array {
    return this.readView(this.readInt32());
  }

  readCompactNullableBytes(): Uint8Array | null {
    const length = this.readUvarint();
    return length === 0 ? null : this.readView(length - 1);
  }

  readCompactBytes(): Uint8Array {
    return this.readView(this.readUvarint() - 1);
  }

  /**
   * The length of an array whose elements take at least `minElementBytes` each; -1 for a null array.
   * Both the bytes that remain and the message's budget of elements bound it.
   */
  readArrayLength(minElementBytes: number): number {
    return this.#checkedArrayLength(this.readInt32(), minElementBytes);
  }

  readCompactArrayLength(minElementBytes: number): number {
    return this.#checkedArrayLength(this.readUvarint() - 1, minElementBytes);
  }

  #checkedArrayLength(length: number, minElementBytes: number): number {
    if (length < -1 || length * minElementBytes > this.remaining) {
      throw new DecodeError(
        `read array at ${this.position}: ${length} elements do not fit ${this.remaining} bytes`,
      );
    }
    if (length > this.#elementsLeft) {
      throw new DecodeError(
        `read array at ${this.position}: a message holds at most ${MAX_ARRAY_ELEMENTS} elements`,
      );
    }
    if (length > 0) this.#elementsLeft -= length;
    return length;
  }

  /** Checks that a tagged field was read to its end, or skips one that nobody here knows. */
  endTagged(tag: number, after: number): void {
    if (this.position > after) {
      throw new DecodeError(`read tag ${tag} ending at ${after}: its content is longer`);
    }
    this.position = after;
  }

  /** Skips a section of tagged fields (KIP-482) that nobody here knows. */
  skipTaggedFields(): void {
    for (let left = this.readUvarint(); left > 0; left--) {
      this.readUvarint();
      this.take(this.readUvarint());
    }
  }
}
