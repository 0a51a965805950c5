/**
 * Following: find the leader, fetch from it, cut what diverges, load a snapshot when the leader's log no longer
 * reaches back (KIP-595, KIP-630). Voters and observers alike.
 */

import { NO_NODE, type NodeId, type Offset, offset } from "../core/ids.ts";
import { FENCED_LEADER_EPOCH, INVALID_VOTER_KEY, NONE, NOT_LEADER_OR_FOLLOWER } from "./error_codes.ts";
import type {
  BeginQuorumEpochRequest,
  EndQuorumEpochRequest,
  FetchedRecords,
  FetchResponse,
  FetchSnapshotResponse,
  LeaderInfo,
} from "./messages.ts";
import type { Outstanding } from "./peers.ts";
import type { Replica } from "./replica.ts";
import type { FollowerState } from "./role_state.ts";
import { becomeFollower, becomeProspective, becomeUnattached } from "./transitions.ts";
import type { Endpoint } from "./types.ts";
import { pollUpkeep } from "./voter_upkeep.ts";
import { sameReplica } from "./voters.ts";

/**
 * Learns from what another replica says of the leader of this epoch or a newer one. Returns false when this
 * replica is another one after it, so that the rest of the message says nothing to the role that asked.
 */
export function observeLeader(replica: Replica, info: LeaderInfo): boolean {
  const leader = { id: info.leaderId, endpoints: info.leaderEndpoints };
  const isNamed = info.leaderId >= 0 && info.leaderId !== replica.localKey.id;
  if (info.leaderEpoch > replica.epoch) {
    if (isNamed) becomeFollower(replica, info.leaderEpoch, leader);
    else becomeUnattached(replica, info.leaderEpoch);
    return false;
  }
  const isKnown = replica.leaderId !== NO_NODE || replica.endedEpoch === info.leaderEpoch;
  if (!isNamed || isKnown || replica.state.role === "resigned") return true;
  becomeFollower(replica, info.leaderEpoch, leader);
  return false;
}

/** A leader makes itself known (KIP-595). */
export function handleBeginQuorumEpoch(
  replica: Replica,
  token: number,
  request: BeginQuorumEpochRequest,
): void {
  const answer = (errorCode: number) =>
    replica.reply(token, { type: "beginQuorumEpoch", ...replica.leaderInfo(errorCode) });

  if (request.voterKey.id >= 0 && !sameReplica(request.voterKey, replica.localKey)) {
    return answer(INVALID_VOTER_KEY);
  }
  if (request.leaderEpoch < replica.epoch) return answer(FENCED_LEADER_EPOCH);
  observeLeader(replica, {
    errorCode: NONE,
    leaderId: request.leaderId,
    leaderEpoch: request.leaderEpoch,
    leaderEndpoints: request.leaderEndpoints,
  });
  if (replica.state.role === "prospective" && replica.leaderId === request.leaderId) {
    becomeFollower(replica, replica.epoch, { id: request.leaderId, endpoints: request.leaderEndpoints });
  }
  answer(NONE);
}

/** The leader gives up: the first in its list stands for election at once, the others a while later (KIP-595). */
export function handleEndQuorumEpoch(replica: Replica, token: number, request: EndQuorumEpochRequest): void {
  const answer = (errorCode: number) =>
    replica.reply(token, { type: "endQuorumEpoch", ...replica.leaderInfo(errorCode) });

  if (request.leaderEpoch < replica.epoch) return answer(FENCED_LEADER_EPOCH);
  const isFollowed = request.leaderEpoch > replica.epoch || replica.leaderId === NO_NODE ||
    replica.leaderId === request.leaderId;
  const role = replica.state.role;
  if (!isFollowed || role === "leader" || role === "resigned" || role === "candidate") return answer(NONE);
  replica.endedEpoch = request.leaderEpoch;
  const delayMs = replica.canStand ? successionDelayMs(replica, request) : Infinity;
  becomeUnattached(replica, request.leaderEpoch, replica.nowMs + delayMs);
  answer(NONE);
}

function successionDelayMs(replica: Replica, request: EndQuorumEpochRequest): number {
  const position = request.preferredCandidates.findIndex((key) => sameReplica(key, replica.localKey));
  if (position === 0) return 0;
  const { electionBackoffMaxMs, random } = replica.config;
  const step = position < 0 ? request.preferredCandidates.length : position;
  return Math.min(electionBackoffMaxMs, 50 * 2 ** Math.min(step, 10)) + random(50);
}

export function handleFetchResponse(replica: Replica, sent: Outstanding, response: FetchResponse): void {
  const state = replica.state;
  if (state.role !== "follower") {
    // Somebody was asked who leads and does not know either.
    return replica.peers.backOff(sent.to, replica.nowMs);
  }
  if (response.errorCode !== NONE) return handleFetchError(replica, sent, response);
  heardFromLeader(replica, state);
  state.leaderHighWatermark = response.highWatermark;
  if (response.snapshotId !== null) {
    if (response.snapshotId.offset <= replica.highWatermark) {
      return replica.peers.backOff(sent.to, replica.nowMs);
    }
    state.download = { snapshotId: response.snapshotId, position: 0 };
    return;
  }
  if (response.divergingEpoch !== null) {
    return replica.truncateTo(replica.log.truncationOffset(response.divergingEpoch));
  }
  const records = response.records;
  if (records === null || records.endOffset === records.baseOffset) {
    return followHighWatermark(replica, response.highWatermark);
  }
  if (!continues(replica, records)) return replica.peers.backOff(sent.to, replica.nowMs);
  replica.pending = { kind: "append", source: "fetched", ...records, highWatermark: response.highWatermark };
  replica.emit({
    type: "appendFetched",
    requestId: sent.requestId,
    baseOffset: records.baseOffset,
    endOffset: records.endOffset,
  });
}

/** Whether the records go on where the log ends, in epochs that the leader can have. */
function continues(replica: Replica, records: FetchedRecords): boolean {
  if (records.baseOffset !== replica.log.logEndOffset || records.endOffset < records.baseOffset) return false;
  let epoch = replica.log.lastEpoch;
  for (const start of records.epochStarts) {
    if (start.epoch < epoch || start.epoch > replica.epoch) return false;
    epoch = start.epoch;
  }
  return records.epochStarts[0]?.startOffset === records.baseOffset;
}

function handleFetchError(replica: Replica, sent: Outstanding, response: LeaderInfo): void {
  if (response.errorCode === NOT_LEADER_OR_FOLLOWER && sent.to === replica.leaderId) {
    // The leader itself says that it leads this epoch no more: no need to wait for the fetch timeout.
    return leaderIsGone(replica);
  }
  replica.peers.backOff(sent.to, replica.nowMs);
}

/** How long followers of a leader that seems dead wait for each other to notice, in milliseconds. */
const NOTICE_MS = 10;
/** How much later the second in line stands for election than the first, in milliseconds. */
const TURN_MS = 40;

/**
 * The leader's process is gone, as far as its machine can tell. A voter asks for pre-votes soon and grants those of
 * others meanwhile (KIP-996); if most of them still hear from the leader nothing comes of it. They take turns by id,
 * so that one wins before the next one stands. An observer asks around who leads by now.
 */
export function doubtLeader(replica: Replica, state: FollowerState): void {
  const { config, nowMs } = replica;
  if (!replica.canStand) {
    const waitMs = Math.min(config.fetchTimeoutMs / 4, TURN_MS * 2 ** Math.min(replica.lostLeaders++, 8));
    becomeUnattached(replica, replica.epoch, Infinity);
    replica.searchAtMs = nowMs + waitMs - config.random(Math.floor(waitMs / 2) + 1);
    return;
  }
  const others = replica.voters.voters.map(({ id }) => id).filter((id) => id !== replica.leaderId);
  const turn = others.filter((id) => id < replica.localKey.id).length;
  const soonMs = nowMs + NOTICE_MS + turn * TURN_MS + config.random(NOTICE_MS);
  state.hasFetched = false;
  state.fetchDeadlineMs = Math.min(state.fetchDeadlineMs, soonMs);
}

/** Stops following and stands for election soon, at a random moment so that rivals do not meet. */
export function leaderIsGone(replica: Replica): void {
  replica.endedEpoch = replica.epoch;
  const soonMs = replica.config.random(Math.max(1, Math.floor(replica.config.electionTimeoutMs / 4)));
  becomeUnattached(replica, replica.epoch, replica.canStand ? replica.nowMs + soonMs : Infinity);
}

export function handleFetchSnapshotResponse(
  replica: Replica,
  sent: Outstanding,
  response: FetchSnapshotResponse,
): void {
  const state = replica.state;
  if (state.role !== "follower" || state.download === null) return;
  if (response.errorCode !== NONE) {
    // The leader has deleted it, or leads no more: ask again from the start what is needed.
    state.download = null;
    return handleFetchError(replica, sent, response);
  }
  heardFromLeader(replica, state);
  const download = state.download;
  const isExpected = response.snapshotId.offset === download.snapshotId.offset &&
    response.snapshotId.epoch === download.snapshotId.epoch && response.position === download.position;
  if (!isExpected) return replica.peers.backOff(sent.to, replica.nowMs);
  download.position += response.length;
  if (download.position < response.size) {
    if (response.length === 0) replica.peers.backOff(sent.to, replica.nowMs);
    return;
  }
  state.download = null;
  replica.pending = { kind: "install", snapshotId: download.snapshotId };
  replica.emit({ type: "installSnapshot", snapshotId: download.snapshotId });
}

function heardFromLeader(replica: Replica, state: FollowerState): void {
  state.hasFetched = true;
  replica.lostLeaders = 0;
  state.fetchDeadlineMs = replica.fetchDeadlineMs();
}

/** What the leader has committed is committed here as far as the log has it. */
export function followHighWatermark(replica: Replica, leaderHighWatermark: Offset): void {
  replica.advanceHighWatermark(offset(Math.min(leaderHighWatermark, replica.log.logEndOffset)));
}

/** Fetches when nothing holds it back, and doubts a silent leader; true when the role has changed. */
export function pollFollower(replica: Replica, state: FollowerState): boolean {
  if (replica.nowMs >= state.fetchDeadlineMs) {
    if (replica.canStand && replica.shutdownDeadlineMs === null) becomeProspective(replica);
    else becomeUnattached(replica, replica.epoch);
    return true;
  }
  pollUpkeep(replica, state);
  if (!replica.peers.isReady(replica.leaderId, replica.nowMs) || !isFlushed(replica)) return false;
  if (state.download === null) {
    sendFetch(replica, replica.leaderId, replica.leaderEndpoints, replica.config.fetchMaxWaitMs);
  } else {
    replica.send(replica.leaderId, replica.leaderEndpoints, {
      type: "fetchSnapshot",
      replicaKey: replica.localKey,
      currentLeaderEpoch: replica.epoch,
      snapshotId: state.download.snapshotId,
      position: state.download.position,
    });
  }
  return false;
}

/** A fetch offset is a promise: everything below it is durable here. So fetching waits for the flush. */
function isFlushed(replica: Replica): boolean {
  return replica.log.flushedOffset === replica.log.logEndOffset && replica.pending === null;
}

/** Asks one of the voters or bootstrap servers, at random, who leads; any answer names the leader. */
export function pollLeaderSearch(replica: Replica): void {
  if (!isFlushed(replica) || replica.nowMs < replica.searchAtMs) return;
  const askable = searchTargets(replica);
  if (askable.some(({ id }) => !replica.peers.isReady(id, replica.nowMs))) return;
  const target = askable[replica.config.random(Math.max(1, askable.length))];
  if (target !== undefined) sendFetch(replica, target.id, target.endpoints, 0);
}

/** Who can know the leader. One search at a time: while one of them is being asked, or backs off, none is. */
function searchTargets(
  replica: Replica,
): readonly { readonly id: NodeId; readonly endpoints: readonly Endpoint[] }[] {
  const others = replica.voters.voters.filter((voter) => voter.id !== replica.localKey.id);
  return [...others, ...replica.config.bootstrapServerIds.map((id) => ({ id, endpoints: [] }))];
}

function sendFetch(replica: Replica, to: NodeId, endpoints: readonly Endpoint[], maxWaitMs: number): void {
  const end = replica.log.end;
  replica.send(to, endpoints, {
    type: "fetch",
    replicaKey: replica.localKey,
    currentLeaderEpoch: replica.epoch,
    fetchOffset: end.offset,
    lastFetchedEpoch: end.epoch,
    highWatermark: replica.highWatermark,
    maxWaitMs,
  });
}

/** When {@link pollFollower} or {@link pollLeaderSearch} has something to do next. */
export function followerDeadlineMs(replica: Replica): number {
  const state = replica.state;
  if (state.role === "follower") {
    if (!isFlushed(replica)) return state.fetchDeadlineMs;
    return Math.min(state.fetchDeadlineMs, replica.peers.readyAtMs(replica.leaderId));
  }
  if (state.role !== "unattached" || !isFlushed(replica)) return Infinity;
  const targets = searchTargets(replica);
  if (targets.length === 0) return Infinity;
  return Math.max(replica.searchAtMs, ...targets.map(({ id }) => replica.peers.readyAtMs(id)));
}
