/** gzip and zstd by node:zlib, always synchronous: the asynchronous calls would break deterministic replay. */

import * as zlib from "node:zlib";
import { messageOf } from "../../core/errors.ts";
import { bomb, corrupt, DecompressError } from "./errors.ts";

/** Node 20 has no zstd; Deno and Bun do. */
export const hasZstd = typeof zlib.zstdDecompressSync === "function";

function asUint8Array(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}

/** Turns what node:zlib throws into a {@link DecompressError}. */
function rethrow(codec: string, error: unknown, maxOutputBytes: number): never {
  if ((error as { code?: unknown } | null)?.code === "ERR_BUFFER_TOO_LARGE") {
    throw bomb(codec, maxOutputBytes);
  }
  throw corrupt(codec, messageOf(error));
}

export function gzipDecompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  try {
    return asUint8Array(zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, maxOutputBytes) }));
  } catch (error) {
    rethrow("gzip", error, maxOutputBytes);
  }
}

/** `level` is 1 to 9, or -1 for zlib's default. */
export function gzipCompress(bytes: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  return asUint8Array(zlib.gzipSync(bytes, { level }));
}

function requireZstd(): void {
  if (hasZstd) return;
  throw new DecompressError(
    "unsupported",
    "zstd: this runtime's node:zlib has no zstd; use Deno, Bun or Node 22.15+",
  );
}

export function zstdDecompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array {
  requireZstd();
  try {
    return asUint8Array(zlib.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, maxOutputBytes) }));
  } catch (error) {
    rethrow("zstd", error, maxOutputBytes);
  }
}

/** `level` is -131072 to 22. */
export function zstdCompress(bytes: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  requireZstd();
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: level };
  return asUint8Array(zlib.zstdCompressSync(bytes, { params }));
}
