/** What a producer is told, what it takes and what it reports. */

import type { CompressionName } from "../../records/compression/codec.ts";
import type { RecordHeader } from "../../records/record.ts";

/** How a producer works. Names and defaults follow Kafka's Java client. */
export interface ProducerOptions {
  /** How many replicas must have a record: -1 for all in sync, 1 for the leader, 0 to not even wait for it. */
  readonly acks: -1 | 0 | 1;
  /** Whether repeated sends cannot make duplicates or change the order (KIP-98); needs acks of -1. */
  readonly idempotent: boolean;
  readonly compression: CompressionName;
  /** Records of a partition that are sent together, in bytes before compression. */
  readonly batchBytes: number;
  /** How long to wait for more records when a batch is not full, in milliseconds. */
  readonly lingerMs: number;
  /**
   * The records come from many who know nothing of each other: what comes in one turn of the loop goes together, and a
   * record that the broker finds wrong does not take others along.
   */
  readonly isShared: boolean;
  /** Whether topics that are not there are asked for in a way that lets brokers create them. */
  readonly createsTopics: boolean;
  /** Requests to one broker whose responses have not come. */
  readonly maxInFlight: number;
  /** Records that may wait in memory, in bytes; then {@link Producer.send} asks to wait. */
  readonly bufferBytes: number;
  /** The most bytes of records in one request, and in one record. */
  readonly maxRequestBytes: number;
  /** How long the broker may wait for its replicas, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How long after it was given a record may be sent again, in milliseconds; then it has failed. */
  readonly deliveryTimeoutMs: number;
  /** The first wait before a batch is sent again, in milliseconds. */
  readonly retryBackoffMs: number;
  /** Is told about every batch that was stored or has failed. */
  readonly onDelivery?: (report: DeliveryReport) => void;
}

export const defaultProducerOptions: ProducerOptions = {
  acks: -1,
  idempotent: true,
  compression: "none",
  batchBytes: 16_384,
  lingerMs: 5,
  isShared: false,
  createsTopics: true,
  maxInFlight: 5,
  bufferBytes: 33_554_432,
  maxRequestBytes: 1_048_576,
  requestTimeoutMs: 30_000,
  deliveryTimeoutMs: 120_000,
  retryBackoffMs: 100,
};

/** A record to send. */
export interface ProducerRecord {
  readonly key: Uint8Array | null;
  /** Null is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds since 1970; now when left out. */
  readonly timestamp?: number | undefined;
  /** Chosen by the key when left out. */
  readonly partition?: number | undefined;
}

/** What became of one record. */
export interface RecordResult {
  readonly partition: number;
  /** -1 when the broker did not tell: acks of 0, or a repeated send that had been stored before. */
  readonly offset: number;
  /** The time that the broker gave it, in Unix milliseconds; -1 when it keeps its own. */
  readonly logAppendTimeMs: number;
  /** Why the record was not stored, or null. */
  readonly error: Error | null;
}

/** Is called once for a record. */
export type RecordCallback = (result: RecordResult) => void;

/** What became of the records of one batch. */
export interface DeliveryReport {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  /** Of the first record; -1 when the broker did not tell. */
  readonly baseOffset: number;
  /** Why the batch was not stored, or null. */
  readonly error: Error | null;
}
