/** LeaveGroup: members go, one or (from version 3) many at a time. KIP-345 (batched), KIP-800 (reasons). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { LeaveGroupRequest, LeaveGroupResponse } from "../../protocol/messages/13_leave_group.ts";
import type { ClassicGroup } from "./classic_group.ts";
import { dropMember, maybeCompleteJoin, rebalanceOrCompleteJoin } from "./rebalance.ts";
import { appendErrorToResponse, type ShardState } from "./shard_state.ts";
import type { RequestContext, Token } from "./types.ts";
import { type MemberIdentity, validateMember } from "./validate.ts";

/** From this version on a request names many members, and each has its own result. */
const BATCHED_FROM = 3;

interface Leaving extends MemberIdentity {
  readonly reason: string | null;
}

interface Left extends MemberIdentity {
  readonly errorCode: number;
}

export function stepLeaveGroup(
  shard: ShardState,
  event: { readonly token: Token; readonly context: RequestContext; readonly request: LeaveGroupRequest },
): void {
  const { token, context, request } = event;
  const members = context.apiVersion < BATCHED_FROM
    ? [{ memberId: request.memberId, groupInstanceId: null, reason: null }]
    : request.members;
  const refusal = request.groupId === "" ? ErrorCode.INVALID_GROUP_ID : ErrorCode.NONE;
  const group = shard.groups.get(request.groupId);
  if (refusal !== ErrorCode.NONE || group?.state === "Dead") {
    const errorCode = refusal !== ErrorCode.NONE ? refusal : ErrorCode.COORDINATOR_NOT_AVAILABLE;
    return shard.reply(token, { errorCode, members: [] });
  }
  if (group === undefined) {
    const results = members.map((member) => leftAs(member, ErrorCode.UNKNOWN_MEMBER_ID));
    return shard.reply(token, leaveResponse(context, results));
  }
  leave(shard, group, { token, context, members });
}

function leave(
  shard: ShardState,
  group: ClassicGroup,
  request: {
    readonly token: Token;
    readonly context: RequestContext;
    readonly members: readonly Leaving[];
  },
): void {
  const sizeBefore = group.members.size;
  const results = request.members.map((member) => leaveOne(shard, group, member));
  const lastAppend = shard.inFlight.last;
  // Somebody who was only asked to come and will not is no reason to rebalance.
  if (group.members.size === sizeBefore) maybeCompleteJoin(shard, group);
  else rebalanceOrCompleteJoin(shard, group, `left: ${request.members.map(describeLeaving).join(", ")}`);
  shard.dropIfTrivial(group);
  const response = leaveResponse(request.context, results);
  // When the last member is gone, that is stored; a restart must not bring back members that were told goodbye.
  if (shard.inFlight.last === lastAppend) return shard.reply(request.token, response);
  shard.afterInFlight((errorCode) => {
    const waitedInVain = errorCode === ErrorCode.REQUEST_TIMED_OUT || errorCode === ErrorCode.NOT_COORDINATOR;
    shard.reply(
      request.token,
      waitedInVain ? { errorCode: appendErrorToResponse(errorCode), members: [] } : response,
    );
  });
}

function leaveOne(shard: ShardState, group: ClassicGroup, leaving: Leaving): Left {
  const pending = group.pendingJoin.get(leaving.memberId);
  if (pending !== undefined) {
    shard.deadlines.disarm(pending);
    group.pendingJoin.delete(leaving.memberId);
    return leftAs(leaving, ErrorCode.NONE);
  }
  const identity = resolve(group, leaving);
  const errorCode = validateMember(group, identity);
  const member = group.members.get(identity.memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined) return leftAs(leaving, errorCode);
  dropMember(shard, group, member, ErrorCode.UNKNOWN_MEMBER_ID);
  return leftAs(leaving, ErrorCode.NONE);
}

/** An administrator removes a static member by its group.instance.id alone. */
function resolve(group: ClassicGroup, leaving: Leaving): MemberIdentity {
  if (leaving.memberId !== "" || leaving.groupInstanceId === null) return leaving;
  const memberId = group.staticMembers.get(leaving.groupInstanceId) ?? "";
  return { memberId, groupInstanceId: leaving.groupInstanceId };
}

function leftAs({ memberId, groupInstanceId }: Leaving, errorCode: number): Left {
  return { memberId, groupInstanceId, errorCode };
}

function leaveResponse(context: RequestContext, results: readonly Left[]): LeaveGroupResponse {
  if (context.apiVersion >= BATCHED_FROM) return { errorCode: ErrorCode.NONE, members: results };
  return { errorCode: results[0]?.errorCode ?? ErrorCode.NONE, members: [] };
}

function describeLeaving({ memberId, groupInstanceId, reason }: Leaving): string {
  const who = memberId === "" ? `instance ${groupInstanceId}` : memberId;
  return reason === null || reason === "" ? who : `${who} (${reason})`;
}
