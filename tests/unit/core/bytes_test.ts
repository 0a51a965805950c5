import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ByteReader,
  ByteWriter,
  decodeUtf8,
  encodeUtf8,
  MAX_ARRAY_ELEMENTS,
} from "../../../src/core/bytes.ts";
import { DecodeError } from "../../../src/core/errors.ts";

const safeInteger = fc.maxSafeInteger();
const text = fc.string({ unit: "grapheme", maxLength: 200 });
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 300 });

/** A value of one primitive, with how to write it and how to read it. */
interface Primitive<T> {
  readonly values: fc.Arbitrary<T>;
  readonly write: (writer: ByteWriter, value: T) => void;
  readonly read: (reader: ByteReader) => T;
}

function primitive<T>(values: fc.Arbitrary<T>, write: Primitive<T>["write"], read: Primitive<T>["read"]) {
  return { values, write, read } as Primitive<unknown>;
}

const primitives: Readonly<Record<string, Primitive<unknown>>> = {
  int8: primitive(fc.integer({ min: -128, max: 127 }), (w, v) => w.writeInt8(v), (r) => r.readInt8()),
  uint8: primitive(fc.nat(255), (w, v) => w.writeUint8(v), (r) => r.readUint8()),
  bool: primitive(fc.boolean(), (w, v) => w.writeBool(v), (r) => r.readBool()),
  int16: primitive(fc.integer({ min: -32768, max: 32767 }), (w, v) => w.writeInt16(v), (r) => r.readInt16()),
  uint16: primitive(fc.nat(65535), (w, v) => w.writeInt16(v), (r) => r.readUint16()),
  int32: primitive(fc.integer(), (w, v) => w.writeInt32(v), (r) => r.readInt32()),
  uint32: primitive(fc.nat(0xffffffff), (w, v) => w.writeUint32(v), (r) => r.readUint32()),
  int64: primitive(safeInteger, (w, v) => w.writeInt64(v), (r) => r.readInt64()),
  bigint64: primitive(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    (w, v) => w.writeBigInt64(v),
    (r) => r.readBigInt64(),
  ),
  float64: primitive(fc.double(), (w, v) => w.writeFloat64(v), (r) => r.readFloat64()),
  uvarint: primitive(fc.nat(0xffffffff), (w, v) => w.writeUvarint(v), (r) => r.readUvarint()),
  varint: primitive(fc.integer(), (w, v) => w.writeVarint(v), (r) => r.readVarint()),
  varlong: primitive(safeInteger, (w, v) => w.writeVarlong(v), (r) => r.readVarlong()),
  string: primitive(text, (w, v) => w.writeString(v), (r) => r.readString()),
  nullableString: primitive(
    fc.option(text),
    (w, v) => w.writeNullableString(v),
    (r) => r.readNullableString(),
  ),
  compactString: primitive(text, (w, v) => w.writeCompactString(v), (r) => r.readCompactString()),
  compactNullableString: primitive(
    fc.option(text),
    (w, v) => w.writeCompactNullableString(v),
    (r) => r.readCompactNullableString(),
  ),
  bytes: primitive(bytes, (w, v) => w.writeBytes(v), (r) => r.readBytes()),
  nullableBytes: primitive(fc.option(bytes), (w, v) => w.writeNullableBytes(v), (r) => r.readNullableBytes()),
  compactBytes: primitive(bytes, (w, v) => w.writeCompactBytes(v), (r) => r.readCompactBytes()),
  compactNullableBytes: primitive(
    fc.option(bytes),
    (w, v) => w.writeCompactNullableBytes(v),
    (r) => r.readCompactNullableBytes(),
  ),
};

for (const [name, { values, write, read }] of Object.entries(primitives)) {
  // The smallest buffers make every write cross the end of one, where growing replaces it.
  Deno.test(`${name} is read as it was written, also where the buffer grows`, () => {
    fc.assert(fc.property(fc.array(values, { maxLength: 10 }), fc.nat(40), (list, capacity) => {
      const writer = new ByteWriter(capacity);
      for (const value of list) write(writer, value);
      const reader = new ByteReader(writer.written);
      for (const value of list) assert.deepEqual(read(reader), value);
      assert.equal(reader.remaining, 0);
    }));
  });

  Deno.test(`${name} cut short or random is a DecodeError or a value, nothing else`, () => {
    fc.assert(fc.property(bytes, (random) => {
      const reader = new ByteReader(random);
      try {
        while (reader.remaining > 0) read(reader);
        read(reader);
        assert.fail("there was nothing left to read");
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        assert(reader.position <= random.length);
      }
    }));
  });
}

Deno.test("a reader of a range sees nothing outside it", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5, 6), 1, 4);
  assert.equal(reader.remaining, 3);
  assert.equal(reader.readInt16(), 0x0203);
  assert.throws(() => reader.readInt16(), DecodeError);
  assert.equal(reader.readInt8(), 4);
  assert.throws(() => reader.readInt8(), DecodeError);
  // A view of a larger buffer has positions of its own.
  const inner = new ByteReader(Uint8Array.of(9, 9, 0, 7).subarray(2));
  assert.equal(inner.readInt16(), 7);
});

Deno.test("known encodings: zigzag and unsigned varints as KIP-482 and the record format have them", () => {
  const writer = new ByteWriter();
  writer.writeUvarint(300);
  writer.writeVarint(-1);
  writer.writeVarint(150);
  writer.writeVarlong(-(2 ** 40));
  assert.deepEqual([...writer.written], [0xac, 0x02, 0x01, 0xac, 0x02, 255, 255, 255, 255, 255, 63]);
});

Deno.test("int64 outside 2^53-1 is refused in both directions", () => {
  const writer = new ByteWriter();
  for (const value of [2 ** 53, -(2 ** 53), 0.5, NaN]) {
    assert.throws(() => writer.writeInt64(value), /safe integer/);
  }
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n]) {
    writer.reset();
    writer.writeBigInt64(value);
    assert.throws(() => new ByteReader(writer.written).readInt64(), DecodeError);
  }
});

Deno.test("varints that never end or hold too much are refused", () => {
  const endless = new Uint8Array(20).fill(255);
  for (const read of ["readUvarint", "readVarint", "readVarlong"] as const) {
    assert.throws(() => new ByteReader(endless)[read](), DecodeError, read);
  }
  // 2^35-1 in five bytes: more than 32 bits.
  assert.throws(() => new ByteReader(Uint8Array.of(255, 255, 255, 255, 127)).readUvarint(), DecodeError);
  // 2^53 as a zigzag varlong.
  const tooLong = Uint8Array.of(128, 128, 128, 128, 128, 128, 128, 32);
  assert.throws(() => new ByteReader(tooLong).readVarlong(), DecodeError);
});

Deno.test("lengths below null, or beyond what remains, are refused before anything is allocated", () => {
  const lengths = {
    readString: [-1, -2, 5],
    readNullableString: [-2, 5],
    readBytes: [-1, 2 ** 30],
    readNullableBytes: [-2],
  };
  for (const [read, wrong] of Object.entries(lengths) as ["readString" | "readBytes", number[]][]) {
    for (const length of wrong) {
      const writer = new ByteWriter();
      if (read.endsWith("String")) writer.writeInt16(length);
      else writer.writeInt32(length);
      assert.throws(() => new ByteReader(writer.written)[read](), DecodeError, `${read} of ${length}`);
    }
  }
  for (const read of ["readCompactString", "readCompactBytes"] as const) {
    assert.throws(() => new ByteReader(Uint8Array.of(0))[read](), DecodeError, "null where it may not be");
    assert.throws(() => new ByteReader(Uint8Array.of(9, 1))[read](), DecodeError);
  }
});

Deno.test("an array is bounded by the bytes that remain and by the message's budget of elements", () => {
  const array = (length: number, room: number) => {
    const writer = new ByteWriter(room + 4);
    writer.writeInt32(length);
    writer.claim(room);
    return new ByteReader(writer.written);
  };
  assert.equal(array(-1, 0).readArrayLength(1), -1);
  assert.equal(array(5, 10).readArrayLength(2), 5);
  assert.throws(() => array(6, 10).readArrayLength(2), DecodeError);
  assert.throws(() => array(-2, 10).readArrayLength(2), DecodeError);
  assert.throws(() => array(2 ** 31 - 1, 10).readArrayLength(1), DecodeError);
  // Elements that take no bytes cost memory all the same.
  const empty = array(MAX_ARRAY_ELEMENTS + 1, 0);
  assert.throws(() => empty.readArrayLength(0), DecodeError);
});

Deno.test("nested arrays cannot multiply beyond the budget", () => {
  const writer = new ByteWriter();
  for (let level = 0; level < 11; level++) writer.writeInt32(MAX_ARRAY_ELEMENTS / 10);
  const reader = new ByteReader(writer.written);
  for (let level = 0; level < 10; level++) reader.readArrayLength(0);
  assert.throws(() => reader.readArrayLength(0), /at most/);
});

Deno.test("a compact array length counts one more than its elements, and zero is null", () => {
  assert.equal(new ByteReader(Uint8Array.of(0)).readCompactArrayLength(1), -1);
  assert.equal(new ByteReader(Uint8Array.of(1)).readCompactArrayLength(1), 0);
  assert.equal(new ByteReader(Uint8Array.of(3, 7, 7)).readCompactArrayLength(1), 2);
  assert.throws(() => new ByteReader(Uint8Array.of(4, 7, 7)).readCompactArrayLength(1), DecodeError);
});

Deno.test("unknown tagged fields are skipped, and a count without them is refused", () => {
  const reader = new ByteReader(Uint8Array.of(2, 0, 3, 1, 2, 3, 5, 0, 42));
  reader.skipTaggedFields();
  assert.equal(reader.readInt8(), 42);
  assert.throws(
    () => new ByteReader(Uint8Array.of(255, 255, 255, 255, 15, 0, 0)).skipTaggedFields(),
    DecodeError,
  );
});

Deno.test("malformed UTF-8 becomes U+FFFD and a leading U+FEFF stays, as in Java", () => {
  assert.equal(decodeUtf8(Uint8Array.of(97, 0xff, 98), 0, 3), "a\ufffdb");
  for (const kept of ["\ufeffkey", `\ufeff${"long ".repeat(20)}`]) {
    const encoded = encodeUtf8(kept);
    assert.equal(decodeUtf8(encoded, 0, encoded.length), kept);
  }
});

Deno.test("a string too long for its int16 length is an assertion, not a wrong length", () => {
  assert.throws(() => new ByteWriter().writeString("x".repeat(32768)), /32767/);
});

Deno.test("a sized part has its size in front, however large it gets", () => {
  for (const size of [0, 1, 127, 128, 16383, 16384, 2 ** 21 - 1, 2 ** 21]) {
    const writer = new ByteWriter(1);
    writer.writeInt8(7);
    const at = writer.beginSized();
    const content = new Uint8Array(size).map((_, index) => index);
    writer.writeRaw(content);
    writer.endSized(at);
    writer.writeInt8(9);
    const reader = new ByteReader(writer.written);
    assert.equal(reader.readInt8(), 7);
    assert.equal(reader.readUvarint(), size);
    assert.deepEqual(reader.readView(size), content);
    assert.equal(reader.readInt8(), 9);
    assert.equal(reader.remaining, 0);
  }
});

Deno.test("a source fills its own place", () => {
  const source = { byteLength: 5, writeTo: (target: Uint8Array) => target.fill(target.length) };
  const writer = new ByteWriter(2);
  writer.writeCompactNullableBytes(source as { byteLength: number; writeTo(target: Uint8Array): void });
  assert.deepEqual([...writer.written], [6, 5, 5, 5, 5, 5]);
});

Deno.test("a source keeps its bytes when the writer lets it, and lengths count them", () => {
  const asked: boolean[] = [];
  const bytes = { byteLength: 5, release: () => {} };
  const source = {
    byteLength: 5,
    writeTo: (target: Uint8Array) => void target.fill(9),
    hold: (mayBeFile: boolean) => (asked.push(mayBeFile), mayBeFile ? bytes : null),
  };
  const writer = new ByteWriter(2);
  writer.writeBytes(source);
  writer.holding = "memory";
  writer.writeBytes(source);
  writer.holding = "memory and files";
  writer.writeBytes(source);
  writer.writeInt8(1);
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual([...writer.written], [
    0,
    0,
    0,
    5,
    9,
    9,
    9,
    9,
    9,
    0,
    0,
    0,
    5,
    9,
    9,
    9,
    9,
    9,
    0,
    0,
    0,
    5,
    1,
  ]);
  assert.deepEqual(writer.held, [{ at: 22, bytes }]);
  assert.equal(writer.length, writer.position + 5);
  const sized = writer.beginSized();
  writer.endSized(sized);
  const wrong = writer.beginSized();
  writer.writeBytes(source);
  assert.throws(() => writer.endSized(wrong), /as a whole/);
  writer.reset();
  assert.equal(writer.length, 0);
});

Deno.test("reset keeps the buffer, and toBytes is a copy", () => {
  const writer = new ByteWriter(4);
  writer.writeInt32(1);
  const copy = writer.toBytes();
  const { capacity } = writer;
  writer.reset();
  writer.writeInt32(2);
  assert.deepEqual([...copy], [0, 0, 0, 1]);
  assert.equal(writer.capacity, capacity);
  writer.setInt32(0, 3);
  assert.deepEqual([...writer.written], [0, 0, 0, 3]);
});
