/** Asks the leaders of partitions something, and asks again when the leaders have changed. */

import { messageOf } from "../core/errors.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { backoffMs } from "./backoff.ts";
import type { Cluster } from "./cluster.ts";
import { BrokerError, isConnectionError, UnreachableError } from "./errors.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What one leader says about one partition. */
export interface LeaderAnswer<Result> {
  readonly errorCode: number;
  readonly result: Result;
}

export interface LeaderCall<Place extends TopicPartition, Result> {
  /** What is attempted, for errors: "list offsets". */
  readonly action: string;
  /** Asks one broker about the partitions that it leads; the answers are in their order. */
  ask(brokerId: number, places: readonly Place[]): Promise<readonly (LeaderAnswer<Result> | undefined)[]>;
  /** How long to try, in milliseconds. */
  readonly timeoutMs?: number;
}

const BACKOFF = { firstMs: 20, maxMs: 500 };

/**
 * The results for all places, in their order. Throws `BrokerError` when a leader refuses for good or until the time
 * is over, and `UnreachableError` when one does not answer until then.
 */
export async function askLeaders<Place extends TopicPartition, Result>(
  cluster: Cluster,
  places: readonly Place[],
  call: LeaderCall<Place, Result>,
): Promise<Result[]> {
  const { clock, timers, random, requestTimeoutMs, connectTimeoutMs } = cluster.options;
  const startMs = clock.monotonicMs();
  const timeoutMs = call.timeoutMs ?? requestTimeoutMs;
  const results = new Map<Place, Result>();
  for (let attempt = 1;; attempt++) {
    const open = places.filter((place) => !results.has(place));
    const problem = await askOnce(cluster, open, call, results);
    if (problem === null) return places.map((place) => results.get(place) as Result);
    const waitMs = backoffMs(attempt, BACKOFF, random);
    const patienceMs = problem instanceof UnreachableError
      ? Math.min(connectTimeoutMs, timeoutMs)
      : timeoutMs;
    if (clock.monotonicMs() + waitMs - startMs > patienceMs) throw problem;
    await timers.sleep(waitMs);
    for (const { topic } of open) cluster.forget(topic);
  }
}

/** Asks each leader once; returns a problem that may pass, or null when all is known. */
async function askOnce<Place extends TopicPartition, Result>(
  cluster: Cluster,
  places: readonly Place[],
  call: LeaderCall<Place, Result>,
  results: Map<Place, Result>,
): Promise<Error | null> {
  const byLeader = new Map<number, Place[]>();
  for (const place of places) {
    const { partitions } = await cluster.topic(place.topic);
    const found = partitions[place.partition];
    if (found === undefined) {
      const count = partitions.length;
      throw new BrokerError(
        `${call.action} of ${place.topic}-${place.partition}`,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `there is no such partition; the topic has ${count}`,
      );
    }
    const led = byLeader.get(found.leaderId);
    if (led === undefined) byLeader.set(found.leaderId, [place]);
    else led.push(place);
  }
  const problems = await Promise.all(
    [...byLeader].map(([leaderId, led]) => askLeader(leaderId, led, call, results)),
  );
  return problems.find((one) => one !== null) ?? null;
}

async function askLeader<Place extends TopicPartition, Result>(
  leaderId: number,
  places: readonly Place[],
  call: LeaderCall<Place, Result>,
  results: Map<Place, Result>,
): Promise<Error | null> {
  const nameOf = ({ topic, partition }: TopicPartition) => `${call.action} of ${topic}-${partition}`;
  if (leaderId < 0) return new BrokerError(nameOf(places[0]!), ErrorCode.LEADER_NOT_AVAILABLE);
  let answers;
  try {
    answers = await call.ask(leaderId, places);
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    return new UnreachableError(messageOf(error), leaderId);
  }
  let problem: Error | null = null;
  for (const [index, place] of places.entries()) {
    const answer = answers[index];
    if (answer?.errorCode === ErrorCode.NONE) {
      results.set(place, answer.result);
      continue;
    }
    const refusal = new BrokerError(nameOf(place), answer?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR);
    if (!refusal.retriable) throw refusal;
    problem = refusal;
  }
  return problem;
}

/** The places grouped by topic, as requests have them. */
export function byTopic<Place extends TopicPartition>(places: readonly Place[]): Map<string, Place[]> {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const group = groups.get(place.topic);
    if (group === undefined) groups.set(place.topic, [place]);
    else group.push(place);
  }
  return groups;
}
