/** The cluster as the planner of replica moves sees it, and its moves as records. */

import type { BalanceInput, PartitionMove } from "../../client/admin/balance_plan.ts";
import type { NodeId } from "../../core/ids.ts";
import type { BrokerImage, PartitionImage, TopicImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { peerEndpoint } from "../broker_probe.ts";
import type { ClusterView } from "../cluster_view.ts";
import { isCordoned } from "../directories.ts";
import { partitionChange } from "../partition_change.ts";
import { isReassigning, startReassignment } from "../reassignment.ts";

/** Whether a broker may get replicas: it is active and has a directory that is not cordoned (KIP-1066). */
export function mayReceive(view: ClusterView, broker: BrokerImage): boolean {
  return view.isActive(broker.id) && !isCordoned(broker);
}

/** Where a partition's replicas are, or will be when its reassignment is done. */
export function targetReplicas({ replicas, removingReplicas }: PartitionImage): readonly NodeId[] {
  return replicas.filter((id) => !removingReplicas.includes(id));
}

/** The cluster for the planner; of all topics unless told. */
export function balanceInput(
  view: ClusterView,
  listener: string | null,
  topics: Iterable<TopicImage> = view.image.topics.byName.values(),
): BalanceInput {
  const brokers = [...view.image.brokers.values()].map((broker) => ({
    id: broker.id,
    rack: broker.rack,
    host: peerEndpoint(broker, listener)?.host ?? String(broker.id),
    isAlive: mayReceive(view, broker),
  }));
  const partitions = [...topics].flatMap((topic) =>
    topic.partitions.map((partition, index) => ({
      topic: topic.name,
      index,
      replicas: targetReplicas(partition),
      isFixed: isReassigning(partition),
    }))
  );
  return { brokers, partitions };
}

/** What begins a move, or null when the partition is not any more what the move was planned for. */
export function moveRecord(view: ClusterView, move: PartitionMove): MetadataRecordDraft | null {
  const topic = view.image.topics.byName.get(move.topic);
  const partition = topic?.partitions[move.index];
  if (topic === undefined || partition === undefined || isReassigning(partition)) return null;
  if (partition.replicas.join() !== move.from.join()) return null;
  const target = startReassignment(partition, move.to as readonly NodeId[]);
  return partitionChange(partition, target, view.partition(topic, move.index));
}
