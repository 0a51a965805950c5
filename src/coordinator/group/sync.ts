/** SyncGroup: the leader hands in what it assigned, every member receives its share. KIP-345, KIP-559. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { SyncGroupRequest } from "../../protocol/messages/14_sync_group.ts";
import { type ClassicGroup, NO_BYTES } from "./classic_group.ts";
import {
  answerSync,
  onMemberSynced,
  prepareRebalance,
  propagateAssignments,
  resetAssignments,
} from "./rebalance.ts";
import { groupMetadataRecord } from "./records.ts";
import { appendErrorToResponse, type ShardState } from "./shard_state.ts";
import type { RequestContext, Token } from "./types.ts";
import { validateGeneration } from "./validate.ts";

/** From this version on a member must say which protocol it thinks was chosen (KIP-559). */
const PROTOCOL_REQUIRED_FROM = 5;

export function stepSyncGroup(
  shard: ShardState,
  event: { readonly token: Token; readonly context: RequestContext; readonly request: SyncGroupRequest },
): void {
  const { token, context, request } = event;
  const group = shard.groups.get(request.groupId);
  const errorCode = validateSync(group, request, context.apiVersion);
  const member = group?.members.get(request.memberId);
  if (errorCode !== ErrorCode.NONE || group === undefined || member === undefined) {
    shard.reply(token, { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES });
    return;
  }
  // An older SyncGroup that still waits was abandoned by its sender.
  answerSync(shard, group, member, ErrorCode.REBALANCE_IN_PROGRESS);
  member.awaitingSync = { token, apiVersion: context.apiVersion };
  onMemberSynced(shard, group, member);
  if (group.state === "Stable") answerSync(shard, group, member, ErrorCode.NONE);
  else if (group.isLeader(member.memberId)) persistAssignments(shard, group, request);
}

function validateSync(
  group: ClassicGroup | undefined,
  request: SyncGroupRequest,
  apiVersion: number,
): number {
  if (request.groupId === "") return ErrorCode.INVALID_GROUP_ID;
  if (
    apiVersion >= PROTOCOL_REQUIRED_FROM && (request.protocolType === null || request.protocolName === null)
  ) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  }
  if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const errorCode = validateGeneration(group, request, request.generationId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  if (
    differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName)
  ) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  }
  return group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** Older clients say nothing, which agrees with everything. */
function differs(said: string | null, known: string | null): boolean {
  return said !== null && known !== null && said !== known;
}

/** Stores what the leader assigned; when it is committed, the generation is stable. */
function persistAssignments(shard: ShardState, group: ClassicGroup, request: SyncGroupRequest): void {
  // The leader asks again while its first answer is on its way to the log: that one counts.
  if (group.assignmentAppendId !== 0) return;
  const assignments = new Map<string, Uint8Array>();
  for (const { memberId, assignment } of request.assignments) {
    // The request's bytes are a view of a buffer that is reused.
    if (group.members.has(memberId)) assignments.set(memberId, assignment.slice());
  }
  const appendId = shard.append({
    group,
    records: [groupMetadataRecord(group, assignments)],
    onSettled: (errorCode) => {
      // Another rebalance that began meanwhile has answered everybody.
      if (group.assignmentAppendId !== appendId) return;
      group.assignmentAppendId = 0;
      onAssignmentsSettled(shard, group, assignments, errorCode);
    },
  });
  group.assignmentAppendId = appendId;
}

function onAssignmentsSettled(
  shard: ShardState,
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
  errorCode: number,
): void {
  if (errorCode === ErrorCode.NONE) {
    shard.transition(group, "Stable", "assignments stored");
    propagateAssignments(shard, group, assignments);
    return;
  }
  resetAssignments(shard, group, appendErrorToResponse(errorCode));
  prepareRebalance(shard, group, "assignments could not be stored");
}
