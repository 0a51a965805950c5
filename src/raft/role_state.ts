/** What a replica remembers only as long as it plays one role. */

import type { NodeId, Offset } from "../core/ids.ts";
import type { HeldFetches } from "./held_fetches.ts";
import type { ChangeVoterResponse } from "./messages.ts";
import type { EpochStart, KRaftVersionAt, OffsetAndEpoch, ReplicaKey, Voter, VotersAt } from "./types.ts";
import type { Progress, VoterProgress } from "./progress.ts";
import type { VoteTally } from "./vote_tally.ts";

/** Follows nobody: waits to hear of a leader, or to stand for election. */
export interface UnattachedState {
  readonly role: "unattached";
  electionDeadlineMs: number;
}

/** Asks whether it would win an election (KIP-996). The epoch and the leader stay as they were. */
export interface ProspectiveState {
  readonly role: "prospective";
  readonly tally: VoteTally;
  readonly electionDeadlineMs: number;
  /** When it stands at the earliest: later than at once while it lets another one go first. */
  standsAtMs: number;
}

export interface CandidateState {
  readonly role: "candidate";
  readonly tally: VoteTally;
  /** When to give up; earlier once the election is lost. */
  electionDeadlineMs: number;
  isLost: boolean;
}

/** A snapshot on its way from the leader. */
export interface SnapshotDownload {
  readonly snapshotId: OffsetAndEpoch;
  position: number;
}

export interface FollowerState {
  readonly role: "follower";
  /** When to doubt the leader. */
  fetchDeadlineMs: number;
  /** Whether the leader has answered a fetch in this epoch: then it is alive, and pre-votes are refused. */
  hasFetched: boolean;
  /** As the leader last told it; -1 before it did. */
  leaderHighWatermark: Offset;
  download: SnapshotDownload | null;
  /** When to look after the own entry in the voter set next. */
  upkeepAtMs: number;
}

/** The one voter change under way (KIP-853). */
export interface VoterChange {
  readonly kind: ChangeVoterResponse["type"];
  /** Null once answered. */
  token: number | null;
  /** Who comes, goes or changes; null when the set stays but goes into the log. */
  readonly voter: Voter | null;
  readonly ackWhenCommitted: boolean;
  readonly deadlineMs: number;
  /** The offset of the VotersRecord, or null while the new voter is still catching up. */
  offset: Offset | null;
}

export interface LeaderState {
  readonly role: "leader";
  readonly electedMs: number;
  /** Where this epoch's records begin: the LeaderChange record. */
  readonly epochStartOffset: Offset;
  readonly grantingVoters: readonly ReplicaKey[];
  /** By canonical key text; voters and observers. */
  readonly replicas: Map<string, Progress>;
  voters: VoterProgress | null;
  readonly held: HeldFetches;
  /** When to look for observers that have gone. */
  sweepAtMs: number;
  /** When each voter is to be told of this leader if it does not fetch; absent: at once. */
  readonly announceAtMs: Map<NodeId, number>;
  /** Whether a record of this epoch is committed. */
  isReady: boolean;
  change: VoterChange | null;
}

/** Was the leader of this epoch and tells the voters so. Never leads this epoch again. */
export interface ResignedState {
  readonly role: "resigned";
  readonly deadlineMs: number;
  readonly unacknowledged: Map<NodeId, Voter>;
  readonly preferredCandidates: readonly ReplicaKey[];
}

export type RoleState =
  | UnattachedState
  | ProspectiveState
  | CandidateState
  | FollowerState
  | LeaderState
  | ResignedState;

/** What the driver has been asked to do to the log and must report before anything else. */
export type PendingWork =
  | {
    readonly kind: "append";
    readonly source: "control" | "proposal" | "fetched";
    readonly endOffset: Offset;
    readonly epochStarts: readonly EpochStart[];
    readonly voterSets: readonly VotersAt[];
    readonly kraftVersions: readonly KRaftVersionAt[];
    /** The leader's high watermark that came with fetched records; -1 for the leader's own. */
    readonly highWatermark: Offset;
  }
  | { readonly kind: "install"; readonly snapshotId: OffsetAndEpoch };
