/**
 * Writes responses of which parts are not in the writer: large stretches of records, which go to the socket from the
 * buffer that they were read into or, where the network can, from their file.
 */

import { assert } from "../core/assert.ts";
import type { ByteWriter } from "../core/bytes.ts";
import type { Held } from "../platform/held_bytes.ts";
import type { Connection } from "../platform/network.ts";

/** What a writer may leave where it is when it is written to `stream`. */
export function holdingFor(stream: Connection): ByteWriter["holding"] {
  return stream.writeFile === undefined ? "memory" : "memory and files";
}

/** Writes everything, what is held in its place. */
export async function writeParts(stream: Connection, { written, held }: ByteWriter): Promise<void> {
  let done = 0;
  for (const { at, bytes } of held) {
    await writeHeld(stream, written.subarray(done, at), bytes as Held);
    done = at;
  }
  if (done < written.length) await stream.write(written.subarray(done));
}

async function writeHeld(stream: Connection, before: Uint8Array, held: Held): Promise<void> {
  if ("range" in held) {
    assert(stream.writeFile !== undefined, "files are held only for who can send them");
    return await stream.writeFile(before, held.range);
  }
  if (before.length > 0) await stream.write(before);
  await stream.write(held.bytes);
}

/** Gives back what is held, written or not. */
export function releaseHeld(writer: ByteWriter): void {
  for (const { bytes } of writer.held) bytes.release();
  writer.held = [];
}
