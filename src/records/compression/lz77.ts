/**
 * Snappy elements and LZ4 blocks, compressed and decompressed in WebAssembly (lz77.wat says how). Input and output are
 * copied in and out, one block at a time, so that the module's memory stays small.
 */

import { bomb, corrupt } from "./errors.ts";
import { TABLE_BYTES, WASM_BASE64 } from "./lz77_wasm.ts";

/** The most bytes that a compressor takes at once: positions are kept in 16 bits. */
export const MAX_BLOCK_BYTES = 65536;

/** Copies may overshoot their range by this much. */
const SLACK_BYTES = 64;
const INPUT_AT = TABLE_BYTES + SLACK_BYTES;
const PAGE_BYTES = 65536;
/** A module that had to grow beyond this is thrown away after use: WebAssembly memory never shrinks. */
const KEEP_BYTES = 4 * 1024 * 1024;
/** What the module's memory may reach: pointers in it are signed where loops count down. */
const MAX_MEMORY_BYTES = 1 << 30;

const MAX_TABLE_BITS = 14;
const MIN_TABLE_BITS = 8;

/** What {@link lz4DecompressBlock} finds where the output would end instead. */
const LZ4_MALFORMED = 0;
const LZ4_TOO_LARGE = 1;

interface Module {
  readonly memory: WebAssembly.Memory;
  readonly lz4Compress: Compressor;
  readonly snappyCompress: Compressor;
  readonly lz4Decompress: (
    at: number,
    end: number,
    historyAt: number,
    outAt: number,
    outEnd: number,
  ) => number;
  readonly snappyDecompress: (at: number, end: number, outAt: number, outEnd: number) => number;
}

type Compressor = (from: number, to: number, out: number, shift: number) => number;

let compiled: WebAssembly.Module | undefined;
let kept: { readonly module: Module; bytes: Uint8Array<ArrayBuffer> } | undefined;

function instantiate() {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(WASM_BASE64), (char) => char.charCodeAt(0)));
  const module = new WebAssembly.Instance(compiled).exports as unknown as Module;
  return { module, bytes: new Uint8Array(module.memory.buffer as ArrayBuffer) };
}

/** The module with at least `byteLength` bytes of memory, as `bytes`. */
function moduleWith(codec: string, byteLength: number): NonNullable<typeof kept> {
  kept ??= instantiate();
  const { memory } = kept.module;
  const missing = byteLength - kept.bytes.length;
  if (missing <= 0) return kept;
  if (byteLength > MAX_MEMORY_BYTES) throw bomb(codec, MAX_MEMORY_BYTES);
  memory.grow(Math.ceil(missing / PAGE_BYTES));
  kept.bytes = new Uint8Array(memory.buffer as ArrayBuffer);
  return kept;
}

function release(): void {
  if (kept !== undefined && kept.bytes.length > KEEP_BYTES) kept = undefined;
}

/** Where output goes behind an input of `inputBytes`. */
function outputAt(inputBytes: number): number {
  return INPUT_AT + inputBytes + SLACK_BYTES;
}

/** Compresses `source` from `from` to `to`, at most {@link MAX_BLOCK_BYTES}, and returns a view until the next call. */
function compressBlock(codec: "lz4" | "snappy", source: Uint8Array, from: number, to: number): Uint8Array {
  const length = to - from;
  const out = outputAt(length);
  // Both formats grow by less than a sixth and 64 bytes at worst.
  const { module, bytes } = moduleWith(codec, out + length + (length >>> 2) + 2 * SLACK_BYTES);
  let tableBits = MIN_TABLE_BITS;
  while (tableBits < MAX_TABLE_BITS && 1 << tableBits < length) tableBits++;
  bytes.set(source.subarray(from, to), INPUT_AT);
  const run = codec === "lz4" ? module.lz4Compress : module.snappyCompress;
  return bytes.subarray(out, run(INPUT_AT, INPUT_AT + length, out, 32 - tableBits));
}

/** `source` from `from` to `to`, at most 64 KiB, as one LZ4 block: a view that is valid until the next call. */
export function lz4CompressBlock(source: Uint8Array, from: number, to: number): Uint8Array {
  return compressBlock("lz4", source, from, to);
}

/** `source` from `from` to `to`, at most 64 KiB, as snappy elements: a view that is valid until the next call. */
export function snappyCompressBlock(source: Uint8Array, from: number, to: number): Uint8Array {
  return compressBlock("snappy", source, from, to);
}

/**
 * Decompresses the LZ4 block in `source` from `from` to `to`: a view that is valid until the next call. Matches may
 * reach into `history`, which is what came before. Throws DecompressError when the block is malformed, or has more
 * than `maxBytes`.
 */
export function lz4DecompressBlock(
  source: Uint8Array,
  from: number,
  to: number,
  limits: { readonly history: Uint8Array | null; readonly maxBytes: number },
): Uint8Array {
  const { history, maxBytes } = limits;
  const historyAt = outputAt(to - from);
  const out = historyAt + (history?.length ?? 0);
  const { module, bytes } = moduleWith("lz4", out + maxBytes + SLACK_BYTES);
  bytes.set(source.subarray(from, to), INPUT_AT);
  if (history !== null) bytes.set(history, historyAt);
  const end = module.lz4Decompress(INPUT_AT, INPUT_AT + to - from, historyAt, out, out + maxBytes);
  release();
  if (end === LZ4_MALFORMED) throw corrupt("lz4", "a block is malformed");
  if (end === LZ4_TOO_LARGE) throw bomb("lz4", maxBytes);
  return bytes.subarray(out, end);
}

/**
 * Decompresses the snappy elements in `source` from `from` to `to` into `target`, which they must fill exactly. Throws
 * DecompressError when they do not.
 */
export function snappyDecompressInto(source: Uint8Array, from: number, to: number, target: Uint8Array): void {
  const out = outputAt(to - from);
  const { module, bytes } = moduleWith("snappy", out + target.length + SLACK_BYTES);
  bytes.set(source.subarray(from, to), INPUT_AT);
  const isWhole = module.snappyDecompress(INPUT_AT, INPUT_AT + to - from, out, out + target.length) === 1;
  release();
  if (!isWhole) throw corrupt("snappy", `the elements are malformed or do not give ${target.length} bytes`);
  target.set(bytes.subarray(out, out + target.length));
}
