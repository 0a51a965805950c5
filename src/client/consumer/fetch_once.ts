/** Reads one piece of a partition, for whoever does not go on reading. */

import { fetch } from "../../protocol/messages/01_fetch.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { askLeaders, type LeaderAnswer, type TopicPartition } from "../leaders.ts";
import type { Isolation } from "../offsets.ts";
import { answerFor, type FetchPlace, fetchRequestOf } from "./fetch_request.ts";
import { FetchedRecords } from "./fetched.ts";
import { defaultFetcherOptions } from "./options.ts";

export interface FetchOnceOptions {
  readonly offset: number;
  /** The most bytes, unless a single batch is larger. */
  readonly maxBytes: number;
  /** How long the broker may wait for a first record, in milliseconds. */
  readonly maxWaitMs: number;
  readonly isolation: Isolation;
}

/**
 * The records from an offset on, as many as fit. Throws as `askLeaders` does, `BrokerError` with
 * OFFSET_OUT_OF_RANGE for an offset that is not there, and `DecodeError` for a damaged batch.
 */
export async function fetchOnce(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  options: FetchOnceOptions,
): Promise<FetchedRecords> {
  const place: FetchPlace = { topic, partition, offset: options.offset, leaderEpoch: -1 };
  const [fetched] = await askLeaders<FetchPlace, FetchedRecords>(cluster, [place], {
    action: "fetch",
    ask: async (brokerId) => [await askLeader(cluster, brokerId, place, options)],
  });
  return fetched!;
}

async function askLeader(
  cluster: Cluster,
  brokerId: number,
  place: FetchPlace,
  options: FetchOnceOptions,
): Promise<LeaderAnswer<FetchedRecords> | undefined> {
  const { maxBytes, maxWaitMs, isolation } = options;
  const topicIdOf = (topic: string) => cluster.known(topic)?.topicId;
  const { request, maxVersion } = fetchRequestOf([place], topicIdOf, {
    ...defaultFetcherOptions,
    isolation,
    maxWaitMs,
    maxBytes,
    partitionMaxBytes: maxBytes,
  });
  const response = await cluster.send(brokerId, fetch, request, {
    version: maxVersion,
    timeoutMs: maxWaitMs + cluster.options.requestTimeoutMs,
  });
  if (response.errorCode !== ErrorCode.NONE) throw new BrokerError("fetch", response.errorCode);
  const answer = answerFor(place, response, topicIdOf);
  if (answer === undefined) return undefined;
  const result = new FetchedRecords(place, {
    records: answer.errorCode === ErrorCode.NONE ? answer.records ?? new Uint8Array(0) : new Uint8Array(0),
    fromOffset: place.offset,
    highWatermark: answer.highWatermark,
    abortedTransactions: isolation === "read_committed" ? answer.abortedTransactions ?? [] : null,
  });
  return { errorCode: answer.errorCode, result };
}
