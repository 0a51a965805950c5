/**
 * How much of a broker's bandwidth replicas may take that are not in sync yet (KIP-73): a bucket that fills with the
 * configured rate and holds what comes in a second. It may be overdrawn by one read, which is then paid back: a batch
 * larger than the bucket would otherwise never pass.
 */

import type { TopicConfig } from "../../config/table.ts";
import type { Clock } from "../../platform/platform.ts";

/** Rates from here on are no limit: the default is the largest long. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;
const BURST_S = 1;

export class ReplicationQuota {
  /** How often a transfer was held back. */
  heldBack = 0;
  /** Everything that counted while there was a limit, in bytes. */
  countedBytes = 0;
  readonly #clock: Clock;
  readonly #rate: () => number;
  #bytes = 0;
  #filledMs: number;

  /** `rate` is in bytes a second, and may change at any time. */
  constructor(clock: Clock, rate: () => number) {
    this.#clock = clock;
    this.#rate = rate;
    this.#filledMs = clock.monotonicMs();
  }

  /** Whether replicas that are throttled have to wait. */
  get isExceeded(): boolean {
    return this.waitMs > 0;
  }

  /** How long until something may be sent or asked for, in milliseconds; at most a second at a time. */
  get waitMs(): number {
    const rate = this.#rate();
    if (rate >= UNLIMITED) return 0;
    this.#fill(rate);
    if (this.#bytes > 0) return 0;
    return rate <= 0 ? 1000 : Math.min(1000, Math.max(1, Math.ceil((1 - this.#bytes) / rate * 1000)));
  }

  /** Takes what was sent or has come. */
  record(bytes: number): void {
    const rate = this.#rate();
    if (rate >= UNLIMITED) return;
    this.#fill(rate);
    this.#bytes -= bytes;
    this.countedBytes += bytes;
  }

  /** Takes what has come; returns how long to wait before more is asked for, in milliseconds. */
  take(bytes: number): number {
    this.record(bytes);
    const { waitMs } = this;
    if (waitMs > 0) this.heldBack++;
    return waitMs;
  }

  #fill(rate: number): void {
    const nowMs = this.#clock.monotonicMs();
    const filled = this.#bytes + rate * (nowMs - this.#filledMs) / 1000;
    this.#bytes = Math.min(filled, rate * BURST_S);
    this.#filledMs = nowMs;
  }
}

/** Both sides of a broker's replication. */
export interface ReplicationQuotas {
  /** `leader.replication.throttled.rate`. */
  readonly leader: ReplicationQuota;
  /** `follower.replication.throttled.rate`. */
  readonly follower: ReplicationQuota;
  /** `rebalance.throttle.bytes.per.second`, for replicas that this broker is getting. */
  readonly rebalance: ReplicationQuota;
}

/** On which sides a replica is throttled. */
export interface ThrottledSides {
  readonly leader: boolean;
  readonly follower: boolean;
}

/** Whether this broker's replica of a partition is throttled, as its topic says: `partition:broker` pairs, or `*`. */
export function throttledSides(config: TopicConfig, index: number, nodeId: number): ThrottledSides {
  const names = (list: readonly string[]) => list.includes("*") || list.includes(`${index}:${nodeId}`);
  return {
    leader: names(config["leader.replication.throttled.replicas"]),
    follower: names(config["follower.replication.throttled.replicas"]),
  };
}
