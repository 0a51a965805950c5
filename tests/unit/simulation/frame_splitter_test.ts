import assert from "node:assert/strict";
import { FrameSplitter } from "../../../src/simulation/network/frame_splitter.ts";

function frame(...bytes: number[]): number[] {
  return [0, 0, 0, bytes.length, ...bytes];
}

Deno.test("frames are found however their bytes are cut into writes", () => {
  const all = [...frame(1, 2, 3), ...frame(), ...frame(4)];
  for (let length = 1; length <= all.length; length++) {
    const found: number[][] = [];
    const splitter = new FrameSplitter((each) => found.push([...each]));
    for (let at = 0; at < all.length; at += length) splitter.add(Uint8Array.from(all.slice(at, at + length)));
    assert.deepEqual(found, [[1, 2, 3], [], [4]]);
  }
});

Deno.test("a frame that is skipped ends where the next one begins", () => {
  const found: number[][] = [];
  const splitter = new FrameSplitter((each) => found.push([...each]));
  splitter.skip(Uint8Array.from([...frame(7), 0, 0]));
  splitter.skip(Uint8Array.from([0, 2, 8]));
  splitter.add(Uint8Array.from([9, ...frame(5)]));
  assert.deepEqual(found, [[5]]);
});
