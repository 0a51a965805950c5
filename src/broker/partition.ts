/**
 * One partition that this broker holds a replica of: its log, who leads it, which replicas are in sync, and how far
 * everything is replicated (the high watermark, which is what consumers may read and acks=all waits for).
 *
 * A leader with followers has a {@link LeaderState}; one that is the only replica pays for nothing of that. A follower
 * is fed by the fetcher of its leader, which also cuts the log where it differs from the leader's. While a log is
 * being cut this broker does not lead the partition yet, whatever the metadata say.
 */

import { assert } from "../core/assert.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import type { AppendOrigin, AppendResult } from "../log/append_result.ts";
import type { EpochEnd } from "../log/leader_epoch_cache.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import type { PartitionImage } from "../metadata/image.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { FetchPlace } from "./fetch_watch.ts";
import { Traffic } from "./metrics/traffic.ts";
import { OffsetWaiters } from "./offset_waiters.ts";
import type {
  IsrProposal,
  PartitionContext,
  PartitionIdentity,
  PartitionSettings,
} from "./partition_context.ts";
import type { FollowerFetch } from "./replication/follower_progress.ts";
import { type IsrMember, LeaderState } from "./replication/leader_state.ts";

const ALONE = 1;

export class Partition {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  readonly log: PartitionLog;
  readonly traffic = new Traffic();
  /** Consumers that wait for the high watermark to move. */
  readonly readers = new FetchPlace();
  /** Followers that wait for the log to grow. */
  readonly replicas = new FetchPlace();
  #settings: PartitionSettings;
  readonly #context: PartitionContext;
  readonly #waiters = new OffsetWaiters();
  /** Those who wait until all replicas have given up what was deleted. */
  readonly #deletions = new OffsetWaiters();
  #state: PartitionImage;
  #isLeader = false;
  /** Whether this broker has the only replica, so that it alone moves the high watermark. */
  #alone = false;
  /** The followers of this leader; null on a follower and on the only replica. */
  #leading: LeaderState | null = null;
  /** Bytes appended since the high watermark was last at the end of the log. */
  #unreadableBytes = 0;
  #cutting = false;
  #closed = false;

  constructor(
    identity: PartitionIdentity,
    log: PartitionLog,
    context: PartitionContext,
    { state, settings }: { readonly state: PartitionImage; readonly settings: PartitionSettings },
  ) {
    this.topic = identity.topic;
    this.topicId = identity.topicId;
    this.index = identity.index;
    this.log = log;
    this.#context = context;
    this.#state = state;
    this.#settings = settings;
    this.#takeRole(null);
  }

  /** What the metadata log says of it, or the controller's answer to this leader when that is newer. */
  get state(): PartitionImage {
    return this.#state;
  }

  /** This broker. */
  get localId(): NodeId {
    return this.#context.nodeId;
  }

  /** Whether this broker leads it, with a log that is as it should be. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  get leaderEpoch(): number {
    return this.#state.leaderEpoch;
  }

  /** The offset up to which every replica in sync has the log; consumers read below it. */
  get highWatermark(): number {
    return this.log.highWatermark;
  }

  /** The offset up to which read_committed consumers may read. */
  get lastStableOffset(): number {
    return this.log.lastStableOffset;
  }

  /** Where the log ended when this leader's epoch began; until the high watermark is there, it may be behind (KIP-207). */
  get epochStartOffset(): number {
    return this.#leading?.epochStartOffset ?? 0;
  }

  /** What this leader knows of its followers; null on a follower and on the only replica. */
  get leading(): LeaderState | null {
    return this.#leading;
  }

  /** Whether the log is being cut, so that nothing may be appended. */
  get isCutting(): boolean {
    return this.#cutting;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get settings(): PartitionSettings {
    return this.#settings;
  }
  set settings(settings: PartitionSettings) {
    this.#settings = settings;
    // Fewer replicas in sync may be enough from now on.
    if (this.#isLeader) this.#advance();
  }

  /** Takes the partition's next state from the metadata log, or from the controller's answer to its leader. */
  update(state: PartitionImage): void {
    // The answer to this leader may have been faster than the metadata log.
    if (state.partitionEpoch < this.#state.partitionEpoch) return;
    const before = this.#state;
    this.#state = state;
    const wasLeader = this.#isLeader;
    this.#takeRole(before);
    if (this.#isLeader && wasLeader) this.#context.counters.onIsr(before.isr, state.isr);
    if (wasLeader && !this.#isLeader) {
      this.#waiters.onLost();
      this.#deletions.onLost();
    }
    if (state.leader !== before.leader || state.leaderEpoch !== before.leaderEpoch) this.#wakeAll();
  }

  /** Ends everything that waits: the partition is deleted, or the broker stops. */
  close(): void {
    this.#closed = true;
    this.#isLeader = false;
    this.#leading = null;
    this.#waiters.onLost();
    this.#deletions.onLost();
    this.#wakeAll();
  }

  /** NONE when a client's idea of the leader epoch is right, else the code that makes it refresh (KIP-320). */
  checkLeaderEpoch(clientEpoch: number): number {
    if (!this.isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    return this.checkEpoch(clientEpoch);
  }

  /** The same for a replica that need not be the leader (KIP-392). */
  checkEpoch(clientEpoch: number): number {
    if (clientEpoch < 0 || clientEpoch === this.leaderEpoch) return ErrorCode.NONE;
    return clientEpoch < this.leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /** Whether so many replicas are in sync that acks=all may be promised. */
  get hasEnoughInSync(): boolean {
    return this.#state.isr.length >= this.#effectiveMinIsr();
  }

  /** Appends batches, which the log checks and gives offsets in place. Only to be called on the leader. */
  append(records: Uint8Array, origin: AppendOrigin = "client"): AppendResult {
    assert(this.isLeader, `${this.topic}-${this.index} must be led here to be appended to`);
    this.#leading?.onAppend(this.log.logEndOffset);
    const result = this.log.append(records, { leaderEpoch: this.leaderEpoch, origin });
    if (result.error !== null || result.duplicate) return result;
    this.#unreadableBytes += records.length;
    if (!this.log.mustFlushForAck) this.#advance();
    // Nobody may be waiting for the disk (acks=0), and yet only its flush lets consumers read this.
    else void this.flushed(result.lastOffset + 1);
    this.replicas.onReadable(records.length);
    return result;
  }

  /** Whether an acknowledgement must wait for the disk (`flush.messages=1`). */
  get acksNeedFlush(): boolean {
    return this.log.mustFlushForAck;
  }

  /** Resolves with true when everything below `endOffset` is on this broker's disk, with false when it cannot be. */
  async flushed(endOffset: number): Promise<boolean> {
    const durable = await this.log.flushedTo(endOffset);
    if (durable && this.isLeader) this.#advance();
    return durable;
  }

  /** Resolves with true when every replica in sync has everything below `endOffset`. */
  replicated(endOffset: number): true | Promise<boolean> {
    if (this.highWatermark >= endOffset) return true;
    if (!this.#isLeader) return Promise.resolve(false);
    const reached = this.#waiters.wait(endOffset);
    // The wait itself goes through the high watermark, which the flush moves.
    if (this.acksNeedFlush) {
      void this.flushed(endOffset).then((durable) => {
        if (!durable) this.#waiters.onLost();
      });
    }
    return reached;
  }

  /**
   * Takes what a follower's fetch tells of its log: that may move the high watermark, and bring the follower back
   * into the ISR. Answers the error code for the follower.
   */
  onFollowerFetch(fetch: FollowerFetch): number {
    const leading = this.#leading;
    const nowMs = this.#context.clock.monotonicMs();
    if (leading === null || !leading.onFetch(fetch, this.log.logEndOffset, nowMs)) {
      return this.#state.replicas.includes(fetch.replicaId)
        ? ErrorCode.NOT_LEADER_OR_FOLLOWER
        : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
    if (leading.mayExpand(fetch.replicaId, this.highWatermark)) this.#context.onIsrWish(this);
    if (this.#deletions.size > 0) this.#deletions.onReached(this.lowWatermark);
    if (this.highWatermark < fetch.fetchOffset) this.#advance();
    return ErrorCode.NONE;
  }

  /** Whether acknowledgements wait for this follower. */
  isWaitedFor(id: NodeId): boolean {
    const nowMs = this.#context.clock.monotonicMs();
    return this.#leading?.isWaitedFor(id, this.log.logEndOffset, nowMs) === true;
  }

  /**
   * Looks whether a follower has fallen behind, or may be in sync again. To be called from time to time, and when
   * brokers come and go: an idle follower does not say anew what it has.
   */
  checkIsr(): void {
    const leading = this.#leading;
    if (leading === null) return;
    const nowMs = this.#context.clock.monotonicMs();
    const shrinks = leading.mayShrink(this.log.logEndOffset, nowMs);
    if (shrinks || leading.mayExpandToAny(this.highWatermark)) this.#context.onIsrWish(this);
    if (this.#deletions.size > 0) this.#deletions.onReached(this.lowWatermark);
    // A replica that was waited for although it is not in sync may have taken too long.
    this.#advance();
  }

  /** The ISR that this leader wants of the controller; null when it wants no other, or waits for an answer. */
  proposeIsr(brokerEpoch: number): IsrProposal | null {
    if (!this.#isLeader) return null;
    const { leaderEpoch, partitionEpoch } = this.#state;
    const members = this.#leading === null ? this.#proposeAlone(brokerEpoch) : this.#leading.propose({
      highWatermark: this.highWatermark,
      endOffset: this.log.logEndOffset,
      nowMs: this.#context.clock.monotonicMs(),
    }, brokerEpoch);
    return members === null ? null : { members, leaderEpoch, partitionEpoch };
  }

  /** Whether an answer to a proposal still matters: nothing newer is known. */
  isCurrent({ leaderEpoch, partitionEpoch, members }: IsrProposal): boolean {
    return this.#isLeader && leaderEpoch === this.#state.leaderEpoch &&
      partitionEpoch === this.#state.partitionEpoch &&
      (this.#leading === null || this.#leading.proposed === members);
  }

  /** The controller will surely not do what was proposed. */
  withdrawIsr(): void {
    this.#leading?.withdraw();
    if (this.#isLeader) this.#advance();
  }

  /** Where the latest epoch at or before `epoch` ended, as far as this log knows (KIP-279). */
  endOfEpoch(epoch: number): EpochEnd {
    if (epoch === this.leaderEpoch) return { epoch, endOffset: this.log.logEndOffset };
    return this.log.epochs.endOffsetFor(epoch, this.log.logEndOffset);
  }

  /** Gives up what is below `offset`, which is at most the high watermark. */
  raiseLogStart(offset: number): void {
    this.log.raiseLogStartOffset(offset);
    this.#wakeAll();
  }

  /** On a follower: what the leader sent is in the log. */
  onReplicated(bytes: number): void {
    this.#context.counters.onReplicated(this.traffic, bytes);
  }

  /** The lowest log start offset of the replicas that are alive. */
  get lowWatermark(): number {
    const { logStartOffset } = this.log;
    return this.#leading?.lowWatermark(logStartOffset) ?? logStartOffset;
  }

  /** Resolves with true when all replicas that are alive have given up what is below `offset`. */
  deleted(offset: number): true | Promise<boolean> {
    return this.lowWatermark >= offset ? true : this.#deletions.wait(offset);
  }

  /** On a follower: the leader says how far the partition is replicated. It never moves back by that. */
  onLeaderHighWatermark(offset: number): void {
    const next = Math.min(offset, this.log.logEndOffset);
    if (next <= this.log.highWatermark) return;
    this.log.highWatermark = next;
    this.readers.finish();
  }

  /** On a follower: cuts the log with `task`. A role that the metadata give meanwhile is taken when that is done. */
  async cut(task: () => Promise<void>): Promise<void> {
    assert(
      !this.#cutting && !this.#isLeader,
      `${this.topic}-${this.index} is cut once at a time, by followers`,
    );
    this.#cutting = true;
    try {
      await task();
    } finally {
      this.#cutting = false;
      if (!this.#closed) {
        this.#takeRole(this.#state);
        this.#context.onLateRole(this);
      }
    }
  }

  #takeRole(before: PartitionImage | null): void {
    const state = this.#state;
    const wasLeader = this.#isLeader;
    this.#isLeader = state.leader === this.#context.nodeId && !this.#cutting && !this.#closed;
    this.#alone = state.replicas.length === ALONE;
    if (!this.#isLeader) {
      this.#leading = null;
      return;
    }
    if (!wasLeader || before?.leaderEpoch !== state.leaderEpoch) this.log.beginEpoch(state.leaderEpoch);
    // What a follower took in becomes readable when it leads: no more than the whole log, for those who wait.
    if (!wasLeader && this.highWatermark < this.log.logEndOffset) this.#unreadableBytes = this.log.sizeBytes;
    const at = { endOffset: this.log.logEndOffset, nowMs: this.#context.clock.monotonicMs() };
    if (this.#alone) this.#leading = null;
    else if (this.#leading === null) this.#leading = new LeaderState(this.#context, state, at);
    else this.#leading.update(state, at);
    const wishes = state.leaderRecoveryState !== 0 ||
      this.#leading?.mayExpandToAny(this.highWatermark) === true;
    if (wishes) this.#context.onIsrWish(this);
    this.#advance();
    // Nobody else may flush what a follower took in, and until then it does not count.
    if (this.acksNeedFlush && this.log.flushedOffset < at.endOffset) void this.flushed(at.endOffset);
  }

  /** The only replica has nothing to ask for, but that its log is whole (KIP-704). */
  #proposeAlone(brokerEpoch: number): readonly IsrMember[] | null {
    if (this.#state.leaderRecoveryState === 0) return null;
    return [{ brokerId: this.#context.nodeId, brokerEpoch }];
  }

  /** What this broker itself has, for good as far as its flush policy says. */
  #localEndOffset(): number {
    return this.acksNeedFlush ? this.log.flushedOffset : this.log.logEndOffset;
  }

  #effectiveMinIsr(): number {
    return Math.min(this.#settings.minInSyncReplicas, this.#state.replicas.length);
  }

  #advance(): void {
    const highWatermark = this.log.highWatermark;
    const next = this.#replicatedOffset();
    if (next <= highWatermark) return;
    const endOffset = this.log.logEndOffset;
    this.log.highWatermark = next;
    this.#waiters.onReached(next);
    if (next >= endOffset) {
      const bytes = this.#unreadableBytes;
      this.#unreadableBytes = 0;
      this.readers.onReadable(bytes);
    } else {
      // Batches are not looked up for this: their share of the offsets is near enough to their share of the bytes.
      const share = (next - highWatermark) / (endOffset - highWatermark);
      const bytes = Math.ceil(this.#unreadableBytes * share);
      this.#unreadableBytes -= bytes;
      this.readers.onReadable(bytes);
    }
    if (this.#leading !== null) this.replicas.onHighWatermark();
  }

  #replicatedOffset(): number {
    if (this.#alone) return this.#localEndOffset();
    // What too few replicas have is not committed, or the ELR could not vouch for it (KIP-966).
    if (this.#leading === null || !this.hasEnoughInSync) return -1;
    const nowMs = this.#context.clock.monotonicMs();
    return this.#leading.replicatedOffset(this.#localEndOffset(), this.log.logEndOffset, nowMs);
  }

  #wakeAll(): void {
    this.readers.finish();
    this.replicas.finish();
  }
}
