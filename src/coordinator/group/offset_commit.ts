/**
 * OffsetCommit: stores positions. KIP-98, KIP-345. A commit by a member needs the current generation and counts as a
 * heartbeat; a commit without a member (by an administrator, or a consumer that assigns itself) needs a group
 * without members.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import type { OffsetCommitRequest, OffsetCommitResponse } from "../../protocol/messages/08_offset_commit.ts";
import type { ClassicGroup } from "./classic_group.ts";
import { offsetCommitRecord } from "./records.ts";
import { appendErrorToResponse, type ShardState } from "./shard_state.ts";
import type { GroupRecord, RequestContext, Token } from "./types.ts";
import { validateGeneration } from "./validate.ts";

/** From this version on a client can be told that the group does not exist (KIP-848). */
const GROUP_ID_NOT_FOUND_FROM = 9;
/** What a request says that leaves the retention to the broker. */
const NO_RETENTION_TIME = -1;

export function stepOffsetCommit(
  shard: ShardState,
  event: { readonly token: Token; readonly context: RequestContext; readonly request: OffsetCommitRequest },
): void {
  const { token, context, request } = event;
  const found = shard.groups.get(request.groupId);
  const errorCode = found === undefined
    ? validateUnknownGroup(request, context)
    : validateCommit(found, request);
  if (errorCode !== ErrorCode.NONE) return shard.reply(token, commitError(request, errorCode));

  const group = found ?? shard.createGroup(request.groupId);
  const member = group.members.get(request.memberId);
  if (member !== undefined) shard.armSession(member);
  const { records, response } = readCommit(shard, request);
  if (records.length === 0) {
    shard.dropIfTrivial(group);
    return shard.reply(token, response);
  }
  shard.append({
    group,
    records,
    onSettled: (settledAs) => {
      const failure = appendErrorToResponse(settledAs);
      shard.reply(token, failure === ErrorCode.NONE ? response : commitError(request, failure));
    },
  });
}

/** A response that refuses every partition of a request. */
export function commitError(request: OffsetCommitRequest, errorCode: number): OffsetCommitResponse {
  return {
    topics: request.topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
}

function validateUnknownGroup(request: OffsetCommitRequest, context: RequestContext): number {
  if (request.generationIdOrMemberEpoch < 0) return ErrorCode.NONE;
  return context.apiVersion >= GROUP_ID_NOT_FOUND_FROM
    ? ErrorCode.GROUP_ID_NOT_FOUND
    : ErrorCode.ILLEGAL_GENERATION;
}

function validateCommit(group: ClassicGroup, request: OffsetCommitRequest): number {
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const generationId = request.generationIdOrMemberEpoch;
  if (generationId < 0 && group.state === "Empty") return ErrorCode.NONE;
  const asMember = generationId >= 0 || request.memberId !== "" || request.groupInstanceId !== null;
  if (!asMember) return group.state === "Empty" ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  const errorCode = validateGeneration(group, request, generationId);
  if (errorCode !== ErrorCode.NONE) return errorCode;
  // The member has joined this generation but cannot know yet what it owns in it.
  return group.state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

/** The records of a commit, and the response that is true once they are committed. */
function readCommit(
  shard: ShardState,
  request: OffsetCommitRequest,
): { records: GroupRecord[]; response: OffsetCommitResponse } {
  const commitTimestamp = shard.now.wallMs;
  const expireTimestamp = request.retentionTimeMs === NO_RETENTION_TIME
    ? -1
    : commitTimestamp + request.retentionTimeMs;
  const records: GroupRecord[] = [];
  const topics = request.topics.map(({ name, topicId, partitions }) => ({
    name,
    topicId,
    partitions: partitions.map((partition) => {
      const { partitionIndex } = partition;
      const metadata = partition.committedMetadata ?? "";
      if (metadata.length > shard.config.offsetMetadataMaxBytes) {
        return { partitionIndex, errorCode: ErrorCode.OFFSET_METADATA_TOO_LARGE };
      }
      records.push(offsetCommitRecord({ group: request.groupId, topic: name, partition: partitionIndex }, {
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata,
        commitTimestamp,
        expireTimestamp,
        topicId,
      }));
      return { partitionIndex, errorCode: ErrorCode.NONE };
    }),
  }));
  return { records, response: { topics } };
}
