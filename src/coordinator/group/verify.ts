/** Checks that the state of a shard hangs together. For tests and the simulator: it looks at every member. */

import { assert } from "../../core/assert.ts";
import type { ClassicGroup, Member } from "./classic_group.ts";
import type { ShardState } from "./shard_state.ts";

/** Throws an InvariantError unless everything that the steps rely on holds. */
export function verifyShard(shard: ShardState): void {
  const inFlight = new Map<ClassicGroup | null, number>();
  for (const { group } of shard.inFlight) inFlight.set(group, (inFlight.get(group) ?? 0) + 1);
  for (const [groupId, group] of shard.groups) {
    assert(group.groupId === groupId, "a group is found under its id");
    assert(group.appendsInFlight === (inFlight.get(group) ?? 0), `${groupId}: appends in flight are counted`);
    verifyMembers(group);
    verifyPhase(group);
  }
  for (const groupId of shard.phase === "serving" ? shard.offsets.groupIds() : []) {
    assert(shard.groups.has(groupId), `${groupId}: offsets belong to a group`);
  }
}

function verifyMembers(group: ClassicGroup): void {
  const support = new Map<string, number>();
  let awaitingJoin = 0;
  let statics = 0;
  for (const [memberId, member] of group.members) {
    assert(member.memberId === memberId, "a member is found under its id");
    assert(!group.pendingJoin.has(memberId), `${memberId}: a member is not expected to join any more`);
    assert(isWatched(member), `${memberId}: somebody would notice if the member were gone`);
    if (member.awaitingJoin !== null) awaitingJoin++;
    if (member.groupInstanceId !== null) {
      statics++;
      assert(
        group.staticMembers.get(member.groupInstanceId) === memberId,
        `${memberId}: is found by its instance`,
      );
    }
    for (const { name } of member.protocols) support.set(name, (support.get(name) ?? 0) + 1);
  }
  const { groupId } = group;
  assert(group.awaitingJoinCount === awaitingJoin, `${groupId}: members that wait to join are counted`);
  assert(group.staticMembers.size === statics, `${groupId}: every instance has a member`);
  assert(group.protocolSupport.size === support.size, `${groupId}: supported protocols are known`);
  for (const [name, count] of support) {
    assert(group.protocolSupport.get(name) === count, `${groupId}: supporters of ${name} are counted`);
  }
}

/** A session runs, or an answer is due that will start one. */
function isWatched(member: Member): boolean {
  if (member.session.dueMs !== Infinity) return true;
  return !member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null);
}

function verifyPhase(group: ClassicGroup): void {
  const { groupId, members, state } = group;
  for (const memberId of group.pendingSync) {
    assert(members.has(memberId), `${groupId}: only members are waited for`);
  }
  if (group.pendingSync.size > 0) {
    assert(group.syncDeadline.dueMs !== Infinity, `${groupId}: is not waited for for ever`);
  }
  assert(
    members.size === 0 ? group.leaderId === null : members.has(group.leaderId ?? ""),
    `${groupId}: a member leads`,
  );
  const syncing = [...members.values()].filter(({ awaitingSync }) => awaitingSync !== null).length;
  switch (state) {
    case "Empty":
    case "Dead":
      assert(members.size === 0, `${groupId}: is empty`);
      assert(group.joinDeadline.dueMs === Infinity, `${groupId}: an empty group waits for nobody`);
      return;
    case "PreparingRebalance":
      assert(group.joinDeadline.dueMs !== Infinity, `${groupId}: a join phase ends`);
      assert(syncing === 0 && group.pendingSync.size === 0, `${groupId}: nobody syncs while members join`);
      return;
    case "CompletingRebalance":
      assert(
        members.size > 0 && group.awaitingJoinCount === 0,
        `${groupId}: nobody joins while members sync`,
      );
      assert(
        syncing + group.pendingSync.size === members.size,
        `${groupId}: every member has synced or will`,
      );
      assert(group.pendingSync.size > 0 || group.assignmentAppendId !== 0, `${groupId}: a sync phase ends`);
      return;
    case "Stable":
      assert(members.size > 0, `${groupId}: a stable group has members`);
      assert(syncing === 0 && group.assignmentAppendId === 0, `${groupId}: nobody waits for an assignment`);
  }
}
