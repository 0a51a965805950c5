/**
 * Requests and responses between replicas, without cluster id, topic and partition, which the driver adds and
 * checks. Each mirrors one Kafka message: Vote (52), BeginQuorumEpoch (53), EndQuorumEpoch (54), Fetch (1),
 * FetchSnapshot (59), AddRaftVoter (80), RemoveRaftVoter (81), UpdateRaftVoter (82).
 */

import type { LeaderEpoch, NodeId, Offset } from "../core/ids.ts";
import type {
  Endpoint,
  EpochStart,
  KRaftVersionAt,
  OffsetAndEpoch,
  ReplicaKey,
  Voter,
  VotersAt,
} from "./types.ts";

/** Vote v2 (KIP-595, KIP-996). A pre-vote changes nothing at the receiver. */
export interface VoteRequest {
  readonly type: "vote";
  readonly preVote: boolean;
  readonly replicaKey: ReplicaKey;
  readonly replicaEpoch: LeaderEpoch;
  /** Who the sender believes it is asking; the driver passes what the request says, id -1 when it says nothing. */
  readonly voterKey: ReplicaKey;
  /** The epoch of the last record of the sender's log, and its log end offset. */
  readonly lastOffsetEpoch: LeaderEpoch;
  readonly lastOffset: Offset;
}

export interface BeginQuorumEpochRequest {
  readonly type: "beginQuorumEpoch";
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly leaderEndpoints: readonly Endpoint[];
  readonly voterKey: ReplicaKey;
}

export interface EndQuorumEpochRequest {
  readonly type: "endQuorumEpoch";
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly leaderEndpoints: readonly Endpoint[];
  /** The most caught-up replica first. */
  readonly preferredCandidates: readonly ReplicaKey[];
}

export interface FetchRequest {
  readonly type: "fetch";
  /** Id -1 for a consumer, which leaves no trace in the leader's view of its replicas. */
  readonly replicaKey: ReplicaKey;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  /** The epoch of the record before `fetchOffset`; 0 for an empty log. */
  readonly lastFetchedEpoch: LeaderEpoch;
  /** What the replica knows (KIP-1166); -1 unknown. The driver passes -2 when the version has no such field. */
  readonly highWatermark: number;
  readonly maxWaitMs: number;
}

export interface FetchSnapshotRequest {
  readonly type: "fetchSnapshot";
  readonly replicaKey: ReplicaKey;
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly snapshotId: OffsetAndEpoch;
  readonly position: number;
}

/** Sent by a voter whose endpoints or versions differ from the voter set's (KIP-853). */
export interface UpdateVoterRequest {
  readonly type: "updateVoter";
  readonly currentLeaderEpoch: LeaderEpoch;
  readonly voter: Voter;
}

export interface AddVoterRequest {
  readonly type: "addVoter";
  readonly voter: Voter;
  readonly timeoutMs: number;
  /** False: answer as soon as the leader has appended the new voter set (KIP-1186). */
  readonly ackWhenCommitted: boolean;
}

export interface RemoveVoterRequest {
  readonly type: "removeVoter";
  readonly voterKey: ReplicaKey;
  readonly timeoutMs: number;
}

/**
 * Finalises a higher kraft.version (UpdateFeatures, KIP-853): from 1 on the voter set is in the log and can change.
 * The leader answers when that is committed.
 */
export interface UpgradeKRaftVersionRequest {
  readonly type: "upgradeKRaftVersion";
  readonly kraftVersion: number;
  readonly timeoutMs: number;
}

/** What replicas ask of each other; an administrator can ask for added and removed voters too. */
export type RaftRequest =
  | VoteRequest
  | BeginQuorumEpochRequest
  | EndQuorumEpochRequest
  | FetchRequest
  | FetchSnapshotRequest
  | AddVoterRequest
  | RemoveVoterRequest
  | UpdateVoterRequest;

/** What every response of a replica says about the leader it knows. */
export interface LeaderInfo {
  readonly errorCode: number;
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly leaderEndpoints: readonly Endpoint[];
}

export interface VoteResponse extends LeaderInfo {
  readonly type: "vote";
  readonly voteGranted: boolean;
}

export interface BeginQuorumEpochResponse extends LeaderInfo {
  readonly type: "beginQuorumEpoch";
}

export interface EndQuorumEpochResponse extends LeaderInfo {
  readonly type: "endQuorumEpoch";
}

interface FetchAnswer extends LeaderInfo {
  readonly type: "fetch";
  /** -1 when unknown. */
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  /** The largest epoch at or below the follower's, and where the leader's log ends it (KIP-595). */
  readonly divergingEpoch: OffsetAndEpoch | null;
  /** The follower must load this snapshot: the log no longer reaches back to its offset (KIP-630). */
  readonly snapshotId: OffsetAndEpoch | null;
}

/** The leader's answer; the driver adds the records. */
export interface FetchReply extends FetchAnswer {
  /** Add whole batches from here on, up to `readTo`; null: no records. Equal offsets: an empty answer. */
  readonly readFrom: Offset | null;
  readonly readTo: Offset;
}

/** A summary of records that the driver has received and validated (whole batches, CRC, rising offsets, epochs). */
export interface FetchedRecords {
  readonly baseOffset: Offset;
  /** One past the last record. */
  readonly endOffset: Offset;
  /** The epochs of these records, ascending; the first starts at `baseOffset`. */
  readonly epochStarts: readonly EpochStart[];
  /** The VotersRecords among them, with their offsets; empty mostly. */
  readonly voterSets: readonly VotersAt[];
  /** The KRaftVersionRecords among them. */
  readonly kraftVersions: readonly KRaftVersionAt[];
}

/** What a follower got. */
export interface FetchResponse extends FetchAnswer {
  readonly records: FetchedRecords | null;
}

/** The driver adds the bytes, or SNAPSHOT_NOT_FOUND, or POSITION_OUT_OF_RANGE, when `errorCode` is 0. */
export interface FetchSnapshotReply extends LeaderInfo {
  readonly type: "fetchSnapshot";
  readonly snapshotId: OffsetAndEpoch;
  readonly position: number;
}

/** What a follower got, after the driver has put the bytes into the partial snapshot at their position. */
export interface FetchSnapshotResponse extends LeaderInfo {
  readonly type: "fetchSnapshot";
  readonly snapshotId: OffsetAndEpoch;
  /** Where the bytes began and how many they were. */
  readonly position: number;
  readonly length: number;
  /** The size of the whole snapshot in bytes. */
  readonly size: number;
}

export interface ChangeVoterResponse extends LeaderInfo {
  readonly type: "addVoter" | "removeVoter" | "updateVoter" | "upgradeKRaftVersion";
  readonly errorMessage: string | null;
}

/** What a replica answers; FetchReply and FetchSnapshotReply are completed by the driver. */
export type RaftReply =
  | VoteResponse
  | BeginQuorumEpochResponse
  | EndQuorumEpochResponse
  | FetchReply
  | FetchSnapshotReply
  | ChangeVoterResponse;

/** What comes back for a request that a replica sent. */
export type RaftResponse =
  | VoteResponse
  | BeginQuorumEpochResponse
  | EndQuorumEpochResponse
  | FetchResponse
  | FetchSnapshotResponse
  | ChangeVoterResponse;
