/** What a broker counts, as plain values made when somebody asks. Nothing here is on the way of a request. */

import type { GroupSummary } from "../../coordinator/group/group_shard.ts";
import type { BrokerContext } from "../context.ts";
import type { Partition } from "../partition.ts";
import { EndOffsetHistory } from "./end_offset_history.ts";
import { timestampBefore } from "./record_age.ts";
import { Traffic } from "./traffic.ts";

/** What metrics need of a broker. */
export type MeasuredBroker = Pick<
  BrokerContext,
  "nodeId" | "replicas" | "groups" | "diskGuard" | "metadata" | "platform"
>;

/** A replica of this broker at one moment. */
export interface PartitionSample {
  readonly topic: string;
  readonly partition: number;
  readonly isLeader: boolean;
  readonly isUnderReplicated: boolean;
  readonly isUnderMinIsr: boolean;
  readonly isAtMinIsr: boolean;
  readonly isReassigning: boolean;
  readonly isOffline: boolean;
  readonly replicas: number;
  readonly inSync: number;
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logEndOffset: number;
  readonly sizeBytes: number;
  readonly segments: number;
  readonly traffic: Traffic;
  readonly followerLags: readonly { readonly brokerId: number; readonly lag: number }[];
  readonly waitingFetches: number;
}

/** How far a group is in a partition; -1 where something is not known here. */
export interface GroupPartitionSample {
  readonly topic: string;
  readonly partition: number;
  readonly committedOffset: number;
  readonly lag: number;
  readonly lagSeconds: number;
}

/** The end of a partition that this broker has no replica of, as somebody asked its leader. */
export interface RemoteEnd {
  readonly highWatermark: number;
  /** Since when the record at `offset` can be read, in Unix milliseconds; null when not known. */
  readableSince(offset: number): number | null;
}

export class BrokerMetrics {
  readonly #broker: MeasuredBroker;
  readonly #history: EndOffsetHistory;
  /** Finds the end of partitions that are not here. */
  remoteEnd: (topic: string, partition: number) => RemoteEnd | undefined = () => undefined;

  constructor(broker: MeasuredBroker) {
    this.#broker = broker;
    this.#history = new EndOffsetHistory(broker.platform.clock.wallMs());
  }

  /** Notes how far partitions are now; to be called once a second or so. */
  look(): void {
    this.#history.look(this.#broker.replicas.partitions(), this.#broker.platform.clock.wallMs());
  }

  /** Over all partitions since the start. */
  get traffic(): Traffic {
    return this.#broker.replicas.counters.traffic;
  }

  *partitions(): Generator<PartitionSample> {
    for (const partition of this.#broker.replicas.partitions()) yield this.#sample(partition);
  }

  /** The state of all partitions here, summed up. */
  replication() {
    const { counters } = this.#broker.replicas;
    const sums = {
      partitions: 0,
      leaders: 0,
      underReplicated: 0,
      underMinIsr: 0,
      atMinIsr: 0,
      offlineReplicas: 0,
      reassigning: 0,
      maxLag: 0,
      fetchPurgatory: 0,
    };
    for (const partition of this.#broker.replicas.partitions()) {
      const one = this.#sample(partition);
      sums.partitions++;
      if (one.isLeader) sums.leaders++;
      if (one.isUnderReplicated) sums.underReplicated++;
      if (one.isUnderMinIsr) sums.underMinIsr++;
      if (one.isAtMinIsr) sums.atMinIsr++;
      if (one.isOffline) sums.offlineReplicas++;
      if (one.isReassigning) sums.reassigning++;
      for (const { lag } of one.followerLags) sums.maxLag = Math.max(sums.maxLag, lag);
      sums.fetchPurgatory += one.waitingFetches;
    }
    return {
      ...sums,
      isrShrinks: counters.isrShrinks,
      isrExpands: counters.isrExpands,
      failedIsrUpdates: counters.failedIsrUpdates,
      producePurgatory: counters.waitingProduces,
    };
  }

  /** What the quotas of replication held back (KIP-73). */
  throttles() {
    const { leader, follower, rebalance } = this.#broker.replicas.quotas;
    const named = { leader_replication: leader, follower_replication: follower, rebalance };
    return new Map(
      Object.entries(named).map(([name, { heldBack, countedBytes }]) => [
        name,
        { heldBack, bytes: countedBytes },
      ]),
    );
  }

  groupTotals() {
    const { groups } = this.#broker;
    const byState = new Map<string, number>();
    let count = 0;
    for (const { shard } of groups.shards) {
      count += shard.groupCount;
      for (const [state, of] of shard.countByState()) byState.set(state, (byState.get(state) ?? 0) + of);
    }
    return { groups: count, byState, ...groups.counters };
  }

  /** The groups that are coordinated here. */
  *groups() {
    const nowMs = this.#broker.platform.clock.wallMs();
    // Shards come and go while others are walked.
    for (const runner of [...this.#broker.groups.shards]) {
      if (!runner.isLoaded) continue;
      for (const { groupId, state, members, generationId, offsets } of runner.shard.summaries()) {
        const partitions = [...this.#lags(offsets, nowMs)];
        yield { groupId, state: state as string, members, generation: generationId, partitions };
      }
    }
  }

  /** The log directories with their disks; one that does not answer has no space to tell of. */
  disks() {
    const { replicas, diskGuard, platform } = this.#broker;
    const bytes = new Map<string, { logBytes: number; isOnline: boolean }>();
    for (const path of replicas.directories) bytes.set(path, { logBytes: 0, isOnline: true });
    for (const partition of replicas.partitions()) {
      const directory = bytes.get(replicas.directoryOf(partition));
      if (directory === undefined) continue;
      directory.logBytes += partition.log.sizeBytes;
      if (partition.log.offline !== null) directory.isOnline = false;
    }
    return [...bytes].map(([path, { logBytes, isOnline }]) => {
      const space = spaceOf(() => platform.disk.space(path));
      const isFull = diskGuard.isFull(path);
      return { path, ...space, logBytes, isFull, isOnline: isOnline && space.totalBytes > 0 };
    });
  }

  *#lags(offsets: GroupSummary["offsets"], nowMs: number): Generator<GroupPartitionSample> {
    for (const [topic, byIndex] of offsets) {
      for (const [partition, { offset: committedOffset }] of byIndex) {
        const { lag, lagSeconds } = this.#lag(topic, partition, committedOffset, nowMs);
        yield { topic, partition, committedOffset, lag, lagSeconds };
      }
    }
  }

  #lag(topic: string, index: number, committed: number, nowMs: number): { lag: number; lagSeconds: number } {
    const partition = this.#broker.replicas.find(topic, index);
    const remote = partition === undefined ? this.remoteEnd(topic, index) : undefined;
    const end = (partition ?? remote)?.highWatermark;
    if (end === undefined) return { lag: -1, lagSeconds: -1 };
    if (committed >= end) return { lag: 0, lagSeconds: 0 };
    const from = Math.max(committed, partition?.log.logStartOffset ?? 0);
    const sinceMs = partition === undefined
      ? remote!.readableSince(from)
      : this.#history.readableSince(partition, from) ?? timestampBefore(partition.log, from);
    return { lag: end - from, lagSeconds: sinceMs === null ? -1 : Math.max(0, nowMs - sinceMs) / 1000 };
  }

  #sample(partition: Partition): PartitionSample {
    const { log, state, isLeader, leading } = partition;
    const { logEndOffset } = log;
    const minInSync = this.#broker.replicas.configOf(partition.topic)?.["min.insync.replicas"] ?? 1;
    const inSync = state.isr.length;
    return {
      topic: partition.topic,
      partition: partition.index,
      isLeader,
      isUnderReplicated: isLeader && inSync < state.replicas.length - state.addingReplicas.length,
      isUnderMinIsr: isLeader && inSync < Math.min(minInSync, state.replicas.length),
      isAtMinIsr: isLeader && inSync === minInSync && state.replicas.length > minInSync,
      isReassigning: isLeader && state.addingReplicas.length + state.removingReplicas.length > 0,
      isOffline: log.offline !== null,
      replicas: state.replicas.length,
      inSync,
      leaderEpoch: partition.leaderEpoch,
      logStartOffset: log.logStartOffset,
      highWatermark: partition.highWatermark,
      lastStableOffset: partition.lastStableOffset,
      logEndOffset,
      sizeBytes: log.sizeBytes,
      segments: log.segments.count,
      traffic: { ...partition.traffic },
      followerLags: leading === null ? NO_FOLLOWERS : leading.followers.map(({ id, endOffset }) => ({
        brokerId: id,
        lag: Math.max(0, logEndOffset - Math.max(endOffset, log.logStartOffset)),
      })),
      waitingFetches: partition.readers.size + partition.replicas.size,
    };
  }
}

const NO_FOLLOWERS: PartitionSample["followerLags"] = [];

function spaceOf(ask: () => { totalBytes: number; freeBytes: number }) {
  try {
    const { totalBytes, freeBytes } = ask();
    return { totalBytes, freeBytes };
  } catch {
    return { totalBytes: 0, freeBytes: 0 };
  }
}
