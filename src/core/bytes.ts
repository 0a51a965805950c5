/**
 * Big-endian reading and writing of Kafka's primitive types. Every length read from outside is checked against the
 * bytes that remain before anything is allocated. int64 values are numbers, refused outside 2^53-1.
 */

import { assert } from "./assert.ts";
import { DecodeError } from "./errors.ts";
import type { Uuid } from "./ids.ts";
import { uuidFromBytes, writeUuid } from "./uuid.ts";

/** Keeps a leading U+FEFF, which is part of the text and not a mark of its encoding. */
const utf8Decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const utf8Encoder = new TextEncoder();
const TWO_POW_32 = 4294967296;

/** How many array elements one message may hold in all, whatever the lengths in it say. */
export const MAX_ARRAY_ELEMENTS = 1_000_000;

/** Decodes UTF-8; malformed sequences become U+FFFD, as Java does it. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string {
  if (to - from <= 32) {
    let text = "";
    for (let index = from; index < to; index++) {
      const byte = bytes[index]!;
      if (byte > 127) return utf8Decoder.decode(bytes.subarray(from, to));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return utf8Decoder.decode(bytes.subarray(from, to));
}

/** The UTF-8 bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

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

/** Bytes that can be produced straight into their place: a file range that is read into the response buffer. */
export interface BytesSource {
  readonly byteLength: number;
  /** Fills exactly `byteLength` bytes of `target` from its start. */
  writeTo(target: Uint8Array): void;
}

/** Writes Kafka's primitives into a buffer that grows. Reusable: {@link reset} keeps the buffer. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  position = 0;

  constructor(initialCapacity = 256) {
    this.#bytes = new Uint8Array(initialCapacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What has been written so far, as a view that the next write or reset may change. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.position);
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  /** A copy of what has been written so far. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.position);
  }

  reset(): void {
    this.position = 0;
  }

  /** Makes room for `length` more bytes. */
  ensure(length: number): void {
    const needed = this.position + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.position));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /**
   * Takes the next `length` bytes and returns where they begin. Growing replaces the buffer and its view, so use
   * neither of them in the same expression before this has returned.
   */
  #reserve(length: number): number {
    if (this.position + length > this.#bytes.length) this.ensure(length);
    const at = this.position;
    this.position = at + length;
    return at;
  }

  writeInt8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setInt8(at, value);
  }

  writeUint8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  writeBool(value: boolean): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value ? 1 : 0);
  }

  writeInt16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
  }

  writeUint16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  writeInt32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  /** Overwrites four bytes written earlier, for lengths known only afterwards. */
  setInt32(at: number, value: number): void {
    this.#view.setInt32(at, value);
  }

  writeUint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  writeInt64(value: number): void {
    assert(Number.isSafeInteger(value), `an int64 to write must be a safe integer, got ${value}`);
    const at = this.#reserve(8);
    this.#view.setInt32(at, Math.floor(value / TWO_POW_32));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  writeBigInt64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value);
  }

  writeFloat64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
  }

  writeUuid(value: string): void {
    const at = this.#reserve(16);
    writeUuid(value, this.#bytes, at);
  }

  writeUvarint(value: number): void {
    let rest = value;
    this.ensure(5);
    while (rest > 127) {
      this.#bytes[this.position++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.position++] = rest;
  }

  writeVarint(value: number): void {
    this.writeUvarint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  writeVarlong(value: number): void {
    if (value >= -0x40000000 && value < 0x40000000) return this.writeVarint(value);
    let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    while (rest > 127n) {
      this.writeUint8(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.writeUint8(Number(rest));
  }

  /** Appends `bytes` as they are. */
  writeRaw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Appends bytes as they are, or lets a source fill its place. */
  writeRawOrSource(value: Uint8Array | BytesSource): void {
    if (value instanceof Uint8Array) return this.writeRaw(value);
    const at = this.#reserve(value.byteLength);
    value.writeTo(this.#bytes.subarray(at, at + value.byteLength));
  }

  /** A place of `length` bytes to fill now; valid until the next write. */
  claim(length: number): Uint8Array {
    const at = this.#reserve(length);
    return this.#bytes.subarray(at, at + length);
  }

  writeString(text: string): void {
    const at = this.#reserve(2);
    const length = this.#writeUtf8(text);
    assert(length <= 32767, `a string must fit 32767 bytes, got ${length}`);
    this.#view.setInt16(at, length);
  }

  writeNullableString(text: string | null): void {
    if (text === null) this.writeInt16(-1);
    else this.writeString(text);
  }

  writeCompactString(text: string): void {
    if (text.length <= 42) {
      // At most 126 bytes of UTF-8, so the length takes one byte.
      const at = this.#reserve(1);
      const length = this.#writeUtf8(text); // may replace #bytes, so nothing may look at it before
      this.#bytes[at] = length + 1;
      return;
    }
    const bytes = encodeUtf8(text);
    this.writeUvarint(bytes.length + 1);
    this.writeRaw(bytes);
  }

  writeCompactNullableString(text: string | null): void {
    if (text === null) this.writeUvarint(0);
    else this.writeCompactString(text);
  }

  #writeUtf8(text: string): number {
    this.ensure(text.length * 3);
    const at = this.position;
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) {
        const { written } = utf8Encoder.encodeInto(text, bytes.subarray(at));
        this.position = at + written;
        return written;
      }
      bytes[at + index] = code;
    }
    this.position = at + text.length;
    return text.length;
  }

  writeBytes(value: Uint8Array | BytesSource): void {
    this.writeInt32(value.byteLength);
    this.writeRawOrSource(value);
  }

  writeNullableBytes(value: Uint8Array | BytesSource | null): void {
    if (value === null) this.writeInt32(-1);
    else this.writeBytes(value);
  }

  writeCompactBytes(value: Uint8Array | BytesSource): void {
    this.writeUvarint(value.byteLength + 1);
    this.writeRawOrSource(value);
  }

  writeCompactNullableBytes(value: Uint8Array | BytesSource | null): void {
    if (value === null) this.writeUvarint(0);
    else this.writeCompactBytes(value);
  }

  /** Begins a part preceded by its size as an unsigned varint; give the result to {@link endSized}. */
  beginSized(): number {
    return this.#reserve(1);
  }

  /** Ends the part that began at `at`: puts its size in front, moving it when one byte is not enough. */
  endSized(at: number): void {
    const size = this.position - at - 1;
    if (size < 128) {
      this.#bytes[at] = size;
      return;
    }
    const extra = size < 1 << 14 ? 1 : size < 1 << 21 ? 2 : size < 1 << 28 ? 3 : 4;
    this.ensure(extra);
    this.#bytes.copyWithin(at + 1 + extra, at + 1, this.position);
    this.position = at;
    this.writeUvarint(size);
    this.position = at + 1 + extra + size;
  }
}
