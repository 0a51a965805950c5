/** The keyed hash and the map of offsets. */

import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { halfSipHash, KeyHash } from "../../../../src/log/compaction/key_hash.ts";
import { OffsetMap } from "../../../../src/log/compaction/offset_map.ts";

Deno.test("HalfSipHash-2-4 gives the 64-bit values published with its reference implementation", () => {
  // Inputs of 0, 1, 2 ... bytes counting up from 00, with the key 00 01 02 03 04 05 06 07.
  const expected = [
    "218d1f59b9b83cc8",
    "be552412f8387315",
    "064f39ef7c50eb57",
    "ce0f1a45f7060679",
    "d5e78a175be52ea1",
    "cb9d7c3f2f3db580",
  ];
  const out = new Int32Array(2);
  for (const [length, hash] of expected.entries()) {
    halfSipHash(Uint8Array.from({ length }, (_, index) => index), 0x03020100, 0x07060504, out, 0);
    const view = new DataView(new ArrayBuffer(8));
    out.forEach((word, index) => view.setInt32(index * 4, word, true));
    equal(view.getBigUint64(0).toString(16).padStart(16, "0"), hash);
  }
});

Deno.test("another secret gives other hashes", () => {
  const prng = new Prng(1);
  const [one, two] = [new KeyHash(prng.bytes(16)), new KeyHash(prng.bytes(16))];
  one.update(encodeUtf8("key"));
  two.update(encodeUtf8("key"));
  notDeepEqual([...one.words], [...two.words]);
});

Deno.test("the map holds what a Map holds, until it is full", () => {
  const prng = new Prng(2);
  const map = new OffsetMap(new KeyHash(prng.bytes(16)), { records: 10_000, budgetBytes: 24 * 1024 });
  equal(map.capacity, 768);
  const model = new Map<string, number>();
  let offset = 0;
  while (true) {
    const key = `key ${prng.below(2000)}`;
    if (!map.put(encodeUtf8(key), offset)) {
      equal(model.has(key), false);
      break;
    }
    model.set(key, offset++);
  }
  equal(map.size, 768);
  equal(map.latestOffset, offset - 1);
  for (let index = 0; index < 2000; index++) {
    const key = `key ${index}`;
    equal(map.get(encodeUtf8(key)), model.get(key) ?? -1);
  }
  const [known] = model.keys();
  equal(map.put(encodeUtf8(known!), offset), true, "a key that it knows needs no room");
  deepEqual(map.get(encodeUtf8(known!)), offset);
});

Deno.test("a map is no larger than its records need", () => {
  const map = new OffsetMap(new KeyHash(new Uint8Array(16)), { records: 100, budgetBytes: 1 << 30 });
  equal(map.capacity >= 100 && map.capacity < 300, true);
});
