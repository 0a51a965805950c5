import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32c, extendCrc32c, loadWasm, updateByTables } from "../../../src/records/crc32c.ts";
import { CHUNK_BYTES } from "../../../src/records/crc32c_wasm.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

/** Bytes without a pattern that a checksum could be blind to. */
function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0, state = 1; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

/** The definition, bit by bit. */
function slow(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

Deno.test("crc32c gives the vectors of RFC 3720, appendix B.4", () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c);
  assert.equal(crc32c(ascii("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

Deno.test("both ways to compute follow the definition around every length where the way changes", () => {
  const wasm = loadWasm();
  const bytes = noise(3 * CHUNK_BYTES + 100);
  const edges = [1, 8, 16, 192, 1264, 1664, 3344, 6144, 8192, CHUNK_BYTES, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES];
  for (const edge of edges) {
    for (const length of [edge - 1, edge, edge + 1, edge + 15, edge + 16, edge + 17]) {
      const range = bytes.subarray(3, 3 + length);
      const expected = slow(range);
      assert.equal(~wasm(-1, bytes, 3, 3 + length) >>> 0, expected, `WebAssembly, ${length} bytes`);
      assert.equal(~updateByTables(-1, bytes, 3, 3 + length) >>> 0, expected, `tables, ${length} bytes`);
      assert.equal(crc32c(bytes, 3, 3 + length), expected, `${length} bytes`);
    }
  }
});

Deno.test("the checksum stays the same when WebAssembly takes over from the tables", () => {
  const bytes = noise(30_000);
  const expected = slow(bytes);
  for (let turn = 0; turn < 20; turn++) assert.equal(crc32c(bytes), expected, `turn ${turn}`);
});

Deno.test("a long input leaves nothing behind that changes the next checksum", () => {
  const wasm = loadWasm();
  const bytes = noise(CHUNK_BYTES);
  const lengths = [CHUNK_BYTES, 2000, 7000, 1700, CHUNK_BYTES, 6144, 100];
  for (const length of lengths) {
    assert.equal(wasm(-1, bytes, 0, length), updateByTables(-1, bytes, 0, length), `${length} bytes`);
  }
});

Deno.test("a checksum extended over parts is that of the whole", () => {
  const bytes = noise(20000);
  fc.assert(fc.property(fc.nat(20000), fc.nat(20000), (a, b) => {
    const [first, second] = a < b ? [a, b] : [b, a];
    const parts = [[0, first], [first, second], [second, bytes.length]] as const;
    assert.equal(parts.reduce((crc, [from, to]) => extendCrc32c(crc, bytes, from, to), 0), crc32c(bytes));
  }));
});

Deno.test("any single flipped bit changes the checksum", () => {
  const bytes = noise(16384);
  const before = crc32c(bytes);
  fc.assert(fc.property(fc.nat(16383), fc.nat(7), (at, bit) => {
    bytes[at]! ^= 1 << bit;
    const after = crc32c(bytes);
    bytes[at]! ^= 1 << bit;
    assert.notEqual(after, before);
  }));
});
