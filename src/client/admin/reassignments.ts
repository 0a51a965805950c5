/** Moves of partitions to other brokers (KIP-455). */

import { ErrorCode } from "../../protocol/error_codes.ts";
import {
  alterPartitionReassignments as alterApi,
} from "../../protocol/messages/45_alter_partition_reassignments.ts";
import {
  listPartitionReassignments as listApi,
} from "../../protocol/messages/46_list_partition_reassignments.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { byTopic, type TopicPartition } from "../leaders.ts";
import { callController, type Outcome } from "./call.ts";

/** Where a partition is to be: broker ids, the preferred leader first. Null takes back a move under way. */
export interface ReplicasWanted extends TopicPartition {
  readonly replicas: readonly number[] | null;
}

/** A partition that is being moved. */
export interface Reassignment extends TopicPartition {
  /** All of them, until the move is done: those that stay, that come and that go. */
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** Begins moves, or takes them back. The outcomes are named `topic-partition`, in the order that the controller has. */
export async function alterReassignments(
  cluster: Cluster,
  wanted: readonly ReplicasWanted[],
): Promise<Outcome[]> {
  const request = {
    timeoutMs: cluster.options.requestTimeoutMs,
    topics: [...byTopic(wanted)].map(([name, places]) => ({
      name,
      partitions: places.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
    })),
  };
  const response = await callController(cluster, alterApi, request, (response) => [response.errorCode]);
  if (response.errorCode !== ErrorCode.NONE) {
    throw new BrokerError("reassign partitions", response.errorCode, response.errorMessage);
  }
  return response.responses.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode, errorMessage }) => ({
      name: `${name}-${partitionIndex}`,
      errorCode,
      errorMessage,
    }))
  );
}

/** The moves under way, in the order of topics and partitions. */
export async function listReassignments(cluster: Cluster): Promise<Reassignment[]> {
  const request = { timeoutMs: cluster.options.requestTimeoutMs, topics: null };
  const response = await callController(cluster, listApi, request, (response) => [response.errorCode]);
  if (response.errorCode !== ErrorCode.NONE) {
    throw new BrokerError("list reassignments", response.errorCode, response.errorMessage);
  }
  return response.topics.flatMap(({ name, partitions }) =>
    partitions.map((one): Reassignment => ({
      topic: name,
      partition: one.partitionIndex,
      replicas: one.replicas,
      adding: one.addingReplicas,
      removing: one.removingReplicas,
    }))
  ).sort((a, b) => a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1);
}
