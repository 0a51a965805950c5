/**
 * What a leader with followers keeps while it leads: how far each follower is, which ISR is committed and which one
 * it has asked the controller for, and where the high watermark may be because of that.
 *
 * While a change of the ISR is under way nobody knows which of the two is in force (KIP-497). The high watermark
 * waits for the members of both: a replica that is being added may already be elected, and one that is being
 * removed may still be.
 */

import type { NodeId } from "../../core/ids.ts";
import type { PartitionImage } from "../../metadata/image.ts";
import { type FollowerFetch, FollowerProgress } from "./follower_progress.ts";

/** What the leader must know of the rest of the cluster. */
export interface LeaderContext {
  readonly nodeId: NodeId;
  /** `replica.lag.time.max.ms`. */
  readonly maxLagMs: number;
  /** Whether a replica's broker may be in an ISR: alive, not about to stop, and the one that fetched (KIP-841, KIP-903). */
  readonly isEligible: (id: NodeId, brokerEpoch: number) => boolean;
  /** The epoch of a broker as the metadata have it; -1 when it is not registered. */
  readonly brokerEpochOf: (id: NodeId) => number;
  /**
   * When a follower last fetched from this broker, whatever it named, in monotonic milliseconds; -Infinity when it never
   * has. A fetch that does not name a partition says that nothing has changed there.
   */
  readonly heardMs: (id: NodeId) => number;
}

/** A replica in a proposed ISR with the epoch of its broker as the leader knows it; -1 unknown. */
export interface IsrMember {
  readonly brokerId: NodeId;
  readonly brokerEpoch: number;
}

const RECOVERING = 1;

export class LeaderState {
  /** Where the log ended when this leader epoch began: only who has that is a follower of this leader. */
  epochStartOffset: number;
  readonly #context: LeaderContext;
  #state: PartitionImage;
  #followers: FollowerProgress[] = [];
  #proposed: readonly IsrMember[] | null = null;

  constructor(context: LeaderContext, state: PartitionImage, options: { endOffset: number; nowMs: number }) {
    this.#context = context;
    this.#state = state;
    this.epochStartOffset = options.endOffset;
    this.#takeReplicas(options.nowMs);
  }

  get followers(): readonly FollowerProgress[] {
    return this.#followers;
  }

  /** What was asked of the controller and is not decided yet. */
  get proposed(): readonly IsrMember[] | null {
    return this.#proposed;
  }

  follower(id: NodeId): FollowerProgress | undefined {
    return this.#followers.find((one) => one.id === id);
  }

  /**
   * Takes what the controller has decided. Followers that stay keep their progress, but not into another epoch: in one
   * between, of which this leader may not have heard, they can have cut their logs. What the leader knew already,
   * because the controller's answer was faster than the metadata, decides nothing of what was asked since.
   */
  update(state: PartitionImage, options: { readonly endOffset: number; readonly nowMs: number }): void {
    if (state.leaderEpoch !== this.#state.leaderEpoch) {
      this.epochStartOffset = options.endOffset;
      this.#followers = [];
    }
    if (state.partitionEpoch !== this.#state.partitionEpoch) this.#proposed = null;
    for (const follower of this.#followers) {
      // Nobody waits for one that left, such as a broker that stops, before it has caught up anew.
      const left = this.#state.isr.includes(follower.id) && !state.isr.includes(follower.id);
      if (left) follower.onLeft();
    }
    this.#state = state;
    this.#takeReplicas(options.nowMs);
  }

  /** The controller will not do what was proposed, for sure: the committed ISR is in force. */
  withdraw(): void {
    this.#proposed = null;
    this.#recount();
  }

  /** Whether the high watermark waits for a follower, because it is in sync or about to be. */
  isWaitedFor(id: NodeId, leaderEndOffset: number, nowMs: number): boolean {
    const follower = this.follower(id);
    return follower !== undefined && (follower.counts || this.#isJoining(follower, leaderEndOffset, nowMs));
  }

  /** Where the logs of all replicas that count have reached, at most `localEndOffset`. */
  replicatedOffset(localEndOffset: number, leaderEndOffset: number, nowMs: number): number {
    let offset = localEndOffset;
    for (const follower of this.#followers) {
      if (
        follower.endOffset < offset && (follower.counts || this.#isJoining(follower, leaderEndOffset, nowMs))
      ) {
        offset = follower.endOffset;
      }
    }
    return offset;
  }

  /** The lowest log start offset of all replicas that are alive, given the leader's own (KIP-107). */
  lowWatermark(logStartOffset: number): number {
    let lowest = logStartOffset;
    for (const follower of this.#followers) {
      if (follower.logStartOffset < lowest && this.#context.isEligible(follower.id, -1)) {
        lowest = follower.logStartOffset;
      }
    }
    return lowest;
  }

  /** The leader is about to append behind `endOffset`. */
  onAppend(endOffset: number): void {
    for (const follower of this.#followers) follower.onAppend(endOffset, this.#context.heardMs(follower.id));
  }

  /**
   * Takes a follower's fetch. False when it is not to be believed: it is no replica, or of a broker that has been
   * started anew since (KIP-903).
   */
  onFetch(fetch: FollowerFetch, leaderEndOffset: number, nowMs: number): boolean {
    const follower = this.follower(fetch.replicaId);
    if (follower === undefined) return false;
    const newest = Math.max(follower.brokerEpoch, this.#context.brokerEpochOf(follower.id));
    if (fetch.brokerEpoch >= 0 && fetch.brokerEpoch < newest) return false;
    follower.onFetch(fetch, leaderEndOffset, nowMs);
    return true;
  }

  /** Whether the controller should be asked for another ISR because of what this follower has. */
  mayExpand(id: NodeId, highWatermark: number): boolean {
    if (this.#proposed !== null) return false;
    const follower = this.follower(id);
    return follower !== undefined && !follower.counts && this.#mayJoin(follower, highWatermark);
  }

  /** The same for any follower. */
  mayExpandToAny(highWatermark: number): boolean {
    return this.#followers.some(({ id }) => this.mayExpand(id, highWatermark));
  }

  /** Whether a member of the ISR has fallen behind. */
  mayShrink(leaderEndOffset: number, nowMs: number): boolean {
    if (this.#proposed !== null) return false;
    return this.#followers.some((one) => this.#hasFallenBehind(one, leaderEndOffset, nowMs));
  }

  /**
   * The ISR as it should be, when that differs from what is committed, or when the controller must still hear that
   * this leader's log is whole (KIP-704); else null. What is returned counts as asked for.
   */
  propose(
    at: { readonly highWatermark: number; readonly endOffset: number; readonly nowMs: number },
    brokerEpoch: number,
  ): readonly IsrMember[] | null {
    if (this.#proposed !== null) return null;
    const { isr, replicas, leaderRecoveryState } = this.#state;
    const members: IsrMember[] = [];
    for (const id of replicas) {
      const follower = this.follower(id);
      if (follower === undefined) members.push({ brokerId: id, brokerEpoch });
      else if (this.#belongs(follower, at)) members.push({ brokerId: id, brokerEpoch: follower.brokerEpoch });
    }
    const isSame = members.length === isr.length && members.every(({ brokerId }) => isr.includes(brokerId));
    if (isSame && leaderRecoveryState !== RECOVERING) return null;
    this.#proposed = members;
    this.#recount();
    return members;
  }

  #belongs(
    follower: FollowerProgress,
    at: { readonly highWatermark: number; readonly endOffset: number; readonly nowMs: number },
  ): boolean {
    return this.#state.isr.includes(follower.id)
      ? !this.#hasFallenBehind(follower, at.endOffset, at.nowMs)
      : this.#mayJoin(follower, at.highWatermark);
  }

  #mayJoin(follower: FollowerProgress, highWatermark: number): boolean {
    return follower.endOffset >= Math.max(highWatermark, this.epochStartOffset) &&
      this.#context.isEligible(follower.id, follower.brokerEpoch);
  }

  #hasFallenBehind(follower: FollowerProgress, leaderEndOffset: number, nowMs: number): boolean {
    return this.#state.isr.includes(follower.id) &&
      !follower.isCaughtUp(leaderEndOffset, nowMs, this.#context.maxLagMs);
  }

  /** One who is about to join the ISR is waited for, or the high watermark would outrun it again and again. */
  #isJoining(follower: FollowerProgress, leaderEndOffset: number, nowMs: number): boolean {
    return follower.isCaughtUp(leaderEndOffset, nowMs, this.#context.maxLagMs) &&
      this.#context.isEligible(follower.id, follower.brokerEpoch);
  }

  #takeReplicas(nowMs: number): void {
    const { replicas, isr } = this.#state;
    this.#followers = replicas.filter((id) => id !== this.#context.nodeId).map((id) =>
      this.follower(id) ?? new FollowerProgress(id, isr.includes(id) ? nowMs : -Infinity)
    );
    this.#recount();
  }

  #recount(): void {
    for (const follower of this.#followers) {
      follower.counts = this.#state.isr.includes(follower.id) ||
        this.#proposed?.some(({ brokerId }) => brokerId === follower.id) === true;
    }
  }
}
