/** Every log and snapshot file of a real broker's data directory (tests/golden/README.md), read and built again. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { BatchCursor, BatchView, verifyBatch } from "../../../src/records/batch.ts";
import { BatchBuilder, emptyBatchOf } from "../../../src/records/batch_builder.ts";
import { compressionName } from "../../../src/records/compression/codec.ts";
import { RecordCursor, recordsOf } from "../../../src/records/record.ts";

interface DescribedRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: readonly unknown[];
}

interface DescribedBatch {
  readonly position: number;
  readonly records: readonly DescribedRecord[];
  readonly [field: string]: unknown;
}

const golden = new URL("../../golden/", import.meta.url);
const files = readFileSync(new URL("kafka_data_dir.jsonl", golden), "utf8").trim().split("\n")
  .map((line) => JSON.parse(line) as { file: string; batches?: DescribedBatch[] })
  .filter((described) => described.batches !== undefined);
const bytesOf = (file: string) => new Uint8Array(readFileSync(new URL(`kafka_data_dir/${file}`, golden)));
const base64 = (bytes: Uint8Array | null) => bytes === null ? null : Buffer.from(bytes).toString("base64");

/** The batch with the same records appended anew. */
function rebuild(batch: BatchView): Uint8Array {
  if (batch.recordsCount === 0) return emptyBatchOf(batch);
  const builder = new BatchBuilder({
    baseOffset: batch.baseOffset,
    timestampType: batch.timestampType,
    logAppendTimestamp: batch.maxTimestamp,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    compression: compressionName(batch.compressionId)!,
    ...(batch.hasDeleteHorizon ? { deleteHorizonMs: batch.baseTimestamp } : {}),
  });
  const cursor = new RecordCursor(batch);
  while (cursor.next()) builder.appendFrom(cursor);
  builder.keepLastOffset(batch.lastOffset);
  return builder.build();
}

let uncompressed = 0;
for (const { file, batches } of files) {
  Deno.test(`${file} reads as Kafka reads it`, () => {
    const bytes = bytesOf(file);
    const cursor = new BatchCursor(bytes);
    for (const { records, ...expected } of batches!) {
      assert.ok(cursor.next(), `a batch at ${cursor.nextAt}`);
      assert.equal(verifyBatch(bytes, cursor.at), null);
      const read: Record<string, unknown> = {
        position: cursor.at,
        sizeInBytes: cursor.sizeBytes,
        baseOffset: cursor.baseOffset,
        lastOffset: cursor.lastOffset,
        magic: cursor.magic,
        crc: cursor.crc,
        partitionLeaderEpoch: cursor.partitionLeaderEpoch,
        compression: compressionName(cursor.compressionId),
        timestampType: cursor.timestampType,
        maxTimestamp: cursor.maxTimestamp,
        producerId: cursor.producerId,
        producerEpoch: cursor.producerEpoch,
        baseSequence: cursor.baseSequence,
        transactional: cursor.isTransactional,
        control: cursor.isControl,
      };
      for (const [field, value] of Object.entries(read)) assert.deepEqual(value, expected[field], field);
      assert.deepEqual(
        [...recordsOf(cursor)].map(({ offset, timestamp, key, value, headers }) => ({
          offset,
          timestamp,
          key: base64(key),
          value: base64(value),
          headers: headers.length,
        })),
        records.map(({ offset, timestamp, key, value, headers }) => ({
          offset,
          timestamp,
          key,
          value,
          headers: headers?.length ?? 0,
        })),
      );
    }
    assert.ok(!cursor.next());
    assert.deepEqual([cursor.fault, cursor.nextAt], [null, bytes.length]);
  });

  Deno.test(`${file} built again has the same bytes, or where those may differ the same records`, () => {
    const bytes = bytesOf(file);
    const cursor = new BatchCursor(bytes);
    while (cursor.next()) {
      const built = rebuild(cursor);
      assert.equal(verifyBatch(built, 0), null);
      // A broker that sets LogAppendTime leaves the producer's timestamps under it; they do not survive reading.
      if (cursor.compressionId === 0 && cursor.timestampType === "CreateTime") {
        uncompressed++;
        assert.deepEqual(built, cursor.view.slice());
      } else {
        assert.deepEqual([...recordsOf(new BatchView(built))], [...recordsOf(cursor)]);
      }
    }
  });
}

Deno.test("the data directory held enough to prove something", () => {
  assert.ok(
    files.length > 15 && uncompressed > 100,
    `${files.length} files, ${uncompressed} uncompressed batches`,
  );
});
