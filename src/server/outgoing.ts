/**
 * Writes responses of which parts are not in the writer: large stretches of records, which go to the socket from the
 * buffer that they were read into or, where the network can, from their file.
 */

import { assert } from "../core/assert.ts";
import type { ByteWriter } from "../core/bytes.ts";
import type { HeldFile, HeldMemory } from "../platform/held_bytes.ts";
import type { Connection } from "../platform/network.ts";

const NOTHING = new Uint8Array(0);

/** What a writer may leave where it is when it is written to `stream`. */
export function holdingFor(stream: Connection): ByteWriter["holding"] {
  return stream.writeFile === undefined ? "memory" : "memory and files";
}

/** Writes everything, what is held in its place. */
export async function writeParts(stream: Connection, { written, held }: ByteWriter): Promise<void> {
  let done = 0;
  for (const [index, { at, bytes }] of held.entries()) {
    const before = written.subarray(done, at);
    const isLast = index === held.length - 1;
    done = at;
    if ("range" in bytes) {
      const { range } = bytes as HeldFile;
      assert(stream.writeFile !== undefined, "files are held only for who can send them");
      await stream.writeFile(before, range, isLast ? written.subarray(at) : NOTHING);
      if (isLast) return;
      continue;
    }
    if (before.length > 0) await stream.write(before);
    await stream.write((bytes as HeldMemory).bytes);
  }
  if (done < written.length) await stream.write(written.subarray(done));
}

/** Gives back what is held, written or not. */
export function releaseHeld(writer: ByteWriter): void {
  for (const { bytes } of writer.held) bytes.release();
  writer.held = [];
}
