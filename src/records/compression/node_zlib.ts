/** What the codecs by node:zlib share. They are synchronous: asynchronous calls would break deterministic replay. */

import { messageOf } from "../../core/errors.ts";
import { bomb, corrupt } from "./errors.ts";

/** node:zlib takes limits from 1 up to what a buffer can hold, which differs by runtime but is never less. */
const MAX_BUFFER_BYTES = 0x7fffffff;

/**
 * Runs a decompressor of node:zlib. `run` gets the limit to give as `maxOutputLength`. Throws DecompressError where
 * node:zlib throws.
 */
export function runZlib(
  codec: string,
  maxOutputBytes: number,
  run: (maxOutputLength: number) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  let output: Uint8Array;
  try {
    output = run(Math.min(MAX_BUFFER_BYTES, Math.max(1, maxOutputBytes)));
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === "ERR_BUFFER_TOO_LARGE") {
      throw bomb(codec, maxOutputBytes);
    }
    throw corrupt(codec, messageOf(error));
  }
  if (output.length > maxOutputBytes) throw bomb(codec, maxOutputBytes);
  return asUint8Array(output);
}

/** The same bytes, not as a Buffer: those slice by sharing. */
export function asUint8Array(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.byteLength);
}
