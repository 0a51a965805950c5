/** The routes that look at topics: all of them, one of them, one partition. */

import { describeConfigs, ResourceType } from "../../../client/admin/configs.ts";
import { listTopics } from "../../../client/admin/topics.ts";
import { partitionIndex, topicName } from "../params.ts";
import { route } from "../route.ts";
import { boolean, list, named, nullable, string, struct, withDefault } from "../schema.ts";
import {
  describePartitions,
  freshPartition,
  freshTopic,
  partitionState,
  summaryOf,
  topicSummary,
} from "./describe.ts";

const config = named(
  "Config",
  struct({
    name: string(),
    value: nullable(string({ description: "Null when it is a secret or has no value." })),
    source: string({ description: "Where the value comes from: `topic`, `cluster`, `file`, `default`, ..." }),
    isReadOnly: boolean(),
    isSensitive: boolean(),
  }),
);

export const listTopicsRoute = route({
  method: "GET",
  path: "/topics",
  operationId: "listTopics",
  tag: "Topics",
  summary: "All topics",
  query: {
    internal: withDefault(
      boolean({ description: "Whether to show the topics that Kafka keeps for itself." }),
      false,
    ),
  },
  success: {
    status: 200,
    description: "The topics, by name.",
    schema: struct({ topics: list(topicSummary) }),
  },
  async handle({ query }, { reading }) {
    const topics = await listTopics(reading);
    return { body: { topics: topics.filter((one) => query.internal || !one.isInternal).map(summaryOf) } };
  },
});

export const describeTopicRoute = route({
  method: "GET",
  path: "/topics/{topic}",
  operationId: "describeTopic",
  tag: "Topics",
  summary: "A topic with its partitions and configs",
  params: { topic: topicName },
  success: {
    status: 200,
    description: "The topic.",
    schema: struct({
      name: string(),
      topicId: string(),
      isInternal: boolean(),
      partitions: list(partitionState),
      configs: list(config),
    }),
  },
  problems: [404],
  async handle({ params }, { reading }) {
    const { name, topicId, isInternal, partitions } = await freshTopic(reading, params.topic);
    const [states, configs] = await Promise.all([
      describePartitions(reading, name, partitions),
      describeConfigs(reading, { type: ResourceType.TOPIC, name }),
    ]);
    const shown = configs.map(({ documentation: _, ...one }) => one);
    return { body: { name, topicId, isInternal, partitions: states, configs: shown } };
  },
});

export const describePartitionRoute = route({
  method: "GET",
  path: "/topics/{topic}/partitions/{partition}",
  operationId: "describePartition",
  tag: "Topics",
  summary: "A partition: leader, replicas, offsets and sizes",
  params: { topic: topicName, partition: partitionIndex },
  success: { status: 200, description: "The partition.", schema: partitionState },
  problems: [404],
  async handle({ params }, { reading }) {
    const found = await freshPartition(reading, params.topic, params.partition);
    const [state] = await describePartitions(reading, params.topic, [found]);
    return { body: state! };
  },
});
