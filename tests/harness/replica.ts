/** Partitions as the replication tests use them: real logs on a disk in memory, and time that stands still. */

import { Partition } from "../../src/broker/partition.ts";
import type { PartitionContext } from "../../src/broker/partition_context.ts";
import { BrokerCounters } from "../../src/broker/metrics/traffic.ts";
import { type LeaderEpoch, type NodeId, nodeId, type Uuid } from "../../src/core/ids.ts";
import { openLog } from "../../src/log/log_loader.ts";
import type { LogConfig } from "../../src/log/log_config.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import type { PartitionImage } from "../../src/metadata/image.ts";
import { CrashDisk } from "./crash_disk.ts";
import { batchOf, logContext, ManualTime, tinyConfig } from "./log_world.ts";

/** A partition's state with node 1 as the leader of 1, 2 and 3, all in sync, unless told otherwise. */
export function stateOf(
  what: {
    readonly leader?: number;
    readonly leaderEpoch?: number;
    readonly partitionEpoch?: number;
    readonly isr?: readonly number[];
    readonly replicas?: readonly number[];
    readonly leaderRecoveryState?: 0 | 1;
  } = {},
): PartitionImage {
  const replicas = (what.replicas ?? [1, 2, 3]).map(nodeId);
  return {
    replicas,
    directories: [],
    isr: (what.isr ?? replicas).map(nodeId),
    removingReplicas: [],
    addingReplicas: [],
    elr: [],
    lastKnownElr: [],
    leader: nodeId(what.leader ?? 1),
    leaderRecoveryState: what.leaderRecoveryState ?? 0,
    leaderEpoch: (what.leaderEpoch ?? 1) as LeaderEpoch,
    partitionEpoch: what.partitionEpoch ?? 0,
  };
}

/** One replica, and what it asked for. */
export interface TestReplica {
  readonly partition: Partition;
  readonly log: PartitionLog;
  readonly time: ManualTime;
  /** How often the leader wished for another ISR. */
  wishes: number;
  /** How often it took a role late. */
  lateRoles: number;
  /** Brokers that may not be in an ISR. */
  readonly ineligible: Set<number>;
  /** The epochs of brokers that the leader knows from the metadata. */
  readonly brokerEpochs: Map<number, number>;
  /** When followers last fetched, in monotonic milliseconds. */
  readonly heard: Map<number, number>;
}

/** The replica of a partition on node `id`. `replica.lag.time.max.ms` is 1000. */
export async function replicaOn(
  id: number,
  state: PartitionImage,
  options: {
    readonly minInSyncReplicas?: number;
    readonly config?: Partial<LogConfig>;
    readonly time?: ManualTime;
  } = {},
): Promise<TestReplica> {
  const time = options.time ?? new ManualTime();
  const { context } = logContext(new CrashDisk(), { time });
  const log = await openLog(context, {
    directory: "/data/t-0",
    config: { ...tinyConfig, ...options.config },
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
  });
  const ineligible = new Set<number>();
  const brokerEpochs = new Map<number, number>();
  const heard = new Map<number, number>();
  const replica = { wishes: 0, lateRoles: 0 };
  const shared: PartitionContext = {
    nodeId: nodeId(id),
    maxLagMs: 1000,
    isEligible: (one: NodeId) => !ineligible.has(one),
    heardMs: (one: NodeId) => heard.get(one) ?? -Infinity,
    brokerEpochOf: (one: NodeId) => brokerEpochs.get(one) ?? -1,
    clock: time.clock,
    counters: new BrokerCounters(),
    onIsrWish: () => void replica.wishes++,
    onLateRole: () => void replica.lateRoles++,
  };
  const identity = { topic: "t", topicId: "topic" as Uuid, index: 0 };
  const throttled = { leader: false, follower: false };
  const start = { state, settings: { minInSyncReplicas: options.minInSyncReplicas ?? 1, throttled } };
  return Object.assign(replica, {
    partition: new Partition(identity, log, shared, start),
    log,
    time,
    ineligible,
    brokerEpochs,
    heard,
  });
}

/** Appends so many records to a leader, each in a batch of its own. */
export function appendTo({ partition }: TestReplica, count: number): void {
  for (let index = 0; index < count; index++) partition.append(batchOf(["v"]));
}

/** A follower fetches from `offset` on. Answers the error code. */
export function fetchFrom(
  { partition }: TestReplica,
  follower: number,
  offset: number,
  brokerEpoch = -1,
): number {
  return partition.onFollowerFetch({
    replicaId: nodeId(follower),
    brokerEpoch,
    fetchOffset: offset,
    logStartOffset: 0,
  });
}
