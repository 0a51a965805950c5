/** From role to role. Each function leaves the old role behind, whatever it was, and persists before all else. */

import { assert } from "../core/assert.ts";
import { type LeaderEpoch, leaderEpoch, NO_NODE, type NodeId, offset } from "../core/ids.ts";
import type { ControlRecord } from "./effects.ts";
import { BROKER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER } from "./error_codes.ts";
import { HeldFetches } from "./held_fetches.ts";
import type { Replica } from "./replica.ts";
import type { LeaderState, RoleState } from "./role_state.ts";
import type { Endpoint, ReplicaKey } from "./types.ts";
import { VoteTally } from "./vote_tally.ts";
import { keyOf } from "./voters.ts";

/** Puts the new role in place; requests of the old one are of no interest any more. */
function enter(replica: Replica, state: RoleState): void {
  const old = replica.state;
  replica.state = state;
  replica.peers.forgetAll();
  replica.persist();
  replica.announceLeader();
  if (old.role === "leader" && state.role !== "leader") dismiss(replica, old);
}

/** Answers everybody who waits on a leader that no longer leads. */
function dismiss(replica: Replica, leader: LeaderState): void {
  leader.held.dismiss(replica);
  const change = leader.change;
  if (change === null || change.token === null) return;
  const errorCode = replica.shutdownDeadlineMs === null ? NOT_LEADER_OR_FOLLOWER : BROKER_NOT_AVAILABLE;
  replica.reply(change.token, {
    type: change.kind,
    ...replica.leaderInfo(errorCode),
    errorMessage: "The leader lost its office before the voter change was committed.",
  });
}

/** Moves to `epoch`; the vote and the leader belong to their epoch. */
function moveToEpoch(replica: Replica, epoch: LeaderEpoch): void {
  assert(epoch >= replica.epoch, `epochs never fall: ${epoch} after ${replica.epoch}`);
  if (epoch === replica.epoch) return;
  replica.epoch = epoch;
  replica.votedKey = null;
  replica.leaderId = NO_NODE;
  replica.leaderEndpoints = [];
}

/** The election timer that goes on running: a higher epoch alone is no reason to wait longer (Raft section 5.2). */
function runningElectionDeadlineMs(replica: Replica): number {
  if (!replica.canStand) return Infinity;
  const state = replica.state;
  const isRunning = state.role === "unattached" || state.role === "prospective" || state.role === "candidate";
  if (isRunning && state.electionDeadlineMs !== Infinity) return state.electionDeadlineMs;
  return replica.nowMs + replica.randomElectionTimeoutMs();
}

/** Knows of no leader in `epoch`. */
export function becomeUnattached(
  replica: Replica,
  epoch: LeaderEpoch,
  electionDeadlineMs: number = runningElectionDeadlineMs(replica),
): void {
  moveToEpoch(replica, epoch);
  replica.leaderId = NO_NODE;
  replica.leaderEndpoints = [];
  enter(replica, { role: "unattached", electionDeadlineMs });
}

/** Gives this epoch's vote to `candidate` and waits for the outcome with a fresh timer. */
export function becomeVoted(replica: Replica, candidate: ReplicaKey): void {
  assert(replica.votedKey === null, `one vote an epoch: ${replica.votedKey?.id} has it`);
  replica.votedKey = keyOf(candidate);
  const electionDeadlineMs = replica.canStand ? replica.nowMs + replica.randomElectionTimeoutMs() : Infinity;
  enter(replica, { role: "unattached", electionDeadlineMs });
}

/** Follows `leaderId`, the leader of `epoch`. */
export function becomeFollower(
  replica: Replica,
  epoch: LeaderEpoch,
  leader: { readonly id: NodeId; readonly endpoints: readonly Endpoint[] },
): void {
  assert(leader.id !== replica.localKey.id, "a replica does not follow itself");
  moveToEpoch(replica, epoch);
  assert(
    replica.leaderId === NO_NODE || replica.leaderId === leader.id,
    `one leader an epoch: ${replica.leaderId} and ${leader.id} in ${epoch}`,
  );
  replica.leaderId = leader.id;
  const known = replica.voters.voter(leader.id)?.endpoints ?? [];
  replica.leaderEndpoints = leader.endpoints.length > 0 ? leader.endpoints : known;
  replica.lostElections = 0;
  enter(replica, {
    role: "follower",
    fetchDeadlineMs: replica.fetchDeadlineMs(),
    hasFetched: false,
    leaderHighWatermark: offset(-1),
    download: null,
    upkeepAtMs: replica.nowMs,
  });
}

/** A count over the voter set in force, with the replica's own vote if it is in that set. */
function newTally(replica: Replica): VoteTally {
  const tally = new VoteTally(replica.voters.voters);
  if (replica.isVoter) tally.record(replica.localKey.id, true);
  return tally;
}

/** Asks for pre-votes; the epoch and what is known of its leader stay (KIP-996). */
export function becomeProspective(replica: Replica): void {
  const tally = newTally(replica);
  const electionDeadlineMs = replica.nowMs + replica.randomElectionTimeoutMs();
  enter(replica, { role: "prospective", tally, electionDeadlineMs, standsAtMs: replica.nowMs });
}

/** Stands for election in a new epoch with its own vote (Raft section 5.2). */
export function becomeCandidate(replica: Replica): void {
  assert(replica.canStand, "only voters stand for election");
  moveToEpoch(replica, leaderEpoch(replica.epoch + 1));
  replica.votedKey = replica.localKey;
  const tally = newTally(replica);
  const electionDeadlineMs = replica.nowMs + replica.randomElectionTimeoutMs();
  enter(replica, { role: "candidate", tally, electionDeadlineMs, isLost: false });
}

/** Won: leads the epoch and opens it with a LeaderChange record (KIP-595). */
export function becomeLeader(replica: Replica): void {
  const candidate = replica.state;
  assert(candidate.role === "candidate" && candidate.tally.isWon, "only the winner of an election leads");
  replica.leaderId = replica.localKey.id;
  replica.leaderEndpoints = replica.config.localEndpoints;
  replica.lostElections = 0;
  const epochStartOffset = replica.log.logEndOffset;
  enter(replica, {
    role: "leader",
    electedMs: replica.nowMs,
    epochStartOffset,
    grantingVoters: candidate.tally.granting,
    replicas: new Map(),
    voters: null,
    held: new HeldFetches(),
    sweepAtMs: replica.nowMs,
    announceAtMs: new Map(),
    isReady: false,
    change: null,
  });
  appendEpochStart(replica, candidate.tally.granting);
}

/** The voter set and version that came with the format step go into the log behind the first LeaderChange. */
function appendEpochStart(replica: Replica, grantingVoters: readonly ReplicaKey[]): void {
  const voters = replica.voters.voters;
  const records: ControlRecord[] = [{
    type: "leaderChange",
    leaderId: replica.localKey.id,
    voters: voters.map(keyOf),
    grantingVoters,
  }];
  const { version } = replica.voters.kraftVersion;
  // A snapshot that ends at 0 is what Kafka's format step leaves behind, and followers never fetch it.
  const isKnownToAll = replica.voters.latest.offset >= 0 || (replica.log.latestSnapshot?.offset ?? 0) > 0;
  if (version > 0 && !isKnownToAll) {
    records.push({ type: "kraftVersion", kraftVersion: version }, { type: "voters", voters });
  }
  appendControl(replica, records);
}

/** Asks the driver for a control batch at the end of the log. */
export function appendControl(replica: Replica, records: readonly ControlRecord[]): void {
  assert(replica.pending === null, "one append at a time");
  const baseOffset = replica.log.logEndOffset;
  const at = (index: number) => offset(baseOffset + index);
  replica.pending = {
    kind: "append",
    source: "control",
    endOffset: at(records.length),
    epochStarts: [{ epoch: replica.epoch, startOffset: baseOffset }],
    voterSets: records.flatMap((record, index) =>
      record.type === "voters" ? [{ offset: at(index), voters: record.voters }] : []
    ),
    kraftVersions: records.flatMap((record, index) =>
      record.type === "kraftVersion" ? [{ offset: at(index), version: record.kraftVersion }] : []
    ),
    highWatermark: offset(-1),
  };
  replica.emit({ type: "appendControl", baseOffset, leaderEpoch: replica.epoch, records });
}

/** Gives the leadership up and tells the voters, those that are furthest first in line to follow (KIP-595). */
export function becomeResigned(replica: Replica): void {
  const leader = replica.state;
  assert(leader.role === "leader", "only a leader resigns");
  const others = replica.voters.voters.filter((voter) => voter.id !== replica.localKey.id);
  const endOf = (key: ReplicaKey) =>
    [...leader.replicas.values()].find((progress) => progress.key.id === key.id)?.logEndOffset ?? -1;
  const preferredCandidates = others.map(keyOf).sort((left, right) =>
    endOf(right) - endOf(left) || left.id - right.id
  );
  replica.leaderId = NO_NODE;
  replica.leaderEndpoints = [];
  enter(replica, {
    role: "resigned",
    deadlineMs: replica.nowMs + replica.randomElectionTimeoutMs(),
    unacknowledged: new Map(others.map((voter) => [voter.id, voter])),
    preferredCandidates,
  });
}
