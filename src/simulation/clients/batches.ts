/** Record batches of a simulation's values, and back. */

import { decodeUtf8, encodeUtf8 } from "../../core/bytes.ts";
import { batches, type BatchView, verifyBatch } from "../../records/batch.ts";
import { BatchBuilder, type BatchOptions } from "../../records/batch_builder.ts";
import { type RecordHeader, recordsOf } from "../../records/record.ts";
import type { ReadRecord } from "../model/partition_history.ts";
import { isTombstone, keyOfName, nameOfBytes, nameOfValue } from "../model/record_values.ts";

/** The header that holds the name of a record without a value. */
const NAME = "name";

/** A batch that holds `values`. */
export function batchOfValues(
  values: readonly string[],
  wallMs: number,
  options: BatchOptions = {},
): Uint8Array {
  const builder = new BatchBuilder(options);
  for (const value of values) {
    const name = nameOfValue(value);
    const key = encodeUtf8(keyOfName(name));
    const rest = isTombstone(name)
      ? { value: null, headers: [{ key: NAME, value: encodeUtf8(name) }] }
      : { value: encodeUtf8(value) };
    builder.append({ timestamp: wallMs, key, ...rest });
  }
  return builder.build();
}

/** What some batches hold. */
export interface ReadBatches {
  readonly records: readonly ReadRecord[];
  /** The offset behind the last batch; -1 when there is none. */
  readonly nextOffset: number;
}

/** Reads batches; `damaged` is told of those that do not verify, and of records whose value is not what was sent. */
export function readBatches(bytes: Uint8Array, damaged: (offset: number) => void): ReadBatches {
  const records: ReadRecord[] = [];
  let nextOffset = -1;
  for (const batch of batches(bytes, { partialEnd: true })) {
    if (verifyBatch(batch.bytes, batch.at) !== null) damaged(batch.baseOffset);
    else readBatch(batch, records, damaged);
    nextOffset = batch.nextOffset;
  }
  return { records, nextOffset };
}

function readBatch(batch: BatchView, found: ReadRecord[], damaged: (offset: number) => void): void {
  if (batch.isControl) return;
  for (const { offset, value, headers } of recordsOf(batch)) {
    const name = value === null ? nameOfTombstone(headers) : nameOfBytes(value);
    if (name === null) damaged(offset);
    else found.push({ offset, name });
  }
}

function nameOfTombstone(headers: readonly RecordHeader[]): string | null {
  const value = headers.find(({ key }) => key === NAME)?.value ?? null;
  const name = value === null ? "" : decodeUtf8(value, 0, value.length);
  return isTombstone(name) ? name : null;
}
