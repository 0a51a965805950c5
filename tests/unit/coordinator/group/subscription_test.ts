import assert from "node:assert/strict";
import fc from "fast-check";
import { subscribedTopicsOf } from "../../../../src/coordinator/group/subscription.ts";
import { ByteWriter } from "../../../../src/core/bytes.ts";
import { codecOf } from "../../../../src/protocol/codec.ts";
import { consumerProtocolSubscription } from "../../../../src/protocol/records/consumer_protocol.ts";

const value = {
  topics: ["orders", "", "größe"],
  userData: new Uint8Array([1, 2]),
  ownedPartitions: [{ topic: "orders", partitions: [0, 1] }],
  generationId: 7,
  rackId: "r",
};

function encode(version: number): Uint8Array {
  const writer = new ByteWriter();
  writer.writeInt16(version);
  codecOf(consumerProtocolSubscription, Math.min(version, 3)).encode(writer, value);
  return writer.toBytes();
}

Deno.test("the topics are read from every version, also one that does not exist yet (KIP-429, KIP-881)", () => {
  for (const version of [0, 1, 2, 3, 9]) assert.deepEqual(subscribedTopicsOf(encode(version)), value.topics);
});

Deno.test("a subscription that ends anywhere before its topics do is none", () => {
  const bytes = encode(0);
  const topicsEnd = bytes.length - 4 - value.userData.length;
  for (let end = 0; end < topicsEnd; end++) assert.equal(subscribedTopicsOf(bytes.subarray(0, end)), null);
  assert.notEqual(subscribedTopicsOf(bytes.subarray(0, topicsEnd)), null);
});

Deno.test("lengths that lie are refused before anything is allocated", () => {
  const hostile = [
    [0, 0, 0x7f, 0xff, 0xff, 0xff],
    [0, 0, 0xff, 0xff, 0xff, 0xff],
    [0, 0, 0, 0, 0, 1, 0xff, 0xff],
    [0xff, 0xff, 0, 0, 0, 0],
  ];
  for (const bytes of hostile) assert.equal(subscribedTopicsOf(new Uint8Array(bytes)), null);
});

Deno.test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    const topics = subscribedTopicsOf(bytes);
    assert.ok(topics === null || Array.isArray(topics));
  }));
});
