/**
 * OffsetCommit (8): stores positions of a group. v10: topics by id (KIP-848). Topics and partitions that do not
 * exist are refused here, each for itself; what is left goes to the group's shard.
 */

import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  offsetCommit,
  type OffsetCommitRequest,
  type OffsetCommitResponse,
} from "../../protocol/messages/08_offset_commit.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { groupRequestContext } from "../groups/request_context.ts";

type RequestedTopic = OffsetCommitRequest["topics"][number];
type AnsweredTopic = OffsetCommitResponse["topics"][number];

const FIRST_TOPIC_ID_VERSION = 10;

export function offsetCommitHandler(broker: BrokerContext): Handler {
  return handler(offsetCommit, async (request, context) => {
    const refuseAll = (topics: readonly RequestedTopic[], errorCode: number) =>
      topics.map((topic) => refuseTopic(topic, errorCode));
    const { known, refused } = splitTopics(broker, request, context.apiVersion >= FIRST_TOPIC_ID_VERSION);
    if (known.length === 0) return { topics: refused };
    const asked = {
      type: "offsetCommit",
      context: groupRequestContext(context),
      request: { ...request, topics: known },
    } as const;
    const answer = await broker.groups.ask<OffsetCommitResponse>(
      request.groupId,
      asked,
      (errorCode) => ({ topics: refuseAll(known, errorCode) }),
    );
    return refused.length === 0 ? answer : { topics: merge(answer.topics, refused) };
  });
}

/** Which topics and partitions exist, and the answers for those that do not. */
function splitTopics(
  broker: BrokerContext,
  request: OffsetCommitRequest,
  byTopicId: boolean,
): { known: RequestedTopic[]; refused: AnsweredTopic[] } {
  const known: RequestedTopic[] = [];
  const refused: AnsweredTopic[] = [];
  for (const topic of request.topics) {
    const image = byTopicId ? broker.metadata.topicById(topic.topicId) : broker.metadata.topic(topic.name);
    if (image === undefined) {
      refused.push(
        refuseTopic(topic, byTopicId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
      );
      continue;
    }
    const named = { ...topic, name: image.name, topicId: image.id };
    const exists = (index: number) => index >= 0 && index < image.partitions.length;
    const missing = topic.partitions.filter((one) => !exists(one.partitionIndex));
    if (missing.length > 0) {
      refused.push(refuseTopic({ ...named, partitions: missing }, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
    }
    const partitions = topic.partitions.filter((one) => exists(one.partitionIndex));
    if (partitions.length > 0) known.push({ ...named, partitions });
  }
  return { known, refused };
}

function refuseTopic({ name, topicId, partitions }: RequestedTopic, errorCode: number): AnsweredTopic {
  return {
    name,
    topicId,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  };
}

/** Puts the answers of one topic together. */
function merge(answered: readonly AnsweredTopic[], refused: readonly AnsweredTopic[]): AnsweredTopic[] {
  const topics = [...answered];
  for (const topic of refused) {
    const index = topics.findIndex((one) => one.name === topic.name && one.topicId === topic.topicId);
    if (index < 0) topics.push(topic);
    else topics[index] = { ...topic, partitions: [...topics[index]!.partitions, ...topic.partitions] };
  }
  return topics;
}
