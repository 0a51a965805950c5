/**
 * Snappy as it is found in record batches: raw (librdkafka, franz-go), or in the stream format of the xerial Java
 * library (Java clients): a header, then chunks of an int32 length and raw snappy.
 */

import { corrupt } from "./errors.ts";
import { Output } from "./output.ts";
import { snappyBound, snappyCompressInto, snappyDecompressInto, snappyOutputBytes } from "./snappy.ts";

/** 0x82 "SNAPPY" 0, then version 1 and compatible version 1, as int32. */
const HEADER = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_BYTES = 8;
/** How much Java's stream puts in a chunk. */
const CHUNK_BYTES = 32768;

function beginsStream(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < HEADER.length) return false;
  for (let index = 0; index < MAGIC_BYTES; index++) if (bytes[at + index] !== HEADER[index]) return false;
  return true;
}

/** Decompresses raw snappy or a xerial stream. Throws DecompressError. */
export function snappyDecompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  if (beginsStream(bytes, 0)) return decompressStream(bytes, maxOutputBytes);
  const target = new Uint8Array(snappyOutputBytes(bytes, 0, bytes.length, maxOutputBytes));
  snappyDecompressInto(bytes, 0, bytes.length, target, 0);
  return target;
}

function decompressStream(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  const output = new Output("snappy", maxOutputBytes, bytes.length * 2);
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
    const length = snappyOutputBytes(bytes, at, at + size, output.room);
    output.reserve(length);
    snappyDecompressInto(bytes, at, at + size, output.buffer, output.length);
    output.length += length;
    at += size;
  }
  return output.bytes();
}

/** `bytes` as a xerial stream, the only form that every Java client reads. */
export function snappyCompress(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
  const target = new Uint8Array(HEADER.length + snappyBound(bytes.length) + chunks * 36);
  target.set(HEADER);
  let out = HEADER.length;
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    const to = Math.min(bytes.length, from + CHUNK_BYTES);
    const end = snappyCompressInto(bytes, from, to, target, out + 4);
    const size = end - out - 4;
    target[out] = size >>> 24;
    target[out + 1] = size >>> 16;
    target[out + 2] = size >>> 8;
    target[out + 3] = size;
    out = end;
  }
  return target.slice(0, out);
}
