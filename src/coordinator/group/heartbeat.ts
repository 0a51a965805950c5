/** Heartbeat: a member is alive, and learns whether it should rejoin. KIP-345. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { HeartbeatRequest } from "../../protocol/messages/12_heartbeat.ts";
import type { ShardState } from "./shard_state.ts";
import type { Token } from "./types.ts";
import { validateGeneration } from "./validate.ts";

export function stepHeartbeat(
  shard: ShardState,
  event: { readonly token: Token; readonly request: HeartbeatRequest },
): void {
  shard.reply(event.token, { errorCode: heartbeat(shard, event.request) });
}

function heartbeat(shard: ShardState, request: HeartbeatRequest): number {
  if (request.groupId === "") return ErrorCode.INVALID_GROUP_ID;
  const group = shard.groups.get(request.groupId);
  if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const errorCode = validateGeneration(group, request, request.generationId);
  const member = group.members.get(request.memberId);
  if (errorCode !== ErrorCode.NONE || member === undefined) return errorCode;
  shard.armSession(member);
  // Members may send heartbeats as soon as they joined, before they have an assignment.
  return group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}
