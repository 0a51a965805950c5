/**
 * What a node counts, as plain values: the metrics page and the live snapshot are made of it. Totals only ever grow
 * while the process runs. Whatever can be many is iterated, so that whoever reads it can do so in slices.
 */

/** Durations by size. `counts[i]` are those of at most `boundsMs[i]`; the last count is of all longer ones. */
export interface HistogramSample {
  readonly boundsMs: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  readonly sumMs: number;
}

/** Where the time of a request goes, in the order in which it passes. */
export type RequestPhase = "queue" | "local" | "remote" | "response_queue" | "send";

/** What happened to the requests of one API. */
export interface ApiSample {
  /** As Kafka names it, such as "Produce". */
  readonly name: string;
  readonly requests: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** From the last byte of a request to the last byte of its response. */
  readonly total: HistogramSample;
  readonly phases: Readonly<Record<RequestPhase, HistogramSample>>;
  /** Answers with an error, by its name, such as "NOT_LEADER_OR_FOLLOWER"; one for each error in an answer. */
  readonly errors: ReadonlyMap<string, number>;
}

export interface ConnectionSample {
  readonly open: number;
  readonly opened: number;
  /** Refused for a limit. */
  readonly refused: number;
  /** Closed because of what their client sent. */
  readonly protocolErrors: number;
}

/** What came in and went out. */
export interface TrafficSample {
  readonly bytesIn: number;
  readonly recordsIn: number;
  readonly produceRequests: number;
  readonly failedProduceRequests: number;
  /** To consumers. */
  readonly bytesOut: number;
  readonly recordsOut: number;
  readonly fetchRequests: number;
  readonly failedFetchRequests: number;
  /** From the leader, as a follower. */
  readonly replicationBytesIn: number;
  /** To followers, as the leader. */
  readonly replicationBytesOut: number;
}

/** A replica that this node has. */
export interface PartitionSample {
  readonly topic: string;
  readonly partition: number;
  readonly isLeader: boolean;
  readonly isUnderReplicated: boolean;
  readonly isUnderMinIsr: boolean;
  readonly isAtMinIsr: boolean;
  readonly replicas: number;
  readonly inSync: number;
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logEndOffset: number;
  readonly sizeBytes: number;
  readonly segments: number;
  readonly traffic: TrafficSample;
  /** On the leader: how many records each follower is behind. */
  readonly followerLags: readonly { readonly brokerId: number; readonly lag: number }[];
}

/** What happened to the replicas of this node. */
export interface ReplicationSample {
  readonly partitions: number;
  readonly leaders: number;
  readonly underReplicated: number;
  readonly underMinIsr: number;
  readonly atMinIsr: number;
  /** Replicas whose log directory failed. */
  readonly offlineReplicas: number;
  readonly isrShrinks: number;
  readonly isrExpands: number;
  readonly failedIsrUpdates: number;
  readonly reassigning: number;
  /** The most records that any replica here is behind its leader. */
  readonly maxLag: number;
  /** Requests that wait for other replicas (Produce) or for data (Fetch). */
  readonly producePurgatory: number;
  readonly fetchPurgatory: number;
}

export interface GroupPartitionSample {
  readonly topic: string;
  readonly partition: number;
  readonly committedOffset: number;
  /** In records; -1 when the end of the partition is not known here. */
  readonly lag: number;
  /** In seconds; -1 when not known. */
  readonly lagSeconds: number;
}

/** A group that is coordinated here. */
export interface GroupSample {
  readonly groupId: string;
  /** As Kafka names it. */
  readonly state: string;
  readonly members: number;
  readonly generation: number;
  readonly partitions: readonly GroupPartitionSample[];
}

export interface GroupTotals {
  readonly groups: number;
  /** By state, as Kafka names it. */
  readonly byState: ReadonlyMap<string, number>;
  readonly rebalances: number;
  readonly offsetCommits: number;
}

/** A log directory, in bytes. */
export interface DiskSample {
  readonly path: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly logBytes: number;
  readonly isFull: boolean;
  readonly isOnline: boolean;
}

/** The part that this node takes in the metadata quorum. */
export interface QuorumSample {
  /** leader, candidate, prospective, follower, observer, voted, unattached or resigned. */
  readonly state: string;
  /** -1 when none is known. */
  readonly leaderId: number;
  readonly epoch: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly appliedOffset: number;
  /** How far what is applied lies behind what is committed, in milliseconds. */
  readonly applyLagMs: number;
  readonly elections: number;
  readonly commitLatency: HistogramSample;
  /** Of the others, on the leader; empty elsewhere. */
  readonly replicas: readonly {
    readonly id: number;
    readonly isVoter: boolean;
    readonly logEndOffset: number;
    readonly lag: number;
  }[];
}

/** What the active controller sees; null elsewhere. */
export interface ControllerSample {
  readonly activeBrokers: number;
  readonly fencedBrokers: number;
  readonly topics: number;
  readonly partitions: number;
  readonly offlinePartitions: number;
  readonly notPreferredLeaders: number;
  readonly uncleanElections: number;
}

export interface ProcessSample {
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
  readonly loopDelay: HistogramSample;
}

/** What the HTTP server was asked. */
export interface HttpSample {
  /** Requests that are being answered now. */
  readonly active: number;
  /** Answers by the first digit of their status; the others are 0. */
  readonly answers: ArrayLike<number>;
}

/** Everything that a node counts. */
export interface MetricsSource {
  apis(): Iterable<ApiSample>;
  connections(): ConnectionSample;
  /** Over all partitions since the start, those that are gone included. */
  traffic(): TrafficSample;
  replication(): ReplicationSample;
  partitions(): Iterable<PartitionSample>;
  groupTotals(): GroupTotals;
  groups(): Iterable<GroupSample>;
  disks(): readonly DiskSample[];
  /** Null on a node that only asks the quorum of others. */
  quorum(): QuorumSample | null;
  controller(): ControllerSample | null;
  process(): ProcessSample;
  http(): HttpSample;
  /** By quota: how often somebody was held back, and the bytes that counted. */
  throttles(): ReadonlyMap<string, { readonly heldBack: number; readonly bytes: number }>;
}
