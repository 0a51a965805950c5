/**
 * OffsetFetch (9): the committed positions of groups. Up to v7 one group; v8+ several (KIP-709); v10 topics by id.
 * v7+: requireStable holds back offsets of undecided transactions (KIP-447).
 */

import type { OffsetFetchGroup, OffsetFetchGroupResult } from "../../coordinator/group/types.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  offsetFetch,
  type OffsetFetchRequest,
  type OffsetFetchResponse,
} from "../../protocol/messages/09_offset_fetch.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";

const FIRST_BATCHED_VERSION = 8;
const FIRST_TOPIC_ID_VERSION = 10;

export function offsetFetchHandler(broker: BrokerContext): Handler {
  return handler(offsetFetch, async (request, { apiVersion }): Promise<OffsetFetchResponse> => {
    const { requireStable } = request;
    if (apiVersion < FIRST_BATCHED_VERSION) {
      const answer = await fetchGroup(broker, singleGroup(request), requireStable);
      const { errorCode = ErrorCode.NONE } = answer;
      return { errorCode, topics: answer.topics.map(({ name = "", partitions }) => ({ name, partitions })) };
    }
    const byTopicId = apiVersion >= FIRST_TOPIC_ID_VERSION;
    const groups = await Promise.all(
      request.groups.map((group) =>
        byTopicId ? fetchGroupById(broker, group, requireStable) : fetchGroup(broker, group, requireStable)
      ),
    );
    return { groups };
  });
}

function singleGroup({ groupId, topics }: OffsetFetchRequest): OffsetFetchGroup {
  return {
    groupId,
    memberId: null,
    memberEpoch: -1,
    topics: topics === null ? null : topics.map((topic) => ({ ...topic, topicId: ZERO_UUID })),
  };
}

async function fetchGroup(
  broker: BrokerContext,
  group: OffsetFetchGroup,
  requireStable: boolean,
): Promise<OffsetFetchGroupResult> {
  const asked = { type: "offsetFetch", group, requireStable } as const;
  return await broker.groups.ask<OffsetFetchGroupResult>(
    group.groupId,
    asked,
    (errorCode) => ({ groupId: group.groupId, topics: [], errorCode }),
  );
}

/** Turns ids into names on the way in and back on the way out; ids that nobody knows are answered here. */
async function fetchGroupById(
  broker: BrokerContext,
  group: OffsetFetchGroup,
  requireStable: boolean,
): Promise<OffsetFetchGroupResult> {
  const unknown: OffsetFetchGroupResult["topics"][number][] = [];
  const topics = group.topics?.flatMap((topic) => {
    const name = broker.metadata.topicById(topic.topicId)?.name;
    if (name !== undefined) return [{ ...topic, name }];
    const partitions = topic.partitionIndexes.map((partitionIndex) => ({
      partitionIndex,
      committedOffset: -1,
      metadata: "",
      errorCode: ErrorCode.UNKNOWN_TOPIC_ID,
    }));
    unknown.push({ topicId: topic.topicId, partitions });
    return [];
  }) ?? null;
  const answer = await fetchGroup(broker, { ...group, topics }, requireStable);
  const named = answer.topics.flatMap((topic) => {
    const topicId = broker.metadata.topic(topic.name ?? "")?.id;
    // Asked for everything, a client of this version is not told of topics that are gone: they have no id.
    return topicId === undefined ? [] : [{ ...topic, topicId }];
  });
  return { ...answer, topics: answer.errorCode ? [] : [...named, ...unknown] };
}
