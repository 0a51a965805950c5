import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { DecodeError } from "../../../src/core/errors.ts";
import {
  METADATA_TOPIC_ID,
  parseUuid,
  uuidFromBytes,
  uuidFromRandom,
  writeUuid,
  ZERO_UUID,
} from "../../../src/core/uuid.ts";

const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });

Deno.test("the text of an id is base64url without padding, as Kafka's Uuid prints it", () => {
  fc.assert(fc.property(sixteen, (bytes) => {
    const uuid = uuidFromBytes(bytes);
    assert.equal(uuid, Buffer.from(bytes).toString("base64url"));
    const back = new Uint8Array(20).fill(255);
    writeUuid(uuid, back, 2);
    assert.deepEqual(back.subarray(2, 18), bytes);
    assert.deepEqual([back[1], back[18]], [255, 255]);
    assert.equal(parseUuid(uuid), uuid);
  }));
});

Deno.test("the fixed ids are zero and one (KIP-516)", () => {
  const one = new Uint8Array(16);
  assert.equal(uuidFromBytes(one), ZERO_UUID);
  one[15] = 1;
  assert.equal(uuidFromBytes(one), METADATA_TOPIC_ID);
});

Deno.test("two texts of the same sixteen bytes are parsed to one id", () => {
  assert.equal(parseUuid("AAAAAAAAAAAAAAAAAAAAAR"), METADATA_TOPIC_ID);
});

Deno.test("text that is not an id is a DecodeError that quotes it", () => {
  for (
    const text of ["", "short", "A".repeat(21), "A".repeat(23), `${"A".repeat(21)}=`, `${"A".repeat(21)}\n`]
  ) {
    assert.throws(
      () => parseUuid(text),
      (error) => error instanceof DecodeError && error.message.includes(text),
    );
  }
});

Deno.test("a random id has the bits of version 4 and never starts with a dash, which command lines misread", () => {
  // The first draw would start with a dash: 0xf8 is 62 in its upper six bits.
  const draws = [new Uint8Array(16).fill(0xf8), new Uint8Array(16).fill(0xff), new Uint8Array(16)];
  const uuid = uuidFromRandom((length) => {
    assert.equal(length, 16);
    return draws.shift()!;
  });
  const bytes = new Uint8Array(16);
  writeUuid(uuid, bytes);
  assert.equal(bytes[6]! >> 4, 4);
  assert.equal(bytes[8]! >> 6, 2);
  assert(!uuid.startsWith("-"));
  assert.equal(draws.length, 1);
});
