/**
 * The frame reader under streams that are cut anywhere. Invariants: the frames are those that were sent, in order,
 * whatever pieces they arrive in; a length outside the limits is a DecodeError; the buffer is never much larger than
 * what has arrived, whatever a length says.
 */

import assert from "node:assert/strict";
import { DecodeError } from "../../src/core/errors.ts";
import { Prng } from "../../src/core/prng.ts";
import { BufferPool } from "../../src/server/buffer_pool.ts";
import { ReceiveBuffer } from "../../src/server/receive_buffer.ts";

const seed = Number(Deno.env.get("SLUICE_FUZZ_SEED") ?? 20260101);
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
/**
 * What a buffer may have beyond what has arrived: the first megabyte of a frame is given at once, and the pool gives
 * what it has kept, which is at most 4 MiB.
 */
const SLACK_BYTES = 4 * 1024 * 1024;

/** A frame of random size, mostly small, now and then of megabytes. */
function frameOf(random: Prng): Uint8Array {
  const sizes = [8, 9, 20, 300, 5000, 70_000];
  const length = random.chance(0.03)
    ? 1_000_000 + random.below(3_000_000)
    : random.pick(sizes) + random.below(8);
  const frame = new Uint8Array(4 + length);
  new DataView(frame.buffer).setInt32(0, length);
  frame.set(random.bytes(Math.min(length, 64)), 4);
  return frame;
}

/** The same in buffers that are handed over, now and then among reads into the receive buffer's own. */
function acceptFrames(stream: Uint8Array, random: Prng, buffer: ReceiveBuffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let held = 0;
  const takeFrames = () => {
    for (let from = buffer.nextFrame(); from >= 0; from = buffer.nextFrame()) {
      frames.push(buffer.bytes.slice(from, from + buffer.frameLength));
      held -= 4 + buffer.frameLength;
      buffer.dropFrame();
    }
  };
  for (let at = 0; at < stream.length;) {
    const wanted = random.chance(0.3) ? 1 + random.below(10) : 1 + random.below(200_000);
    let chunk = stream.slice(at, at + wanted);
    at += chunk.length;
    held += chunk.length;
    if (random.chance(0.1)) {
      const space = buffer.space();
      const count = Math.min(space.length, chunk.length);
      space.set(chunk.subarray(0, count));
      buffer.filled(count);
      chunk = chunk.subarray(count);
      takeFrames();
    }
    while (chunk.length > 0) {
      const taken = buffer.accept(chunk);
      assert.ok(taken > 0, "every call takes something");
      chunk = chunk.subarray(taken);
      takeFrames();
    }
    buffer.leaveChunk();
    assert.ok(buffer.bytes.length <= held * 4 + SLACK_BYTES, `${buffer.bytes.length} bytes for ${held}`);
  }
  return frames;
}

/** Feeds a stream in pieces and takes the frames out as a connection does. */
function readFrames(stream: Uint8Array, random: Prng, buffer: ReceiveBuffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let held = 0;
  for (let at = 0; at < stream.length;) {
    const space = buffer.space();
    assert.ok(space.length > 0, "there is always room for the next read");
    const wanted = random.chance(0.3) ? 1 + random.below(10) : 1 + random.below(200_000);
    const count = Math.min(wanted, space.length, stream.length - at);
    space.set(stream.subarray(at, at + count));
    buffer.filled(count);
    at += count;
    held += count;
    assert.ok(buffer.bytes.length <= held * 4 + SLACK_BYTES, `${buffer.bytes.length} bytes for ${held}`);
    for (let from = buffer.nextFrame(); from >= 0; from = buffer.nextFrame()) {
      frames.push(buffer.bytes.slice(from, from + buffer.frameLength));
      held -= 4 + buffer.frameLength;
      buffer.dropFrame();
    }
  }
  return frames;
}

Deno.test(`fuzz: frames come out as they were sent, in whatever pieces they arrive (seed ${seed})`, () => {
  const random = new Prng(seed);
  const pool = new BufferPool();
  for (let round = 0; round < 40; round++) {
    const sent = Array.from({ length: 1 + random.below(60) }, () => frameOf(random));
    const stream = new Uint8Array(sent.reduce((sum, one) => sum + one.length, 0));
    let at = 0;
    for (const frame of sent) {
      stream.set(frame, at);
      at += frame.length;
    }
    const buffer = new ReceiveBuffer(pool, MAX_FRAME_BYTES);
    const frames = (round % 2 === 0 ? readFrames : acceptFrames)(stream, random, buffer);
    assert.equal(frames.length, sent.length);
    for (const [index, frame] of frames.entries()) {
      assert.ok(frame.length === sent[index]!.length - 4, `frame ${index}`);
      assert.deepEqual(frame.subarray(0, 64), sent[index]!.subarray(4, 68));
    }
    buffer.release();
  }
});

Deno.test(`fuzz: random bytes give frames within the limits or DecodeError (seed ${seed})`, () => {
  const random = new Prng(seed);
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const stream = random.bytes(4 + random.below(300));
    if (random.chance(0.5)) stream.set([0, 0, 0, random.below(40)]);
    const buffer = new ReceiveBuffer(new BufferPool(), 1000);
    try {
      for (const frame of (round % 2 === 0 ? readFrames : acceptFrames)(stream, random, buffer)) {
        assert.ok(frame.length >= 8 && frame.length <= 1000);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      refused++;
    }
  }
  assert.ok(refused > 500);
});

Deno.test("fuzz: a length alone, however large, allocates little", () => {
  for (const length of [100, 1_000_000, 50_000_000, 100 * 1024 * 1024]) {
    const buffer = new ReceiveBuffer(new BufferPool(), 100 * 1024 * 1024);
    new DataView(buffer.space().buffer).setInt32(0, length);
    buffer.filled(4);
    assert.equal(buffer.nextFrame(), -1);
    buffer.space();
    assert.ok(buffer.bytes.length <= SLACK_BYTES);
  }
});
