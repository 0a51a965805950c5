/** Creates, lists, grows, trims and deletes topics. */

import { ZERO_UUID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { createTopics as createTopicsApi } from "../../protocol/messages/19_create_topics.ts";
import { deleteTopics as deleteTopicsApi } from "../../protocol/messages/20_delete_topics.ts";
import { deleteRecords as deleteRecordsApi } from "../../protocol/messages/21_delete_records.ts";
import { createPartitions as createPartitionsApi } from "../../protocol/messages/37_create_partitions.ts";
import type { Cluster, PartitionMetadata, TopicMetadata } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { askLeaders, byTopic, type TopicPartition } from "../leaders.ts";
import { callController, type Outcome } from "./call.ts";

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  /** -1 for what the cluster says. */
  readonly partitions: number;
  /** -1 for what the cluster says. */
  readonly replicationFactor: number;
  readonly configs: readonly (readonly [name: string, value: string])[];
}

/** Creates topics. `validateOnly` only says whether that would work. */
export async function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  options: { readonly validateOnly?: boolean } = {},
): Promise<(Outcome & { readonly partitions: number; readonly replicationFactor: number })[]> {
  const request = {
    topics: topics.map(({ name, partitions, replicationFactor, configs }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: configs.map(([name, value]) => ({ name, value })),
    })),
    timeoutMs: cluster.options.requestTimeoutMs,
    validateOnly: options.validateOnly ?? false,
  };
  const response = await callController(
    cluster,
    createTopicsApi,
    request,
    ({ topics }) => topics.map((one) => one.errorCode),
  );
  return response.topics.map(({ name, errorCode, errorMessage, numPartitions, replicationFactor }) => ({
    name,
    errorCode,
    errorMessage,
    partitions: numPartitions,
    replicationFactor,
  }));
}

/** Deletes topics with everything in them. */
export async function deleteTopics(cluster: Cluster, names: readonly string[]): Promise<Outcome[]> {
  const request = {
    topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
    topicNames: names,
    timeoutMs: cluster.options.requestTimeoutMs,
  };
  const response = await callController(
    cluster,
    deleteTopicsApi,
    request,
    ({ responses }) => responses.map((one) => one.errorCode),
  );
  for (const name of names) cluster.forget(name);
  return response.responses.map(({ name, errorCode, errorMessage }) => ({
    name: name ?? "",
    errorCode,
    errorMessage,
  }));
}

/** Gives a topic more partitions, `count` in all. */
export async function growTopic(cluster: Cluster, name: string, count: number): Promise<Outcome> {
  const request = {
    topics: [{ name, count, assignments: null }],
    timeoutMs: cluster.options.requestTimeoutMs,
    validateOnly: false,
  };
  const response = await callController(
    cluster,
    createPartitionsApi,
    request,
    ({ results }) => results.map((one) => one.errorCode),
  );
  cluster.forget(name);
  return response.results[0] ?? { name, errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null };
}

/** All topics, or those that are named; in the order of their names. Throws `BrokerError` for one that is missing. */
export async function listTopics(
  cluster: Cluster,
  names: readonly string[] | null = null,
): Promise<TopicMetadata[]> {
  const response = await cluster.refresh(names);
  const found: TopicMetadata[] = [];
  for (const { name, errorCode } of response.topics) {
    if (name === null) continue;
    const known = cluster.known(name);
    if (known !== undefined) found.push(known);
    else {
      const isMissing = errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      throw new BrokerError(`topic "${name}"`, errorCode, isMissing ? "there is no such topic" : null);
    }
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What a list tells of a topic's partitions. */
export interface TopicCounts {
  readonly partitions: number;
  /** The greatest, should partitions differ. */
  readonly replicationFactor: number;
  readonly underReplicated: number;
  readonly leaderless: number;
}

export function countsOf({ partitions }: TopicMetadata): TopicCounts {
  return {
    partitions: partitions.length,
    replicationFactor: Math.max(0, ...partitions.map((one) => one.replicas.length)),
    underReplicated: partitions.filter(isUnderReplicated).length,
    leaderless: partitions.filter((one) => one.leaderId < 0).length,
  };
}

export function isUnderReplicated({ isr, replicas }: PartitionMetadata): boolean {
  return isr.length < replicas.length;
}

/** A partition and the first offset that stays; -1 to remove all that there is. */
export interface TrimTo extends TopicPartition {
  readonly offset: number;
}

/** Removes the records before an offset. The results are the new starts of the logs, in the order of `places`. */
export function trimPartitions(cluster: Cluster, places: readonly TrimTo[]): Promise<number[]> {
  const { requestTimeoutMs: timeoutMs } = cluster.options;
  return askLeaders<TrimTo, number>(cluster, places, {
    action: "trim",
    async ask(brokerId, led) {
      const topics = [...byTopic(led)].map(([name, group]) => ({
        name,
        partitions: group.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
      }));
      const response = await cluster.send(brokerId, deleteRecordsApi, { topics, timeoutMs });
      return led.map(({ topic: name, partition }) => {
        const topic = response.topics.find((one) => one.name === name);
        const found = topic?.partitions.find((one) => one.partitionIndex === partition);
        return found && { errorCode: found.errorCode, result: found.lowWatermark };
      });
    },
  });
}
