/** Votes and pre-votes: who gets them, who counts them, what follows (Raft section 5.2 and 5.4.1, KIP-595, KIP-996). */

import { NO_NODE } from "../core/ids.ts";
import { FENCED_LEADER_EPOCH, INVALID_REQUEST, INVALID_VOTER_KEY, NONE } from "./error_codes.ts";
import type { VoteRequest, VoteResponse } from "./messages.ts";
import type { Outstanding } from "./peers.ts";
import type { Replica } from "./replica.ts";
import type { CandidateState, ProspectiveState } from "./role_state.ts";
import type { ReplicaKey } from "./types.ts";
import { becomeCandidate, becomeFollower, becomeLeader, becomeProspective } from "./transitions.ts";
import { becomeUnattached, becomeVoted } from "./transitions.ts";
import { keyOf, sameReplica } from "./voters.ts";

/** How long an election of another replica may take before this one stands too, in milliseconds. */
const GIVE_WAY_MS = 80;
/** How often in a row a replica stands early because it knows that nobody leads. */
const MAX_EAGER = 8;

export function handleVoteRequest(replica: Replica, token: number, request: VoteRequest): void {
  const answer = (errorCode: number, voteGranted: boolean) =>
    replica.reply(token, { type: "vote", ...replica.leaderInfo(errorCode), voteGranted });

  if (request.replicaKey.id < 0 || request.replicaKey.id === replica.localKey.id) {
    return answer(INVALID_REQUEST, false);
  }
  // KIP-853: the sender meant a replica with another disk, one that may have voted and is gone.
  if (request.voterKey.id >= 0 && !sameReplica(request.voterKey, replica.localKey)) {
    return answer(INVALID_VOTER_KEY, false);
  }
  if (request.replicaEpoch < replica.epoch) return answer(FENCED_LEADER_EPOCH, false);
  if (request.replicaEpoch > replica.epoch) becomeUnattached(replica, request.replicaEpoch);

  const isUpToDate = replica.log.isUpToDate({ offset: request.lastOffset, epoch: request.lastOffsetEpoch });
  if (request.preVote) {
    const isGranted = isUpToDate && grantsPreVote(replica);
    if (isGranted) giveWay(replica, request.replicaKey);
    return answer(NONE, isGranted);
  }
  const isGranted = grantsVote(replica, request, isUpToDate);
  if (isGranted && replica.votedKey === null) becomeVoted(replica, request.replicaKey);
  answer(NONE, isGranted);
}

/**
 * Two that ask for pre-votes at the same time would both get them, stand for election, vote for themselves, and wait
 * until one tries again first. So the one with the higher id lets the other one go first.
 */
function giveWay(replica: Replica, other: ReplicaKey): void {
  const { state, nowMs } = replica;
  if (state.role === "prospective" && other.id < replica.localKey.id) state.standsAtMs = nowMs + GIVE_WAY_MS;
}

/**
 * A pre-vote binds nobody, so everybody without a living leader grants it (KIP-996). Whoever has fetched from the
 * leader in this epoch knows that it lives, until its fetch timeout says otherwise.
 */
function grantsPreVote(replica: Replica): boolean {
  const state = replica.state;
  if (state.role === "leader") return false;
  return state.role !== "follower" || !state.hasFetched;
}

/** One vote an epoch, for a log at least as up to date, and none where a leader is known (Raft section 5.2, 5.4.1). */
function grantsVote(replica: Replica, request: VoteRequest, isUpToDate: boolean): boolean {
  if (replica.votedKey !== null) {
    return sameReplica(replica.votedKey, request.replicaKey) && replica.votedKey.id !== replica.localKey.id;
  }
  if (replica.leaderId !== NO_NODE) return false;
  return isUpToDate;
}

/** Counts the answer to a vote request of the running election; others are forgotten with their role. */
export function handleVoteResponse(replica: Replica, sent: Outstanding, response: VoteResponse): void {
  const state = replica.state;
  if (state.role !== "prospective" && state.role !== "candidate") return;
  if (response.errorCode !== NONE) return replica.peers.backOff(sent.to, replica.nowMs);
  state.tally.record(sent.to, response.voteGranted);
}

/** Does what the election timer and the votes call for; true when the role has changed. */
export function pollElection(replica: Replica): boolean {
  const state = replica.state;
  if (state.role === "unattached") return pollUnattached(replica, state.electionDeadlineMs);
  if (state.role === "prospective") return pollProspective(replica, state);
  if (state.role === "candidate") return pollCandidate(replica, state);
  return false;
}

function pollUnattached(replica: Replica, electionDeadlineMs: number): boolean {
  if (!replica.canStand || replica.shutdownDeadlineMs !== null) return false;
  if (replica.isOnlyVoter) {
    // Nobody else can lead and nobody else must be asked: a single node starts without waiting.
    becomeCandidate(replica);
    return true;
  }
  if (replica.nowMs < electionDeadlineMs) return false;
  becomeProspective(replica);
  return true;
}

function pollProspective(replica: Replica, state: ProspectiveState): boolean {
  if (state.tally.isWon && replica.nowMs >= state.standsAtMs) {
    becomeCandidate(replica);
    return true;
  }
  if (state.tally.isLost || replica.nowMs >= state.electionDeadlineMs) {
    // Most are better off as they are, or cannot be reached: back to the leader that is known, or to waiting.
    if (replica.leaderId !== NO_NODE) {
      becomeFollower(replica, replica.epoch, { id: replica.leaderId, endpoints: replica.leaderEndpoints });
    } else {
      // The others may only hear a moment later that this epoch's leader has given up.
      const isEnded = replica.endedEpoch === replica.epoch && replica.lostElections++ < MAX_EAGER;
      const waitMs = isEnded ? electionBackoffMs(replica) : replica.randomElectionTimeoutMs();
      becomeUnattached(replica, replica.epoch, replica.nowMs + waitMs);
    }
    return true;
  }
  requestVotes(replica, state);
  return false;
}

function pollCandidate(replica: Replica, state: CandidateState): boolean {
  if (state.tally.isWon) {
    becomeLeader(replica);
    return true;
  }
  if (state.tally.isHopeless && !state.isLost) {
    // KIP-595: who has lost waits, longer after each loss, so that rivals do not split the votes again.
    state.isLost = true;
    state.electionDeadlineMs = Math.min(state.electionDeadlineMs, replica.nowMs + electionBackoffMs(replica));
    replica.lostElections++;
  }
  if (replica.nowMs >= state.electionDeadlineMs) {
    becomeProspective(replica);
    return true;
  }
  if (!state.isLost) requestVotes(replica, state);
  return false;
}

/** A random part of a limit that doubles with each lost election (KIP-595). */
function electionBackoffMs(replica: Replica): number {
  const { retryBackoffMs, electionBackoffMaxMs, random } = replica.config;
  const limitMs = Math.min(
    electionBackoffMaxMs,
    retryBackoffMs * 2 ** Math.min(replica.lostElections + 1, 16),
  );
  return 1 + random(Math.max(1, Math.floor(limitMs)));
}

/** Asks every voter that has not answered and can be asked now. */
function requestVotes(replica: Replica, state: ProspectiveState | CandidateState): void {
  const end = replica.log.end;
  for (const voter of state.tally.awaited) {
    if (!replica.peers.isReady(voter.id, replica.nowMs)) continue;
    replica.send(voter.id, voter.endpoints, {
      type: "vote",
      preVote: state.role === "prospective",
      replicaKey: replica.localKey,
      replicaEpoch: replica.epoch,
      voterKey: keyOf(voter),
      lastOffsetEpoch: end.epoch,
      lastOffset: end.offset,
    });
  }
}

/** When {@link pollElection} has something to do next. */
export function electionDeadlineMs(replica: Replica): number {
  const state = replica.state;
  if (state.role === "unattached") return replica.canStand ? state.electionDeadlineMs : Infinity;
  if (state.role !== "prospective" && state.role !== "candidate") return Infinity;
  let deadlineMs = state.electionDeadlineMs;
  if (state.role === "candidate" && state.isLost) return deadlineMs;
  if (state.role === "prospective" && state.tally.isWon) {
    return Math.min(deadlineMs, Math.max(replica.nowMs, state.standsAtMs));
  }
  for (const voter of state.tally.awaited) {
    deadlineMs = Math.min(deadlineMs, replica.peers.readyAtMs(voter.id));
  }
  return deadlineMs;
}
