/**
 * Batches written by Apache Kafka 4.3.0 (kafka-clients, MemoryRecordsBuilder and MemoryRecords.filterTo) with what
 * Kafka's own reader says they hold. Bytes are hex.
 */

import type { CompressionName } from "../../../src/records/compression/codec.ts";
import type { TimestampType } from "../../../src/records/batch.ts";
import text from "./kafka_batches.jsonl" with { type: "text" };

export interface GoldenRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

export interface GoldenBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly magic: number;
  readonly sizeBytes: number;
  readonly partitionLeaderEpoch: number;
  readonly crc: number;
  readonly compression: CompressionName;
  readonly timestampType: TimestampType;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly deleteHorizon: number | null;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly recordsCount: number;
  readonly records: readonly GoldenRecord[];
}

export interface Golden {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Empty for the old formats, of which only the bytes are known. */
  readonly batches: readonly GoldenBatch[];
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const lines = text.trim().split("\n");

/** All golden bytes, in the order of the file. */
export const goldens: readonly Golden[] = lines.map((line) => {
  const { name, hex, batches } = JSON.parse(line) as { name: string; hex: string; batches: GoldenBatch[] };
  return { name, bytes: fromHex(hex), batches };
});

/** A copy of the golden bytes called `name`. */
export function golden(name: string): Uint8Array {
  const found = goldens.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no golden batch "${name}"`);
  return found.bytes.slice();
}
