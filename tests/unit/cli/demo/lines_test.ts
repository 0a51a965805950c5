/** Lines of a process, however its output is cut into pieces. */

import assert from "node:assert/strict";
import { linesOf } from "../../../../src/cli/demo/lines.ts";

async function lines(pieces: readonly Uint8Array[]): Promise<string[]> {
  const left = [...pieces];
  const stream = {
    read(target: Uint8Array) {
      const piece = left.shift() ?? new Uint8Array(0);
      target.set(piece);
      return Promise.resolve(piece.length);
    },
  };
  const found: string[] = [];
  for await (const line of linesOf(stream)) found.push(line);
  return found;
}

Deno.test("lines come whole, wherever the pieces end, also inside of a character", async () => {
  const bytes = new TextEncoder().encode("first\nsecond ä\n\nlast");
  for (let at = 0; at <= bytes.length; at++) {
    const pieces = [bytes.subarray(0, at), bytes.subarray(at)].filter((piece) => piece.length > 0);
    assert.deepEqual(await lines(pieces), ["first", "second ä", "", "last"]);
  }
});

Deno.test("nothing has no lines", async () => {
  assert.deepEqual(await lines([]), []);
});
