/** ListGroups (KIP-518 states, KIP-848 types) and DescribeGroups (KIP-1043): what groups there are and who is in them. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { type ClassicGroup, NO_BYTES } from "./classic_group.ts";
import type { ShardState } from "./shard_state.ts";
import type { DescribedGroup, ListedGroup, RequestContext, Token } from "./types.ts";

/** From this version on a group that does not exist is an error, not a dead group (KIP-1043). */
const GROUP_ID_NOT_FOUND_FROM = 6;

export function stepListGroups(
  shard: ShardState,
  event: {
    readonly token: Token;
    readonly statesFilter: readonly string[];
    readonly typesFilter: readonly string[];
  },
): void {
  const states = new Set(event.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(event.typesFilter.map((type) => type.toLowerCase()));
  const groups: ListedGroup[] = [];
  for (const group of shard.groups.values()) {
    if (states.size > 0 && !states.has(group.state.toLowerCase())) continue;
    if (types.size > 0 && !types.has(group.type)) continue;
    groups.push({
      groupId: group.groupId,
      protocolType: group.protocolType ?? "",
      groupState: group.state,
      groupType: group.type,
    });
  }
  shard.reply(event.token, { errorCode: ErrorCode.NONE, groups });
}

export function stepDescribeGroups(
  shard: ShardState,
  event: { readonly token: Token; readonly context: RequestContext; readonly groupIds: readonly string[] },
): void {
  const groups = event.groupIds.map((groupId) => {
    const group = shard.groups.get(groupId);
    if (group !== undefined && group.state !== "Dead") return describe(group);
    return describeMissing(groupId, event.context.apiVersion);
  });
  shard.reply(event.token, { groups });
}

/** A described group that has nothing but an error. */
export function describeError(groupId: string, errorCode: number): DescribedGroup {
  return { errorCode, groupId, groupState: "", protocolType: "", protocolData: "", members: [] };
}

function describeMissing(groupId: string, apiVersion: number): DescribedGroup {
  const dead = { ...describeError(groupId, ErrorCode.NONE), groupState: "Dead" };
  if (apiVersion < GROUP_ID_NOT_FOUND_FROM) return dead;
  return {
    ...dead,
    errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
    errorMessage: `Group ${groupId} not found.`,
  };
}

function describe(group: ClassicGroup): DescribedGroup {
  // Between generations the protocol is not settled, so neither is what members say through it.
  const stable = group.state === "Stable";
  return {
    errorCode: ErrorCode.NONE,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? "",
    protocolData: stable ? group.protocolName ?? "" : "",
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: stable ? group.metadataOf(member) : NO_BYTES,
      memberAssignment: member.assignment,
    })),
  };
}
