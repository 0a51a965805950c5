/** What the driver must do after a step, in order. The contract is at the head of raft.ts. */

import type { LeaderEpoch, NodeId, Offset } from "../core/ids.ts";
import type { RaftReply, RaftRequest } from "./messages.ts";
import type { Endpoint, OffsetAndEpoch, QuorumState, ReplicaKey, Voter } from "./types.ts";

/** Write `quorum-state` and make it durable before anything that follows. */
export interface PersistEffect {
  readonly type: "persist";
  readonly state: QuorumState;
}

/** Cut the log: it ends at `endOffset` afterwards. Never below the high watermark. */
export interface TruncateEffect {
  readonly type: "truncate";
  readonly endOffset: Offset;
}

/** A control record of the metadata log (KIP-595, KIP-853). */
export type ControlRecord =
  | {
    readonly type: "leaderChange";
    readonly leaderId: NodeId;
    readonly voters: readonly ReplicaKey[];
    readonly grantingVoters: readonly ReplicaKey[];
  }
  | { readonly type: "kraftVersion"; readonly kraftVersion: number }
  | { readonly type: "voters"; readonly voters: readonly Voter[] };

/** Append one control batch of `leaderEpoch` at `baseOffset`, one record each. */
export interface AppendControlEffect {
  readonly type: "appendControl";
  readonly baseOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
  readonly records: readonly ControlRecord[];
}

/** Append the proposal's batch at `baseOffset` in `leaderEpoch`. */
export interface AppendProposalEffect {
  readonly type: "appendProposal";
  readonly token: number;
  readonly baseOffset: Offset;
  readonly leaderEpoch: LeaderEpoch;
}

/** The proposal was not appended and never will be. */
export interface RefuseProposalEffect {
  readonly type: "refuseProposal";
  readonly token: number;
  readonly errorCode: number;
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
}

/** Append the records of the fetch response to `requestId` as they are. Records of any other response: drop them. */
export interface AppendFetchedEffect {
  readonly type: "appendFetched";
  readonly requestId: number;
  readonly baseOffset: Offset;
  readonly endOffset: Offset;
}

/** Send a request; report its `response` or `requestFailed` with the same number. */
export interface SendEffect {
  readonly type: "send";
  readonly requestId: number;
  readonly to: NodeId;
  /** Where `to` listens; empty for a bootstrap server, which only the driver knows. */
  readonly endpoints: readonly Endpoint[];
  readonly request: RaftRequest;
}

/** Answer the request that came with `token`. Exactly one reply follows each request event. */
export interface ReplyEffect {
  readonly type: "reply";
  readonly token: number;
  readonly reply: RaftReply;
}

/** Everything below `offset` is committed; it never moves back. */
export interface HighWatermarkEffect {
  readonly type: "highWatermark";
  readonly offset: Offset;
}

/** The leader or the epoch is another one. On the leader itself: elected, but see `leaderReady`. */
export interface LeaderChangedEffect {
  readonly type: "leaderChanged";
  /** -1: no leader is known. */
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly isLocal: boolean;
}

/**
 * This leader has committed a record of its own epoch, and so everything that earlier leaders committed is below
 * the high watermark (Raft section 5.4.2): once applied up to there, the state machine may act as the leader.
 */
export interface LeaderReadyEffect {
  readonly type: "leaderReady";
  readonly leaderEpoch: LeaderEpoch;
}

/** The voter set is another one, in force from now on although perhaps not committed (KIP-853). */
export interface VotersChangedEffect {
  readonly type: "votersChanged";
  readonly voters: readonly Voter[];
}

/** The partial snapshot is complete: verify and load it, start the log anew where it ends. */
export interface InstallSnapshotEffect {
  readonly type: "installSnapshot";
  readonly snapshotId: OffsetAndEpoch;
}

/** Nothing holds the replica back any more: the process may end. */
export interface ShutdownCompleteEffect {
  readonly type: "shutdownComplete";
}

export type Effect =
  | PersistEffect
  | TruncateEffect
  | AppendControlEffect
  | AppendProposalEffect
  | RefuseProposalEffect
  | AppendFetchedEffect
  | SendEffect
  | ReplyEffect
  | HighWatermarkEffect
  | LeaderChangedEffect
  | LeaderReadyEffect
  | VotersChangedEffect
  | InstallSnapshotEffect
  | ShutdownCompleteEffect;

/** What one step asks for. */
export interface Effects {
  readonly effects: readonly Effect[];
  /** When to step with a tick if nothing else happens first, in the time of `nowMs`; Infinity: never. */
  readonly nextDeadlineMs: number;
}
