/**
 * Incremental fetch sessions (KIP-227): the broker remembers what a client fetches, so that requests carry only what
 * changed and responses only partitions with news. With topic ids (KIP-516) partitions are remembered by id.
 */

import type { Uuid } from "../core/ids.ts";
import type { Random } from "../platform/platform.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { FetchWatch } from "./fetch_watch.ts";
import { SessionLinks } from "./replication/session_links.ts";

/** What a client wants of one partition, as it last said, and what it was last told. */
export interface FetchedPartition {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  currentLeaderEpoch: number;
  fetchOffset: number;
  lastFetchedEpoch: number;
  logStartOffset: number;
  maxBytes: number;
  /** -1 before the first answer, so that it is in it. */
  toldHighWatermark: number;
  toldLogStartOffset: number;
  /** Whether the request names it, so that what it says of a follower is new. */
  isNamed: boolean;
}

/** The epoch that asks for a full fetch without (or at the end of) a session. */
export const FINAL_EPOCH = -1;
/** The epoch that asks for a new session. */
export const INITIAL_EPOCH = 0;

/** Sessions unused for this long give way to new ones. */
const EVICTABLE_AFTER_MS = 120_000;

/** Whose session it is, and how it names partitions. */
export interface SessionKind {
  readonly usesTopicIds: boolean;
  readonly isFollower: boolean;
}

export class FetchSession {
  readonly id: number;
  /** Whether its partitions are named by topic id. */
  readonly usesTopicIds: boolean;
  /** In the order in which they are answered: those that had data go to the end, so that none starves. */
  readonly partitions = new Map<string, FetchedPartition>();
  nextEpoch = 1;
  lastUsedMs: number;
  /** What has changed for the follower whose session it is; null for a consumer's. */
  readonly links: SessionLinks | null;
  /** The request of this session that waits for data; the next request overtakes it. */
  waiting: FetchWatch | null = null;

  constructor(id: number, kind: SessionKind, nowMs: number) {
    this.id = id;
    this.usesTopicIds = kind.usesTopicIds;
    this.links = kind.isFollower ? new SessionLinks() : null;
    this.lastUsedMs = nowMs;
  }

  /** Takes an epoch; the next one follows, wrapping to 1. */
  advanceEpoch(): void {
    this.nextEpoch = this.nextEpoch === 0x7fffffff ? 1 : this.nextEpoch + 1;
  }

  /** Moves a partition that had data behind the others. */
  moveToEnd(key: string): void {
    const partition = this.partitions.get(key);
    if (partition === undefined) return;
    this.partitions.delete(key);
    this.partitions.set(key, partition);
  }
}

/** The key of a partition in a session. */
export function sessionKey(usesTopicIds: boolean, partition: FetchedPartition): string {
  return `${usesTopicIds ? partition.topicId : partition.topic}/${partition.index}`;
}

/** The sessions of one broker, at most `maxSessions` of them. */
export class FetchSessions {
  readonly #random: Random;
  /** In the order of use, the longest unused first. */
  readonly #sessions = new Map<number, FetchSession>();

  constructor(random: Random) {
    this.#random = random;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * A new session, or null when all places are taken by sessions in use. Followers always get one: there are few of
   * them, and each costs more without.
   */
  create(kind: SessionKind, nowMs: number, maxSessions: number): FetchSession | null {
    if (this.#sessions.size >= maxSessions) {
      const oldest: FetchSession | undefined = this.#sessions.values().next().value;
      const isFree = oldest !== undefined && nowMs - oldest.lastUsedMs >= EVICTABLE_AFTER_MS;
      if (isFree) this.remove(oldest.id);
      else if (!kind.isFollower) return null;
    }
    let id = 0;
    while (id === 0 || this.#sessions.has(id)) id = this.#random.below(0x7fffffff);
    const session = new FetchSession(id, kind, nowMs);
    this.#sessions.set(id, session);
    return session;
  }

  remove(id: number): void {
    this.#sessions.get(id)?.links?.close();
    this.#sessions.delete(id);
  }

  /** The session of an incremental fetch, or the error code that makes the client start over. */
  use(id: number, epoch: number, options: { usesTopicIds: boolean; nowMs: number }): FetchSession | number {
    const session = this.#sessions.get(id);
    if (session === undefined) return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (session.usesTopicIds !== options.usesTopicIds) return ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR;
    if (epoch !== session.nextEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
    session.advanceEpoch();
    session.lastUsedMs = options.nowMs;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }
}
