/**
 * The LZ4 frame format as record batches of magic 2 carry it. It reads every frame of the format's version 1: linked
 * and independent blocks, all checksums, content sizes, several frames in a row. It writes what Java clients can
 * read: independent blocks of 64 KiB.
 */

import { bomb, corrupt } from "./errors.ts";
import { setUint32At, uint32At, uint64At } from "./little_endian.ts";
import { lz4CompressBlock, lz4DecompressBlock } from "./lz77.ts";
import { Output } from "./output.ts";
import { xxh32 } from "./xxh32.ts";

const MAGIC = 0x184d2204;
/** Sixteen magics, 0x184d2a50 to 0x184d2a5f, begin a frame that readers skip. */
const SKIPPABLE_MAGIC = 0x184d2a5;
const UNCOMPRESSED_BIT = 0x80000000;

const HEADER_BYTES = 7;
const BLOCK_BYTES = 65536;
const HISTORY_BYTES = 65535;
/** Version 1, independent blocks; blocks of at most 64 KiB. */
const FLAGS = 0x60;
const BLOCK_DESCRIPTOR = 0x40;

interface FrameDescriptor {
  readonly blocksIndependent: boolean;
  readonly blockChecksums: boolean;
  readonly contentBytes: number | null;
  readonly contentChecksum: boolean;
  readonly maxBlockBytes: number;
  /** Where the first block begins. */
  readonly endAt: number;
}

/** Decompresses all frames in `bytes`. Throws DecompressError. */
export function lz4Decompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  const output = new Output("lz4", maxOutputBytes, bytes.length * 3);
  let at = 0;
  do {
    need(bytes, at, 8, "a frame");
    const magic = uint32At(bytes, at);
    if (magic >>> 4 === SKIPPABLE_MAGIC) {
      const length = uint32At(bytes, at + 4);
      need(bytes, at + 8, length, "a skippable frame");
      at += 8 + length;
    } else if (magic === MAGIC) {
      at = readFrame(bytes, at + 4, output);
    } else {
      throw corrupt("lz4", `magic 0x${magic.toString(16)} is not that of a frame`);
    }
  } while (at < bytes.length);
  return output.bytes();
}

function need(bytes: Uint8Array, at: number, length: number, what: string): void {
  if (length > bytes.length - at) throw corrupt("lz4", `${what} is cut off`);
}

function readDescriptor(bytes: Uint8Array, at: number): FrameDescriptor {
  need(bytes, at, 3, "a frame header");
  const flags = bytes[at]!;
  const descriptor = bytes[at + 1]!;
  if (flags >>> 6 !== 1) throw corrupt("lz4", `frame version ${flags >>> 6}`);
  if ((flags & 2) !== 0 || (descriptor & 0x8f) !== 0) throw corrupt("lz4", "reserved bits are set");
  if ((flags & 1) !== 0) throw corrupt("lz4", "a frame needs a dictionary");
  const sizeCode = descriptor >>> 4;
  if (sizeCode < 4) throw corrupt("lz4", `block size code ${sizeCode}`);
  let end = at + 2;
  let contentBytes: number | null = null;
  if ((flags & 8) !== 0) {
    need(bytes, end, 8, "a content size");
    contentBytes = uint64At(bytes, end);
    end += 8;
  }
  need(bytes, end, 1, "a header checksum");
  if (bytes[end] !== ((xxh32(bytes, at, end) >>> 8) & 255)) {
    throw corrupt("lz4", "the header checksum differs");
  }
  return {
    blocksIndependent: (flags & 0x20) !== 0,
    blockChecksums: (flags & 0x10) !== 0,
    contentBytes,
    contentChecksum: (flags & 4) !== 0,
    maxBlockBytes: 1 << (8 + 2 * sizeCode),
    endAt: end + 1,
  };
}

/** Reads one frame from behind its magic on and returns where it ends. */
function readFrame(bytes: Uint8Array, from: number, output: Output): number {
  const frame = readDescriptor(bytes, from);
  const startedAt = output.length;
  if (frame.contentBytes !== null && frame.contentBytes > output.room) throw bomb("lz4", output.maxBytes);
  let at = frame.endAt;
  while (true) {
    need(bytes, at, 4, "a block size");
    const word = uint32At(bytes, at);
    at += 4;
    if (word === 0) break;
    const size = word % UNCOMPRESSED_BIT;
    if (size > frame.maxBlockBytes) throw corrupt("lz4", `a block of ${size} bytes`);
    need(bytes, at, size + (frame.blockChecksums ? 4 : 0), "a block");
    if (frame.blockChecksums && xxh32(bytes, at, at + size) !== uint32At(bytes, at + size)) {
      throw corrupt("lz4", "a block's checksum differs");
    }
    readBlock(bytes, at, size, { frame, isCompressed: word < UNCOMPRESSED_BIT, startedAt }, output);
    at += size + (frame.blockChecksums ? 4 : 0);
  }
  if (frame.contentBytes !== null && output.length - startedAt !== frame.contentBytes) {
    throw corrupt("lz4", `${output.length - startedAt} bytes where the frame says ${frame.contentBytes}`);
  }
  if (!frame.contentChecksum) return at;
  need(bytes, at, 4, "a content checksum");
  if (xxh32(output.buffer, startedAt, output.length) !== uint32At(bytes, at)) {
    throw corrupt("lz4", "the content checksum differs");
  }
  return at + 4;
}

function readBlock(
  bytes: Uint8Array,
  at: number,
  size: number,
  how: { readonly frame: FrameDescriptor; readonly isCompressed: boolean; readonly startedAt: number },
  output: Output,
): void {
  const { frame, startedAt } = how;
  if (!how.isCompressed) {
    output.append(bytes, at, at + size);
    return;
  }
  const before = output.buffer.subarray(Math.max(startedAt, output.length - HISTORY_BYTES), output.length);
  const block = lz4DecompressBlock(bytes, at, at + size, {
    history: frame.blocksIndependent ? null : before,
    // No byte of a block stands for more than 255, so that small input never claims much memory.
    maxBytes: Math.min(frame.maxBlockBytes, size * 255, output.room),
  });
  output.append(block, 0, block.length);
}

/** `bytes` as one frame of independent 64 KiB blocks. */
export function lz4Compress(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.ceil(bytes.length / BLOCK_BYTES);
  const target = new Uint8Array(HEADER_BYTES + bytes.length + (blocks + 1) * 4);
  setUint32At(target, 0, MAGIC);
  target[4] = FLAGS;
  target[5] = BLOCK_DESCRIPTOR;
  target[6] = (xxh32(target, 4, 6) >>> 8) & 255;
  let out = HEADER_BYTES;
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    const to = Math.min(bytes.length, from + BLOCK_BYTES);
    const compressed = lz4CompressBlock(bytes, from, to);
    const isSmaller = compressed.length < to - from;
    const block = isSmaller ? compressed : bytes.subarray(from, to);
    setUint32At(target, out, isSmaller ? block.length : block.length | UNCOMPRESSED_BIT);
    target.set(block, out + 4);
    out += 4 + block.length;
  }
  // Four zeros, which are there already, mark the end.
  return target.slice(0, out + 4);
}
