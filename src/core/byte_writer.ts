/** Big-endian writing of Kafka's primitive types. */

import { assert } from "./assert.ts";
import { encodeUtf8, encodeUtf8Into } from "./utf8.ts";
import { writeUuid } from "./uuid.ts";

const TWO_POW_32 = 4294967296;

/** Bytes that can be produced straight into their place: a file range that is read into the response buffer. */
export interface BytesSource {
  readonly byteLength: number;
  /** Fills exactly `byteLength` bytes of `target` from its start. */
  writeTo(target: Uint8Array): void;
  /**
   * Only for bytes that are worth not being copied: keeps them where they are until they are released, or returns
   * null where that cannot be. Whether they may stay in a file is for the caller to say.
   */
  hold?(mayBeFile: boolean): HeldBytes | null;
}

/** Bytes that stay where they are, in memory or in a file, until they are released. */
export interface HeldBytes {
  readonly byteLength: number;
  /** Called once. */
  release(): void;
}

/** Held bytes and where in what was written they belong. */
export interface HeldPart {
  readonly at: number;
  readonly bytes: HeldBytes;
}

/** Writes Kafka's primitives into a buffer that grows. Reusable: {@link reset} keeps the buffer. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  position = 0;
  /** What sources may keep instead of having it copied here: nothing unless told. */
  holding: "nothing" | "memory" | "memory and files" = "nothing";
  /** What they keep, in order; whoever writes it releases it. */
  held: HeldPart[] = [];
  #heldBytes = 0;

  constructor(initialCapacity = 256) {
    this.#bytes = new Uint8Array(initialCapacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What has been written so far, as a view that the next write or reset may change. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.position);
  }

  /** The size of what has been written, with what sources keep. */
  get length(): number {
    return this.position + this.#heldBytes;
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
    this.held = [];
    this.#heldBytes = 0;
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
    if (this.holding !== "nothing") {
      const bytes = value.hold?.(this.holding === "memory and files") ?? null;
      if (bytes !== null) return this.#keep(bytes);
    }
    const at = this.#reserve(value.byteLength);
    value.writeTo(this.#bytes.subarray(at, at + value.byteLength));
  }

  #keep(bytes: HeldBytes): void {
    this.held.push({ at: this.position, bytes });
    this.#heldBytes += bytes.byteLength;
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
        const written = encodeUtf8Into(text, bytes.subarray(at));
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
    assert((this.held.at(-1)?.at ?? 0) <= at, "what is preceded by its size is written as a whole");
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
