import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameReader } from "../../../src/client/frame_reader.ts";
import { DecodeError } from "../../../src/core/errors.ts";
import { type Connection, NetworkError } from "../../../src/platform/network.ts";

/** A connection whose reads give the bytes in parts of these sizes, over and over. */
function streamOf(bytes: Uint8Array, parts: readonly number[]): Connection {
  let at = 0;
  let turn = 0;
  return {
    read(target: Uint8Array) {
      const part = bytes.subarray(at, at + Math.min(parts[turn++ % parts.length]!, target.length));
      target.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  } as unknown as Connection;
}

function framed(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    new DataView(bytes.buffer).setInt32(at, frame.length);
    bytes.set(frame, at + 4);
    at += 4 + frame.length;
  }
  return bytes;
}

Deno.test("frames are the same however their bytes arrive", async () => {
  const frame = fc.uint8Array({ minLength: 4, maxLength: 60 });
  const parts = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 });
  await fc.assert(fc.asyncProperty(fc.array(frame), parts, async (frames, sizes) => {
    const reader = new FrameReader(streamOf(framed(frames), sizes), { maxFrameBytes: 1000 });
    for (const expected of frames) assert.deepEqual(await reader.next(), expected);
    await assert.rejects(reader.next(), NetworkError);
  }));
});

Deno.test("a frame larger than every buffer arrives whole", async () => {
  const large = new Uint8Array(9_000_000).map((_, index) => index * 7);
  const reader = new FrameReader(
    streamOf(framed([large, Uint8Array.of(1, 2, 3, 4)]), [1_000_000]),
    { maxFrameBytes: 10_000_000 },
  );
  assert.equal(isSame(await reader.next(), large), true);
  assert.deepEqual(await reader.next(), Uint8Array.of(1, 2, 3, 4));
});

/** `deepEqual` takes long for millions of bytes. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

Deno.test("a length that cannot be right is refused before memory is taken for it", async () => {
  for (const length of [-1, 0, 3, 1001, 0x7fffffff]) {
    const bytes = new Uint8Array(20);
    new DataView(bytes.buffer).setInt32(0, length);
    await assert.rejects(
      new FrameReader(streamOf(bytes, [20]), { maxFrameBytes: 1000 }).next(),
      DecodeError,
      String(length),
    );
  }
});

Deno.test("a stream that ends inside a frame is a lost connection", async () => {
  for (const end of [2, 4, 9]) {
    const bytes = framed([new Uint8Array(10)]).subarray(0, end);
    await assert.rejects(
      new FrameReader(streamOf(bytes, [3]), { maxFrameBytes: 1000 }).next(),
      NetworkError,
      String(end),
    );
  }
});

Deno.test("memory of large frames is used again, but not before as many others have come", async () => {
  const large = (fill: number) => new Uint8Array(100_000).fill(fill);
  const stream = streamOf(framed([large(1), large(2), new Uint8Array(8).fill(3), large(4)]), [70_000]);
  const reader = new FrameReader(stream, { maxFrameBytes: 1e6, reusedFrames: 2 });
  const [first, second, small] = [await reader.next(), await reader.next(), await reader.next()];
  assert.deepEqual([first, second].map((frame) => frame.every((byte) => byte === frame[0])), [true, true]);
  assert.deepEqual([first[0], second[0]], [1, 2]);
  const last = await reader.next();
  assert.equal(last.buffer, first.buffer);
  assert.deepEqual([second[0], small[0], last[0]], [2, 3, 4]);
});
