import assert from "node:assert/strict";
import { DecompressError } from "../../../../src/records/compression/errors.ts";
import { snappyCompress, snappyDecompress } from "../../../../src/records/compression/snappy.ts";
import { fromHex, toHex } from "../golden.ts";
import { text } from "./samples.ts";

const isCorrupt = (error: unknown) => error instanceof DecompressError && error.reason === "corrupt";
const isBomb = (error: unknown) => error instanceof DecompressError && error.reason === "bomb";
const ascii = (value: string) => new TextEncoder().encode(value);

Deno.test("raw snappy is read: literals and the three kinds of copies of the format description", () => {
  // 12 bytes: literal "abcd", then copies of 4 bytes from 4 back with an offset of 11 and of 16 bits.
  assert.deepEqual(
    snappyDecompress(fromHex("0c" + "0c61626364" + "0104" + "0e0400"), 12),
    ascii("abcdabcdabcd"),
  );
  assert.deepEqual(snappyDecompress(fromHex("08" + "0c61626364" + "0f04000000"), 8), ascii("abcdabcd"));
  // A copy that reaches into what it writes repeats.
  assert.deepEqual(snappyDecompress(fromHex("0b" + "0061" + "260100"), 11), ascii("a".repeat(11)));
  // A literal with its length in one byte of its own.
  assert.deepEqual(snappyDecompress(fromHex("3d" + "f03c" + "62".repeat(61)), 61), ascii("b".repeat(61)));
  assert.deepEqual(snappyDecompress(fromHex("00"), 0), new Uint8Array(0));
});

for (
  const [name, hex] of [
    ["no length", ""],
    ["a length that does not end", "ffffffffff"],
    ["a length above 32 bits", "ffffffff7f00"],
    ["a length that the input cannot give", "ff01" + "0061"],
    ["less output than promised", "05" + "0c61626364"],
    ["more output than promised", "03" + "0c61626364"],
    ["a literal that is cut off", "04" + "0c6162"],
    ["a literal length that is cut off", "3d" + "f0"],
    ["a literal of 2^32 bytes", "04" + "fcffffffff" + "61626364"],
    ["a copy from before the beginning", "08" + "0c61626364" + "0105"],
    ["a copy from nowhere", "08" + "0c61626364" + "0100"],
    ["a copy that is cut off", "08" + "0c61626364" + "0e04"],
    ["a copy beyond the promised output", "06" + "0c61626364" + "0104"],
  ] as const
) {
  Deno.test(`raw snappy with ${name} is corrupt`, () => {
    assert.throws(() => snappyDecompress(fromHex(hex), 1000), isCorrupt);
  });
}

Deno.test("a raw length above the limit is a bomb, before anything is allocated", () => {
  assert.throws(() => snappyDecompress(fromHex("ffffffff0f" + "0061"), 1_000_000), isBomb);
});

Deno.test("the header of a xerial stream is the one of Java's SnappyOutputStream", () => {
  const bytes = snappyCompress(ascii("hello"));
  assert.equal(
    toHex(bytes),
    "82534e41505059000000000100000001" + "00000007" + "0510" + toHex(ascii("hello")),
  );
});

Deno.test("xerial chunks are read wherever their sizes and the headers between them fall", () => {
  const chunk = (hex: string) => (hex.length / 2).toString(16).padStart(8, "0") + hex;
  const header = "82534e41505059000000000100000001";
  const stream = header + chunk("040c61626364") + header + chunk("00") +
    chunk("0210" + "6566").replace("10", "04");
  assert.deepEqual(snappyDecompress(fromHex(stream), 6), ascii("abcdef"));
  assert.throws(() => snappyDecompress(fromHex(stream), 5), isBomb);
  assert.deepEqual(snappyDecompress(fromHex(header), 0), new Uint8Array(0));
});

Deno.test("a xerial chunk that is cut off or of an absurd size is corrupt", () => {
  const stream = snappyCompress(text(40_000));
  assert.throws(() => snappyDecompress(stream.subarray(0, 18), 40_000), isCorrupt);
  assert.throws(() => snappyDecompress(stream.subarray(0, 1000), 40_000), isCorrupt);
  stream[16] = 0x7f;
  assert.throws(() => snappyDecompress(stream, 40_000), isCorrupt);
});
