/**
 * What happens on a node now: rates over the last seconds and the state beside them, as one plain object that the
 * dashboard shows. Everything here is what this node itself knows: traffic is that of partitions led here, groups are
 * those coordinated here. Brokers, controllers and leaders are those of the whole cluster.
 */

/** Percentiles of a latency over the window, in milliseconds; null when nothing was measured in it. */
export interface LatencyPercentiles {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** What comes in and goes out each second. */
export interface TrafficRates {
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly recordsInPerSecond: number;
  readonly recordsOutPerSecond: number;
}

/** One API, when it was used in the window. */
export interface LiveApi extends LatencyPercentiles {
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly errorsPerSecond: number;
}

/** A partition of which this node has a replica. */
export interface LivePartition extends TrafficRates {
  readonly index: number;
  readonly isLeader: boolean;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly sizeBytes: number;
}

/** A topic of which this node has replicas. The rates are sums over the partitions that it leads. */
export interface LiveTopic extends TrafficRates {
  readonly name: string;
  readonly isInternal: boolean;
  readonly sizeBytes: number;
  readonly partitions: readonly LivePartition[];
}

/** How far a group is in one partition. */
export interface LiveGroupPartition {
  readonly topic: string;
  readonly partition: number;
  readonly committedOffset: number;
  /** In records; null when the partition is not led here. */
  readonly lag: number | null;
  /** How long ago the first record that is not consumed came, in seconds; null when not known. */
  readonly lagSeconds: number | null;
}

/** A group that is coordinated here. */
export interface LiveGroup {
  readonly groupId: string;
  /** As Kafka names it: Empty, Stable, PreparingRebalance, CompletingRebalance, ... */
  readonly state: string;
  readonly members: number;
  /** Records behind over all partitions whose lag is known. */
  readonly lag: number;
  readonly maxLagSeconds: number | null;
  readonly partitions: readonly LiveGroupPartition[];
}

/** A broker of the cluster, by the metadata that this node has. */
export interface LiveBroker {
  readonly id: number;
  readonly rack: string | null;
  readonly host: string;
  readonly port: number;
  readonly isFenced: boolean;
  readonly isThisNode: boolean;
  readonly leaders: number;
  readonly replicas: number;
  /** Replicas of this broker that are not in sync. */
  readonly outOfSync: number;
}

/** A voter or observer of the metadata quorum, as its leader sees it. */
export interface LiveQuorumReplica {
  readonly id: number;
  readonly isVoter: boolean;
  readonly logEndOffset: number;
  /** Entries behind the leader. */
  readonly lag: number;
}

/** The metadata quorum. */
export interface LiveQuorum {
  /** Of this node: leader, candidate, prospective, follower, observer, voted, unattached or resigned. */
  readonly state: string;
  readonly leaderId: number;
  readonly epoch: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly appliedOffset: number;
  /** Empty unless this node leads the quorum. */
  readonly replicas: readonly LiveQuorumReplica[];
}

/** A log directory and the disk under it, in bytes. */
export interface LiveDisk {
  readonly path: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Used by the logs of this node. */
  readonly logBytes: number;
  /** Whether producers are refused because the disk is nearly full. */
  readonly isFull: boolean;
}

export interface LiveProcess {
  /** Of one core, over the window. */
  readonly cpuPercent: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  /** The longest that the event loop kept a timer waiting in the window, in milliseconds. */
  readonly maxLoopDelayMs: number;
}

export interface LiveSnapshot {
  /** In Unix milliseconds. */
  readonly atMs: number;
  /** How long the rates were measured, in milliseconds; 0 on the first look, when all rates are 0. */
  readonly windowMs: number;
  readonly nodeId: number;
  readonly clusterId: string;
  readonly version: string;
  readonly uptimeMs: number;
  readonly totals: TrafficRates & {
    readonly requestsPerSecond: number;
    readonly errorsPerSecond: number;
    readonly connections: number;
    readonly topics: number;
    readonly partitions: number;
    readonly leaders: number;
    readonly underReplicated: number;
    readonly underMinIsr: number;
    readonly offline: number;
  };
  readonly produce: LatencyPercentiles;
  readonly fetch: LatencyPercentiles;
  readonly apis: readonly LiveApi[];
  readonly topics: readonly LiveTopic[];
  readonly groups: readonly LiveGroup[];
  readonly brokers: readonly LiveBroker[];
  /** Null on a node that does not take part in the quorum. */
  readonly quorum: LiveQuorum | null;
  readonly disks: readonly LiveDisk[];
  readonly process: LiveProcess;
}
