import assert from "node:assert/strict";
import fc from "fast-check";
import { InvariantError } from "../../../src/core/assert.ts";
import { BatchView, verifyBatch } from "../../../src/records/batch.ts";
import { BatchBuilder, type BatchOptions, emptyBatchOf } from "../../../src/records/batch_builder.ts";
import { type CompressionName, compressionNames } from "../../../src/records/compression/codec.ts";
import { RecordCursor, recordsOf } from "../../../src/records/record.ts";
import { fromHex, golden, type GoldenBatch, goldens } from "./golden.ts";

const bytesOrNull = (hex: string | null) => hex === null ? null : fromHex(hex);

function optionsOf(batch: GoldenBatch, compression: CompressionName): BatchOptions {
  return {
    baseOffset: batch.baseOffset,
    compression,
    timestampType: batch.timestampType,
    logAppendTimestamp: batch.maxTimestamp,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    ...(batch.deleteHorizon === null ? {} : { deleteHorizonMs: batch.deleteHorizon }),
  };
}

for (const { name, bytes, batches } of goldens) {
  const [batch] = batches;
  if (batch === undefined || batches.length !== 1 || batch.recordsCount === 0) continue;
  if (batch.compression !== "none") continue;
  Deno.test(`BatchBuilder writes Kafka's batch "${name}" byte for byte`, () => {
    const builder = new BatchBuilder(optionsOf(batch, "none"));
    for (const record of batch.records) {
      builder.appendAt(record.offset, {
        timestamp: record.timestamp,
        key: bytesOrNull(record.key),
        value: bytesOrNull(record.value),
        headers: record.headers.map(([key, value]) => ({ key, value: bytesOrNull(value) })),
      });
    }
    builder.keepLastOffset(batch.lastOffset);
    assert.deepEqual(builder.build(), bytes);
  });
}

Deno.test("an emptied batch is the one that Kafka's compaction leaves", () => {
  assert.deepEqual(
    emptyBatchOf(new BatchView(golden("compacted to nothing"))),
    golden("compacted to nothing"),
  );
});

Deno.test("an emptied batch keeps its offsets, producer, type and largest timestamp", () => {
  for (const name of ["transactional zstd", "log append time", "sequence wraps"]) {
    const before = new BatchView(golden(name));
    const after = new BatchView(emptyBatchOf(before));
    assert.equal(verifyBatch(after.bytes, 0), null);
    assert.equal(after.recordsCount, 0);
    assert.equal(after.compressionId, 0);
    for (
      const field of [
        "baseOffset",
        "lastOffset",
        "producerId",
        "producerEpoch",
        "baseSequence",
        "lastSequence",
        "maxTimestamp",
        "timestampType",
        "isTransactional",
      ] as const
    ) assert.equal(after[field], before[field], `${name}: ${field}`);
  }
});

Deno.test("compaction drops records and keeps the rest byte for byte, at their offsets", () => {
  for (const compression of compressionNames) {
    const source = new BatchView(golden(`plain ${compression}`));
    const builder = new BatchBuilder({ baseOffset: source.baseOffset, compression });
    const cursor = new RecordCursor(source);
    while (cursor.next()) if (cursor.offset % 2 === 0) builder.appendFrom(cursor);
    builder.keepLastOffset(source.lastOffset);
    const bytes = builder.build();
    assert.equal(verifyBatch(bytes, 0), null);
    const kept = [...recordsOf(source)].filter((record) => record.offset % 2 === 0);
    assert.deepEqual([...recordsOf(new BatchView(bytes))], kept);
    assert.equal(new BatchView(bytes).lastOffset, source.lastOffset);
  }
});

const bytesArbitrary = fc.uint8Array({ maxLength: 300 });
/** Plain objects, so that deepEqual compares them with those read. */
const plain = { noNullPrototype: true };
const recordArbitrary = fc.record({
  timestamp: fc.oneof(fc.integer({ min: -1, max: 2 ** 45 }), fc.constant(Number.MAX_SAFE_INTEGER - 1)),
  key: fc.option(bytesArbitrary),
  value: fc.option(bytesArbitrary),
  headers: fc.array(
    fc.record(
      { key: fc.string({ unit: "grapheme", maxLength: 20 }), value: fc.option(bytesArbitrary) },
      plain,
    ),
    { maxLength: 4 },
  ),
}, plain);

Deno.test("what is appended is what is read, under every option", () => {
  fc.assert(
    fc.property(
      fc.record({
        baseOffset: fc.oneof(fc.nat(), fc.constant(2 ** 52)),
        compression: fc.constantFrom(...compressionNames),
        partitionLeaderEpoch: fc.integer({ min: -1, max: 0x7fffffff }),
        producerId: fc.oneof(fc.constant(-1), fc.nat(), fc.constant(2 ** 53 - 1)),
        producerEpoch: fc.integer({ min: -1, max: 32767 }),
        baseSequence: fc.integer({ min: -1, max: 0x7fffffff }),
        isTransactional: fc.boolean(),
        isControl: fc.boolean(),
      }),
      fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), recordArbitrary), { minLength: 1, maxLength: 20 }),
      (options, steps) => {
        const builder = new BatchBuilder(options);
        let next = options.baseOffset - 1;
        const expected = steps.map(([step, record]) => ({ offset: next += step, ...record }));
        for (const { offset, ...record } of expected) {
          const most = builder.uncompressedBytesWith(record);
          builder.appendAt(offset, record);
          assert.ok(builder.uncompressedBytes <= most && builder.uncompressedBytes + 21 >= most);
        }
        assert.equal(builder.count, steps.length);
        const bytes = builder.build();
        const batch = new BatchView(bytes);
        assert.equal(verifyBatch(bytes, 0), null);
        assert.deepEqual(
          [...recordsOf(batch)].map((record) => ({
            ...record,
            key: record.key?.slice() ?? null,
            value: record.value?.slice() ?? null,
            headers: record.headers.map(({ key, value }) => ({ key, value: value?.slice() ?? null })),
          })),
          expected,
        );
        assert.equal(batch.maxTimestamp, Math.max(...expected.map((record) => record.timestamp)));
        for (const field of Object.keys(options) as (keyof typeof options)[]) {
          if (field !== "compression") assert.equal(batch[field], options[field], field);
        }
        if (options.compression === "none") assert.equal(bytes.length, builder.uncompressedBytes);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("a builder that was reset gives the batch of a new one", () => {
  const record = { timestamp: 5, key: null, value: new Uint8Array(2000) };
  const builder = new BatchBuilder({ producerId: 1 });
  builder.append(record);
  builder.append(record);
  const first = builder.build();
  const copy = first.slice();
  builder.reset({ baseOffset: 9 });
  builder.append(record);
  const fresh = new BatchBuilder({ baseOffset: 9 });
  fresh.append(record);
  assert.deepEqual(builder.build(), fresh.build());
  assert.deepEqual(first, copy, "the first batch is not overwritten");
});

Deno.test("offsets that do not go up are a broken invariant", () => {
  const builder = new BatchBuilder({ baseOffset: 10 });
  const record = { timestamp: 0, key: null, value: null };
  assert.throws(() => builder.appendAt(9, record), InvariantError);
  builder.appendAt(12, record);
  assert.throws(() => builder.appendAt(12, record), InvariantError);
  assert.throws(() => builder.keepLastOffset(11), InvariantError);
});

Deno.test("the estimated size is exact without compression and learns from the last batch with it", () => {
  const value = new Uint8Array(50_000);
  for (const compression of ["none", "zstd"] as const) {
    const builder = new BatchBuilder({ compression });
    builder.append({ timestamp: 0, key: null, value });
    assert.equal(builder.estimatedBytes, builder.uncompressedBytes);
    const built = builder.build();
    builder.reset();
    builder.append({ timestamp: 0, key: null, value });
    assert.equal(builder.estimatedBytes, built.length);
    builder.reset({ compression: "gzip" });
    builder.append({ timestamp: 0, key: null, value });
    assert.equal(builder.estimatedBytes, builder.uncompressedBytes);
  }
});
