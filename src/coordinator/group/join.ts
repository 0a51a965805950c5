/**
 * JoinGroup: a member comes to a group, or comes back to it. KIP-62 (rebalance timeout), KIP-134 (initial delay),
 * KIP-345 (static members), KIP-389 (group.max.size), KIP-394 (member ids), KIP-814 (skipAssignment).
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { JoinGroupRequest } from "../../protocol/messages/11_join_group.ts";
import {
  type ClassicGroup,
  type GroupTimer,
  type Member,
  type MemberProtocol,
  NO_BYTES,
  type Waiting,
} from "./classic_group.ts";
import { Deadline } from "./deadlines.ts";
import {
  dropMember,
  joinedResponse,
  joinError,
  maybeCompleteJoin,
  parkJoin,
  rebalanceOrCompleteJoin,
} from "./rebalance.ts";
import type { ShardState } from "./shard_state.ts";
import { replaceStaticMember } from "./static_member.ts";
import type { RequestContext, Token } from "./types.ts";
import { validateMember } from "./validate.ts";

/** From this version on a new dynamic member is first given an id and asked to come back with it (KIP-394). */
const MEMBER_ID_REQUIRED_FROM = 4;

/** A JoinGroup request on its way through the checks. */
export interface Join {
  readonly waiting: Waiting;
  readonly context: RequestContext;
  readonly request: JoinGroupRequest;
  /** Each name once; the bytes are still those of the request. */
  readonly protocols: readonly MemberProtocol[];
  /** Before version 1 a member has as long to rejoin as its session lasts. */
  readonly rebalanceTimeoutMs: number;
}

export function stepJoinGroup(
  shard: ShardState,
  event: { readonly token: Token; readonly context: RequestContext; readonly request: JoinGroupRequest },
): void {
  const join = readJoin(event);
  const { request } = join;
  const { minSessionTimeoutMs, maxSessionTimeoutMs } = shard.config;
  if (request.groupId === "") return refuse(shard, join, ErrorCode.INVALID_GROUP_ID);
  if (request.sessionTimeoutMs < minSessionTimeoutMs || request.sessionTimeoutMs > maxSessionTimeoutMs) {
    return refuse(shard, join, ErrorCode.INVALID_SESSION_TIMEOUT);
  }
  let group = shard.groups.get(request.groupId);
  if (group === undefined) {
    // Who has a member id was in the group once, but nobody here remembers either.
    if (request.memberId !== "") return refuse(shard, join, ErrorCode.UNKNOWN_MEMBER_ID);
    group = shard.createGroup(request.groupId);
  }
  joinGroup(shard, group, join);
  shard.dropIfTrivial(group);
}

function joinGroup(shard: ShardState, group: ClassicGroup, join: Join): void {
  const { request } = join;
  if (group.state === "Dead") return refuse(shard, join, ErrorCode.COORDINATOR_NOT_AVAILABLE);
  if (!hasRoom(shard, group, request)) return refuseForSize(shard, group, join);
  if (!group.supportsProtocols(request.protocolType, join.protocols)) {
    return refuse(shard, join, ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  }
  if (request.memberId !== "") joinExisting(shard, group, join);
  else if (request.groupInstanceId !== null) joinNewStatic(shard, group, join, request.groupInstanceId);
  else joinNewDynamic(shard, group, join);
}

function readJoin(
  event: { readonly token: Token; readonly context: RequestContext; readonly request: JoinGroupRequest },
): Join {
  const { token, context, request } = event;
  const protocols = new Map<string, MemberProtocol>();
  for (const protocol of request.protocols) {
    if (!protocols.has(protocol.name)) protocols.set(protocol.name, protocol);
  }
  return {
    waiting: { token, apiVersion: context.apiVersion },
    context,
    request,
    protocols: [...protocols.values()],
    rebalanceTimeoutMs: context.apiVersion < 1
      ? request.sessionTimeoutMs
      : Math.max(request.rebalanceTimeoutMs, 0),
  };
}

function refuse(shard: ShardState, join: Join, errorCode: number, memberId = join.request.memberId): void {
  shard.reply(join.waiting.token, joinError(join.waiting, errorCode, memberId));
}

/** The request's protocols in memory of our own: those of the request are views of a buffer that is reused. */
export function copyProtocols(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() }));
}

/**
 * Whether `group.max.size` lets this member in. While the group rebalances, the members that have come count: the
 * last to rejoin a group that has become too large are the ones that must go.
 */
function hasRoom(shard: ShardState, group: ClassicGroup, request: JoinGroupRequest): boolean {
  const { maxSize } = shard.config;
  // A static member that restarts does not make the group larger, though it has lost its id.
  const existing = group.members.get(request.memberId) ??
    group.members.get(group.staticMembers.get(request.groupInstanceId ?? "") ?? "");
  switch (group.state) {
    case "Empty":
    case "Dead":
      return true;
    case "PreparingRebalance":
      return (existing !== undefined && existing.awaitingJoin !== null) || group.awaitingJoinCount < maxSize;
    case "CompletingRebalance":
    case "Stable":
      return existing !== undefined || group.members.size < maxSize;
  }
}

function refuseForSize(shard: ShardState, group: ClassicGroup, join: Join): void {
  const { memberId } = join.request;
  const member = group.members.get(memberId);
  if (member !== undefined) dropMember(shard, group, member, ErrorCode.GROUP_MAX_SIZE_REACHED);
  forgetPending(shard, group, memberId);
  refuse(shard, join, ErrorCode.GROUP_MAX_SIZE_REACHED, "");
  maybeCompleteJoin(shard, group);
}

function joinNewStatic(shard: ShardState, group: ClassicGroup, join: Join, groupInstanceId: string): void {
  const memberId = `${groupInstanceId}-${shard.newUuid()}`;
  const current = group.members.get(group.staticMembers.get(groupInstanceId) ?? "");
  if (current === undefined) return addMember(shard, group, join, memberId);
  const replacement = newMember(group, join, memberId);
  replaceStaticMember(shard, group, { current, replacement, waiting: join.waiting });
}

function joinNewDynamic(shard: ShardState, group: ClassicGroup, join: Join): void {
  const memberId = `${join.context.clientId}-${shard.newUuid()}`;
  if (join.context.apiVersion < MEMBER_ID_REQUIRED_FROM) return addMember(shard, group, join, memberId);
  const pending = new Deadline<GroupTimer>({ kind: "pendingMember", group, memberId });
  group.pendingJoin.set(memberId, pending);
  shard.armIn(pending, join.request.sessionTimeoutMs);
  refuse(shard, join, ErrorCode.MEMBER_ID_REQUIRED, memberId);
}

function joinExisting(shard: ShardState, group: ClassicGroup, join: Join): void {
  const { request } = join;
  // An id that was given out belongs to a dynamic member: it cannot come back as a static one.
  if (group.pendingJoin.has(request.memberId) && request.groupInstanceId === null) {
    return addMember(shard, group, join, request.memberId);
  }
  const errorCode = validateMember(group, request);
  const member = group.members.get(request.memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined) return refuse(shard, join, errorCode);
  rejoin(shard, group, join, member);
}

function rejoin(shard: ShardState, group: ClassicGroup, join: Join, member: Member): void {
  const changed = !sameProtocols(member.protocols, join.protocols);
  if (group.state !== "PreparingRebalance") {
    // The leader comes back to bring about a rebalance, perhaps because topics changed. Anybody else who has
    // nothing new to say, or a leader that missed its response, is told where the group stands.
    const leads = group.state === "Stable" && group.isLeader(member.memberId);
    if (!changed && !leads) return shard.reply(join.waiting.token, joinedResponse(group, member));
  }
  if (changed) group.setProtocols(member, copyProtocols(join.protocols));
  member.sessionTimeoutMs = join.request.sessionTimeoutMs;
  member.rebalanceTimeoutMs = join.rebalanceTimeoutMs;
  parkJoin(shard, group, member, join.waiting);
  const reason = join.request.reason ?? (changed ? "metadata changed" : "rejoined");
  rebalanceOrCompleteJoin(shard, group, `${member.memberId}: ${reason}`);
}

function newMember(group: ClassicGroup, join: Join, memberId: string): Member {
  const { context, request } = join;
  return {
    memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: join.rebalanceTimeoutMs,
    protocols: copyProtocols(join.protocols),
    assignment: NO_BYTES,
    isNew: false,
    awaitingJoin: null,
    awaitingSync: null,
    session: new Deadline<GroupTimer>({ kind: "session", group, memberId }),
  };
}

function addMember(shard: ShardState, group: ClassicGroup, join: Join, memberId: string): void {
  forgetPending(shard, group, memberId);
  const member = newMember(group, join, memberId);
  member.isNew = true;
  member.awaitingJoin = join.waiting;
  group.addMember(member, join.request.protocolType);
  if (group.initialRebalance !== null) group.initialRebalance.newMemberAdded = true;
  // A member that does not know its id cannot send heartbeats, and it cannot be seen whether its client hung up.
  shard.armSession(member, shard.config.newMemberJoinTimeoutMs);
  const reason = join.request.reason ?? "new member";
  rebalanceOrCompleteJoin(shard, group, `${memberId}: ${reason}`);
}

function forgetPending(shard: ShardState, group: ClassicGroup, memberId: string): void {
  const pending = group.pendingJoin.get(memberId);
  if (pending === undefined) return;
  shard.deadlines.disarm(pending);
  group.pendingJoin.delete(memberId);
}

function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return a.length === b.length && a.every((protocol, index) => {
    const other = b[index];
    return other !== undefined && protocol.name === other.name &&
      sameBytes(protocol.metadata, other.metadata);
  });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}
