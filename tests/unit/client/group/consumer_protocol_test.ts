/** The bytes that members of a group exchange, as several clients write them. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { DecodeError } from "../../../../src/core/errors.ts";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription,
} from "../../../../src/client/group/consumer_protocol.ts";
import { partitions } from "./assignors/members.ts";

const none: Subscription = {
  topics: new Set(),
  userData: null,
  owned: new Map(),
  generationId: -1,
  rackId: null,
};

Deno.test("consumer protocol: a subscription in version 3, byte by byte (KIP-881)", () => {
  const bytes = encodeSubscription({
    topics: new Set(["t"]),
    userData: Uint8Array.of(0, 0, 0, 7),
    owned: partitions("t:1,0"),
    generationId: 7,
    rackId: "r",
  });
  const expected = [
    ...["0003", "00000001", "000174", "00000004", "00000007"],
    ...["00000001", "000174", "00000002", "00000000", "00000001", "00000007", "000172"],
  ];
  assert.equal(bytes.toHex(), expected.join(""));
  assert.deepEqual(decodeSubscription(bytes), {
    topics: new Set(["t"]),
    userData: Uint8Array.of(0, 0, 0, 7),
    owned: partitions("t:0,1"),
    generationId: 7,
    rackId: "r",
  });
});

Deno.test("consumer protocol: a subscription of version 0, as kafkajs and kafka-python write it", () => {
  const bytes = Uint8Array.fromHex("0000" + "00000002" + "000161" + "000162" + "00000000");
  const read = decodeSubscription(bytes);
  assert.deepEqual(read, { ...none, topics: new Set(["a", "b"]), userData: new Uint8Array(0) });
});

Deno.test("consumer protocol: a newer version with the fields of version 0, as @platformatic/kafka wrote it", () => {
  const bytes = Uint8Array.fromHex("0001" + "00000001" + "000161" + "ffffffff");
  assert.deepEqual(decodeSubscription(bytes), { ...none, topics: new Set(["a"]) });
});

Deno.test("consumer protocol: a version of the future is read as far as it is known", () => {
  const bytes = encodeSubscription({ ...none, topics: new Set(["a"]), generationId: 4 });
  const future = Uint8Array.of(0, 9, ...bytes.subarray(2), 1, 2, 3);
  assert.deepEqual(decodeSubscription(future), { ...none, topics: new Set(["a"]), generationId: 4 });
});

Deno.test("consumer protocol: an assignment, byte by byte; an empty one may be no bytes at all", () => {
  const bytes = encodeAssignment(partitions("b:2,1 a:0"));
  const topics = "0001610000000100000000" + "000162000000020000000100000002";
  assert.equal(bytes.toHex(), "0003" + "00000002" + topics + "ffffffff");
  assert.deepEqual(decodeAssignment(bytes), partitions("a:0 b:1,2"));
  assert.deepEqual(decodeAssignment(new Uint8Array(0)), new Map());
});

Deno.test("consumer protocol: a topic that is named twice in an assignment counts once", () => {
  const bytes = Uint8Array.fromHex(
    "0000" + "00000002" + "0001610000000100000000" + "0001610000000100000003" + "ffffffff",
  );
  assert.deepEqual(decodeAssignment(bytes), partitions("a:0,3"));
});

Deno.test("consumer protocol: garbage is a DecodeError and nothing else", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    for (const decode of [decodeSubscription, decodeAssignment]) {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }
  }));
});
