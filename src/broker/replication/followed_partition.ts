/**
 * One partition as the fetcher of its leader sees it, for one leader epoch: what was asked for, and what becomes of
 * what came. A new epoch is a new object, so that answers to the old one's requests meet nobody.
 */

import type { AppendResult } from "../../log/append_result.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { fetch } from "../../protocol/messages/01_fetch.ts";
import type { Decoded } from "../../protocol/schema.ts";
import { BatchView } from "../../records/batch.ts";
import type { Partition } from "../partition.ts";
import { cutOffset } from "./divergence.ts";
import type { ReplicationQuota, ReplicationQuotas } from "./replication_quota.ts";

/** A partition in a Fetch response. */
export type FetchedData = Decoded<typeof fetch["response"]>["responses"][number]["partitions"][number];

/** What the fetcher should do after data have come. */
export type Taken =
  /** The log has grown, or what the leader should know has changed: ask for more. */
  | "grown"
  /** Nothing to ask anew. */
  | "idle"
  /** The log cannot take it now: try again after a while. */
  | "retry"
  /** The log is offline. */
  | "failed";

export class FollowedPartition {
  readonly partition: Partition;
  readonly leaderEpoch: number;
  /** What the session knows of it; -1 while it is not in the session. */
  sentOffset = -1;
  sentLogStartOffset = -1;
  /** The number of the request that told it. */
  sentIn = 0;
  /** False once the partition is led by somebody else, or in another epoch. */
  isActive = true;
  /** Whether it may be fetched: its log is not being cut or flushed, and no failure is being waited out. */
  isReady = true;
  /** Failures since something last went well. */
  failures = 0;
  /** Why the log did not take what came last; empty when it did. */
  refusal = "";
  /** Whether what came last begins before the log ends. */
  isMisplaced = false;
  /** Whether this leader has found nothing in the log that differs from its own: only then is its progress ours. */
  #isMatched = false;

  constructor(partition: Partition) {
    this.partition = partition;
    this.leaderEpoch = partition.leaderEpoch;
  }

  get name(): string {
    return `${this.partition.topic}-${this.partition.index}`;
  }

  /**
   * Whether the answer to this request is about the log as it still is. Of two requests under way the answer to the
   * first may have brought what is in the answer to the second as well.
   */
  awaits(requestNumber: number): boolean {
    return this.isActive && this.isReady && this.sentIn <= requestNumber &&
      this.sentOffset === this.partition.log.logEndOffset;
  }

  /** What bounds the fetching of this replica while it has not caught up (KIP-73). */
  quotas({ follower, rebalance }: ReplicationQuotas): readonly ReplicationQuota[] {
    const { settings, state, localId } = this.partition;
    const isNew = state.addingReplicas.includes(localId) && !state.isr.includes(localId);
    if (settings.throttled.follower) return isNew ? [follower, rebalance] : [follower];
    return isNew ? [rebalance] : [];
  }

  /** The epoch of the last record, by which the leader sees whether the logs differ. */
  get lastFetchedEpoch(): number {
    return this.partition.log.epochs.latestEpoch;
  }

  /** Appends what has come and takes the leader's high watermark and log start offset. Synchronous. */
  take(data: FetchedData): Taken {
    const { partition } = this;
    const { log } = partition;
    const { records } = data;
    if (records !== null && records.length > 0) {
      const result = log.appendAsFollower(records);
      if (result.error !== null) return this.#refused(result);
      partition.onReplicated(records.length);
    }
    this.#isMatched = true;
    partition.onLeaderHighWatermark(data.highWatermark);
    const before = log.logStartOffset;
    if (data.logStartOffset > before) log.raiseLogStartOffset(data.logStartOffset);
    return log.logEndOffset !== this.sentOffset || log.logStartOffset !== before ? "grown" : "idle";
  }

  /** Takes what is true of the leader whatever else the answer is about. The session does not say it again. */
  takeProgress({ errorCode, highWatermark }: FetchedData): void {
    const isTrue = this.isActive && this.isReady && this.#isMatched && errorCode === ErrorCode.NONE;
    if (isTrue) this.partition.onLeaderHighWatermark(highWatermark);
  }

  /**
   * Where a batch begins that holds the end of this log in its middle, when the log has nothing that the leader has
   * not deleted (DeleteRecords); -1 for no such case.
   */
  startOfSplitBatch({ records, logStartOffset }: FetchedData): number {
    const { log } = this.partition;
    // What the leader has deleted is as good as not there, and need not be what the leader had.
    const isEmpty = log.logEndOffset <= Math.max(log.logStartOffset, logStartOffset);
    if (records === null || records.length === 0 || !isEmpty) return -1;
    const batch = new BatchView(records);
    const isSplit = batch.baseOffset < log.logEndOffset && batch.lastOffset >= log.logEndOffset;
    return isSplit ? batch.baseOffset : -1;
  }

  /** Cuts the log where it differs from the leader's. Resolves with where it ends then. */
  async cutAt(leaderEnd: { readonly epoch: number; readonly endOffset: number }): Promise<number> {
    const { log } = this.partition;
    const offset = cutOffset(leaderEnd, log.epochs, log.logEndOffset);
    await this.partition.cut(() => log.truncateTo(offset));
    return log.logEndOffset;
  }

  /**
   * Begins anew with what has come, the first batch of which began at `offset`, before the leader's log does. It must
   * be taken at once: to ask for a record that the leader has deleted would be out of range.
   */
  async startWith(offset: number, data: FetchedData): Promise<Taken> {
    const { log } = this.partition;
    const kept = { ...data, records: data.records?.slice() ?? null };
    let taken: Taken = "retry";
    await this.partition.cut(async () => {
      await log.truncateFullyAndStartAt(offset);
      if (this.isActive && log.offline === null) taken = this.take(kept);
    });
    return taken;
  }

  #refused(result: Extract<AppendResult, { readonly message: string }>): Taken {
    this.refusal = result.message;
    this.isMisplaced = result.error === "unexpected-offset";
    return result.error === "storage-error" ? "failed" : "retry";
  }
}
