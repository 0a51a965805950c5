/**
 * The nouns of the quorum: who a replica is, what it persists, what its log looks like, how it is configured.
 * Events and effects are in events.ts and effects.ts, requests and responses in messages.ts.
 */

import { type LeaderEpoch, leaderEpoch, NO_NODE, type NodeId, type Offset, type Uuid } from "../core/ids.ts";

/** Where a node listens for the quorum. */
export interface Endpoint {
  /** The listener's name, for example CONTROLLER. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/**
 * A replica with its log directory (KIP-853). A node that lost its disk comes back with another directory id and
 * so is another replica: it cannot vote on the strength of what it has forgotten. The zero uuid means unknown.
 */
export interface ReplicaKey {
  readonly id: NodeId;
  readonly directoryId: Uuid;
}

/** A member of the voter set, as a VotersRecord tells it (KIP-853). */
export interface Voter extends ReplicaKey {
  readonly endpoints: readonly Endpoint[];
  readonly minKRaftVersion: number;
  readonly maxKRaftVersion: number;
}

/** A voter set and the offset of the record that set it; -1 when configuration or a snapshot set it. */
export interface VotersAt {
  readonly offset: Offset;
  readonly voters: readonly Voter[];
}

/** A finalised kraft.version and the offset of the record that set it; -1 when configuration or a snapshot did. */
export interface KRaftVersionAt {
  readonly offset: Offset;
  readonly version: number;
}

/** Where the records of an epoch begin in the log. */
export interface EpochStart {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

/** An offset and an epoch. In a snapshot id the offset is exclusive and the epoch is that of the record before it. */
export interface OffsetAndEpoch {
  readonly offset: Offset;
  readonly epoch: LeaderEpoch;
}

/** What `quorum-state` holds (KIP-595, KIP-853): what a replica must never forget. */
export interface QuorumState {
  /** -1 when the epoch has no leader that this replica knows of. */
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  /** The replica that got this one's vote in `leaderEpoch`, or null. */
  readonly votedKey: ReplicaKey | null;
}

/** What a missing `quorum-state` means. */
export const INITIAL_QUORUM_STATE: QuorumState = {
  leaderId: NO_NODE,
  leaderEpoch: leaderEpoch(0),
  votedKey: null,
};

/** What the driver found in the log when it opened it. Everything in it is durable. */
export interface LogSummary {
  readonly logStartOffset: Offset;
  /** The epoch of the record before `logStartOffset`, from the id of the snapshot that ends there; 0 if none. */
  readonly logStartEpoch: LeaderEpoch;
  readonly logEndOffset: Offset;
  /** The epochs of the records from `logStartOffset` on, ascending. Need not reach back before the start. */
  readonly epochStarts: readonly EpochStart[];
  /** The newest snapshot; its records before `logStartOffset` are gone from the log. */
  readonly latestSnapshot: OffsetAndEpoch | null;
  /** Voter sets of the newest snapshot (offset -1) and of the log, ascending by offset. */
  readonly voterSets: readonly VotersAt[];
  readonly kraftVersions: readonly KRaftVersionAt[];
}

/** The kraft.versions that this implementation can work with. */
export const SUPPORTED_KRAFT_VERSIONS = { minKRaftVersion: 0, maxKRaftVersion: 1 } as const;

/** Timeouts are Kafka's `controller.quorum.*` settings. */
export interface RaftConfig {
  readonly localKey: ReplicaKey;
  /** This node's own endpoints, told to others as the leader's. */
  readonly localEndpoints: readonly Endpoint[];
  /** False for a pure broker: it observes, and never stands for election even if its key is in the voter set. */
  readonly canBeVoter: boolean;
  /** The voters known before any record (controller.quorum.voters or the format step); may be empty. */
  readonly bootstrapVoters: readonly Voter[];
  /** The kraft.version that goes with `bootstrapVoters`: 1 when voters can change (KIP-853), 0 when static. */
  readonly bootstrapKRaftVersion: number;
  /** controller.quorum.auto.join.enable: an observer that can be a voter asks to become one (KIP-1186). */
  readonly autoJoin?: boolean;
  /** Whether it is this one's turn to join a voter set by itself; it always is unless given. */
  readonly mayJoin?: (voters: readonly Voter[]) => boolean;
  /** Negative ids that the driver gives to controller.quorum.bootstrap.servers, asked while no leader is known. */
  readonly bootstrapServerIds: readonly NodeId[];
  /** controller.quorum.election.timeout.ms; each wait adds a random part of up to the same length. */
  readonly electionTimeoutMs: number;
  /** controller.quorum.fetch.timeout.ms; each wait adds up to a quarter of the election timeout. */
  readonly fetchTimeoutMs: number;
  /** controller.quorum.election.backoff.max.ms */
  readonly electionBackoffMaxMs: number;
  /** controller.quorum.request.timeout.ms */
  readonly requestTimeoutMs: number;
  /** controller.quorum.retry.backoff.ms */
  readonly retryBackoffMs: number;
  /** How long a leader may hold a fetch that has nothing to return. Well under `fetchTimeoutMs`. */
  readonly fetchMaxWaitMs: number;
  /** The only source of chance: a whole number in [0, bound). A seeded generator makes every run repeatable. */
  readonly random: (bound: number) => number;
}

/** Kafka's default timeouts. */
export const DEFAULT_TIMEOUTS = {
  electionTimeoutMs: 1000,
  fetchTimeoutMs: 2000,
  electionBackoffMaxMs: 1000,
  requestTimeoutMs: 2000,
  retryBackoffMs: 20,
  fetchMaxWaitMs: 500,
} as const;

/**
 * What a replica is doing (KIP-595, KIP-996). A replica that has voted in the epoch and knows no leader is
 * `unattached` with a voted key. An observer is only ever unattached or a follower.
 */
export type Role = "unattached" | "prospective" | "candidate" | "leader" | "follower" | "resigned";

/** How far a replica has come, as the leader knows it. Times are the leader's; -1 when unknown (KIP-836). */
export interface ReplicaProgress extends ReplicaKey {
  readonly logEndOffset: Offset;
  /** What it knows to be committed, as of its last fetch (KIP-1166); -1 when it does not say. */
  readonly highWatermark: Offset;
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
}

/** What DescribeQuorum tells; only the leader knows the progress of others. */
export interface QuorumDescription {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly highWatermark: Offset;
  readonly voters: readonly ReplicaProgress[];
  readonly observers: readonly ReplicaProgress[];
}
