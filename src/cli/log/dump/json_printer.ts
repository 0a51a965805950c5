/** Prints a dump for programs: one JSON object a line. */

import { toBase64 } from "../../../core/base64.ts";
import { textOf } from "../../../core/bytes.ts";
import { compressionName } from "../../../records/compression/codec.ts";
import type { KnownFile } from "../../../log/inspect/file_kind.ts";
import type { BatchView } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Decoded } from "../decode/coordinator_record.ts";
import type { DumpPrinter, EntryFields } from "./printer.ts";

export class JsonPrinter implements DumpPrinter {
  #file = "";

  file({ path }: KnownFile): string {
    this.#file = path;
    return "";
  }

  batch(batch: BatchView, position: number): string {
    return this.#line("batch", {
      position,
      sizeBytes: batch.sizeBytes,
      baseOffset: batch.baseOffset,
      lastOffset: batch.lastOffset,
      recordsCount: batch.recordsCount,
      partitionLeaderEpoch: batch.partitionLeaderEpoch,
      magic: batch.magic,
      crc: batch.crc,
      compression: compressionName(batch.compressionId) ?? batch.compressionId,
      timestampType: batch.timestampType,
      baseTimestamp: batch.baseTimestamp,
      maxTimestamp: batch.maxTimestamp,
      ...(batch.hasDeleteHorizon ? { deleteHorizonMs: batch.baseTimestamp } : {}),
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      isTransactional: batch.isTransactional,
      isControl: batch.isControl,
    });
  }

  record({ offset, timestamp, key, value, headers }: KafkaRecord, decoded: Decoded | string | null): string {
    const meaning = decoded === null
      ? {}
      : typeof decoded === "string"
      ? { notDecoded: decoded }
      : { decoded };
    return this.#line("record", {
      offset,
      timestamp,
      ...jsonBytes("key", key),
      ...jsonBytes("value", value),
      headers: headers.map((header) => ({ key: header.key, ...jsonBytes("value", header.value) })),
      ...meaning,
    });
  }

  entry(type: string, fields: EntryFields): string {
    return this.#line(type, fields);
  }

  #line(type: string, fields: EntryFields): string {
    return JSON.stringify({ file: this.#file, type, ...fields }, plainValue) + "\n";
  }
}

/** Text where the bytes are UTF-8, otherwise base64 under another name, as `sluice consume --format json` has it. */
function jsonBytes(name: string, bytes: Uint8Array | null): EntryFields {
  if (bytes === null) return { [name]: null };
  const text = textOf(bytes);
  return text === null ? { [`${name}Base64`]: toBase64(bytes) } : { [name]: text };
}

/** Structures have bytes as base64, and what is beyond 2^53-1 as text. */
function plainValue(_name: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64(value);
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
