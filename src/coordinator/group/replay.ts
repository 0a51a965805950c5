/** What the records of `__consumer_offsets` do to a shard: while it loads, and when its own appends are committed. */

import type { GroupMetadataValue } from "../../protocol/records/offsets.ts";
import { ClassicGroup, type GroupTimer } from "./classic_group.ts";
import { Deadline } from "./deadlines.ts";
import { prepareRebalance } from "./rebalance.ts";
import type { ShardState } from "./shard_state.ts";
import type { GroupRecord } from "./types.ts";

/** Applies a record of the log to a shard that is loading. */
export function replayRecord(shard: ShardState, record: GroupRecord): void {
  if (record.type === "offsetCommit") {
    shard.offsets.apply(record.key, record.value);
    return;
  }
  const groupId = record.key.group;
  if (record.value === null) shard.groups.delete(groupId);
  else shard.groups.set(groupId, groupOf(groupId, record.value));
}

/**
 * Applies a record of the shard's own that has been committed. Members and generations were changed when the record
 * was made; offsets and the end of a group wait until here.
 */
export function applyCommitted(shard: ShardState, record: GroupRecord): void {
  if (record.type === "offsetCommit") {
    shard.offsets.apply(record.key, record.value);
    return;
  }
  if (record.value !== null) return;
  const group = shard.groups.get(record.key.group);
  if (group !== undefined) shard.dropGroup(group);
}

/** The whole log has been replayed: offsets get their groups, members their sessions. */
export function finishLoading(shard: ShardState): void {
  for (const groupId of shard.offsets.groupIds()) {
    if (!shard.groups.has(groupId)) shard.createGroup(groupId);
  }
  for (const group of shard.groups.values()) {
    for (const member of group.members.values()) shard.armSession(member);
    if (group.members.size > shard.config.maxSize) {
      prepareRebalance(shard, group, "the group was loaded with more members than group.max.size");
    }
  }
  shard.armIn(shard.retention, shard.config.offsetsRetentionCheckIntervalMs);
}

/** The bytes are copied: those of the record are views of a part of the log. */
function groupOf(groupId: string, value: GroupMetadataValue): ClassicGroup {
  const group = new ClassicGroup(groupId, value.currentStateTimestamp);
  group.persisted = true;
  group.generationId = value.generation;
  group.protocolType = value.protocolType === "" ? null : value.protocolType;
  group.protocolName = value.protocol;
  group.state = value.members.length === 0 ? "Empty" : "Stable";
  for (const member of value.members) {
    const { memberId, groupInstanceId } = member;
    // Nobody writes the same member twice, but a log that has it must not keep the broker from starting.
    if (group.members.has(memberId) || group.staticMembers.has(groupInstanceId ?? "")) continue;
    group.addMember({
      memberId,
      groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeout,
      rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
      protocols: [{ name: value.protocol ?? "", metadata: member.subscription.slice() }],
      assignment: member.assignment.slice(),
      isNew: false,
      awaitingJoin: null,
      awaitingSync: null,
      session: new Deadline<GroupTimer>({ kind: "session", group, memberId }),
    }, value.protocolType);
  }
  group.leaderId = value.leader !== null && group.members.has(value.leader) ? value.leader : group.leaderId;
  group.updateSubscribedTopics();
  return group;
}
