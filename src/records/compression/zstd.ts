/**
 * Zstandard (RFC 8878) by node:zlib, which takes a cut frame for a short one and, in Deno, stops after the first of
 * several. So the frames are walked here first, and each is decompressed by itself.
 */

import * as zlib from "node:zlib";
import { bomb, corrupt, DecompressError } from "./errors.ts";
import { uint32At, uint64At } from "./little_endian.ts";
import { Output } from "./output.ts";
import { asUint8Array, runZlib } from "./node_zlib.ts";

const MAGIC = 0xfd2fb528;
/** Sixteen magics, 0x184d2a50 to 0x184d2a5f, begin a frame that readers skip. */
const SKIPPABLE_MAGIC = 0x184d2a5;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** Node has zstd from 22.15 on; Deno and Bun have it. */
export const hasZstd = typeof zlib.zstdDecompressSync === "function";

function requireZstd(): void {
  if (hasZstd) return;
  throw new DecompressError(
    "unsupported",
    "zstd: this runtime's node:zlib has none; use Deno, Bun or Node 22.15+",
  );
}

interface Frame {
  readonly to: number;
  /** What the frame says its content takes; null when it does not say. */
  readonly contentBytes: number | null;
}

function need(bytes: Uint8Array, at: number, length: number, what: string): void {
  if (length > bytes.length - at) throw corrupt("zstd", `${what} is cut off`);
}

/** Finds the end of the frame whose header (behind the magic) is at `at`. */
function walkFrame(bytes: Uint8Array, from: number): Frame {
  need(bytes, from, 1, "a frame header");
  const descriptor = bytes[from]!;
  if ((descriptor & 8) !== 0) throw corrupt("zstd", "a reserved bit is set");
  const isSingleSegment = (descriptor & 0x20) !== 0;
  let at = from + 1 + (isSingleSegment ? 0 : 1);
  at += [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  need(bytes, at, sizeBytes, "a frame header");
  const contentBytes = readContentBytes(bytes, at, sizeBytes);
  at += sizeBytes;
  let isLast = false;
  while (!isLast) {
    need(bytes, at, 3, "a block header");
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    const type = (header >>> 1) & 3;
    if (type === RESERVED_BLOCK) throw corrupt("zstd", "a block of a reserved type");
    const size = type === RLE_BLOCK ? 1 : header >>> 3;
    need(bytes, at + 3, size, "a block");
    at += 3 + size;
    isLast = (header & 1) !== 0;
  }
  if ((descriptor & 4) !== 0) {
    need(bytes, at, 4, "a checksum");
    at += 4;
  }
  return { to: at, contentBytes };
}

function readContentBytes(bytes: Uint8Array, at: number, sizeBytes: number): number | null {
  switch (sizeBytes) {
    case 0:
      return null;
    case 1:
      return bytes[at]!;
    case 2:
      return (bytes[at]! | (bytes[at + 1]! << 8)) + 256;
    case 4:
      return uint32At(bytes, at);
    default:
      return uint64At(bytes, at);
  }
}

/** Decompresses all frames in `bytes`. Throws DecompressError. */
export function zstdDecompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  requireZstd();
  let output: Output | undefined;
  let at = 0;
  do {
    need(bytes, at, 8, "a frame");
    const magic = uint32At(bytes, at);
    if (magic >>> 4 === SKIPPABLE_MAGIC) {
      const length = uint32At(bytes, at + 4);
      need(bytes, at + 8, length, "a skippable frame");
      at += 8 + length;
      continue;
    }
    if (magic !== MAGIC) throw corrupt("zstd", `magic 0x${magic.toString(16)} is not that of a frame`);
    const frame = walkFrame(bytes, at + 4);
    const room = maxOutputBytes - (output?.length ?? 0);
    if (frame.contentBytes !== null && frame.contentBytes > room) throw bomb("zstd", maxOutputBytes);
    const content = decompressFrame(bytes.subarray(at, frame.to), frame.contentBytes, room);
    // Nearly always there is one frame, whose output needs no copy.
    if (at === 0 && frame.to === bytes.length) return content;
    output ??= new Output("zstd", maxOutputBytes);
    output.append(content, 0, content.length);
    at = frame.to;
  } while (at < bytes.length);
  return output?.bytes() ?? new Uint8Array(0);
}

function decompressFrame(
  frame: Uint8Array,
  contentBytes: number | null,
  room: number,
): Uint8Array<ArrayBuffer> {
  const content = runZlib(
    "zstd",
    room,
    (maxOutputLength) => zlib.zstdDecompressSync(frame, { maxOutputLength }),
  );
  if (contentBytes !== null && content.length !== contentBytes) {
    throw corrupt("zstd", `${content.length} bytes where the frame says ${contentBytes}`);
  }
  return content;
}

/** `level` is -131072 to 22. */
export function zstdCompress(bytes: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  requireZstd();
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: level };
  return asUint8Array(zlib.zstdCompressSync(bytes, { params }));
}
