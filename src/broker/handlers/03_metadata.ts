/**
 * Metadata (3): brokers, the controller, topics and their leaders.
 *
 * v0: an empty list of topics asks for all; from v1 null does, and an empty list asks for none.
 * v4+: `allowAutoTopicCreation`. v8-10: authorized operations (all bits are left unset until there are ACLs).
 * v10+: topic ids; v12 allows to ask by id (KIP-516).
 * A topic that is created by this request is answered with its leaders, not with LEADER_NOT_AVAILABLE.
 */

import { ZERO_UUID } from "../../core/uuid.ts";
import type { Address } from "../../platform/network.ts";
import type { PartitionImage, TopicImage } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  metadata,
  type MetadataRequest,
  type MetadataResponse,
} from "../../protocol/messages/03_metadata.ts";
import { type Handler, handler, type RequestContext } from "../../server/registry.ts";
import type { BrokerContext } from "../context.ts";
import { isInternalTopic, isValidTopicName } from "../topic_names.ts";

type Topic = MetadataResponse["topics"][number];
type RequestedTopic = NonNullable<MetadataRequest["topics"]>[number];

export function metadataHandler(broker: BrokerContext): Handler {
  return handler(metadata, (request, context) => {
    const missing = missingTopics(broker, request, context);
    if (missing.length === 0) return answer(broker, request, context, new Map());
    return createThenAnswer(broker, request, context, missing);
  });
}

async function createThenAnswer(
  broker: BrokerContext,
  request: MetadataRequest,
  context: RequestContext,
  missing: readonly string[],
): Promise<MetadataResponse> {
  const created = await Promise.all(
    missing.map(async (name) =>
      [name, await broker.autoTopics.create(broker.autoTopics.byDefault(name))] as const
    ),
  );
  return answer(broker, request, context, new Map(created));
}

/** The names that are asked for, valid, not there, and may be created. */
function missingTopics(broker: BrokerContext, request: MetadataRequest, context: RequestContext): string[] {
  const allowed = context.apiVersion < 4 || request.allowAutoTopicCreation;
  if (!allowed || !broker.config.get("auto.create.topics.enable")) return [];
  const names = new Set<string>();
  for (const { name } of request.topics ?? []) {
    if (name !== null && isValidTopicName(name) && broker.metadata.topic(name) === undefined) names.add(name);
  }
  return [...names].filter((name) => !isInternalTopic(name));
}

function answer(
  broker: BrokerContext,
  request: MetadataRequest,
  context: RequestContext,
  creations: ReadonlyMap<string, number>,
): MetadataResponse {
  const { image } = broker.metadata;
  const everything = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0);
  const topics = everything
    ? [...image.topics.byName.values()].map((topic) => describeTopic(broker, topic, context))
    : eachOnce(request.topics ?? []).map((one) => describeRequested(broker, one, context, creations));
  return {
    brokers: broker.metadata.aliveBrokers().map((id) => {
      const address = brokerAddress(broker, id, context);
      return {
        nodeId: id,
        host: address.host,
        port: address.port,
        rack: image.brokers.get(id)?.rack ?? null,
      };
    }),
    clusterId: image.clusterId,
    // Clients send requests for the controller to any broker, which passes them on (KIP-590).
    controllerId: broker.nodeId,
    topics,
  };
}

/** Where a client that came over this connection reaches a broker. */
export function brokerAddress(broker: BrokerContext, id: number, context: RequestContext): Address {
  const { listener, local } = context.connection;
  const isThis = id === broker.nodeId;
  if (isThis && !broker.advertisedListeners.has(listener)) return local;
  const known = broker.metadata.image.brokers.get(id as typeof broker.nodeId);
  // Who came over a listener of this process alone goes on to other brokers as this broker itself does.
  const isShared = known?.endpoints.some((one) => one.name === listener) === true;
  const name = isShared ? listener : broker.config.get("inter.broker.listener.name") ?? listener;
  return broker.metadata.endpoint(id as typeof broker.nodeId, name) ?? local;
}

/** A topic that is asked for several times is described once: an answer must not outgrow the metadata there is. */
function eachOnce(topics: readonly RequestedTopic[]): RequestedTopic[] {
  const byKey = new Map<string, RequestedTopic>();
  for (const one of topics) byKey.set(`${one.topicId}/${one.name ?? ""}`, one);
  return [...byKey.values()];
}

function describeRequested(
  broker: BrokerContext,
  requested: RequestedTopic,
  context: RequestContext,
  creations: ReadonlyMap<string, number>,
): Topic {
  const { name, topicId } = requested;
  if (name === null || (topicId !== ZERO_UUID && name === "")) {
    const topic = broker.metadata.topicById(topicId);
    return topic === undefined
      ? { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId, isInternal: false, partitions: [] }
      : describeTopic(broker, topic, context);
  }
  const topic = broker.metadata.topic(name);
  if (topic !== undefined) return describeTopic(broker, topic, context);
  const created = creations.get(name);
  const errorCode = !isValidTopicName(name)
    ? ErrorCode.INVALID_TOPIC_EXCEPTION
    : created === undefined || created === ErrorCode.NONE
    ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    : created;
  return { errorCode, name, isInternal: isInternalTopic(name), partitions: [] };
}

function describeTopic(broker: BrokerContext, topic: TopicImage, context: RequestContext): Topic {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition, index) =>
      describePartition(broker, partition, index, context)
    ),
  };
}

function describePartition(
  broker: BrokerContext,
  partition: PartitionImage,
  index: number,
  context: RequestContext,
): Topic["partitions"][number] {
  const { replicas, isr, leader, leaderEpoch } = partition;
  const offlineReplicas = broker.metadata.offlineReplicas(partition);
  // Up to v4 a client cannot be told of replicas that are not there, so they are left out (KIP-112).
  const shown = (ids: readonly number[]) =>
    context.apiVersion >= 5 ? ids : ids.filter((id) => !offlineReplicas.some((offline) => offline === id));
  return {
    errorCode: leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
    partitionIndex: index,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: shown(replicas),
    isrNodes: shown(isr),
    offlineReplicas,
  };
}
