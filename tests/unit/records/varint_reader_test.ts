import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter } from "../../../src/core/bytes.ts";
import { DecodeError } from "../../../src/core/errors.ts";
import { VarintReader } from "../../../src/records/varint_reader.ts";
import { fromHex } from "./golden.ts";

Deno.test("varints and varlongs of every length read as written", () => {
  const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
  const small = fc.integer({ min: -70, max: 9000 });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(small, int32)),
      fc.array(fc.oneof(small, fc.maxSafeInteger())),
      (ints, longs) => {
        const writer = new ByteWriter();
        for (const value of ints) writer.writeVarint(value);
        for (const value of longs) writer.writeVarlong(value);
        const reader = new VarintReader(writer.toBytes());
        for (const value of ints) assert.equal(reader.readVarint(), value);
        for (const value of longs) assert.equal(reader.readVarlong(), value);
        assert.equal(reader.position, writer.position);
      },
    ),
  );
});

Deno.test("a varint that is cut off or too long is a DecodeError", () => {
  for (const hex of ["", "80", "8080", "80808080", "ffffffffff7f"]) {
    assert.throws(() => new VarintReader(fromHex(hex)).readVarint(), DecodeError, hex);
    if (hex.length < 12) assert.throws(() => new VarintReader(fromHex(hex)).readVarlong(), DecodeError, hex);
  }
});

Deno.test("skip refuses what is not there and lengths below zero", () => {
  const reader = new VarintReader(new Uint8Array(10));
  assert.equal(reader.skip(4, 10), 0);
  assert.equal(reader.skip(0, 10), 4);
  assert.throws(() => reader.skip(7, 10), DecodeError);
  assert.throws(() => reader.skip(3, 6), DecodeError);
  assert.throws(() => reader.skip(-1, 10), DecodeError);
});
