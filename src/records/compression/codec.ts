/** The compression types of record batches (KIP-110 for zstd) under one pair of functions. */

import { assert } from "../../core/assert.ts";
import { bomb } from "./errors.ts";
import { lz4Compress, lz4Decompress } from "./lz4_frame.ts";
import { snappyCompress, snappyDecompress } from "./snappy.ts";
import { zstdCompress, zstdDecompress } from "./zstd.ts";
import { gzipCompress, gzipDecompress } from "./gzip.ts";

export { DecompressError } from "./errors.ts";

/** Kafka's names of the compression types, at the index of their ids in a batch's attributes. */
export const compressionNames = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type CompressionName = (typeof compressionNames)[number];

/** The id of a compression type as in the attributes. */
export function compressionId(name: CompressionName): number {
  return compressionNames.indexOf(name);
}

/** The name of a compression type; undefined for ids that do not exist. */
export function compressionName(id: number): CompressionName | undefined {
  return compressionNames[id];
}

/**
 * The levels of KIP-390 (`compression.gzip.level` and so on): least, greatest and default. gzip's default is zlib's
 * own choice. LZ4 takes every level but has one speed here, that of Kafka's default.
 */
export const compressionLevels = {
  gzip: { min: 1, max: 9, default: -1 },
  lz4: { min: 1, max: 17, default: 9 },
  zstd: { min: -131072, max: 22, default: 3 },
} as const;

/**
 * What `bytes` hold decompressed: a view of `bytes` for "none", else new bytes. Throws {@link DecompressError}
 * when they are malformed or hold more than `maxOutputBytes`; no more than that is ever allocated.
 */
export function decompress(codec: CompressionName, bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  switch (codec) {
    case "none":
      if (bytes.length > maxOutputBytes) throw bomb(codec, maxOutputBytes);
      return bytes;
    case "gzip":
      return gzipDecompress(bytes, maxOutputBytes);
    case "zstd":
      return zstdDecompress(bytes, maxOutputBytes);
    case "snappy":
      return snappyDecompress(bytes, maxOutputBytes);
    case "lz4":
      return lz4Decompress(bytes, maxOutputBytes);
  }
}

/**
 * `bytes` compressed: a view of `bytes` for "none", else new bytes. `level` is Kafka's default unless told, and without
 * meaning for none and snappy. A level outside {@link compressionLevels} is a broken invariant: configuration is
 * checked before it comes here.
 */
export function compress(codec: CompressionName, bytes: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case "none":
      return bytes;
    case "gzip":
      return gzipCompress(bytes, checkedLevel("gzip", level));
    case "snappy":
      return snappyCompress(bytes);
    case "lz4":
      checkedLevel("lz4", level);
      return lz4Compress(bytes);
    case "zstd":
      return zstdCompress(bytes, checkedLevel("zstd", level));
  }
}

function checkedLevel(codec: keyof typeof compressionLevels, level: number | undefined): number {
  const { min, max, default: byDefault } = compressionLevels[codec];
  if (level === undefined || level === byDefault) return byDefault;
  assert(level >= min && level <= max, `a ${codec} level must be ${min} to ${max}, got ${level}`);
  return level;
}
