/** LZ4's block format: sequences of literals and a match. It knows neither its size nor its checksum. */

import { copyLiteral, copyMatch, fourBytes, matchLength, positionTable } from "./copy.ts";
import { bomb, corrupt } from "./errors.ts";

const MIN_MATCH = 4;
/** The format's rules: the last five bytes are literals, and the last match begins twelve before the end. */
const LAST_LITERALS = 5;
const MATCH_LIMIT = 12;
const MAX_DISTANCE = 65535;

/** The most bytes that `length` bytes can take as a block. */
export function lz4BlockBound(length: number): number {
  return length + Math.floor(length / 255) + 16;
}

/** Where the bytes to decompress are, and where their output may go. */
export interface Lz4Block {
  readonly from: number;
  readonly to: number;
  /** Where the output begins; matches may reach back to `historyAt`. */
  readonly outputAt: number;
  readonly historyAt: number;
  /** Where the output must end at the latest. */
  readonly outputEnd: number;
}

/** Decompresses one block of `source` into `target` and returns where its output ends. */
export function lz4DecompressBlock(source: Uint8Array, target: Uint8Array, block: Lz4Block): number {
  const { to, historyAt, outputEnd } = block;
  let at = block.from;
  let out = block.outputAt;
  while (at < to) {
    const token = source[at++]!;
    let length = token >>> 4;
    if (length === 15) {
      let more = 255;
      while (more === 255) {
        if (at >= to) throw corrupt("lz4", "a literal length is cut off");
        more = source[at++]!;
        length += more;
      }
    }
    if (length > to - at) throw corrupt("lz4", "literals are cut off");
    if (length > outputEnd - out) throw bomb("lz4", outputEnd - block.outputAt);
    copyLiteral(source, at, target, out, length);
    at += length;
    out += length;
    if (at === to) return out;
    if (to - at < 2) throw corrupt("lz4", "a match distance is cut off");
    const distance = source[at]! | (source[at + 1]! << 8);
    at += 2;
    if (distance === 0 || distance > out - historyAt) throw corrupt("lz4", `match distance ${distance}`);
    length = token & 15;
    if (length === 15) {
      let more = 255;
      while (more === 255) {
        if (at >= to) throw corrupt("lz4", "a match length is cut off");
        more = source[at++]!;
        length += more;
      }
    }
    length += MIN_MATCH;
    if (length > outputEnd - out) throw bomb("lz4", outputEnd - block.outputAt);
    copyMatch(target, out, distance, length);
    out += length;
  }
  // An empty block, or one that ends with a match.
  throw corrupt("lz4", "a block does not end with literals");
}

function writeLength(target: Uint8Array, at: number, length: number): number {
  let out = at;
  let rest = length;
  for (; rest >= 255; rest -= 255) target[out++] = 255;
  target[out++] = rest;
  return out;
}

function writeLiterals(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  const length = to - from;
  let out = at + 1;
  if (length >= 15) out = writeLength(target, out, length - 15);
  copyLiteral(source, from, target, out, length);
  target[at] = Math.min(length, 15) << 4;
  return out + length;
}

/**
 * Compresses `source` from `from` to `to` as one block into `target` at `at`, which must have
 * {@link lz4BlockBound} bytes of room, and returns where the block ends. Matches do not leave the range.
 */
export function lz4CompressBlock(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): number {
  const { table, shift } = positionTable(to - from);
  const lastMatch = to - MATCH_LIMIT;
  let anchor = from;
  let out = at;
  let misses = 64;
  for (let position = from; position <= lastMatch;) {
    const sequence = fourBytes(source, position);
    const slot = Math.imul(sequence, 0x9e3779b1) >>> shift;
    const candidate = table[slot]!;
    table[slot] = position;
    if (
      candidate < from || position - candidate > MAX_DISTANCE || fourBytes(source, candidate) !== sequence
    ) {
      // The longer nothing matches, the wider the steps: incompressible input goes by fast.
      position += misses++ >>> 6;
      continue;
    }
    misses = 64;
    let start = position;
    let match = candidate;
    while (start > anchor && match > from && source[start - 1] === source[match - 1]) {
      start--;
      match--;
    }
    const length = MIN_MATCH +
      matchLength(source, match + MIN_MATCH, start + MIN_MATCH, to - LAST_LITERALS);
    const tokenAt = out;
    out = writeLiterals(source, anchor, start, target, out);
    const distance = start - match;
    target[out++] = distance & 255;
    target[out++] = distance >>> 8;
    target[tokenAt]! |= Math.min(length - MIN_MATCH, 15);
    if (length - MIN_MATCH >= 15) out = writeLength(target, out, length - MIN_MATCH - 15);
    anchor = position = start + length;
    if (position <= lastMatch) {
      table[Math.imul(fourBytes(source, position - 2), 0x9e3779b1) >>> shift] = position - 2;
    }
  }
  return writeLiterals(source, anchor, to, target, out);
}
