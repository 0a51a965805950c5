/** Session timeouts: a member that is not heard of in time is out. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { ClassicGroup } from "./classic_group.ts";
import { dropMember, maybeCompleteJoin, rebalanceOrCompleteJoin } from "./rebalance.ts";
import type { ShardState } from "./shard_state.ts";

/** Nothing was heard of a member for its session timeout. */
export function onSessionDeadline(shard: ShardState, group: ClassicGroup, memberId: string): void {
  const member = group.members.get(memberId);
  if (member === undefined) return;
  // Who waits for an answer cannot send heartbeats; the answer starts the session again. A new member gets no such
  // grace: if its client is gone, nobody would ever find out.
  if (!member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null)) return;
  dropMember(shard, group, member, ErrorCode.UNKNOWN_MEMBER_ID);
  rebalanceOrCompleteJoin(shard, group, `session of ${memberId} timed out`);
}

/** A member id was given out (KIP-394) and nobody came to join with it. */
export function onPendingMemberDeadline(shard: ShardState, group: ClassicGroup, memberId: string): void {
  group.pendingJoin.delete(memberId);
  maybeCompleteJoin(shard, group);
  shard.dropIfTrivial(group);
}
