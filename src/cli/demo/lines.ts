/** Text that comes in pieces, a line at a time. */

import type { InputStream } from "../../platform/process.ts";

const PIECE_BYTES = 16_384;
/** A line that is longer is cut: nobody keeps what has no end. */
const MAX_LINE_CHARACTERS = 1 << 20;

/** The lines of a stream until its end, without what ends them. */
export async function* linesOf(stream: Pick<InputStream, "read">): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const piece = new Uint8Array(PIECE_BYTES);
  let rest = "";
  for (let length = await stream.read(piece); length > 0; length = await stream.read(piece)) {
    const lines = (rest + decoder.decode(piece.subarray(0, length), { stream: true })).split("\n");
    rest = (lines.pop() ?? "").slice(-MAX_LINE_CHARACTERS);
    yield* lines;
  }
  if (rest !== "") yield rest;
}
