/** DescribeTopicPartitions (75): partitions of topics with their eligible leaders, page by page (KIP-966). */

import { ZERO_UUID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { TopicImage } from "../../metadata/image.ts";
import {
  describeTopicPartitions,
  type DescribeTopicPartitionsResponse,
} from "../../protocol/messages/75_describe_topic_partitions.ts";
import { type Handler, handler } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { isInternalTopic, isValidTopicName } from "../topic_names.ts";

/** max.request.partition.size.limit */
const MAX_PARTITIONS = 2000;

type Topic = DescribeTopicPartitionsResponse["topics"][number];

export function describeTopicPartitionsHandler(broker: BrokerContext): Handler {
  return handler(describeTopicPartitions, (request) => {
    const { image } = broker.metadata;
    const names = request.topics.length > 0
      ? [...new Set(request.topics.map((topic) => topic.name))]
      : [...image.topics.byName.keys()];
    const { cursor } = request;
    const wanted = names.sort().filter((name) => cursor === null || name >= cursor.topicName);
    let left = Math.min(Math.max(request.responsePartitionLimit, 1), MAX_PARTITIONS);
    const topics: Topic[] = [];
    for (const name of wanted) {
      const topic = image.topics.byName.get(name);
      if (topic === undefined) {
        topics.push(unknownTopic(name));
        continue;
      }
      const first = cursor?.topicName === name ? Math.max(cursor.partitionIndex, 0) : 0;
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: first } };
      const described = describeTopic(broker, topic, first, left);
      topics.push(described);
      left -= described.partitions.length;
      const next = first + described.partitions.length;
      if (next < topic.partitions.length) {
        return { topics, nextCursor: { topicName: name, partitionIndex: next } };
      }
    }
    return { topics, nextCursor: null };
  });
}

function unknownTopic(name: string): Topic {
  const errorCode = isValidTopicName(name)
    ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    : ErrorCode.INVALID_TOPIC_EXCEPTION;
  return { errorCode, name, topicId: ZERO_UUID, isInternal: isInternalTopic(name), partitions: [] };
}

function describeTopic(broker: BrokerContext, topic: TopicImage, first: number, count: number): Topic {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.slice(first, first + count).map((partition, index) => ({
      errorCode: partition.leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
      partitionIndex: first + index,
      leaderId: partition.leader,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: partition.replicas,
      isrNodes: partition.isr,
      eligibleLeaderReplicas: partition.elr,
      lastKnownElr: partition.lastKnownElr,
      offlineReplicas: broker.metadata.offlineReplicas(partition),
    })),
  };
}
