/** The keyed hash and the map of offsets. */

import { deepEqual, equal, notDeepEqual } from "node:assert/strict";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { KeyHash } from "../../../../src/log/compaction/key_hash.ts";
import { OffsetMap } from "../../../../src/log/compaction/offset_map.ts";

function hashOf(hash: KeyHash, bytes: Uint8Array, from = 0, to = bytes.length): number[] {
  hash.update(bytes, from, to);
  return [hash.h0, hash.h1, hash.h2, hash.h3].map((word) => word >>> 0);
}

Deno.test("Chaskey gives the tags published with its reference implementation", () => {
  const secret = new Uint8Array(16);
  const view = new DataView(secret.buffer);
  [0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39].forEach((word, index) =>
    view.setUint32(index * 4, word, true)
  );
  const hash = new KeyHash(secret);
  // Inputs of 0, 1, 2 ... bytes counting up from 00.
  const expected = [
    [0x792e8fe5, 0x75ce87aa, 0x2d1450b5, 0x1191970b],
    [0x13a9307b, 0x50e62c89, 0x4577bd88, 0xc0bbdc18],
    [0x55df8922, 0x2c7ff577, 0x73809ef4, 0x4e5084c0],
    [0x1bdbb264, 0xa07680d8, 0x8e5b2ab8, 0x20660413],
    [0x30b2d171, 0xe38532fb, 0x16707c16, 0x73ed45f0],
  ];
  for (const [length, tag] of expected.entries()) {
    deepEqual(hashOf(hash, Uint8Array.from({ length }, (_, index) => index)), tag, `${length} bytes`);
  }
});

Deno.test("a hash depends on every byte of the key, its length and the secret, and on nothing else", () => {
  const prng = new Prng(1);
  const hash = new KeyHash(prng.bytes(16));
  const seen = new Set<string>();
  for (let length = 0; length <= 50; length++) {
    const zeros = new Uint8Array(length);
    seen.add(hashOf(hash, zeros).join());
    for (let at = 0; at < length; at++) {
      const changed = zeros.slice();
      changed[at] = 0x80;
      seen.add(hashOf(hash, changed).join());
    }
  }
  equal(seen.size, 51 + 50 * 51 / 2);
  const key = encodeUtf8("a key that is longer than a block");
  const within = encodeUtf8("<<a key that is longer than a block>>");
  deepEqual(hashOf(hash, within, 2, within.length - 2), hashOf(hash, key));
  notDeepEqual(hashOf(new KeyHash(prng.bytes(16)), key), hashOf(hash, key));
});

Deno.test("the map holds what a Map holds, until it is full", () => {
  const prng = new Prng(2);
  const size = { records: 10_000, budgetBytes: 24 * 1024, maxLoad: 0.75 };
  const map = new OffsetMap(new KeyHash(prng.bytes(16)), size);
  equal(map.capacity, 768);
  const model = new Map<string, number>();
  const put = (key: string, at: number) => map.put(encodeUtf8(key), 0, key.length, at);
  const get = (key: string) => map.get(encodeUtf8(key), 0, key.length);
  // Offsets on both sides of 2^32.
  let offset = 2 ** 32 - 500;
  while (true) {
    const key = `key ${prng.below(2000)}`;
    if (!put(key, offset)) {
      equal(model.has(key), false);
      break;
    }
    model.set(key, offset++);
  }
  equal(map.size, 768);
  equal(map.latestOffset, offset - 1);
  for (let index = 0; index < 2000; index++) equal(get(`key ${index}`), model.get(`key ${index}`) ?? -1);
  const [known] = model.keys();
  equal(put(known!, Number.MAX_SAFE_INTEGER - 1), true, "a key that it knows needs no room");
  equal(get(known!), Number.MAX_SAFE_INTEGER - 1);
});

Deno.test("a map is no larger than its records need", () => {
  const map = new OffsetMap(new KeyHash(new Uint8Array(16)), { records: 100, budgetBytes: 1 << 30 });
  equal(map.capacity >= 100 && map.memoryBytes < 100 * 48, true);
});
