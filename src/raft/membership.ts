/**
 * Changing the voter set, one voter at a time (KIP-853, Raft thesis section 4.1). A new set is in force as soon as
 * it is in the log. The next change waits until it is committed, and the first of an epoch until the leader has
 * committed a record of its own epoch: without that, two majorities that do not overlap can come about.
 */

import { present } from "../core/assert.ts";
import { ZERO_UUID } from "../core/uuid.ts";
import {
  DUPLICATE_VOTER,
  FENCED_LEADER_EPOCH,
  INVALID_REQUEST,
  INVALID_UPDATE_VERSION,
  NONE,
  NOT_LEADER_OR_FOLLOWER,
  REQUEST_TIMED_OUT,
  UNKNOWN_LEADER_EPOCH,
  UNSUPPORTED_VERSION,
  VOTER_NOT_FOUND,
} from "./error_codes.ts";
import type {
  AddVoterRequest,
  RemoveVoterRequest,
  UpdateVoterRequest,
  UpgradeKRaftVersionRequest,
} from "./messages.ts";
import { type Progress, progressOf } from "./progress.ts";
import type { Replica } from "./replica.ts";
import type { LeaderState, VoterChange } from "./role_state.ts";
import { appendControl, becomeResigned } from "./transitions.ts";
import type { ReplicaKey, Voter } from "./types.ts";
import { isSameEntry } from "./voter_upkeep.ts";
import { keyText, sameReplica } from "./voters.ts";

type ChangeRequest = AddVoterRequest | RemoveVoterRequest | UpdateVoterRequest | UpgradeKRaftVersionRequest;
type Refusal = readonly [errorCode: number, message: string];

/** Starts the change, or says why not. */
export function handleChangeVoter(replica: Replica, token: number, request: ChangeRequest): void {
  const leader = replica.state;
  const refuse = ([errorCode, errorMessage]: Refusal) =>
    replica.reply(token, { type: request.type, ...replica.leaderInfo(errorCode), errorMessage });

  if (leader.role !== "leader") return refuse([NOT_LEADER_OR_FOLLOWER, "This replica is not the leader."]);
  const refusal = refusalOf(replica, leader, request);
  if (refusal !== null) return refuse(refusal);
  if (request.type === "updateVoter" && isUnchanged(replica, request.voter)) {
    return replica.reply(token, { type: "updateVoter", ...replica.leaderInfo(NONE), errorMessage: null });
  }
  leader.change = {
    kind: request.type,
    token,
    voter: voterOf(replica, request),
    ackWhenCommitted: request.type !== "addVoter" || request.ackWhenCommitted,
    deadlineMs: replica.nowMs +
      (request.type === "updateVoter" ? replica.config.requestTimeoutMs : Math.max(0, request.timeoutMs)),
    offset: null,
  };
}

function voterOf(replica: Replica, request: ChangeRequest): Voter | null {
  if (request.type === "upgradeKRaftVersion") return null;
  if (request.type === "addVoter") return request.voter;
  const key = request.type === "removeVoter" ? request.voterKey : request.voter;
  const entry = present(replica.voters.voter(key.id), "the voter to change");
  // Who was static when it asked does not know that the set names its directory by now.
  return request.type === "removeVoter" ? entry : { ...request.voter, directoryId: entry.directoryId };
}

function refusalOf(replica: Replica, leader: LeaderState, request: ChangeRequest): Refusal | null {
  if (request.type === "updateVoter" && request.currentLeaderEpoch !== replica.epoch) {
    const isOld = request.currentLeaderEpoch < replica.epoch;
    return [isOld ? FENCED_LEADER_EPOCH : UNKNOWN_LEADER_EPOCH, `The leader's epoch is ${replica.epoch}.`];
  }
  const kraftVersion = replica.voters.kraftVersion.version;
  if (kraftVersion < 1 && (request.type === "addVoter" || request.type === "removeVoter")) {
    return [UNSUPPORTED_VERSION, `Voters can change from kraft.version 1 on, it is ${kraftVersion}.`];
  }
  if (!leader.isReady) return [REQUEST_TIMED_OUT, "The leader has not yet committed a record of its epoch."];
  if (leader.change !== null || replica.voters.latest.offset >= replica.highWatermark) {
    return [REQUEST_TIMED_OUT, "Another voter change is under way."];
  }
  if (request.type === "addVoter") return addRefusal(replica, request.voter);
  if (request.type === "upgradeKRaftVersion") return upgradeRefusal(replica, leader, request.kraftVersion);
  const key = request.type === "removeVoter" ? request.voterKey : request.voter;
  if (!replica.voters.includes(key)) return [VOTER_NOT_FOUND, `${keyText(key)} is not a voter.`];
  if (request.type === "removeVoter") return removeRefusal(replica, leader, request.voterKey);
  return versionRefusal(request.voter, kraftVersion);
}

function addRefusal(replica: Replica, voter: Voter): Refusal | null {
  const entry = replica.voters.voter(voter.id);
  if (entry !== undefined) return [DUPLICATE_VOTER, `Node ${voter.id} is a voter as ${keyText(entry)}.`];
  if (voter.endpoints.length === 0) return [INVALID_REQUEST, `Voter ${voter.id} has no endpoint.`];
  return versionRefusal(voter, replica.voters.kraftVersion.version);
}

/**
 * A node that lost its disk has its old entry removed (KIP-1186). When the old one is alive too, two nodes have been
 * given one id: they must not throw each other out in turns.
 */
function removeRefusal(replica: Replica, leader: LeaderState, key: ReplicaKey): Refusal | null {
  if (replica.voters.voters.length === 1) return [INVALID_REQUEST, "The last voter cannot be removed."];
  const isHeard = ({ lastFetchMs }: Progress) =>
    lastFetchMs >= 0 && replica.nowMs - lastFetchMs < replica.config.fetchTimeoutMs;
  const ofNode = [...leader.replicas.values()].filter((progress) =>
    progress.key.id === key.id && isHeard(progress)
  );
  const isLocal = key.id === replica.localKey.id;
  const isAlive = isLocal || ofNode.some((progress) => sameReplica(progress.reportedKey, key));
  const hasRival = ofNode.some((progress) =>
    !sameReplica(progress.reportedKey, isLocal ? replica.localKey : key)
  );
  return isAlive && hasRival ? [INVALID_REQUEST, `Two live nodes have the id ${key.id}.`] : null;
}

/** From 1 on the set names directories, so every voter must have told its own by fetching. */
function upgradeRefusal(replica: Replica, leader: LeaderState, to: number): Refusal | null {
  const from = replica.voters.kraftVersion.version;
  if (from !== 0 || to !== 1) {
    return [INVALID_UPDATE_VERSION, `kraft.version goes from 0 to 1, not from ${from} to ${to}.`];
  }
  for (const voter of votersWithDirectories(replica, leader)) {
    if (voter.directoryId === ZERO_UUID) {
      return [REQUEST_TIMED_OUT, `Voter ${voter.id} has not been heard of yet.`];
    }
    const refusal = versionRefusal(voter, to);
    if (refusal !== null) return refusal;
  }
  return null;
}

function votersWithDirectories(replica: Replica, leader: LeaderState): Voter[] {
  return replica.voters.voters.map((voter) => {
    const isLocal = sameReplica(voter, replica.localKey);
    const { directoryId } = isLocal ? replica.localKey : progressOf(replica, leader, voter).reportedKey;
    return { ...voter, directoryId };
  });
}

function versionRefusal(voter: Voter, kraftVersion: number): Refusal | null {
  if (voter.minKRaftVersion <= kraftVersion && kraftVersion <= voter.maxKRaftVersion) return null;
  return [
    INVALID_UPDATE_VERSION,
    `Voter ${voter.id} supports kraft.version ${voter.minKRaftVersion} to ${voter.maxKRaftVersion}, not ${kraftVersion}.`,
  ];
}

function isUnchanged(replica: Replica, voter: Voter): boolean {
  const entry = replica.voters.voter(voter.id);
  return entry !== undefined && isSameEntry(entry, voter);
}

/** Takes the change a step further; true when this leader had to go. */
export function pollVoterChange(replica: Replica, leader: LeaderState): boolean {
  if (leader.change !== null) progressChange(replica, leader, leader.change);
  if (replica.isVoter || replica.highWatermark <= replica.voters.latest.offset) return false;
  // KIP-853: a leader that is voted out, perhaps by its predecessor, leads until that is committed, not longer.
  becomeResigned(replica);
  return true;
}

function progressChange(replica: Replica, leader: LeaderState, change: VoterChange): void {
  const isLate = replica.nowMs >= change.deadlineMs;
  if (change.offset === null) {
    if (isLate) {
      finish(replica, leader, [REQUEST_TIMED_OUT, "The new voter has not caught up with the leader."]);
    } else if (replica.pending === null && isCaughtUp(replica, leader, change)) {
      appendChange(replica, leader, change);
    }
    return;
  }
  if (replica.highWatermark > change.offset) finish(replica, leader, [NONE, ""]);
  else if (!change.ackWhenCommitted) answer(replica, change, [NONE, ""]);
  else if (isLate) answer(replica, change, [REQUEST_TIMED_OUT, "The voter change is not committed yet."]);
}

/** A newcomer votes only once it has all the leader has: it must not hold up commits until it has caught up. */
function isCaughtUp(replica: Replica, leader: LeaderState, change: VoterChange): boolean {
  if (change.kind !== "addVoter" || change.voter === null) return true;
  const progress = leader.replicas.get(keyText(change.voter));
  if (progress === undefined || progress.lastCaughtUpMs < 0) return false;
  return progress.lastCaughtUpMs >= replica.nowMs - replica.config.fetchTimeoutMs;
}

function appendChange(replica: Replica, leader: LeaderState, change: VoterChange): void {
  const { voter } = change;
  change.offset = replica.log.logEndOffset;
  if (voter === null) {
    const voters = votersWithDirectories(replica, leader);
    return appendControl(replica, [{ type: "kraftVersion", kraftVersion: 1 }, { type: "voters", voters }]);
  }
  if (replica.voters.kraftVersion.version < 1) {
    // kraft.version 0 has no VotersRecord: new endpoints last as long as this leader.
    replica.voters.replaceInMemory(voter);
    replica.emit({ type: "votersChanged", voters: replica.voters.voters });
    return finish(replica, leader, [NONE, ""]);
  }
  const others = replica.voters.voters.filter(({ id }) => id !== voter.id);
  const voters = change.kind === "removeVoter" ? others : [...others, voter];
  appendControl(replica, [{ type: "voters", voters: voters.sort((left, right) => left.id - right.id) }]);
}

function finish(replica: Replica, leader: LeaderState, outcome: Refusal): void {
  const change = leader.change;
  leader.change = null;
  if (change !== null) answer(replica, change, outcome);
}

function answer(replica: Replica, change: VoterChange, [errorCode, message]: Refusal): void {
  if (change.token === null) return;
  const errorMessage = errorCode === NONE ? null : message;
  replica.reply(change.token, { type: change.kind, ...replica.leaderInfo(errorCode), errorMessage });
  change.token = null;
}

/** When {@link pollVoterChange} has something to do next. */
export function changeDeadlineMs(leader: LeaderState): number {
  const change = leader.change;
  if (change === null || (change.offset !== null && change.token === null)) return Infinity;
  return change.deadlineMs;
}
