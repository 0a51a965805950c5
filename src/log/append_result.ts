/** What the log answers to an append. */

import type { ProducerFault } from "./producer_state.ts";

/** Why an append was refused. Nothing was written. The broker maps each to a Kafka error code. */
export type AppendError =
  /** CORRUPT_MESSAGE: the bytes are not whole batches, or a checksum is wrong. */
  | "corrupt-message"
  /** MESSAGE_TOO_LARGE: a batch is larger than `max.message.bytes`. */
  | "message-too-large"
  /** RECORD_LIST_TOO_LARGE: the batches do not fit `segment.bytes`. */
  | "record-list-too-large"
  /** UNSUPPORTED_FOR_MESSAGE_FORMAT: magic 0 or 1. */
  | "unsupported-message-format"
  /** INVALID_RECORD: counts that differ, control records from a client, a missing key in a compacted topic. */
  | "invalid-record"
  /** INVALID_TIMESTAMP: beyond `message.timestamp.before.max.ms` or `message.timestamp.after.max.ms`. */
  | "invalid-timestamp"
  /** Of the producer's state: see {@link ProducerFault}. */
  | ProducerFault
  /** For followers: the batches do not continue the log. */
  | "unexpected-offset"
  /** KAFKA_STORAGE_ERROR, retriable: the disk is full. The log goes on serving reads. */
  | "no-space"
  /** KAFKA_STORAGE_ERROR: the log is offline. */
  | "storage-error";

/** The batches are in the log. */
export interface Appended {
  readonly error: null;
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** For LogAppendTime, the timestamp the records were given in milliseconds; otherwise -1. */
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  /** True when an idempotent producer sent what it had sent before: the offsets are those of the first time. */
  readonly duplicate: boolean;
}

/** The batches are not in the log. */
export interface AppendRefused {
  readonly error: AppendError;
  readonly message: string;
}

export type AppendResult = Appended | AppendRefused;

/** Who wrote the batches: a client's may hold no control records, and its producer's sequence is checked. */
export type AppendOrigin = "client" | "coordinator" | "raft";

export interface AppendOptions {
  /** Written into each batch. */
  readonly leaderEpoch: number;
  /** "client" unless told. */
  readonly origin?: AppendOrigin;
}
