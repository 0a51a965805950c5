/** The routes that create, change and delete topics. */

import type { Outcome } from "../../../client/admin/call.ts";
import { alterConfigs, type ConfigChange, ResourceType } from "../../../client/admin/configs.ts";
import { createTopics, deleteTopics, growTopic } from "../../../client/admin/topics.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { topicName } from "../params.ts";
import { Problem, refusal } from "../problem.ts";
import { route } from "../route.ts";
import {
  boolean,
  either,
  integer,
  type Json,
  mapOf,
  nullable,
  number,
  optional,
  string,
  struct,
  withDefault,
} from "../schema.ts";
import { freshTopic } from "./describe.ts";

/** More than a cluster of this size can want: a slip of the finger must not cost it. */
const MAX_PARTITIONS = 10_000;
const MAX_CONFIGS = 200;

const partitionCount = integer({
  description: "How many partitions it has then.",
  minimum: 1,
  maximum: MAX_PARTITIONS,
});
const configValue = either("text, a number or a boolean", [
  string({ maxLength: 32_767 }),
  number(),
  boolean(),
]);

/** Config values as Kafka wants them: text. */
function configText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function check(action: string, outcome: Outcome | undefined): void {
  const { errorCode, errorMessage } = outcome ??
    { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null };
  if (errorCode !== ErrorCode.NONE) throw refusal(action, errorCode, errorMessage);
}

export const createTopicRoute = route({
  method: "POST",
  path: "/topics/{topic}",
  operationId: "createTopic",
  tag: "Topics",
  summary: "Creates a topic",
  description: "What is left out is as the configs of the brokers say.",
  params: { topic: topicName },
  body: struct({
    partitions: optional(partitionCount),
    replicationFactor: optional(integer({ description: "How many replicas.", minimum: 1, maximum: 32_767 })),
    configs: optional(mapOf(configValue, {
      description: "Configs of the topic under Kafka's names, such as `retention.ms`.",
      maxProperties: MAX_CONFIGS,
    })),
    validateOnly: withDefault(boolean({ description: "Only say whether it could be created." }), false),
  }),
  success: {
    status: 201,
    description: "The topic was created.",
    schema: struct({ name: string(), partitions: integer(), replicationFactor: integer() }),
    also: { 200: "The topic could be created." },
  },
  problems: [404, 409, 422],
  async handle({ params, body }, rest) {
    const topic = {
      name: params.topic,
      partitions: body.partitions ?? -1,
      replicationFactor: body.replicationFactor ?? -1,
      configs: Object.entries(body.configs ?? {}).map(([name, value]) => [name, configText(value)] as const),
    };
    const { validateOnly } = body;
    const [outcome] = await rest.alone((cluster) => createTopics(cluster, [topic], { validateOnly }));
    check(`create topic "${topic.name}"`, outcome);
    const { name, partitions, replicationFactor } = outcome!;
    return { status: validateOnly ? 200 : 201, body: { name, partitions, replicationFactor } };
  },
});

export const alterTopicRoute = route({
  method: "PATCH",
  path: "/topics/{topic}",
  operationId: "alterTopic",
  tag: "Topics",
  summary: "Gives a topic more partitions, or other configs",
  params: { topic: topicName },
  body: struct({
    partitions: optional(partitionCount),
    configs: optional(mapOf(nullable(configValue), {
      description: "Configs to set; null gives one its default again. The others stay as they are.",
      maxProperties: MAX_CONFIGS,
    })),
  }),
  success: { status: 204, description: "The topic was changed." },
  problems: [404, 409, 422],
  async handle({ params: { topic }, body: { partitions, configs = {} } }, rest) {
    const changes = Object.entries(configs).map(([name, value]): ConfigChange =>
      value === null ? { name, unset: true } : { name, set: configText(value) }
    );
    if (changes.length === 0 && partitions === undefined) {
      throw new Problem(422, "nothing to change; wanted partitions or configs");
    }
    const action = `change topic "${topic}"`;
    await rest.alone(async (cluster) => {
      if (changes.length > 0) {
        check(action, await alterConfigs(cluster, { type: ResourceType.TOPIC, name: topic }, changes));
      }
      if (partitions !== undefined) check(action, await growTopic(cluster, topic, partitions));
    });
    return { body: undefined };
  },
});

export const deleteTopicRoute = route({
  method: "DELETE",
  path: "/topics/{topic}",
  operationId: "deleteTopic",
  tag: "Topics",
  summary: "Deletes a topic with everything in it",
  description: "Topics that Kafka keeps for itself are not deleted here.",
  params: { topic: topicName },
  success: { status: 204, description: "The topic is gone." },
  problems: [403, 404],
  async handle({ params: { topic } }, rest) {
    const { reading } = rest;
    const { isInternal } = await freshTopic(reading, topic);
    if (isInternal) throw new Problem(403, `topic "${topic}" is one that Kafka keeps for itself`);
    const [outcome] = await rest.alone((cluster) => deleteTopics(cluster, [topic]));
    check(`delete topic "${topic}"`, outcome);
    reading.forget(topic);
    return { body: undefined };
  },
});
