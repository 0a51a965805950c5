/** Leading: follow the progress of the others, commit, serve fetches, step down when unheard (KIP-595, KIP-630). */

import { type LeaderEpoch, offset } from "../core/ids.ts";
import {
  BROKER_NOT_AVAILABLE,
  FENCED_LEADER_EPOCH,
  NONE,
  NOT_LEADER_OR_FOLLOWER,
  UNKNOWN_LEADER_EPOCH,
} from "./error_codes.ts";
import { changeDeadlineMs, pollVoterChange } from "./membership.ts";
import { answerFetch, fetchReply } from "./held_fetches.ts";
import type { FetchRequest, FetchSnapshotRequest } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { type Progress, progressOf, voterProgress } from "./progress.ts";
import type { LeaderState } from "./role_state.ts";
import { becomeResigned } from "./transitions.ts";
import { pollOwnEntry } from "./voter_upkeep.ts";
import { keyOf, majorityOf } from "./voters.ts";

/** How long an observer that has stopped fetching stays in DescribeQuorum. */
const OBSERVER_SESSION_MS = 300_000;

/** What is wrong with a request that only the leader of `epoch` can serve; 0: nothing. */
export function leaderOnlyError(replica: Replica, epoch: LeaderEpoch): number {
  if (replica.isClosed) return BROKER_NOT_AVAILABLE;
  if (epoch < replica.epoch) return FENCED_LEADER_EPOCH;
  if (epoch > replica.epoch) return UNKNOWN_LEADER_EPOCH;
  return replica.state.role === "leader" ? NONE : NOT_LEADER_OR_FOLLOWER;
}

/** Takes note of where the replica stands; the poll that follows answers it or lets it wait on. */
export function handleFetchRequest(replica: Replica, token: number, request: FetchRequest): void {
  const leader = replica.state;
  const errorCode = leaderOnlyError(replica, request.currentLeaderEpoch);
  if (errorCode !== NONE || leader.role !== "leader") {
    return replica.reply(token, fetchReply(replica, { errorCode }));
  }
  const isReplica = request.replicaKey.id >= 0 && request.replicaKey.id !== replica.localKey.id;
  if (!isReplica) return replica.reply(token, answerFetch(replica, request));
  recordFetch(replica, leader, request);
  leader.held.hold(replica, token, request);
}

/** A fetch tells how far the replica's log is durable and equal to this one: only a valid position counts. */
function recordFetch(replica: Replica, leader: LeaderState, request: FetchRequest): void {
  const progress = progressOf(replica, leader, request.replicaKey);
  progress.reportedKey = request.replicaKey;
  progress.highWatermark = offset(Math.max(request.highWatermark, -1));
  const position = replica.log.positionOf(request.fetchOffset, request.lastFetchedEpoch);
  if (position.kind === "valid") {
    progress.logEndOffset = request.fetchOffset;
    if (request.fetchOffset >= replica.log.logEndOffset) progress.lastCaughtUpMs = replica.nowMs;
    else if (progress.lastFetchMs >= 0 && request.fetchOffset >= progress.logEndAtLastFetch) {
      progress.lastCaughtUpMs = Math.max(progress.lastCaughtUpMs, progress.lastFetchMs);
    }
    progress.logEndAtLastFetch = replica.log.logEndOffset;
  }
  recordContact(replica, leader, progress);
}

function recordContact(replica: Replica, leader: LeaderState, progress: Progress): void {
  progress.lastFetchMs = replica.nowMs;
  leader.announceAtMs.set(progress.key.id, replica.nowMs + announceIntervalMs(replica));
}

/** A replica that loads a snapshot is alive, although it does not fetch. */
export function handleFetchSnapshotRequest(
  replica: Replica,
  token: number,
  request: FetchSnapshotRequest,
): void {
  const leader = replica.state;
  const errorCode = leaderOnlyError(replica, request.currentLeaderEpoch);
  if (errorCode === NONE && leader.role === "leader" && request.replicaKey.id >= 0) {
    recordContact(replica, leader, progressOf(replica, leader, request.replicaKey));
  }
  replica.reply(token, {
    type: "fetchSnapshot",
    ...replica.leaderInfo(errorCode),
    snapshotId: request.snapshotId,
    position: request.position,
  });
}

/** Everything that a leader does because of what has just happened or because time has passed. */
export function pollLeader(replica: Replica, leader: LeaderState): boolean {
  advanceCommit(replica, leader);
  pollOwnEntry(replica, leader);
  if (pollVoterChange(replica, leader)) return true;
  if (replica.nowMs >= quorumDeadlineMs(replica, leader)) {
    // Check quorum (Raft thesis section 6.2): a majority may follow another leader by now.
    becomeResigned(replica);
    return true;
  }
  leader.held.answerDue(replica);
  announce(replica, leader);
  forgetObservers(replica, leader);
  return false;
}

/**
 * The offset that a majority of the voters have made durable is committed, once it is past the start of this
 * epoch: counting replicas says nothing about records of earlier epochs (Raft section 5.4.2, figure 8). The
 * leader's own part is what it has flushed, and nothing when it is not in the voter set (KIP-853).
 */
function advanceCommit(replica: Replica, leader: LeaderState): void {
  const { others, isVoting } = voterProgress(replica, leader);
  const ends = others.map(({ progress }) => progress.logEndOffset);
  if (isVoting) ends.push(replica.log.flushedOffset);
  ends.sort((left, right) => right - left);
  const committed = ends[majorityOf(ends.length) - 1] ?? offset(-1);
  if (committed <= leader.epochStartOffset) return;
  replica.advanceHighWatermark(offset(Math.min(committed, replica.log.logEndOffset)));
  if (leader.isReady) return;
  leader.isReady = true;
  replica.emit({ type: "leaderReady", leaderEpoch: replica.epoch });
}

/** When a majority of the voters, this leader among them, has been silent for too long. */
function quorumDeadlineMs(replica: Replica, leader: LeaderState): number {
  const { others, isVoting } = voterProgress(replica, leader);
  const needed = majorityOf(others.length + (isVoting ? 1 : 0)) - (isVoting ? 1 : 0);
  if (needed === 0) return Infinity;
  const heard = others.map(({ progress }) => Math.max(leader.electedMs, progress.lastFetchMs));
  heard.sort((left, right) => right - left);
  return heard[needed - 1]! + replica.config.fetchTimeoutMs * 1.5;
}

/** Tells voters that do not fetch who leads (KIP-595): at once after the election, then again and again. */
function announce(replica: Replica, leader: LeaderState): void {
  for (const { voter } of voterProgress(replica, leader).others) {
    if (replica.nowMs < (leader.announceAtMs.get(voter.id) ?? 0)) continue;
    if (!replica.peers.isReady(voter.id, replica.nowMs)) continue;
    leader.announceAtMs.set(voter.id, replica.nowMs + announceIntervalMs(replica));
    replica.send(voter.id, voter.endpoints, {
      type: "beginQuorumEpoch",
      leaderId: replica.localKey.id,
      leaderEpoch: replica.epoch,
      leaderEndpoints: replica.config.localEndpoints,
      voterKey: keyOf(voter),
    });
  }
}

function announceIntervalMs(replica: Replica): number {
  return replica.config.fetchTimeoutMs / 2;
}

function forgetObservers(replica: Replica, leader: LeaderState): void {
  if (replica.nowMs < leader.sweepAtMs) return;
  leader.sweepAtMs = replica.nowMs + OBSERVER_SESSION_MS / 10;
  for (const [text, progress] of leader.replicas) {
    const isSilent = progress.lastFetchMs >= 0 && progress.lastFetchMs + OBSERVER_SESSION_MS < replica.nowMs;
    if (isSilent && !replica.voters.includes(progress.key)) leader.replicas.delete(text);
  }
}

/** When {@link pollLeader} has something to do next. */
export function leaderDeadlineMs(replica: Replica, leader: LeaderState): number {
  let deadlineMs = Math.min(
    quorumDeadlineMs(replica, leader),
    changeDeadlineMs(leader),
    leader.held.deadlineMs,
  );
  for (const { voter } of voterProgress(replica, leader).others) {
    const announceAtMs = leader.announceAtMs.get(voter.id) ?? 0;
    deadlineMs = Math.min(deadlineMs, Math.max(announceAtMs, replica.peers.readyAtMs(voter.id)));
  }
  return deadlineMs;
}
