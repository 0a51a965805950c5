/**
 * A static member that comes back without its member id takes the place of the one it was (KIP-345). If that changes
 * nothing for the others, there is no rebalance (KIP-814 lets a leader know that it need not assign again).
 */

import { assert } from "../../core/assert.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { JoinGroupResponse } from "../../protocol/messages/11_join_group.ts";
import type { ClassicGroup, Member, Waiting } from "./classic_group.ts";
import {
  answerJoin,
  answerSync,
  joinedMembers,
  joinedResponse,
  joinError,
  maybeCompleteJoin,
  parkJoin,
  prepareRebalance,
} from "./rebalance.ts";
import { groupMetadataRecord } from "./records.ts";
import { appendErrorToResponse, type ShardState } from "./shard_state.ts";

/** From this version on a leader can be told that it is the leader and need not assign (KIP-814). */
const SKIP_ASSIGNMENT_FROM = 9;

/** Who takes whose place. */
export interface Replacement {
  readonly current: Member;
  readonly replacement: Member;
  readonly waiting: Waiting;
}

export function replaceStaticMember(shard: ShardState, group: ClassicGroup, change: Replacement): void {
  const { current, replacement, waiting } = change;
  const leaderBefore = group.leaderId ?? "";
  replacement.assignment = current.assignment;
  takePlace(shard, group, current, replacement);
  parkJoin(shard, group, replacement, waiting);
  switch (group.state) {
    case "Stable":
      if (group.selectProtocol() === group.protocolName) {
        persistReplacement(shard, group, change, leaderBefore);
      } else {
        prepareRebalance(shard, group, `static member ${replacement.memberId} changed the protocol`);
      }
      return;
    case "CompletingRebalance":
      // The leader may already be assigning to the old id, and the new one would get nothing.
      prepareRebalance(shard, group, `static member ${replacement.memberId} came back`);
      return;
    case "PreparingRebalance":
      maybeCompleteJoin(shard, group);
      return;
    case "Empty":
    case "Dead":
      assert(false, "a group without members has no static member to replace");
  }
}

/** The new member stands where the old one stood; whoever still uses the old id is fenced. */
function takePlace(shard: ShardState, group: ClassicGroup, from: Member, to: Member): void {
  answerJoin(
    shard,
    group,
    from,
    (waiting) => joinError(waiting, ErrorCode.FENCED_INSTANCE_ID, from.memberId),
  );
  answerSync(shard, group, from, ErrorCode.FENCED_INSTANCE_ID);
  shard.deadlines.disarm(from.session);
  group.replaceMember(from, to);
  shard.armSession(to);
}

/** Stores the group with the new id, then answers for the current generation. */
function persistReplacement(
  shard: ShardState,
  group: ClassicGroup,
  change: Replacement,
  leaderBefore: string,
): void {
  const { current, replacement, waiting } = change;
  const assignments = new Map<string, Uint8Array>();
  for (const member of group.members.values()) assignments.set(member.memberId, member.assignment);
  shard.append({
    group,
    records: [groupMetadataRecord(group, assignments)],
    onSettled: (errorCode) => {
      // A rebalance that began meanwhile answers this member, or has; another replacement has fenced it.
      if (group.state !== "Stable" || replacement.awaitingJoin !== waiting) return;
      if (errorCode === ErrorCode.NONE) {
        answerJoin(shard, group, replacement, () => replacedResponse(group, change, leaderBefore));
        return;
      }
      answerJoin(shard, group, replacement, () => joinError(waiting, appendErrorToResponse(errorCode), ""));
      takePlace(shard, group, replacement, current);
    },
  });
}

function replacedResponse(
  group: ClassicGroup,
  { replacement, waiting }: Replacement,
  leaderBefore: string,
): JoinGroupResponse {
  const response = joinedResponse(group, replacement);
  const leads = group.isLeader(replacement.memberId);
  if (waiting.apiVersion >= SKIP_ASSIGNMENT_FROM) {
    return { ...response, skipAssignment: leads, members: leads ? joinedMembers(group) : [] };
  }
  // An older client that learned that it leads would assign again, and nobody would ask for the result. It is told
  // the old leader's id, and so takes itself for a follower.
  return { ...response, leader: leaderBefore, members: [] };
}
