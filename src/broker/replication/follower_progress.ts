/** What the leader of a partition knows of one of its followers, from what that follower fetches. */

import type { NodeId } from "../../core/ids.ts";

/** One fetch of a follower, as far as it tells of the follower's log. */
export interface FollowerFetch {
  readonly replicaId: NodeId;
  /** The epoch of the follower's broker, -1 when it does not say (KIP-903). */
  readonly brokerEpoch: number;
  /** Where the follower's log ends. */
  readonly fetchOffset: number;
  readonly logStartOffset: number;
}

export class FollowerProgress {
  readonly id: NodeId;
  /** Where its log ends; -1 until it has fetched in this leader's time. */
  endOffset = -1;
  logStartOffset = -1;
  /** The epoch of the broker that fetched last; -1 unknown. */
  brokerEpoch = -1;
  /** When it last had everything, in monotonic milliseconds; -Infinity when it never has. */
  caughtUpMs: number;
  /** Whether the high watermark waits for it: it is in the ISR, or about to be. */
  counts = false;
  /** Where the leader's log ended at the last fetch, and when that was. */
  #leaderEndOffset = -1;
  #fetchMs = -Infinity;

  constructor(id: NodeId, caughtUpMs: number) {
    this.id = id;
    this.caughtUpMs = caughtUpMs;
  }

  /**
   * Takes a fetch. Whoever reaches where the leader's log ended at the last fetch was caught up then, or a follower
   * of a busy partition would never seem to be (KAFKA-1546).
   */
  onFetch(fetch: FollowerFetch, leaderEndOffset: number, nowMs: number): void {
    const { fetchOffset } = fetch;
    if (fetchOffset >= leaderEndOffset) this.caughtUpMs = nowMs;
    else if (fetchOffset >= this.#leaderEndOffset) {
      this.caughtUpMs = Math.max(this.caughtUpMs, this.#fetchMs);
    }
    this.endOffset = fetchOffset;
    this.logStartOffset = fetch.logStartOffset;
    this.brokerEpoch = fetch.brokerEpoch;
    this.#leaderEndOffset = leaderEndOffset;
    this.#fetchMs = nowMs;
  }

  /** The leader is about to append: who has all up to here was caught up when it was last heard of, at `heardMs`. */
  onAppend(leaderEndOffset: number, heardMs: number): void {
    // Where it was before it left the ISR tells nothing of when it has all again.
    if (this.#fetchMs === -Infinity) return;
    if (this.endOffset === leaderEndOffset && heardMs > this.caughtUpMs) this.caughtUpMs = heardMs;
  }

  /** It has left the ISR: when it was caught up before that does not matter any more. */
  onLeft(): void {
    this.caughtUpMs = -Infinity;
    this.#fetchMs = -Infinity;
  }

  /** Whether it has everything, or had within the last `maxLagMs`. */
  isCaughtUp(leaderEndOffset: number, nowMs: number, maxLagMs: number): boolean {
    return this.endOffset === leaderEndOffset || nowMs - this.caughtUpMs <= maxLagMs;
  }
}
