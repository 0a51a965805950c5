import assert from "node:assert/strict";
import { murmur2 } from "../../../src/client/murmur2.ts";
import { partitionOfKey, StickyPartitioner } from "../../../src/client/partitioner.ts";
import { encodeUtf8 } from "../../../src/core/bytes.ts";
import { Prng } from "../../../src/core/prng.ts";

Deno.test("murmur2 gives the hashes that Kafka's own tests of it expect", () => {
  const vectors: readonly (readonly [string, number])[] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [text, hash] of vectors) assert.equal(murmur2(encodeUtf8(text)), hash, text);
});

Deno.test("a key goes to the positive remainder of its hash, as in Kafka's default partitioner", () => {
  assert.equal(partitionOfKey(encodeUtf8("foobar"), 10), (-790332482 & 0x7fffffff) % 10);
  for (let count = 1; count < 50; count++) {
    const partition = partitionOfKey(encodeUtf8(`key ${count}`), count);
    assert.ok(partition >= 0 && partition < count);
  }
});

Deno.test("records without keys stay with a partition for a batch's bytes, then move on (KIP-794)", () => {
  const sticky = new StickyPartitioner(new Prng(7), 1000);
  const chosen = Array.from({ length: 1000 }, () => sticky.next(100, [0, 1, 2, 3], 4));
  for (let from = 0; from < chosen.length; from += 10) {
    assert.equal(new Set(chosen.slice(from, from + 10)).size, 1, `records ${from} to ${from + 9}`);
  }
  assert.deepEqual([...new Set(chosen)].sort(), [0, 1, 2, 3]);
});

Deno.test("records without keys avoid partitions that have no leader", () => {
  const sticky = new StickyPartitioner(new Prng(1), 10);
  for (let index = 0; index < 100; index++) assert.ok([1, 3].includes(sticky.next(10, [1, 3], 4)));
});
