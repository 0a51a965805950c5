/** Looks up the offsets of partitions: their ends, and the first record from a time on (ListOffsets). */

import { listOffsets } from "../protocol/messages/02_list_offsets.ts";
import type { Cluster, PartitionMetadata } from "./cluster.ts";
import { BrokerError, UnreachableError } from "./errors.ts";
import { askLeaders, byTopic, type TopicPartition } from "./leaders.ts";

/** Whether records of transactions that are not committed are seen (KIP-98). */
export type Isolation = "read_uncommitted" | "read_committed";

export function isolationLevel(isolation: Isolation): number {
  return isolation === "read_committed" ? 1 : 0;
}

/** The times that ListOffsets gives a meaning of their own. */
export const LATEST = -1;
export const EARLIEST = -2;
/** The record with the largest timestamp (KIP-734). */
export const MAX_TIMESTAMP = -3;

export interface OffsetQuery extends TopicPartition {
  /** Unix milliseconds, or one of the special times. */
  readonly timestamp: number;
}

export interface FoundOffset {
  /** -1 when no record is that late. */
  readonly offset: number;
  /** Of the record that was found; -1 for the special times. */
  readonly timestamp: number;
}

/** The offsets for all queries, in their order. Throws as `askLeaders` does. */
export function findOffsets(
  cluster: Cluster,
  queries: readonly OffsetQuery[],
  options: { readonly isolation?: Isolation; readonly timeoutMs?: number } = {},
): Promise<FoundOffset[]> {
  const level = isolationLevel(options.isolation ?? "read_uncommitted");
  return askLeaders<OffsetQuery, FoundOffset>(cluster, queries, {
    action: "list offsets",
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    async ask(brokerId, places) {
      const topics = [...byTopic(places)].map(([name, group]) => ({
        name,
        partitions: group.map(({ partition, timestamp }) => ({ partitionIndex: partition, timestamp })),
      }));
      const response = await cluster.send(brokerId, listOffsets, {
        replicaId: -1,
        isolationLevel: level,
        topics,
        timeoutMs: cluster.options.requestTimeoutMs,
      });
      return places.map((place) => {
        const topic = response.topics.find((one) => one.name === place.topic);
        const found = topic?.partitions.find((one) => one.partitionIndex === place.partition);
        if (found === undefined) return undefined;
        const { errorCode, offset, timestamp } = found;
        return { errorCode, result: { offset, timestamp } };
      });
    },
  });
}

/**
 * The offsets of the partitions whose leader answers, by partition: what is left of a cluster in trouble is worth
 * showing.
 */
export async function reachableOffsets(
  cluster: Cluster,
  topic: string,
  partitions: readonly PartitionMetadata[],
  timestamp: number,
): Promise<ReadonlyMap<number, number>> {
  const offsets = new Map<number, number>();
  const byLeader = Map.groupBy(partitions, (one) => one.leaderId);
  byLeader.delete(-1);
  await Promise.all([...byLeader.values()].map(async (led) => {
    const queries = led.map(({ index }) => ({ topic, partition: index, timestamp }));
    try {
      const found = await findOffsets(cluster, queries, { timeoutMs: cluster.options.connectTimeoutMs });
      found.forEach(({ offset }, index) => offsets.set(led[index]!.index, offset));
    } catch (error) {
      if (!(error instanceof UnreachableError || error instanceof BrokerError)) throw error;
    }
  }));
  return offsets;
}
