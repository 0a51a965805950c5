import assert from "node:assert/strict";
import { DecodeError } from "../../../src/core/errors.ts";
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  BatchCursor,
  batches,
  type BatchFault,
  BatchView,
  checkFrame,
  LAST_OFFSET_DELTA_AT,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  RECORDS_COUNT_AT,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
  verifyBatch,
  writeCrc,
} from "../../../src/records/batch.ts";
import { compressionName } from "../../../src/records/compression/codec.ts";
import { golden, goldens } from "./golden.ts";

const offsets = (cursor: BatchCursor) => {
  const found: number[] = [];
  while (cursor.next()) found.push(cursor.baseOffset);
  return found;
};

for (const { name, bytes, batches: expected } of goldens) {
  if (expected.length === 0) continue;
  Deno.test(`the header of Kafka's batch "${name}" reads as Kafka reads it`, () => {
    const cursor = new BatchCursor(bytes);
    for (const batch of expected) {
      assert.ok(cursor.next());
      assert.equal(verifyBatch(bytes, cursor.at), null);
      assert.deepEqual({
        baseOffset: cursor.baseOffset,
        lastOffset: cursor.lastOffset,
        magic: cursor.magic,
        sizeBytes: cursor.sizeBytes,
        partitionLeaderEpoch: cursor.partitionLeaderEpoch,
        crc: cursor.crc,
        compression: compressionName(cursor.compressionId),
        timestampType: cursor.timestampType,
        isTransactional: cursor.isTransactional,
        isControl: cursor.isControl,
        deleteHorizon: cursor.hasDeleteHorizon ? cursor.baseTimestamp : null,
        baseTimestamp: cursor.baseTimestamp,
        maxTimestamp: cursor.maxTimestamp,
        producerId: cursor.producerId,
        producerEpoch: cursor.producerEpoch,
        baseSequence: cursor.baseSequence,
        lastSequence: cursor.lastSequence,
        recordsCount: cursor.recordsCount,
      }, withoutRecords(batch));
    }
    assert.ok(!cursor.next());
    assert.equal(cursor.fault, null);
    assert.equal(cursor.nextAt, bytes.length);
  });
}

function withoutRecords<T extends { records: unknown }>(batch: T): Omit<T, "records"> {
  const { records: _, ...rest } = batch;
  return rest;
}

/** Changes a sound batch and says what must be found. The CRC is made right again where `sealed`. */
const faults: readonly {
  readonly name: string;
  readonly change: (view: DataView) => void;
  readonly sealed: boolean;
  readonly fault: BatchFault;
}[] = [
  {
    name: "a flipped bit in a value",
    change: (v) => v.setUint8(80, 1),
    sealed: false,
    fault: "crc mismatch",
  },
  {
    name: "a flipped attribute",
    change: (v) => v.setUint8(ATTRIBUTES_AT + 1, 16),
    sealed: false,
    fault: "crc mismatch",
  },
  { name: "magic 0", change: (v) => v.setUint8(MAGIC_AT, 0), sealed: false, fault: "old magic" },
  { name: "magic 1", change: (v) => v.setUint8(MAGIC_AT, 1), sealed: false, fault: "old magic" },
  { name: "magic 3", change: (v) => v.setUint8(MAGIC_AT, 3), sealed: false, fault: "bad magic" },
  { name: "magic -1", change: (v) => v.setInt8(MAGIC_AT, -1), sealed: false, fault: "bad magic" },
  {
    name: "a length of 48",
    change: (v) => v.setInt32(BATCH_LENGTH_AT, 48),
    sealed: false,
    fault: "length below header",
  },
  {
    name: "a length of -1",
    change: (v) => v.setInt32(BATCH_LENGTH_AT, -1),
    sealed: false,
    fault: "length below header",
  },
  {
    name: "the smallest length",
    change: (v) => v.setInt32(BATCH_LENGTH_AT, -0x80000000),
    sealed: false,
    fault: "length below header",
  },
  {
    name: "a length beyond the bytes",
    change: (v) => v.setInt32(BATCH_LENGTH_AT, v.byteLength - 11),
    sealed: false,
    fault: "truncated",
  },
  {
    name: "the largest length",
    change: (v) => v.setInt32(BATCH_LENGTH_AT, 0x7fffffff),
    sealed: false,
    fault: "truncated",
  },
  {
    name: "compression type 5",
    change: (v) => v.setInt16(ATTRIBUTES_AT, 5),
    sealed: true,
    fault: "unknown compression",
  },
  {
    name: "a negative base offset",
    change: (v) => v.setBigInt64(BASE_OFFSET_AT, -1n),
    sealed: true,
    fault: "value out of range",
  },
  {
    name: "a base offset beyond 2^53-1",
    change: (v) => v.setBigInt64(BASE_OFFSET_AT, 1n << 53n),
    sealed: true,
    fault: "value out of range",
  },
  {
    name: "a last offset beyond 2^53-1",
    change: (v) => v.setBigInt64(BASE_OFFSET_AT, (1n << 53n) - 2n),
    sealed: true,
    fault: "value out of range",
  },
  {
    name: "a timestamp beyond 2^53-1",
    change: (v) => v.setBigInt64(MAX_TIMESTAMP_AT, (1n << 63n) - 1n),
    sealed: true,
    fault: "value out of range",
  },
  {
    name: "a negative count",
    change: (v) => v.setInt32(RECORDS_COUNT_AT, -1),
    sealed: true,
    fault: "value out of range",
  },
  {
    name: "a negative last offset delta",
    change: (v) => v.setInt32(LAST_OFFSET_DELTA_AT, -1),
    sealed: true,
    fault: "value out of range",
  },
  {
    name: "more records than offsets",
    change: (v) => v.setInt32(RECORDS_COUNT_AT, 5),
    sealed: true,
    fault: "counts differ",
  },
];

for (const { name, change, sealed, fault } of faults) {
  Deno.test(`verifyBatch names ${name}: ${fault}`, () => {
    const bytes = golden("plain none");
    change(new DataView(bytes.buffer));
    if (sealed) writeCrc(bytes, 0);
    assert.equal(verifyBatch(bytes, 0), fault);
  });
}

Deno.test("verifyBatch finds every cut of a batch", () => {
  const bytes = golden("plain none");
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(verifyBatch(bytes.subarray(0, length), 0), "truncated", `${length} bytes`);
    assert.equal(verifyBatch(bytes, 0, { end: length }), "truncated", `end at ${length}`);
  }
});

Deno.test("verifyBatch refuses a batch above maxBytes before it looks for the bytes", () => {
  const bytes = golden("plain none");
  assert.equal(verifyBatch(bytes, 0, { maxBytes: bytes.length }), null);
  assert.equal(verifyBatch(bytes, 0, { maxBytes: bytes.length - 1 }), "too large");
  assert.equal(verifyBatch(bytes.subarray(0, 20), 0, { maxBytes: bytes.length - 1 }), "too large");
});

Deno.test("gaps between offsets are sound in a log (compaction) and not from a producer", () => {
  const bytes = golden("compacted");
  assert.equal(verifyBatch(bytes, 0), null);
  assert.equal(verifyBatch(bytes, 0, { dense: true }), "counts differ");
  assert.equal(verifyBatch(golden("compacted to nothing"), 0, { dense: true }), "counts differ");
  assert.equal(verifyBatch(golden("plain none"), 0, { dense: true }), null);
});

Deno.test("message sets of magic 0 and 1 are named, as Kafka 4 refuses them too (KIP-724)", () => {
  for (const name of ["magic 0", "magic 1"]) {
    assert.equal(verifyBatch(golden(name), 0), "old magic");
    const cursor = new BatchCursor(golden(name));
    assert.ok(!cursor.next());
    assert.equal(cursor.fault, "old magic");
  }
});

Deno.test("base offset and leader epoch change in place without touching the CRC", () => {
  const bytes = golden("idempotent");
  const { crc } = new BatchView(bytes);
  setBaseOffset(bytes, 0, 2 ** 52 + 3);
  setPartitionLeaderEpoch(bytes, 0, 2147483647);
  const batch = new BatchView(bytes);
  assert.deepEqual([batch.baseOffset, batch.partitionLeaderEpoch, batch.crc], [2 ** 52 + 3, 2147483647, crc]);
  assert.equal(batch.lastOffset, 2 ** 52 + 6);
  assert.equal(verifyBatch(bytes, 0), null);
});

Deno.test("LogAppendTime is set in place with a new CRC, and taken back gives the bytes of before", () => {
  const bytes = golden("plain lz4");
  const { maxTimestamp } = new BatchView(bytes);
  setMaxTimestamp(bytes, 0, { type: "LogAppendTime", maxTimestampMs: 1800000000000 });
  const batch = new BatchView(bytes);
  assert.deepEqual([batch.timestampType, batch.maxTimestamp], ["LogAppendTime", 1800000000000]);
  assert.equal(verifyBatch(bytes, 0), null);
  // Kafka wrote the same records with that append time itself, at another offset.
  assert.deepEqual(bytes.subarray(MAGIC_AT), golden("log append time").subarray(MAGIC_AT));
  setMaxTimestamp(bytes, 0, { type: "CreateTime", maxTimestampMs: maxTimestamp });
  assert.deepEqual(bytes, golden("plain lz4"));
});

Deno.test("the cursor stops at the last whole batch and says why", () => {
  const bytes = golden("three batches");
  const size = bytes.length / 3;
  assert.deepEqual(offsets(new BatchCursor(bytes)), [0, 2, 4]);
  assert.deepEqual(offsets(new BatchCursor(bytes, size, 2 * size)), [2]);
  const cut = new BatchCursor(bytes, 0, bytes.length - 1);
  assert.deepEqual(offsets(cut), [0, 2]);
  assert.deepEqual([cut.fault, cut.nextAt], ["truncated", 2 * size]);
  assert.ok(!cut.next());
  bytes[2 * size + MAGIC_AT] = 9;
  const bad = new BatchCursor(bytes);
  assert.deepEqual(offsets(bad), [0, 2]);
  assert.deepEqual([bad.fault, bad.nextAt], ["bad magic", 2 * size]);
});

Deno.test("an empty range holds no batch and no fault", () => {
  const cursor = new BatchCursor(new Uint8Array(0));
  assert.ok(!cursor.next());
  assert.equal(cursor.fault, null);
});

Deno.test("batches() gives views that may be kept, and throws at a batch that is not whole", () => {
  const bytes = golden("three batches");
  const views = [...batches(bytes)];
  assert.deepEqual(views.map((view) => view.baseOffset), [0, 2, 4]);
  assert.deepEqual(views.map((view) => view.view.length), [77, 77, 77]);
  const cut = bytes.subarray(0, bytes.length - 5);
  assert.throws(() => [...batches(cut)], DecodeError);
  assert.equal([...batches(cut, { partialEnd: true })].length, 2);
  cut[77 + MAGIC_AT] = 1;
  assert.throws(() => [...batches(cut, { partialEnd: true })], /old magic/);
});

Deno.test("checkFrame accepts a batch that is nothing but a header", () => {
  const bytes = golden("compacted to nothing");
  assert.equal(bytes.length, BATCH_HEADER_BYTES);
  assert.equal(checkFrame(bytes, 0), null);
});
