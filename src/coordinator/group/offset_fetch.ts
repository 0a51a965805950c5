/**
 * OffsetFetch: what a group has committed; only what is committed in the log is seen. KIP-447 (requireStable),
 * KIP-709 (several groups, each of which is an event of its own here).
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { OffsetCommitValue } from "../../protocol/records/offsets.ts";
import type { GroupOffsets } from "./offset_store.ts";
import type { ShardState } from "./shard_state.ts";
import type { OffsetFetchGroup, OffsetFetchGroupResult, Token } from "./types.ts";

type FetchedTopic = OffsetFetchGroupResult["topics"][number];
type FetchedPartition = FetchedTopic["partitions"][number];

const NO_OFFSETS: GroupOffsets = new Map();

export function stepOffsetFetch(
  shard: ShardState,
  event: { readonly token: Token; readonly group: OffsetFetchGroup; readonly requireStable: boolean },
): void {
  const { token, group, requireStable } = event;
  const waits = requireStable && (shard.groups.get(group.groupId)?.appendsInFlight ?? 0) > 0;
  if (!waits) return shard.reply(token, fetchOffsets(shard, group));
  // A stable answer includes the commits that are on their way. Consumers older than 3.9 do not retry a time-out,
  // but all of them look for the coordinator again.
  shard.afterInFlight((errorCode) => {
    const unknown = errorCode === ErrorCode.REQUEST_TIMED_OUT || errorCode === ErrorCode.NOT_COORDINATOR;
    shard.reply(
      token,
      unknown ? fetchError(group, ErrorCode.NOT_COORDINATOR) : fetchOffsets(shard, group),
    );
  });
}

/** A result that refuses the whole group. */
export function fetchError(group: OffsetFetchGroup, errorCode: number): OffsetFetchGroupResult {
  return { groupId: group.groupId, topics: [], errorCode };
}

function fetchOffsets(shard: ShardState, group: OffsetFetchGroup): OffsetFetchGroupResult {
  const { groupId } = group;
  const state = shard.groups.get(groupId)?.state ?? "Dead";
  const offsets = state === "Dead" ? NO_OFFSETS : shard.offsets.group(groupId);
  const topics = group.topics === null ? allTopics(offsets) : group.topics.map((topic) => {
    const partitions = offsets.get(topic.name);
    return {
      name: topic.name,
      topicId: topic.topicId,
      partitions: topic.partitionIndexes.map((index) => fetchedPartition(index, partitions?.get(index))),
    };
  });
  return { groupId, topics, errorCode: ErrorCode.NONE };
}

function allTopics(offsets: GroupOffsets): FetchedTopic[] {
  return Array.from(offsets, ([name, partitions]) => ({
    name,
    partitions: Array.from(partitions, ([index, value]) => fetchedPartition(index, value)),
  }));
}

/** Transactional commits that are still open make a partition unstable (KIP-447); they will be looked up here. */
function fetchedPartition(partitionIndex: number, value: OffsetCommitValue | undefined): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: value?.offset ?? -1,
    committedLeaderEpoch: value?.leaderEpoch ?? -1,
    metadata: value?.metadata ?? "",
    errorCode: ErrorCode.NONE,
  };
}
