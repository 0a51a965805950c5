/** How a fetcher reads. */

import type { TopicPartition } from "../leaders.ts";
import type { Isolation } from "../offsets.ts";

export interface FetcherOptions {
  readonly isolation: Isolation;
  /** How long a broker may wait for new records, in milliseconds. */
  readonly maxWaitMs: number;
  /** How many bytes a broker waits for. */
  readonly minBytes: number;
  /** The most bytes in one answer, unless a single batch is larger. */
  readonly maxBytes: number;
  /** The most bytes of one partition in an answer. */
  readonly partitionMaxBytes: number;
  /** Records that may be in memory before more are fetched, in bytes. */
  readonly maxBufferedBytes: number;
  /** The first wait after something went wrong, in milliseconds. */
  readonly retryBackoffMs: number;
  /** How long all brokers may be out of reach before reading fails, in milliseconds. */
  readonly patienceMs: number;
  /** Where to go on when an offset is not there any more (or not yet). */
  readonly outOfRange: "start" | "end" | "fail";
  /** Is told when an offset was not there and reading went on elsewhere. */
  readonly onReset?: (place: TopicPartition, from: number, to: number) => void;
}

export const defaultFetcherOptions: FetcherOptions = {
  isolation: "read_uncommitted",
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 16_777_216,
  partitionMaxBytes: 2_097_152,
  maxBufferedBytes: 33_554_432,
  retryBackoffMs: 50,
  patienceMs: 60_000,
  outOfRange: "start",
};
