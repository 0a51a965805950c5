/** What a topic looks like from outside: partitions with their replicas, offsets and sizes, and its configs. */

import { describeLogDirs, type ReplicaSize } from "../../../client/admin/cluster.ts";
import { countsOf, isUnderReplicated } from "../../../client/admin/topics.ts";
import type { Cluster, PartitionMetadata, TopicMetadata } from "../../../client/cluster.ts";
import { BrokerError } from "../../../client/errors.ts";
import { EARLIEST, LATEST, reachableOffsets } from "../../../client/offsets.ts";
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

export function summaryOf(topic: TopicMetadata): Infer<typeof topicSummary> {
  const { leaderless, ...counts } = countsOf(topic);
  return {
    name: topic.name,
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    ...counts,
    offline: leaderless,
  };
}

/** The state of some partitions of a topic. */
export async function describePartitions(
  cluster: Cluster,
  topic: string,
  partitions: readonly PartitionMetadata[],
): Promise<Infer<typeof partitionState>[]> {
  const [starts, ends, dirs] = await Promise.all([
    reachableOffsets(cluster, topic, partitions, EARLIEST),
    reachableOffsets(cluster, topic, partitions, LATEST),
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
