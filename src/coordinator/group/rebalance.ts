/**
 * The phases that JoinGroup, SyncGroup, LeaveGroup and the timers share:
 *
 *     Empty --join--> PreparingRebalance --all joined or timeout--> CompletingRebalance --leader synced--> Stable
 *
 * with a way back to PreparingRebalance from the last two whenever the membership changes, and to Empty when nobody
 * is left.
 */

import { assert } from "../../core/assert.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { JoinGroupResponse } from "../../protocol/messages/11_join_group.ts";
import { type ClassicGroup, type Member, NO_BYTES, type Waiting } from "./classic_group.ts";
import { groupMetadataRecord } from "./records.ts";
import type { ShardState } from "./shard_state.ts";

/** A member may claim a rebalance timeout of zero; waiting again and again needs a pause. */
const SHORTEST_WAIT_MS = 100;
const NO_ASSIGNMENTS: ReadonlyMap<string, Uint8Array> = new Map();

/** A JoinGroup response that refuses; before version 7 the protocol name cannot be null. */
export function joinError(waiting: Waiting, errorCode: number, memberId: string): JoinGroupResponse {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: waiting.apiVersion >= 7 ? null : "",
    leader: "",
    skipAssignment: false,
    memberId,
    members: [],
  };
}

/** A JoinGroup response for the group's current generation. */
export function joinedResponse(group: ClassicGroup, member: Member): JoinGroupResponse {
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName ?? "",
    leader: group.leaderId ?? "",
    skipAssignment: false,
    memberId: member.memberId,
    members: group.isLeader(member.memberId) ? joinedMembers(group) : [],
  };
}

/** What the leader is told of all members. */
export function joinedMembers(group: ClassicGroup): JoinGroupResponse["members"] {
  return Array.from(group.members.values(), (member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: group.metadataOf(member),
  }));
}

/** Answers a member's waiting JoinGroup; returns whether there was one. */
export function answerJoin(
  shard: ShardState,
  group: ClassicGroup,
  member: Member,
  response: (waiting: Waiting) => JoinGroupResponse,
): boolean {
  const waiting = member.awaitingJoin;
  if (waiting === null) return false;
  group.setAwaitingJoin(member, null);
  shard.reply(waiting.token, response(waiting));
  return true;
}

/** Lets a member's JoinGroup wait; an older one that still waits was abandoned by its sender. */
export function parkJoin(shard: ShardState, group: ClassicGroup, member: Member, waiting: Waiting): void {
  answerJoin(
    shard,
    group,
    member,
    (older) => joinError(older, ErrorCode.REBALANCE_IN_PROGRESS, member.memberId),
  );
  group.setAwaitingJoin(member, waiting);
}

/** Answers a member's waiting SyncGroup; returns whether there was one. */
export function answerSync(
  shard: ShardState,
  group: ClassicGroup,
  member: Member,
  errorCode: number,
): boolean {
  const waiting = member.awaitingSync;
  if (waiting === null) return false;
  member.awaitingSync = null;
  const ok = errorCode === ErrorCode.NONE;
  shard.reply(waiting.token, {
    errorCode,
    protocolType: ok ? group.protocolType : null,
    protocolName: ok ? group.protocolName : null,
    assignment: ok ? member.assignment : NO_BYTES,
  });
  return true;
}

/**
 * Takes a member out of the group without moving the group on. What it waits for is answered with `errorCode`, so
 * that a member that is alive after all comes back.
 */
export function dropMember(shard: ShardState, group: ClassicGroup, member: Member, errorCode: number): void {
  answerJoin(shard, group, member, (waiting) => joinError(waiting, errorCode, ""));
  answerSync(shard, group, member, errorCode);
  shard.deadlines.disarm(member.session);
  group.removeMember(member);
}

/** Moves the group on after its membership or a member's protocols changed. */
export function rebalanceOrCompleteJoin(shard: ShardState, group: ClassicGroup, reason: string): void {
  if (group.state === "PreparingRebalance") maybeCompleteJoin(shard, group);
  else prepareRebalance(shard, group, reason);
}

/** Begins a join phase: members learn of it from heartbeats and have until the rebalance timeout to rejoin. */
export function prepareRebalance(shard: ShardState, group: ClassicGroup, reason: string): void {
  assert(group.state !== "PreparingRebalance" && group.state !== "Dead", "only a settled group rebalances");
  if (group.state === "CompletingRebalance") {
    resetAssignments(shard, group, ErrorCode.REBALANCE_IN_PROGRESS);
  }
  group.pendingSync.clear();
  shard.deadlines.disarm(group.syncDeadline);
  group.assignmentAppendId = 0;

  const initial = group.state === "Empty";
  shard.transition(group, "PreparingRebalance", reason);
  if (initial) {
    const delayMs = shard.config.initialRebalanceDelayMs;
    const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0);
    group.initialRebalance = { delayMs, remainingMs, newMemberAdded: false };
    shard.armIn(group.joinDeadline, delayMs);
  } else if (group.hasAllMembersJoined) {
    completeJoin(shard, group);
  } else {
    shard.armIn(group.joinDeadline, group.rebalanceTimeoutMs);
  }
}

/** Ends the join phase if nobody is missing. A first rebalance waits for its delay all the same. */
export function maybeCompleteJoin(shard: ShardState, group: ClassicGroup): void {
  if (group.state !== "PreparingRebalance" || group.initialRebalance !== null) return;
  if (group.hasAllMembersJoined) completeJoin(shard, group);
}

/** The delay of a first rebalance, or the rebalance timeout, has passed. */
export function onJoinDeadline(shard: ShardState, group: ClassicGroup): void {
  assert(group.state === "PreparingRebalance", "only a join phase has a deadline for joining");
  const initial = group.initialRebalance;
  const delayMs = Math.min(shard.config.initialRebalanceDelayMs, initial?.remainingMs ?? 0);
  if (initial !== null && initial.newMemberAdded && delayMs > 0) {
    const remainingMs = Math.max(initial.remainingMs - initial.delayMs, 0);
    group.initialRebalance = { delayMs, remainingMs, newMemberAdded: false };
    shard.armIn(group.joinDeadline, delayMs);
    return;
  }
  completeJoin(shard, group);
}

/** Ends the join phase: members that did not come are out, the others are told the next generation. */
function completeJoin(shard: ShardState, group: ClassicGroup): void {
  shard.deadlines.disarm(group.joinDeadline);
  for (const member of group.members.values()) {
    // A static member may be restarting: its place is kept until its session ends (KIP-345).
    const absent = member.awaitingJoin === null && member.groupInstanceId === null;
    if (absent) dropMember(shard, group, member, ErrorCode.UNKNOWN_MEMBER_ID);
  }
  if (group.members.size > 0 && !electJoinedLeader(group)) {
    // Only static members are left and none came: wait until one does or their sessions end.
    shard.armIn(group.joinDeadline, Math.max(group.rebalanceTimeoutMs, SHORTEST_WAIT_MS));
    return;
  }
  group.initialRebalance = null;
  group.generationId++;
  if (group.members.size === 0) becomeEmpty(shard, group);
  else beginSync(shard, group);
}

/** Keeps the leader if it came, else takes the first that did; returns false when nobody came. */
function electJoinedLeader(group: ClassicGroup): boolean {
  const leader = group.members.get(group.leaderId ?? "");
  if (leader !== undefined && leader.awaitingJoin !== null) return true;
  for (const member of group.members.values()) {
    if (member.awaitingJoin === null) continue;
    group.leaderId = member.memberId;
    return true;
  }
  return false;
}

function becomeEmpty(shard: ShardState, group: ClassicGroup): void {
  group.protocolName = null;
  group.updateSubscribedTopics();
  shard.transition(group, "Empty", "the last member is gone");
  // If this append fails, a restart brings the previous generation back, and its members time out.
  shard.append({ group, records: [groupMetadataRecord(group, NO_ASSIGNMENTS)] });
}

function beginSync(shard: ShardState, group: ClassicGroup): void {
  group.protocolName = group.selectProtocol();
  group.updateSubscribedTopics();
  group.pendingSync.clear();
  shard.transition(group, "CompletingRebalance", "all members joined");
  for (const member of group.members.values()) {
    answerJoin(shard, group, member, () => joinedResponse(group, member));
    member.isNew = false;
    group.pendingSync.add(member.memberId);
    shard.armSession(member);
  }
  shard.armIn(group.syncDeadline, group.rebalanceTimeoutMs);
}

/** Members that were given a generation and never synced are out when the rebalance timeout has passed. */
export function onSyncDeadline(shard: ShardState, group: ClassicGroup): void {
  if (group.pendingSync.size === 0) return;
  assert(
    group.state === "CompletingRebalance" || group.state === "Stable",
    "only a generation that has begun is synced",
  );
  for (const memberId of [...group.pendingSync]) {
    const member = group.members.get(memberId);
    if (member !== undefined) dropMember(shard, group, member, ErrorCode.UNKNOWN_MEMBER_ID);
  }
  prepareRebalance(shard, group, "members did not sync in time");
}

/** Notes that a member has synced; when all have, nobody is waited for. */
export function onMemberSynced(shard: ShardState, group: ClassicGroup, member: Member): void {
  group.pendingSync.delete(member.memberId);
  if (group.pendingSync.size === 0) shard.deadlines.disarm(group.syncDeadline);
}

/** Hands each member its assignment; members that `assignments` does not name get an empty one. */
export function propagateAssignments(
  shard: ShardState,
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
): void {
  for (const member of group.members.values()) {
    member.assignment = assignments.get(member.memberId) ?? NO_BYTES;
  }
  answerAllSyncs(shard, group, ErrorCode.NONE);
}

/** Takes back all assignments and answers all members that wait for one with `errorCode`. */
export function resetAssignments(shard: ShardState, group: ClassicGroup, errorCode: number): void {
  for (const member of group.members.values()) member.assignment = NO_BYTES;
  answerAllSyncs(shard, group, errorCode);
}

function answerAllSyncs(shard: ShardState, group: ClassicGroup, errorCode: number): void {
  for (const member of group.members.values()) {
    // While it waited, the member's session was not watched.
    if (answerSync(shard, group, member, errorCode)) shard.armSession(member);
  }
}
