/**
 * The follower's half of an incremental fetch session (KIP-227): each request carries only the partitions whose
 * state the leader does not know yet, and those that it should forget. Partitions that are idle cost nothing.
 */

import type { Uuid } from "../../core/ids.ts";
import type { fetch } from "../../protocol/messages/01_fetch.ts";
import type { Encodable } from "../../protocol/schema.ts";
import type { FollowedPartition } from "./followed_partition.ts";

/** A new session, or requests without one. */
const INITIAL_EPOCH = 0;

type FetchRequest = Encodable<typeof fetch["request"]>;
type RequestTopics = FetchRequest["topics"];
type ForgottenTopics = NonNullable<FetchRequest["forgottenTopicsData"]>;
type RequestPartition = RequestTopics[number]["partitions"][number];

/** What a request says of its session and partitions. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly topics: RequestTopics;
  readonly forgottenTopicsData: ForgottenTopics;
}

export class FetchRequests {
  readonly #maxBytes: number;
  #sessionId = 0;
  #epoch = INITIAL_EPOCH;
  /** How many requests there have been. */
  #count = 0;
  /** Partitions the leader does not know as they are. */
  readonly #changed = new Set<FollowedPartition>();
  /** Partitions that the leader knows and should forget, by {@link keyOf}. */
  readonly #forgotten = new Map<string, FollowedPartition>();

  /** `maxBytes` is what is asked for of one partition. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether the leader lacks something that the next request would tell it. */
  get hasNews(): boolean {
    return this.#changed.size > 0;
  }

  /** Whether the leader keeps a session, so that another request may be sent before the last one is answered. */
  get isEstablished(): boolean {
    return this.#epoch !== INITIAL_EPOCH;
  }

  /** The number of the last request, the first being 1. */
  get lastNumber(): number {
    return this.#count;
  }

  /** The partition is new, or its log has changed. */
  onChanged(one: FollowedPartition): void {
    this.#changed.add(one);
  }

  /** The partition is not to be fetched for now, or any more. */
  onUnready(one: FollowedPartition): void {
    this.#changed.delete(one);
    if (one.sentOffset < 0) return;
    one.sentOffset = -1;
    this.#forgotten.set(keyOf(one), one);
  }

  /** Begins a new session with the next request, which then holds all of `ready`. */
  restart(ready: Iterable<FollowedPartition>): void {
    this.#epoch = INITIAL_EPOCH;
    this.#changed.clear();
    this.#forgotten.clear();
    for (const one of ready) {
      one.sentOffset = -1;
      this.#changed.add(one);
    }
  }

  /** The leader has answered with this session; 0 when it keeps none, so that every request is a whole one. */
  onAnswer(sessionId: number, ready: () => Iterable<FollowedPartition>): void {
    const isNew = sessionId !== this.#sessionId;
    this.#sessionId = sessionId;
    if (sessionId === 0) this.restart(ready());
    else if (isNew) this.#epoch = 1;
  }

  /** The next request's part of the session. */
  next(): SessionRequest {
    this.#count++;
    const sessionEpoch = this.#epoch;
    const topics = this.#takeChanged();
    const forgottenTopicsData = sessionEpoch === INITIAL_EPOCH ? [] : this.#takeForgotten();
    this.#forgotten.clear();
    if (sessionEpoch !== INITIAL_EPOCH) this.#epoch = sessionEpoch === 0x7fffffff ? 1 : sessionEpoch + 1;
    return { sessionId: this.#sessionId, sessionEpoch, topics, forgottenTopicsData };
  }

  #takeChanged(): RequestTopics {
    const byTopic = new Map<Uuid, RequestPartition[]>();
    for (const one of this.#changed) {
      const { partition } = one;
      const { log } = partition;
      one.sentOffset = log.logEndOffset;
      one.sentLogStartOffset = log.logStartOffset;
      one.sentIn = this.#count;
      // Named again, perhaps in another epoch: it must not be forgotten in the same breath.
      if (this.#forgotten.size > 0) this.#forgotten.delete(keyOf(one));
      const described: RequestPartition = {
        partition: partition.index,
        currentLeaderEpoch: one.leaderEpoch,
        fetchOffset: log.logEndOffset,
        lastFetchedEpoch: one.lastFetchedEpoch,
        logStartOffset: log.logStartOffset,
        partitionMaxBytes: this.#maxBytes,
      };
      const ofTopic = byTopic.get(partition.topicId);
      if (ofTopic === undefined) byTopic.set(partition.topicId, [described]);
      else ofTopic.push(described);
    }
    this.#changed.clear();
    return [...byTopic].map(([topicId, partitions]) => ({ topic: "", topicId, partitions }));
  }

  #takeForgotten(): ForgottenTopics {
    if (this.#forgotten.size === 0) return [];
    const byTopic = Map.groupBy(this.#forgotten.values(), ({ partition }) => partition.topicId);
    return [...byTopic].map(([topicId, ofTopic]) => ({
      topic: "",
      topicId,
      partitions: ofTopic.map(({ partition }) => partition.index),
    }));
  }
}

function keyOf({ partition }: FollowedPartition): string {
  return `${partition.topicId}/${partition.index}`;
}
