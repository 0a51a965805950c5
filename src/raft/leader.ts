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
import type { FetchReply, FetchRequest, FetchSnapshotRequest } from "./messages.ts";
import type { Replica } from "./replica.ts";
import { type Progress, progressOf } from "./progress.ts";
import type { HeldFetch, LeaderState } from "./role_state.ts";
import { becomeResigned } from "./transitions.ts";
import { pollOwnEntry } from "./voter_upkeep.ts";
import { keyOf, keyText, majorityOf, sameReplica } from "./voters.ts";

/** How long an observer that has stopped fetching stays in DescribeQuorum. */
const OBSERVER_SESSION_MS = 300_000;

/** What is wrong with a request that only the leader of `epoch` can serve; 0: nothing. */
export function leaderOnlyError(replica: Replica, epoch: LeaderEpoch): number {
  if (replica.isClosed) return BROKER_NOT_AVAILABLE;
  if (epoch < replica.epoch) return FENCED_LEADER_EPOCH;
  if (epoch > replica.epoch) return UNKNOWN_LEADER_EPOCH;
  return replica.state.role === "leader" ? NONE : NOT_LEADER_OR_FOLLOWER;
}

/** Takes note of where the replica stands; the poll that follows answers it or keeps it waiting. */
export function handleFetchRequest(replica: Replica, token: number, request: FetchRequest): void {
  const leader = replica.state;
  const errorCode = leaderOnlyError(replica, request.currentLeaderEpoch);
  if (errorCode !== NONE || leader.role !== "leader") {
    return replica.reply(token, fetchReply(replica, { errorCode }));
  }
  const isReplica = request.replicaKey.id >= 0 && request.replicaKey.id !== replica.localKey.id;
  if (isReplica) {
    recordFetch(replica, leader, request);
    // The replica asks anew, so nobody waits for its previous fetch any more.
    leader.held = leader.held.filter((held) => {
      const isOlder = keyText(held.request.replicaKey) === keyText(request.replicaKey);
      if (isOlder) replica.reply(held.token, fetchReply(replica, { errorCode: NONE }));
      return !isOlder;
    });
  }
  const waitMs = isReplica ? Math.min(request.maxWaitMs, replica.config.fetchMaxWaitMs) : 0;
  leader.held.push({ token, request, deadlineMs: replica.nowMs + waitMs });
}

/** A fetch tells how far the replica's log is durable and equal to this one: only a valid position counts. */
function recordFetch(replica: Replica, leader: LeaderState, request: FetchRequest): void {
  const progress = progressOf(replica, leader, request.replicaKey);
  progress.reportedKey = request.replicaKey;
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
  for (const held of leader.held) answerIfDue(replica, held);
  leader.held = leader.held.filter((held) => !isDue(replica, held));
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
  const ends = replica.voters.voters.map((voter) =>
    sameReplica(voter, replica.localKey)
      ? replica.log.flushedOffset
      : progressOf(replica, leader, voter).logEndOffset
  );
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
  const voters = replica.voters.voters;
  const heard = voters
    .filter((voter) => !sameReplica(voter, replica.localKey))
    .map((voter) => Math.max(leader.electedMs, progressOf(replica, leader, voter).lastFetchMs))
    .sort((left, right) => right - left);
  const isVoting = heard.length < voters.length;
  const needed = majorityOf(voters.length) - (isVoting ? 1 : 0);
  if (needed === 0) return Infinity;
  return heard[needed - 1]! + replica.config.fetchTimeoutMs * 1.5;
}

/** Something to return: records, a place to cut at, a snapshot, a newer high watermark (KIP-1166), or time is up. */
function isDue(replica: Replica, held: HeldFetch): boolean {
  const { request } = held;
  if (replica.nowMs >= held.deadlineMs) return true;
  if (request.highWatermark !== -2 && request.highWatermark < replica.highWatermark) return true;
  if (request.fetchOffset !== replica.log.logEndOffset) return true;
  return replica.log.positionOf(request.fetchOffset, request.lastFetchedEpoch).kind !== "valid";
}

function answerIfDue(replica: Replica, held: HeldFetch): void {
  if (!isDue(replica, held)) return;
  const { fetchOffset, lastFetchedEpoch } = held.request;
  const position = replica.log.positionOf(fetchOffset, lastFetchedEpoch);
  replica.reply(
    held.token,
    fetchReply(replica, {
      errorCode: NONE,
      divergingEpoch: position.kind === "diverging" ? position.divergingEpoch : null,
      snapshotId: position.kind === "snapshot" ? position.snapshotId : null,
      readFrom: position.kind === "valid" ? fetchOffset : null,
    }),
  );
}

type FetchOutcome = Pick<FetchReply, "errorCode"> & Partial<FetchReply>;

function fetchReply(replica: Replica, outcome: FetchOutcome): FetchReply {
  return {
    ...replica.leaderInfo(outcome.errorCode),
    type: "fetch",
    highWatermark: replica.highWatermark,
    logStartOffset: replica.log.logStartOffset,
    divergingEpoch: outcome.divergingEpoch ?? null,
    snapshotId: outcome.snapshotId ?? null,
    readFrom: outcome.readFrom ?? null,
    readTo: replica.log.logEndOffset,
  };
}

/** Tells voters that do not fetch who leads (KIP-595): at once after the election, then again and again. */
function announce(replica: Replica, leader: LeaderState): void {
  for (const voter of replica.voters.voters) {
    if (sameReplica(voter, replica.localKey)) continue;
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
  for (const [text, progress] of leader.replicas) {
    const isSilent = progress.lastFetchMs >= 0 && progress.lastFetchMs + OBSERVER_SESSION_MS < replica.nowMs;
    if (isSilent && !replica.voters.includes(progress.key)) leader.replicas.delete(text);
  }
}

/** When {@link pollLeader} has something to do next. */
export function leaderDeadlineMs(replica: Replica, leader: LeaderState): number {
  let deadlineMs = Math.min(quorumDeadlineMs(replica, leader), changeDeadlineMs(leader));
  for (const held of leader.held) deadlineMs = Math.min(deadlineMs, held.deadlineMs);
  for (const voter of replica.voters.voters) {
    if (sameReplica(voter, replica.localKey)) continue;
    const announceAtMs = leader.announceAtMs.get(voter.id) ?? 0;
    deadlineMs = Math.min(deadlineMs, Math.max(announceAtMs, replica.peers.readyAtMs(voter.id)));
  }
  return deadlineMs;
}
