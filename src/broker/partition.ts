/**
 * One partition that this broker holds a replica of: its log, who leads it, which replicas are in sync, and how far
 * everything is replicated (the high watermark, which is what consumers may read and acks=all waits for).
 */

import { assert } from "../core/assert.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import type { AppendOrigin, AppendResult } from "../log/append_result.ts";
import type { EpochEnd } from "../log/leader_epoch_cache.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import type { PartitionImage } from "../metadata/image.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { FetchWatch, Watchable } from "./fetch_watch.ts";
import { OffsetWaiters } from "./offset_waiters.ts";

/** Which partition it is, for good. */
export interface PartitionIdentity {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
}

export class Partition implements Watchable {
  readonly topic: string;
  readonly topicId: Uuid;
  readonly index: number;
  readonly log: PartitionLog;
  readonly watches = new Set<FetchWatch>();
  readonly #nodeId: NodeId;
  readonly #waiters = new OffsetWaiters();
  #state: PartitionImage;
  /** Whether this broker is the only replica in sync, so that it alone moves the high watermark. */
  #alone = false;
  /** Bytes appended since the high watermark was last at the end of the log. */
  #unreadableBytes = 0;

  constructor(identity: PartitionIdentity, log: PartitionLog, nodeId: NodeId, state: PartitionImage) {
    this.topic = identity.topic;
    this.topicId = identity.topicId;
    this.index = identity.index;
    this.log = log;
    this.#nodeId = nodeId;
    this.#state = state;
    this.#takeRole();
  }

  /** What the metadata log says of it. */
  get state(): PartitionImage {
    return this.#state;
  }

  get isLeader(): boolean {
    return this.#state.leader === this.#nodeId;
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

  /** Takes the partition's next state from the metadata log. */
  update(state: PartitionImage): void {
    const wasLeader = this.isLeader;
    this.#state = state;
    if (wasLeader && !this.isLeader) this.#waiters.onLost();
    this.#takeRole();
    this.#wakeAll();
  }

  /** Ends everything that waits: the partition is deleted, or the broker stops. */
  close(): void {
    this.#waiters.onLost();
    this.#wakeAll();
  }

  /** NONE when a client's idea of the leader epoch is right, else the code that makes it refresh (KIP-320). */
  checkLeaderEpoch(clientEpoch: number): number {
    if (!this.isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    if (clientEpoch < 0 || clientEpoch === this.leaderEpoch) return ErrorCode.NONE;
    return clientEpoch < this.leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH;
  }

  /** Whether so many replicas are in sync that acks=all may be promised. */
  hasInSync(minInSyncReplicas: number): boolean {
    return this.#state.isr.length >= Math.min(minInSyncReplicas, this.#state.replicas.length);
  }

  /** Appends batches, which the log checks and gives offsets in place. Only to be called on the leader. */
  append(records: Uint8Array, origin: AppendOrigin = "client"): AppendResult {
    assert(this.isLeader, `${this.topic}-${this.index} must be led here to be appended to`);
    const result = this.log.append(records, { leaderEpoch: this.leaderEpoch, origin });
    if (result.error !== null || result.duplicate) return result;
    this.#unreadableBytes += records.length;
    if (!this.log.mustFlushForAck) this.#advance();
    // Nobody may be waiting for the disk (acks=0), and yet only its flush lets consumers read this.
    else void this.flushed(result.lastOffset + 1);
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
    const reached = this.#waiters.wait(endOffset);
    // The wait itself goes through the high watermark, which the flush moves.
    if (this.acksNeedFlush) {
      void this.flushed(endOffset).then((durable) => {
        if (!durable) this.#waiters.onLost();
      });
    }
    return reached;
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

  #takeRole(): void {
    this.#alone = this.#state.isr.every((id) => id === this.#nodeId);
    if (this.isLeader) this.#advance();
  }

  /** What this broker itself has, for good as far as its flush policy says. */
  #localEndOffset(): number {
    return this.acksNeedFlush ? this.log.flushedOffset : this.log.logEndOffset;
  }

  #advance(): void {
    const next = this.#replicatedOffset();
    if (next <= this.log.highWatermark) return;
    this.log.highWatermark = next;
    this.#waiters.onReached(next);
    const bytes = this.#unreadableBytes;
    if (next >= this.log.logEndOffset) this.#unreadableBytes = 0;
    if (this.watches.size === 0) return;
    // A watch that is satisfied leaves the set, which a Set allows while it is walked.
    for (const watch of this.watches) watch.onReadable(bytes);
  }

  #replicatedOffset(): number {
    // Followers, when there are any, hold it back until they have fetched; alone, the leader decides.
    return this.#alone ? this.#localEndOffset() : this.log.highWatermark;
  }

  #wakeAll(): void {
    for (const watch of [...this.watches]) watch.finish();
  }
}
