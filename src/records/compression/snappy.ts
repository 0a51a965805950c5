/**
 * Snappy as it is found in record batches: raw (librdkafka, franz-go), or in the stream format of the xerial Java
 * library (Java clients): a header, then chunks of an int32 length and raw snappy. Raw snappy is the output's length
 * as a varint, then elements.
 */

import { bomb, corrupt } from "./errors.ts";
import { snappyCompressBlock, snappyDecompressInto } from "./lz77.ts";
import { Output } from "./output.ts";

/** 0x82 "SNAPPY" 0, then version 1 and compatible version 1, as int32. */
const HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_BYTES = 8;
/** How much Java's stream puts in a chunk. */
const CHUNK_BYTES = 32768;
/** An int32 and the varint of a length up to {@link CHUNK_BYTES}, and how much a chunk may grow at worst. */
const CHUNK_OVERHEAD_BYTES = 4 + 3 + 32 + CHUNK_BYTES / 6;
/** The densest element, a copy of 64 bytes, takes three. */
const MAX_RATIO = 22;

function beginsStream(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < HEADER.length) return false;
  for (let index = 0; index < MAGIC_BYTES; index++) if (bytes[at + index] !== HEADER[index]) return false;
  return true;
}

/** Decompresses raw snappy or a xerial stream. Throws DecompressError. */
export function snappyDecompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  if (beginsStream(bytes, 0)) return decompressStream(bytes, maxOutputBytes);
  const raw = readPreamble(bytes, 0, bytes.length, maxOutputBytes);
  const target = new Uint8Array(raw.outputBytes);
  snappyDecompressInto(bytes, raw.elementsAt, bytes.length, target);
  return target;
}

/** How many bytes the raw snappy from `from` to `to` gives; throws when it cannot or when `maxBytes` are fewer. */
function readPreamble(
  bytes: Uint8Array,
  from: number,
  to: number,
  maxBytes: number,
): { readonly outputBytes: number; readonly elementsAt: number } {
  let outputBytes = 0;
  for (let index = 0; index < 5 && from + index < to; index++) {
    const byte = bytes[from + index]!;
    outputBytes += (byte & 127) * 2 ** (7 * index);
    if (byte >= 128) continue;
    if (outputBytes > 0xffffffff) break;
    if (outputBytes > maxBytes) throw bomb("snappy", maxBytes);
    if (outputBytes > (to - from) * MAX_RATIO) {
      throw corrupt("snappy", `${outputBytes} bytes cannot come from ${to - from}`);
    }
    return { outputBytes, elementsAt: from + index + 1 };
  }
  throw corrupt("snappy", "the length in front is malformed");
}

function decompressStream(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  const output = new Output("snappy", maxOutputBytes, bytes.length * 3);
  for (let at = 0; at < bytes.length;) {
    // Streams that were joined have headers in between.
    if (beginsStream(bytes, at)) {
      at += HEADER.length;
      continue;
    }
    if (bytes.length - at < 4) throw corrupt("snappy", "a chunk length is cut off");
    const size = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    at += 4;
    if (size > bytes.length - at) throw corrupt("snappy", `a chunk of ${size} bytes is cut off`);
    const { outputBytes, elementsAt } = readPreamble(bytes, at, at + size, output.room);
    snappyDecompressInto(bytes, elementsAt, at + size, output.claim(outputBytes));
    at += size;
  }
  return output.bytes();
}

/** `bytes` as a xerial stream, the only form that every Java client reads. */
export function snappyCompress(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  const target = new Uint8Array(HEADER.length + bytes.length + Math.ceil(chunks * CHUNK_OVERHEAD_BYTES));
  target.set(HEADER);
  let out = HEADER.length;
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    const to = Math.min(bytes.length, from + CHUNK_BYTES);
    const sizeAt = out;
    out += 4;
    let rest = to - from;
    for (; rest > 127; rest >>>= 7) target[out++] = (rest & 127) | 128;
    target[out++] = rest;
    const elements = snappyCompressBlock(bytes, from, to);
    target.set(elements, out);
    out += elements.length;
    const size = out - sizeAt - 4;
    target[sizeAt] = size >>> 24;
    target[sizeAt + 1] = size >>> 16;
    target[sizeAt + 2] = size >>> 8;
    target[sizeAt + 3] = size;
  }
  return target.slice(0, out);
}
