/** Record batches for tests: made from little text and read back into plain values. */

import { BatchBuilder, type BatchOptions } from "../../src/records/batch_builder.ts";
import { batches } from "../../src/records/batch.ts";
import { type KafkaRecord, recordsOf } from "../../src/records/record.ts";

/** A record to send; text stands for its UTF-8 bytes. */
export interface TestRecord {
  readonly key?: string | Uint8Array | null;
  readonly value?: string | Uint8Array | null;
  readonly timestamp?: number;
  readonly headers?: readonly (readonly [string, string | Uint8Array | null])[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bytesOf(value: string | Uint8Array | null | undefined): Uint8Array | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? encoder.encode(value) : value;
}

/** A batch of the given records; plain text makes a record with that value. Timestamps are of now unless given. */
export function batch(records: readonly (TestRecord | string)[], options: BatchOptions = {}): Uint8Array {
  const builder = new BatchBuilder(options);
  const now = Date.now();
  for (const given of records) {
    const record = typeof given === "string" ? { value: given } : given;
    builder.append({
      timestamp: record.timestamp ?? now,
      key: bytesOf(record.key),
      value: bytesOf(record.value),
      headers: (record.headers ?? []).map(([key, value]) => ({ key, value: bytesOf(value) })),
    });
  }
  return builder.build();
}

/** All records in the whole batches of `bytes`, as copies. */
export function recordsIn(bytes: Uint8Array | null): KafkaRecord[] {
  const found: KafkaRecord[] = [];
  for (const one of batches(bytes ?? new Uint8Array(0), { partialEnd: true })) {
    for (const record of recordsOf(one)) {
      found.push({ ...record, key: record.key?.slice() ?? null, value: record.value?.slice() ?? null });
    }
  }
  return found;
}

/** The values of all records in `bytes` as text. */
export function valuesIn(bytes: Uint8Array | null): (string | null)[] {
  return recordsIn(bytes).map(({ value }) => value === null ? null : decoder.decode(value));
}

/** The first and last offset of every batch in `bytes`. */
export function offsetsIn(bytes: Uint8Array | null): [number, number][] {
  return [...batches(bytes ?? new Uint8Array(0), { partialEnd: true })]
    .map((one) => [one.baseOffset, one.lastOffset]);
}
