/** What a topic looks like from outside: partitions with their replicas, offsets and sizes, and its configs. */

import { describeLogDirs, type ReplicaSize } from "../../../client/admin/cluster.ts";
import type { Cluster, PartitionMetadata, TopicMetadata } from "../../../client/cluster.ts";
import { BrokerError, UnreachableError } from "../../../client/errors.ts";
import { EARLIEST, findOffsets, LATEST } from "../../../client/offsets.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { partitionIndex } from "../params.ts";
import { boolean, type Infer, integer, list, named, nullable, string, struct } from "../schema.ts";

const brokerIds = (description: string) => list(integer(), { description });

/** The state of a partition. */
export const partitionState = named(
  "Partition",
  struct({
    partition: partitionIndex,
    leader: integer({ description: "The id of a broker; -1 for none." }),
    leaderEpoch: integer(),
    replicas: brokerIds("Brokers, the preferred leader first."),
    isr: brokerIds("The replicas that are in sync."),
    offlineReplicas: brokerIds("The replicas that nobody reaches."),
    isUnderReplicated: boolean(),
    startOffset: nullable(integer({ description: "The first offset; null when nobody can be asked." })),
    endOffset: nullable(
      integer({ description: "The offset of the next record; null when nobody can be asked." }),
    ),
    sizeBytes: nullable(
      integer({ description: "On the disk of the leader; null when nobody can be asked." }),
    ),
    replicaStates: list(
      named(
        "Replica",
        struct({
          broker: integer(),
          sizeBytes: integer(),
          offsetLag: integer({ description: "How many records it is behind." }),
          logDir: string(),
        }),
      ),
      { description: "The replicas on the disks of the brokers that answer." },
    ),
  }),
);

/** A topic in a list. */
export const topicSummary = named(
  "TopicSummary",
  struct({
    name: string(),
    topicId: string(),
    isInternal: boolean({ description: "Whether Kafka keeps it for itself." }),
    partitions: integer({ description: "How many." }),
    replicationFactor: integer(),
    underReplicated: integer({ description: "How many partitions have replicas that are not in sync." }),
    offline: integer({ description: "How many partitions have no leader." }),
  }),
);

export function summaryOf(
  { name, topicId, isInternal, partitions }: TopicMetadata,
): Infer<typeof topicSummary> {
  return {
    name,
    topicId,
    isInternal,
    partitions: partitions.length,
    replicationFactor: Math.max(0, ...partitions.map((one) => one.replicas.length)),
    underReplicated: partitions.filter(isUnderReplicated).length,
    offline: partitions.filter((one) => one.leaderId < 0).length,
  };
}

export function isUnderReplicated({ isr, replicas }: PartitionMetadata): boolean {
  return isr.length < replicas.length;
}

/** The offsets that can be had: what is left of a cluster in trouble is worth showing. */
async function offsetsOf(
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

/** The state of some partitions of a topic. */
export async function describePartitions(
  cluster: Cluster,
  topic: string,
  partitions: readonly PartitionMetadata[],
): Promise<Infer<typeof partitionState>[]> {
  const [starts, ends, dirs] = await Promise.all([
    offsetsOf(cluster, topic, partitions, EARLIEST),
    offsetsOf(cluster, topic, partitions, LATEST),
    describeLogDirs(cluster, [{ topic, partitions: partitions.map((one) => one.index) }]),
  ]);
  const replicas = Map.groupBy(dirs.flatMap((one) => one.replicas), (one) => one.partition);
  return partitions.map((one) => {
    const states = (replicas.get(one.index) ?? []).sort((a, b) => a.brokerId - b.brokerId);
    return {
      partition: one.index,
      leader: one.leaderId,
      leaderEpoch: one.leaderEpoch,
      replicas: [...one.replicas],
      isr: [...one.isr],
      offlineReplicas: [...one.offlineReplicas],
      isUnderReplicated: isUnderReplicated(one),
      startOffset: starts.get(one.index) ?? null,
      endOffset: ends.get(one.index) ?? null,
      sizeBytes: states.find(({ brokerId }) => brokerId === one.leaderId)?.sizeBytes ?? null,
      replicaStates: states.map(replicaState),
    };
  });
}

function replicaState({ brokerId, sizeBytes, offsetLag, logDir }: ReplicaSize) {
  return { broker: brokerId, sizeBytes, offsetLag, logDir };
}

/** A topic as the cluster has it now. Throws `BrokerError` when there is none. */
export async function freshTopic(cluster: Cluster, name: string): Promise<TopicMetadata> {
  cluster.forget(name);
  return await cluster.topic(name, { timeoutMs: cluster.options.connectTimeoutMs });
}

/** A partition as the cluster has it now. Throws `BrokerError` when there is none. */
export async function freshPartition(
  cluster: Cluster,
  name: string,
  index: number,
): Promise<PartitionMetadata> {
  const { partitions } = await freshTopic(cluster, name);
  const found = partitions[index];
  if (found !== undefined) return found;
  throw new BrokerError(
    `${name}-${index}`,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    `there is no such partition; the topic has ${partitions.length}`,
  );
}
