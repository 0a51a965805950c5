/** What the balance planner has to know of a cluster, asked for. */

import type { Cluster, TopicMetadata } from "../cluster.ts";
import type { BalanceBroker, BalanceInput, BalancePartition } from "./balance_plan.ts";
import { isCordoned } from "./brokers.ts";
import { describeCluster, describeLogDirs, type ReplicaSize } from "./cluster.ts";
import { listReassignments, type Reassignment } from "./reassignments.ts";
import { listTopics } from "./topics.ts";

/** A cluster as plans see it, and the facts that it was made of. */
export interface BalanceFacts extends BalanceInput {
  readonly topics: readonly TopicMetadata[];
  readonly sizes: readonly ReplicaSize[];
}

/** Looks at brokers, partitions, sizes and the moves under way. Partitions on their way are planned from their goal. */
export async function balanceFacts(cluster: Cluster): Promise<BalanceFacts> {
  const topics = await listTopics(cluster);
  const [{ brokers }, moves, dirs] = await Promise.all([
    describeCluster(cluster, { fenced: true }),
    listReassignments(cluster),
    describeLogDirs(cluster),
  ]);
  const alive = brokers.filter((one) => !one.isFenced).map((one) => one.id);
  const cordons = await Promise.all(alive.map((id) => isCordoned(cluster, id)));
  const cordoned = new Set(alive.filter((_, index) => cordons[index]));
  const sizes = dirs.flatMap((one) => one.replicas);
  const moving = new Map(moves.map((one) => [keyOf(one.topic, one.partition), one]));
  const bytes = leaderSizes(topics, sizes);
  return {
    topics,
    sizes,
    brokers: brokers.map(({ id, rack, host, isFenced }): BalanceBroker => ({
      id,
      rack,
      host,
      // Nothing may come to a broker that is being drained; what it has is the business of who drains it.
      isAlive: !isFenced && !cordoned.has(id),
    })),
    partitions: topics.flatMap(({ name, partitions }) =>
      partitions.map(({ index, replicas }): BalancePartition => {
        const move = moving.get(keyOf(name, index));
        const sizeBytes = bytes.get(keyOf(name, index));
        return {
          topic: name,
          index,
          replicas: move === undefined ? replicas : goalOf(move),
          ...(sizeBytes === undefined ? {} : { sizeBytes }),
          ...(move === undefined ? {} : { isFixed: true }),
        };
      })
    ),
  };
}

function goalOf({ replicas, removing }: Reassignment): readonly number[] {
  return replicas.filter((id) => !removing.includes(id));
}

function leaderSizes(
  topics: readonly TopicMetadata[],
  sizes: readonly ReplicaSize[],
): ReadonlyMap<string, number> {
  const leaders = new Map(
    topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => [keyOf(name, one.index), one.leaderId] as const)
    ),
  );
  return new Map(
    sizes.filter((one) => leaders.get(keyOf(one.topic, one.partition)) === one.brokerId)
      .map((one) => [keyOf(one.topic, one.partition), one.sizeBytes]),
  );
}

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
