/** gzip by node:zlib. Several members in a row are one output, as in Java. */

import * as zlib from "node:zlib";
import { asUint8Array, runZlib } from "./node_zlib.ts";

/** Throws DecompressError. */
export function gzipDecompress(bytes: Uint8Array, maxOutputBytes: number): Uint8Array<ArrayBuffer> {
  return runZlib("gzip", maxOutputBytes, (maxOutputLength) => zlib.gunzipSync(bytes, { maxOutputLength }));
}

/** `level` is 1 to 9, or -1 for zlib's default. */
export function gzipCompress(bytes: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  return asUint8Array(zlib.gzipSync(bytes, { level }));
}
