import assert from "node:assert/strict";
import { DecodeError } from "../../../src/core/errors.ts";
import { BATCH_HEADER_BYTES, batches, BatchView, RECORDS_COUNT_AT } from "../../../src/records/batch.ts";
import { BatchBuilder } from "../../../src/records/batch_builder.ts";
import { DecompressError } from "../../../src/records/compression/codec.ts";
import { RecordCursor, recordsOf } from "../../../src/records/record.ts";
import { fromHex, golden, goldens, toHex } from "./golden.ts";

const hexOrNull = (bytes: Uint8Array | null) => bytes === null ? null : toHex(bytes);

function readAll(bytes: Uint8Array) {
  return [...batches(bytes)].flatMap((batch) =>
    [...recordsOf(batch)].map(({ offset, timestamp, key, value, headers }) => ({
      offset,
      timestamp,
      key: hexOrNull(key),
      value: hexOrNull(value),
      headers: headers.map((header) => [header.key, hexOrNull(header.value)]),
    }))
  );
}

for (const { name, bytes, batches: expected } of goldens) {
  if (expected.length === 0) continue;
  Deno.test(`the records of Kafka's batch "${name}" read as Kafka reads them`, () => {
    assert.deepEqual(readAll(bytes), expected.flatMap((batch) => batch.records));
  });
}

/** A batch whose records are exactly `payload`. */
function batchWith(
  payload: Uint8Array,
  options: { count?: number; lastOffsetDelta?: number } = {},
): BatchView {
  const empty = new BatchBuilder();
  empty.keepLastOffset(options.lastOffsetDelta ?? 0);
  const bytes = new Uint8Array(BATCH_HEADER_BYTES + payload.length);
  bytes.set(empty.build());
  bytes.set(payload, BATCH_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setInt32(RECORDS_COUNT_AT, options.count ?? 1);
  return new BatchView(bytes);
}

Deno.test("the smallest record has seven bytes", () => {
  // length 6; attributes; timestamp delta 0; offset delta 0; null key; null value; no headers
  const [record] = recordsOf(batchWith(fromHex("0c000000010100")));
  assert.deepEqual(record, { offset: 0, timestamp: -1, key: null, value: null, headers: [] });
});

const malformed: readonly (readonly [name: string, hex: string, says: RegExp])[] = [
  ["a length shorter than the record", "0a000000010100", /do not fit/],
  ["a length longer than the record", "0e00000001010000", /ends at/],
  ["a length beyond the payload", "10000000010100", /does not fit/],
  ["a negative length", "01000000010100", /does not fit/],
  ["a varint that does not end", "0c00ffffffffffffffffffff", /2\^53-1/],
  ["an offset delta that is negative", "0c000001010100", /offset delta -1/],
  ["an offset delta above the batch's last", "0c000002010100", /offset delta 1/],
  ["a key length of -2", "0c000000030100", /length of -2/],
  ["a key beyond the payload", "0c000000080100", /remain/],
  ["a value length of -2", "0c000000010300", /length of -2/],
  ["more headers than fit", "0c000000010108", /headers do not fit/],
  ["a negative count of headers", "0c000000010101", /headers do not fit/],
  ["a header with a null key", "100000000101020101", /-1 bytes/],
  ["a header value length of -2", "100000000101020003", /length of -2/],
  ["bytes after the last record", "0c00000001010000", /left after/],
];
for (const [name, hex, says] of malformed) {
  Deno.test(`a batch with ${name} is a DecodeError`, () => {
    assert.throws(() => [...recordsOf(batchWith(fromHex(hex)))], (error: Error) => {
      assert.ok(error instanceof DecodeError, String(error));
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("a count that the payload cannot hold is refused before any record", () => {
  const payload = fromHex("0c000000010100");
  assert.throws(() => new RecordCursor(batchWith(payload, { count: 2, lastOffsetDelta: 9 })), DecodeError);
  assert.throws(() => new RecordCursor(batchWith(payload, { count: -1 })), DecodeError);
  assert.throws(() => [...recordsOf(batchWith(payload, { count: 0 }))], /7 bytes are left/);
});

Deno.test("offset deltas must go up: a repeated one would give two records one offset", () => {
  const twice = fromHex("0c000000010100" + "0c000000010100");
  assert.throws(
    () => [...recordsOf(batchWith(twice, { count: 2, lastOffsetDelta: 1 }))],
    /offset delta 0 after 0/,
  );
});

Deno.test("a timestamp that overflows is a DecodeError", () => {
  const builder = new BatchBuilder();
  builder.append({ timestamp: Number.MAX_SAFE_INTEGER, key: null, value: null });
  builder.append({ timestamp: 0, key: null, value: null });
  const bytes = builder.build();
  new DataView(bytes.buffer).setBigInt64(27, -10n);
  assert.throws(() => [...recordsOf(new BatchView(bytes))], /beyond 2\^53-1/);
});

Deno.test("the records of a batch may not take more than allowed, compressed or not", () => {
  const value = new Uint8Array(100_000);
  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
    const builder = new BatchBuilder({ compression });
    builder.append({ timestamp: 0, key: null, value });
    const batch = new BatchView(builder.build());
    assert.equal([...recordsOf(batch, { maxBytes: 100_100 })].length, 1);
    assert.throws(() => [...recordsOf(batch, { maxBytes: 99_999 })], (error: unknown) => {
      assert.ok(error instanceof DecompressError);
      assert.equal(error.reason, "bomb");
      return true;
    });
  }
});

Deno.test("a batch of an unknown compression type is a DecodeError", () => {
  const bytes = golden("plain none");
  bytes[22] = 7;
  assert.throws(() => new RecordCursor(new BatchView(bytes)), /compression type 7/);
});

Deno.test("keys, values and headers are views of the batch, not copies", () => {
  const bytes = golden("plain none");
  for (const record of recordsOf(new BatchView(bytes))) {
    if (record.key !== null) assert.equal(record.key.buffer, bytes.buffer);
    if (record.value !== null) assert.equal(record.value.buffer, bytes.buffer);
    for (const header of record.headers) {
      if (header.value !== null) assert.equal(header.value.buffer, bytes.buffer);
    }
  }
});
