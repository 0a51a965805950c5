import assert from "node:assert/strict";
import { DecompressError } from "../../../../src/records/compression/errors.ts";
import { lz4Compress, lz4Decompress } from "../../../../src/records/compression/lz4_frame.ts";
import { xxh32 } from "../../../../src/records/compression/xxh32.ts";
import { fromHex, toHex } from "../golden.ts";
import { text } from "./samples.ts";

const isCorrupt = (error: unknown) => error instanceof DecompressError && error.reason === "corrupt";
const isBomb = (error: unknown) => error instanceof DecompressError && error.reason === "bomb";
const ascii = (value: string) => new TextEncoder().encode(value);

Deno.test("xxh32 gives the hashes of the reference implementation", () => {
  assert.equal(xxh32(ascii("")), 0x02cc5d05);
  assert.equal(xxh32(ascii("a")), 0x550d7456);
  assert.equal(xxh32(ascii("abc")), 0x32d153ff);
  assert.equal(xxh32(ascii("Nobody inspects the spammish repetition")), 0xe2293b2f);
});

/** A frame with the given flags, made right with its header checksum. */
function frame(
  flags: number,
  body: string,
  options: { descriptor?: number; contentBytes?: string } = {},
): Uint8Array {
  const header = fromHex(
    toHex(Uint8Array.of(flags, options.descriptor ?? 0x40)) + (options.contentBytes ?? ""),
  );
  const checksum = (xxh32(header) >>> 8) & 255;
  return fromHex("04224d18" + toHex(header) + toHex(Uint8Array.of(checksum)) + body);
}

const littleEndian = (value: number) => toHex(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));

/** A block as it is: "abcdabcdabcdabcd" and five literals, by a literal of 4 and a match of 12 from 4 back. */
const BLOCK = "48" + "61626364" + "0400" + "50" + "6162636465";
const CONTENT = ascii("abcd".repeat(4) + "abcde");
const block = (hex: string) => littleEndian(hex.length / 2) + hex;
const END = "00000000";

Deno.test("a block's literals and match are read", () => {
  assert.deepEqual(lz4Decompress(frame(0x60, block(BLOCK) + END), 100), CONTENT);
  assert.throws(() => lz4Decompress(frame(0x60, block(BLOCK) + END), CONTENT.length - 1), isBomb);
});

Deno.test("the header is the one of Java's LZ4 output stream: independent blocks of 64 KiB", () => {
  assert.equal(
    toHex(lz4Compress(ascii("hello"))),
    "04224d18" + "6040" + "82" + "05000080" + toHex(ascii("hello")) + END,
  );
});

Deno.test("an uncompressed block, checksums and a content size are read and checked", () => {
  const size = "15".padEnd(16, "0");
  const checked = block(BLOCK) + littleEndian(xxh32(fromHex(BLOCK)));
  const good = frame(0x7c, checked + END + littleEndian(xxh32(CONTENT)), { contentBytes: size });
  assert.deepEqual(lz4Decompress(good, 100), CONTENT);
  // The last byte of the content checksum, then of the block's, then of the content size.
  for (const at of [good.length - 1, good.length - 9]) {
    const bad = good.slice();
    bad[at]! ^= 1;
    assert.throws(() => lz4Decompress(bad, 100), isCorrupt, `byte ${at}`);
  }
  const longer = frame(0x68, block(BLOCK) + END, { contentBytes: "16".padEnd(16, "0") });
  assert.throws(() => lz4Decompress(longer, 100), isCorrupt);
  const raw = frame(0x60, littleEndian((21 | 0x80000000) >>> 0) + toHex(CONTENT) + END);
  assert.deepEqual(lz4Decompress(raw, 100), CONTENT);
});

Deno.test("a match may reach into the block before only when blocks are linked", () => {
  // The second block's match begins 25 back, in the first.
  const second = "14" + "78" + "1600" + "50" + "7979797979";
  const body = block(BLOCK) + block(second) + END;
  assert.equal(lz4Decompress(frame(0x40, body), 100).length, 21 + 1 + 8 + 5);
  assert.throws(() => lz4Decompress(frame(0x60, body), 100), isCorrupt);
});

for (
  const [name, bytes] of [
    ["another magic", fromHex("05224d18604082" + END)],
    ["version 2", frame(0xa0, END)],
    ["a reserved flag", frame(0x62, END)],
    ["a reserved descriptor bit", frame(0x60, END, { descriptor: 0x41 })],
    ["a block size code of 3", frame(0x60, END, { descriptor: 0x30 })],
    ["a dictionary", frame(0x61, "00000000" + END)],
    ["a wrong header checksum", fromHex("04224d18604083" + END)],
    ["no end mark", frame(0x60, block(BLOCK))],
    ["a block above its maximum", frame(0x60, littleEndian(65537) + "00".repeat(65537) + END)],
    ["a block that is cut off", frame(0x60, littleEndian(100) + BLOCK)],
    ["an empty compressed block's token missing", frame(0x60, littleEndian(0x80000000) + block("48") + END)],
    ["a match distance of 0", frame(0x60, block("48" + "61626364" + "0000" + "50" + "6162636465") + END)],
    [
      "a match from before the beginning",
      frame(0x60, block("48" + "61626364" + "0500" + "506162636465") + END),
    ],
    ["a block that ends with a match", frame(0x60, block("48" + "61626364" + "0400") + END)],
    ["a match distance that is cut off", frame(0x60, block("48" + "61626364" + "04") + END)],
    ["a literal length that is cut off", frame(0x60, block("f0ff") + END)],
    ["a match length that is cut off", frame(0x60, block("4f" + "61626364" + "0400" + "ff") + END)],
    ["literals that are cut off", frame(0x60, block("50" + "61626364") + END)],
  ] as const
) {
  Deno.test(`an LZ4 frame with ${name} is corrupt`, () => {
    assert.throws(() => lz4Decompress(bytes, 1_000_000), isCorrupt);
  });
}

Deno.test("a block may not give more than its frame's block size", () => {
  // A literal, then a match of 70,000 from 1 back: 4 + 15 + 274 * 255 + 111.
  const bomb = "1f" + "61" + "0100" + "ff".repeat(274) + "6f" + "50" + "6262626262";
  assert.throws(() => lz4Decompress(frame(0x60, block(bomb) + END), 1_000_000), DecompressError);
  assert.equal(lz4Decompress(frame(0x60, block(bomb) + END, { descriptor: 0x50 }), 1_000_000).length, 70_006);
});

Deno.test("a content size above the limit is refused at once", () => {
  assert.throws(() => lz4Decompress(frame(0x68, END, { contentBytes: "ffffffffffff0f00" }), 1 << 30), isBomb);
});

Deno.test("skippable frames are skipped", () => {
  const skippable = fromHex("502a4d18" + "02000000" + "ffff");
  const bytes = new Uint8Array([...skippable, ...lz4Compress(text(2000)), ...skippable]);
  assert.deepEqual(lz4Decompress(bytes, 2000), text(2000));
});
