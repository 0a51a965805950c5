/**
 * Removing offsets on request (OffsetDelete, KIP-496), with their group (DeleteGroups, KIP-229) and with their
 * topic. An offset that is on its way to the log is there already, as far as removing goes.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { OffsetDeleteRequest, OffsetDeleteResponse } from "../../protocol/messages/47_offset_delete.ts";
import type { OffsetCommitKey, OffsetCommitValue } from "../../protocol/records/offsets.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import type { ClassicGroup } from "./classic_group.ts";
import { groupTombstone, offsetTombstone } from "./records.ts";
import { appendErrorToResponse, type ShardState } from "./shard_state.ts";
import type { DeletedGroup, DeletedTopic, GroupRecord, Token } from "./types.ts";

export function stepOffsetDelete(
  shard: ShardState,
  event: { readonly token: Token; readonly request: OffsetDeleteRequest },
): void {
  const { token, request } = event;
  const group = shard.groups.get(request.groupId);
  const errorCode = validateOffsetDelete(group, request.groupId);
  if (errorCode !== ErrorCode.NONE || group === undefined) {
    return shard.reply(token, deleteError(errorCode));
  }

  const records: GroupRecord[] = [];
  const topics = request.topics.map(({ name, partitions }) => {
    const subscribed = group.isSubscribedTo(name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (subscribed) return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC };
        const known = shard.offsets.get(group.groupId, name, partitionIndex) !== undefined;
        // A tombstone too many does no harm; one too few would let a commit in flight survive.
        if (known || group.appendsInFlight > 0) {
          records.push(offsetTombstone(group.groupId, name, partitionIndex));
        }
        return { partitionIndex, errorCode: ErrorCode.NONE };
      }),
    };
  });
  const response: OffsetDeleteResponse = { errorCode: ErrorCode.NONE, throttleTimeMs: 0, topics };
  if (records.length === 0) return shard.reply(token, response);
  shard.append({
    group,
    records,
    onSettled: (settledAs) => {
      const failure = appendErrorToResponse(settledAs);
      shard.reply(token, failure === ErrorCode.NONE ? response : deleteError(failure));
    },
  });
}

export function deleteError(errorCode: number): OffsetDeleteResponse {
  return { errorCode, throttleTimeMs: 0, topics: [] };
}

function validateOffsetDelete(group: ClassicGroup | undefined, groupId: string): number {
  if (groupId === "") return ErrorCode.INVALID_GROUP_ID;
  if (group === undefined || group.state === "Dead") return ErrorCode.GROUP_ID_NOT_FOUND;
  // Only of consumers does the broker know which topics they use; of others, they might use all.
  const active = group.state !== "Empty" && !group.usesConsumerProtocol;
  return active ? ErrorCode.NON_EMPTY_GROUP : ErrorCode.NONE;
}

export function stepDeleteGroups(
  shard: ShardState,
  event: { readonly token: Token; readonly groupIds: readonly string[] },
): void {
  const { token, groupIds } = event;
  const results: DeletedGroup[] = new Array(groupIds.length);
  let open = groupIds.length;
  if (open === 0) return shard.reply(token, { results });
  groupIds.forEach((groupId, index) =>
    deleteGroup(shard, groupId, (errorCode) => {
      results[index] = { groupId, errorCode };
      if (--open === 0) shard.reply(token, { results });
    })
  );
}

function deleteGroup(shard: ShardState, groupId: string, onDone: (errorCode: number) => void): void {
  const group = shard.groups.get(groupId);
  if (group === undefined || group.state === "Dead") return onDone(ErrorCode.GROUP_ID_NOT_FOUND);
  if (group.state !== "Empty") return onDone(ErrorCode.NON_EMPTY_GROUP);
  buryGroup(shard, group, {
    reason: "deleted",
    onSettled: (errorCode) => onDone(appendErrorToResponse(errorCode)),
  });
}

/**
 * Removes an empty group and all its offsets. Until that is committed the group is Dead, and requests for it are
 * told to try again; if it cannot be committed the group is as it was.
 */
export function buryGroup(
  shard: ShardState,
  group: ClassicGroup,
  options: { readonly reason: string; readonly onSettled?: (errorCode: number) => void },
): void {
  const keys = offsetKeys(shard, group.groupId, () => true);
  const records = keys.map(({ topic, partition }) => offsetTombstone(group.groupId, topic, partition));
  const { state, stateTimestampMs } = group;
  shard.transition(group, "Dead", options.reason);
  shard.disarmGroup(group);
  group.pendingJoin.clear();
  shard.append({
    group,
    records: [...records, groupTombstone(group.groupId)],
    ...(options.onSettled === undefined ? {} : { onSettled: options.onSettled }),
    undo: () => {
      if (group.state !== "Dead") return;
      shard.transition(group, state, "could not be deleted");
      group.stateTimestampMs = stateTimestampMs;
    },
  });
}

/** The topics are gone, and so is what any group committed for them. */
export function stepTopicsDeleted(
  shard: ShardState,
  event: { readonly topics: readonly DeletedTopic[] },
): void {
  const topicIds = new Map(event.topics.map(({ name, topicId }) => [name, topicId]));
  const isGone = (topic: string, value: OffsetCommitValue) => {
    const goneId = topicIds.get(topic);
    if (goneId === undefined) return false;
    // The name may be in use again, by a topic with an id of its own. Older commits do not say which they meant.
    return value.topicId === ZERO_UUID || goneId === ZERO_UUID || value.topicId === goneId;
  };
  for (const groupId of affectedGroups(shard)) {
    const keys = offsetKeys(shard, groupId, isGone, topicIds.keys());
    if (keys.length === 0) continue;
    const records = keys.map(({ topic, partition }) => offsetTombstone(groupId, topic, partition));
    shard.append({ group: shard.groups.get(groupId) ?? null, records });
  }
}

function affectedGroups(shard: ShardState): Set<string> {
  const groupIds = new Set(shard.offsets.groupIds());
  for (const { records } of shard.inFlight) {
    for (const record of records) {
      if (record.type === "offsetCommit") groupIds.add(record.key.group);
    }
  }
  return groupIds;
}

/** The partitions for which a group has an offset, committed or in flight, that `selects`; only of `topics` if given. */
function offsetKeys(
  shard: ShardState,
  groupId: string,
  selects: (topic: string, value: OffsetCommitValue) => boolean,
  topics?: Iterable<string>,
): OffsetCommitKey[] {
  const keys = new Map<string, OffsetCommitKey>();
  const add = (topic: string, partition: number, value: OffsetCommitValue) => {
    if (selects(topic, value)) keys.set(`${partition} ${topic}`, { group: groupId, topic, partition });
  };
  const offsets = shard.offsets.group(groupId);
  for (const topic of topics ?? offsets.keys()) {
    for (const [partition, value] of offsets.get(topic) ?? []) add(topic, partition, value);
  }
  const group = shard.groups.get(groupId);
  if (group === undefined || group.appendsInFlight === 0) return [...keys.values()];
  for (const { records } of shard.inFlight) {
    for (const record of records) {
      if (record.type !== "offsetCommit" || record.value === null || record.key.group !== groupId) continue;
      add(record.key.topic, record.key.partition, record.value);
    }
  }
  return [...keys.values()];
}
