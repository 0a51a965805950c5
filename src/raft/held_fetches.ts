/**
 * Fetches that wait at the leader for something to return: records, a place to cut the log at, a snapshot, a newer
 * high watermark (KIP-1166), or the end of their patience. A hundred brokers wait here most of the time, so all of
 * them are looked at only when something has changed for all.
 */

import { NONE, NOT_LEADER_OR_FOLLOWER } from "./error_codes.ts";
import type { FetchReply, FetchRequest } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { keyText } from "./voters.ts";

interface HeldFetch {
  readonly token: number;
  readonly request: FetchRequest;
  readonly deadlineMs: number;
}

export class HeldFetches {
  /** By the replica that waits: one each. */
  readonly #held = new Map<string, HeldFetch>();
  /** Came since the last look. */
  #fresh: string[] = [];
  #earliestMs = Infinity;
  #logEnd = -1;
  #logStart = -1;
  #highWatermark = -1;

  /** When to look again although nothing has happened; perhaps a little early. */
  get deadlineMs(): number {
    return this.#earliestMs;
  }

  /** Lets a fetch wait until the next look. The replica's older one, if any, goes back empty. */
  hold(replica: Replica, token: number, request: FetchRequest): void {
    const text = keyText(request.replicaKey);
    const older = this.#held.get(text);
    if (older !== undefined) replica.reply(older.token, fetchReply(replica, { errorCode: NONE }));
    const waitMs = Math.min(request.maxWaitMs, replica.config.fetchMaxWaitMs);
    const deadlineMs = replica.nowMs + Math.max(0, waitMs);
    this.#held.set(text, { token, request, deadlineMs });
    this.#fresh.push(text);
    this.#earliestMs = Math.min(this.#earliestMs, deadlineMs);
  }

  /** Answers every fetch whose time has come. */
  answerDue(replica: Replica): void {
    const { log, nowMs } = replica;
    const hasNews = log.logEndOffset !== this.#logEnd || log.logStartOffset !== this.#logStart ||
      replica.highWatermark !== this.#highWatermark;
    if (hasNews || nowMs >= this.#earliestMs) {
      this.#logEnd = log.logEndOffset;
      this.#logStart = log.logStartOffset;
      this.#highWatermark = replica.highWatermark;
      this.#earliestMs = Infinity;
      for (const [text, held] of this.#held) {
        if (!this.#answerIfDue(replica, text, held)) {
          this.#earliestMs = Math.min(this.#earliestMs, held.deadlineMs);
        }
      }
    } else {
      for (const text of this.#fresh) {
        const held = this.#held.get(text);
        if (held !== undefined) this.#answerIfDue(replica, text, held);
      }
    }
    this.#fresh = [];
  }

  /** Tells everybody that nobody leads here any more. */
  dismiss(replica: Replica): void {
    const reply = fetchReply(replica, { errorCode: NOT_LEADER_OR_FOLLOWER });
    for (const { token } of this.#held.values()) replica.reply(token, reply);
    this.#held.clear();
  }

  #answerIfDue(replica: Replica, text: string, held: HeldFetch): boolean {
    const { request } = held;
    const position = replica.log.positionOf(request.fetchOffset, request.lastFetchedEpoch);
    const knowsLess = request.highWatermark !== -2 && request.highWatermark < replica.highWatermark;
    const isDue = replica.nowMs >= held.deadlineMs || knowsLess || position.kind !== "valid" ||
      request.fetchOffset !== replica.log.logEndOffset;
    if (!isDue) return false;
    this.#held.delete(text);
    replica.reply(held.token, answerFetch(replica, request));
    return true;
  }
}

/** What the leader has for a fetch right now. */
export function answerFetch(replica: Replica, request: FetchRequest): FetchReply {
  const position = replica.log.positionOf(request.fetchOffset, request.lastFetchedEpoch);
  return fetchReply(replica, {
    errorCode: NONE,
    divergingEpoch: position.kind === "diverging" ? position.divergingEpoch : null,
    snapshotId: position.kind === "snapshot" ? position.snapshotId : null,
    readFrom: position.kind === "valid" ? request.fetchOffset : null,
  });
}

type FetchOutcome = Pick<FetchReply, "errorCode"> & Partial<FetchReply>;

/** A reply to a fetch, empty unless `outcome` says more. */
export function fetchReply(replica: Replica, outcome: FetchOutcome): FetchReply {
  return {
    ...replica.leaderInfo(outcome.errorCode),
    type: "fetch",
    highWatermark: replica.highWatermark,
    logStartOffset: replica.log.logStartOffset,
    divergingEpoch: outcome.divergingEpoch ?? null,
    snapshotId: outcome.snapshotId ?? null,
    readFrom: outcome.readFrom ?? null,
    readTo: replica.log.logEndOffset,
  };
}
