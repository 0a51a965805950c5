/**
 * Producer snapshots: the state of a log's idempotent producers at an offset, in `<offset>.snapshot`. The format is
 * Kafka's ProducerSnapshot version 1: int16 version, uint32 CRC32C of what follows it, then the producers.
 */

import { ByteReader, ByteWriter } from "../core/bytes.ts";
import { DecodeError } from "../core/errors.ts";
import { crc32c } from "../records/crc32c.ts";

const VERSION = 1;
const CRC_AT = 2;
const ENTRIES_AT = 6;
const ENTRY_BYTES = 46;

/** What a snapshot keeps of a producer and one of its batches; of several the last counts. */
export interface ProducerSnapshotEntry {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** -1 when the producer has written only markers. */
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestampMs: number;
  readonly coordinatorEpoch: number;
  /** -1 when no transaction is open. */
  readonly currentTxnFirstOffset: number;
}

/** The content of a snapshot file. */
export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Uint8Array {
  const writer = new ByteWriter(ENTRIES_AT + 4 + entries.length * ENTRY_BYTES);
  writer.writeInt16(VERSION);
  writer.writeUint32(0);
  writer.writeInt32(entries.length);
  for (const entry of entries) {
    writer.writeInt64(entry.producerId);
    writer.writeInt16(entry.producerEpoch);
    writer.writeInt32(entry.lastSequence);
    writer.writeInt64(entry.lastOffset);
    writer.writeInt32(entry.offsetDelta);
    writer.writeInt64(entry.timestampMs);
    writer.writeInt32(entry.coordinatorEpoch);
    writer.writeInt64(entry.currentTxnFirstOffset);
  }
  const bytes = writer.toBytes();
  new DataView(bytes.buffer).setUint32(CRC_AT, crc32c(bytes, ENTRIES_AT));
  return bytes;
}

/** Reads the content of a snapshot file. Throws {@link DecodeError} when it is damaged. */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerSnapshotEntry[] {
  const reader = new ByteReader(bytes);
  const version = reader.readInt16();
  if (version !== VERSION) {
    throw new DecodeError(`read producer snapshot: version ${version}, wanted ${VERSION}`);
  }
  const crc = reader.readUint32();
  if (crc !== crc32c(bytes, ENTRIES_AT)) throw new DecodeError("read producer snapshot: crc mismatch");
  const count = reader.readArrayLength(ENTRY_BYTES);
  const entries: ProducerSnapshotEntry[] = [];
  for (let left = count; left > 0; left--) {
    entries.push({
      producerId: reader.readInt64(),
      producerEpoch: reader.readInt16(),
      lastSequence: reader.readInt32(),
      lastOffset: reader.readInt64(),
      offsetDelta: reader.readInt32(),
      timestampMs: reader.readInt64(),
      coordinatorEpoch: reader.readInt32(),
      currentTxnFirstOffset: reader.readInt64(),
    });
  }
  if (reader.remaining > 0) {
    throw new DecodeError(`read producer snapshot: ${reader.remaining} bytes are left over`);
  }
  return entries;
}
