/**
 * Damaged record batches. Invariants: the cursor and verifyBatch never throw, and never find bytes that are not
 * there; walking the records of a batch throws DecodeError or ends; what verifyBatch calls sound reads the same again.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { DecodeError } from "../../src/core/errors.ts";
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  BatchCursor,
  BatchView,
  checkFrame,
  verifyBatch,
  writeCrc,
} from "../../src/records/batch.ts";
import { RecordCursor } from "../../src/records/record.ts";
import { goldens } from "../unit/records/golden.ts";

const MAX_BYTES = 1 << 20;
const whole = goldens.map(({ bytes }) => bytes);

/** Several golden batches in a row with some bytes replaced, inserted or cut off. */
const damaged = fc.record({
  parts: fc.array(fc.constantFrom(...whole), { minLength: 1, maxLength: 3 }),
  changes: fc.array(fc.tuple(fc.nat(600), fc.oneof(fc.nat(255), fc.constantFrom(0, 127, 128, 255))), {
    maxLength: 8,
  }),
  cut: fc.nat(100),
}).map(({ parts, changes, cut }) => {
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
  return bytes.subarray(0, Math.max(0, bytes.length - cut));
});

const input = fc.oneof(damaged, fc.uint8Array({ maxLength: 300 }));

/** Walks the records; any error but DecodeError fails the test. Returns what was read, as text, or null. */
function readRecords(batch: BatchView): string | null {
  const found: unknown[] = [];
  try {
    const cursor = new RecordCursor(batch, { maxBytes: MAX_BYTES });
    let last = -1;
    while (cursor.next()) {
      assert.ok(cursor.offset > last && cursor.offset <= batch.lastOffset);
      assert.ok(Number.isSafeInteger(cursor.timestamp));
      assert.ok(cursor.bodyAt < cursor.endAt && cursor.endAt <= cursor.payload.length);
      assert.ok(cursor.payload.length <= MAX_BYTES || batch.compressionId === 0);
      last = cursor.offset;
      const { key, value, headers } = cursor.record();
      found.push([last, key?.length, value?.length, headers.length]);
    }
    assert.equal(found.length, batch.recordsCount);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return null;
  }
  return JSON.stringify(found);
}

Deno.test("a cursor over damaged bytes never throws, moves forward and stays inside", () => {
  fc.assert(
    fc.property(input, (bytes) => {
      const cursor = new BatchCursor(bytes);
      let valid = 0;
      while (cursor.next()) {
        assert.equal(cursor.at, valid);
        assert.ok(cursor.sizeBytes >= BATCH_HEADER_BYTES);
        valid = cursor.nextAt;
        assert.ok(valid <= bytes.length);
        verifyBatch(bytes, cursor.at);
      }
      assert.equal(cursor.nextAt, valid);
      assert.equal(cursor.fault === null, valid === bytes.length);
      // Reading the valid prefix again finds the same batches and no fault.
      const again = new BatchCursor(bytes.subarray(0, valid));
      while (again.next());
      assert.deepEqual([again.nextAt, again.fault], [valid, null]);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("verifyBatch at any place of any bytes gives a name or null", () => {
  fc.assert(
    fc.property(input, fc.nat(400), (bytes, place) => {
      const at = Math.min(place, bytes.length);
      const fault = verifyBatch(bytes, at);
      const frame = checkFrame(bytes, at);
      if (frame !== null) assert.equal(fault, frame);
      if (fault !== null) return;
      const batch = new BatchView(bytes, at);
      assert.ok(at + batch.sizeBytes <= bytes.length);
      assert.ok(batch.baseOffset >= 0 && Number.isSafeInteger(batch.lastOffset));
      assert.ok(Number.isSafeInteger(batch.maxTimestamp) && Number.isSafeInteger(batch.producerId));
      assert.equal(readRecords(batch), readRecords(new BatchView(batch.view.slice())));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("records with a right checksum and any content are read or refused with DecodeError", () => {
  let readable = 0;
  fc.assert(
    fc.property(damaged, fc.option(fc.nat(4), { nil: undefined }), (bytes, codecId) => {
      if (checkFrame(bytes, 0) !== null) return;
      if (codecId !== undefined) bytes[ATTRIBUTES_AT + 1] = codecId;
      writeCrc(bytes, 0);
      const fault = verifyBatch(bytes, 0);
      assert.notEqual(fault, "crc mismatch");
      if (readRecords(new BatchView(bytes)) !== null) readable++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(readable > 100, `only ${readable} runs were readable: the damage is too great to test anything`);
});
