/** Snappy's raw format: the output's length as a varint, then literals and copies. */

import { copyLiteral, copyMatch, fourBytes, matchLength, positionTable } from "./copy.ts";
import { bomb, corrupt } from "./errors.ts";

/** Compressors look for matches inside blocks of this size only, so that distances fit 16 bits. */
const BLOCK_BYTES = 65536;
/** The densest element, a copy of 64 bytes, takes three. */
const MAX_RATIO = 22;
/** Below this many bytes from the end no match is looked for. */
const MATCH_MARGIN = 15;

/** The length of the output that raw `bytes` from `from` to `to` promise, and where the elements begin. */
function readPreamble(bytes: Uint8Array, from: number, to: number): { length: number; at: number } {
  let length = 0;
  for (let index = 0; index < 5 && from + index < to; index++) {
    const byte = bytes[from + index]!;
    length += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) {
      if (length > 0xffffffff) break;
      return { length, at: from + index + 1 };
    }
  }
  throw corrupt("snappy", "the length in front is malformed");
}

/** How many bytes `source` from `from` to `to` will give; throws when that is impossible or above `maxBytes`. */
export function snappyOutputBytes(source: Uint8Array, from: number, to: number, maxBytes: number): number {
  const { length } = readPreamble(source, from, to);
  if (length > maxBytes) throw bomb("snappy", maxBytes);
  if (length > (to - from) * MAX_RATIO) {
    throw corrupt("snappy", `${length} bytes cannot come from ${to - from}`);
  }
  return length;
}

/**
 * Decompresses `source` from `from` to `to` into `target` at `outputAt`, where there must be room for
 * {@link snappyOutputBytes}. Throws DecompressError unless it gives exactly that many.
 */
export function snappyDecompressInto(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  outputAt: number,
): void {
  const preamble = readPreamble(source, from, to);
  const outputEnd = outputAt + preamble.length;
  let at = preamble.at;
  let out = outputAt;
  while (at < to) {
    const tag = source[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const lengthBytes = length - 60;
        if (lengthBytes > to - at) throw corrupt("snappy", "a literal length is cut off");
        length = 1;
        for (let index = 0; index < lengthBytes; index++) length += source[at + index]! * 2 ** (8 * index);
        at += lengthBytes;
      }
      if (length > to - at || length > outputEnd - out) {
        throw corrupt("snappy", `a literal of ${length} bytes`);
      }
      copyLiteral(source, at, target, out, length);
      at += length;
      out += length;
      continue;
    }
    let length = (tag >>> 2) + 1;
    let distance: number;
    if (kind === 1) {
      if (at >= to) throw corrupt("snappy", "a copy is cut off");
      length = ((tag >>> 2) & 7) + 4;
      distance = ((tag & 0xe0) << 3) | source[at++]!;
    } else if (kind === 2) {
      if (to - at < 2) throw corrupt("snappy", "a copy is cut off");
      distance = source[at]! | (source[at + 1]! << 8);
      at += 2;
    } else {
      if (to - at < 4) throw corrupt("snappy", "a copy is cut off");
      distance = fourBytes(source, at) >>> 0;
      at += 4;
    }
    if (distance === 0 || distance > out - outputAt || length > outputEnd - out) {
      throw corrupt("snappy", `a copy of ${length} bytes from ${distance} back`);
    }
    copyMatch(target, out, distance, length);
    out += length;
  }
  if (out !== outputEnd) {
    throw corrupt("snappy", `${out - outputAt} bytes where ${preamble.length} were promised`);
  }
}

/** The most bytes that `length` bytes can take compressed. */
export function snappyBound(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

/** Compresses `source` from `from` to `to` into `target` at `at` ({@link snappyBound}) and returns where it ends. */
export function snappyCompressInto(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  let out = at;
  let rest = to - from;
  while (rest > 127) {
    target[out++] = (rest & 127) | 128;
    rest = Math.floor(rest / 128);
  }
  target[out++] = rest;
  for (let block = from; block < to; block += BLOCK_BYTES) {
    out = compressBlock(source, block, Math.min(to, block + BLOCK_BYTES), target, out);
  }
  return out;
}

function compressBlock(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  const { table, shift } = positionTable(to - from);
  const lastMatch = to - MATCH_MARGIN;
  let anchor = from;
  let out = at;
  let misses = 32;
  for (let position = from; position <= lastMatch;) {
    const sequence = fourBytes(source, position);
    const slot = Math.imul(sequence, 0x1e35a7bd) >>> shift;
    const candidate = table[slot]!;
    table[slot] = position;
    if (candidate < from || fourBytes(source, candidate) !== sequence) {
      // The longer nothing matches, the wider the steps: incompressible input goes by fast.
      position += misses++ >>> 5;
      continue;
    }
    misses = 32;
    out = writeLiteral(source, anchor, position, target, out);
    const length = 4 + matchLength(source, candidate + 4, position + 4, to);
    out = writeCopy(target, out, position - candidate, length);
    anchor = position += length;
    if (position <= lastMatch) {
      table[Math.imul(fourBytes(source, position - 1), 0x1e35a7bd) >>> shift] = position - 1;
    }
  }
  return writeLiteral(source, anchor, to, target, out);
}

function writeLiteral(source: Uint8Array, from: number, to: number, target: Uint8Array, at: number): number {
  const length = to - from;
  if (length === 0) return at;
  let out = at;
  const less = length - 1;
  if (less < 60) {
    target[out++] = less << 2;
  } else if (less < 256) {
    target[out++] = 60 << 2;
    target[out++] = less;
  } else {
    target[out++] = 61 << 2;
    target[out++] = less & 255;
    target[out++] = less >>> 8;
  }
  copyLiteral(source, from, target, out, length);
  return out + length;
}

function writeCopy(target: Uint8Array, at: number, distance: number, length: number): number {
  let out = at;
  let rest = length;
  // Leaves at least four for the last copy, so that it can be of the short kind.
  for (; rest > 67; rest -= 64) out = writeLongCopy(target, out, distance, 64);
  if (rest > 64) {
    out = writeLongCopy(target, out, distance, 60);
    rest -= 60;
  }
  if (rest > 11 || distance >= 2048) return writeLongCopy(target, out, distance, rest);
  target[out++] = 1 | ((rest - 4) << 2) | ((distance >>> 8) << 5);
  target[out++] = distance & 255;
  return out;
}

function writeLongCopy(target: Uint8Array, at: number, distance: number, length: number): number {
  target[at] = 2 | ((length - 1) << 2);
  target[at + 1] = distance & 255;
  target[at + 2] = distance >>> 8;
  return at + 3;
}
