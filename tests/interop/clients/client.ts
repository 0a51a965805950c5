/** What the interop tests want of a Kafka client, whatever it is written in. */

import type { CompressionName } from "../../../src/records/compression/codec.ts";

/** A record to produce. */
export interface SentRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [string, Uint8Array | null])[];
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** A record as a consumer saw it. */
export interface ReadRecord extends SentRecord {
  readonly offset: number;
}

/** Where to produce, and how. */
export interface ProduceTarget {
  readonly topic: string;
  readonly partition: number;
  readonly codec: CompressionName;
  readonly idempotent?: boolean;
  /** How long to wait between two records, in milliseconds, where a client can do that. */
  readonly pauseMs?: number;
}

/** What to consume: `count` records from `offset` on. */
export interface ConsumeTarget {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly count: number;
}

/** A point in a partition: a timestamp in milliseconds, or one of the ends. */
export type Point = number | "earliest" | "latest";

/**
 * What administrators do. A client has those operations that its library has. Answers are plain values; a refusal is
 * an error whose message holds Kafka's name of the error code or the library's words for it.
 */
export interface AdminOperations {
  createTopic(args: { topic: string; partitions: number; configs: Record<string, string> }): Promise<unknown>;
  listTopics(args: Record<never, never>): Promise<string[]>;
  /** The number of partitions. */
  countPartitions(args: { topic: string }): Promise<number>;
  describeCluster(args: Record<never, never>): Promise<{ brokers: number; clusterId: string | null }>;
  topicConfigs(args: { topic: string }): Promise<Record<string, string | null>>;
  brokerConfigs(args: { broker: number }): Promise<Record<string, string | null>>;
  /** Replaces all of a topic's own configs. */
  alterConfigs(args: { topic: string; configs: Record<string, string> }): Promise<unknown>;
  /** Sets some of a topic's configs, deletes those that are null. */
  incrementalAlterConfigs(args: { topic: string; configs: Record<string, string | null> }): Promise<unknown>;
  createPartitions(args: { topic: string; total: number }): Promise<unknown>;
  /** Deletes what is below `before`. */
  deleteRecords(args: { topic: string; partition: number; before: number }): Promise<unknown>;
  deleteTopic(args: { topic: string }): Promise<unknown>;
  /** The offset of a point; -1 when no record is that late. */
  offsetAt(args: { topic: string; partition: number; at: Point }): Promise<number>;
  /** The bytes that a partition takes in the broker's log directories. */
  partitionBytes(args: { topic: string; partition: number }): Promise<number>;
  /** The ids of the producers that a partition remembers. */
  producerIds(args: { topic: string; partition: number }): Promise<number[]>;
}

/** A real client of some library. */
export interface InteropClient extends AsyncDisposable {
  readonly name: string;
  /** The codecs that it writes and reads. */
  readonly codecs: readonly CompressionName[];
  /** The operations that its library has. */
  readonly admin: Partial<AdminOperations>;
  /** Whether its library can produce this record as it is. */
  canSend(record: SentRecord): boolean;
  /** What a consumer of this library can see of a record that is in the log. */
  canSee(record: ReadRecord): ReadRecord;
  /** Whether its producer can set timestamps. */
  readonly setsTimestamps: boolean;
  /** Produces and resolves when the broker has acknowledged; with the first offset if the library tells. */
  produce(target: ProduceTarget, records: readonly SentRecord[]): Promise<number | null>;
  consume(target: ConsumeTarget): Promise<ReadRecord[]>;
}

/** A way to get a client, or null where the library is not installed. */
export interface ClientKind {
  readonly name: string;
  /** Whether it may be missing on CI. */
  readonly optional?: boolean;
  start(bootstrap: string): Promise<InteropClient | null>;
}

/** The same records are sent and seen by most libraries. */
export const lossless = {
  setsTimestamps: true,
  canSend: (_record: SentRecord) => true,
  canSee: (record: ReadRecord) => record,
} as const;
