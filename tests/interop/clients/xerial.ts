/** The framing in which Java's snappy-java and Python's kafka-python write snappy; what plug-ins must take off. */

import { Buffer } from "node:buffer";

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic and two versions. */
const HEADER_BYTES = 16;

/** Decompresses bytes that may be framed, with a function that knows raw blocks only. */
export function unframeXerial(bytes: Buffer, decompress: (block: Buffer) => Uint8Array): Uint8Array {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return decompress(bytes);
  const blocks: Uint8Array[] = [];
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    blocks.push(decompress(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}
