/** Replicas and records of partitions that do not exist yet. */

import type { LeaderEpoch, NodeId, Uuid } from "../core/ids.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { partitionRecord } from "../metadata/image_snapshot.ts";
import type { PartitionImage } from "../metadata/image.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";
import type { ClusterView } from "./cluster_view.ts";
import { isRefusal, type Refusal, refuse } from "./outcome.ts";
import { initialIsr } from "./manual_assignment.ts";
import { directoryFor, isCordoned } from "./directories.ts";
import { placeReplicas, type RandomBelow } from "./placement.ts";

/** Replicas for `count` new partitions on the registered brokers. */
export function place(
  view: ClusterView,
  want: { readonly count: number; readonly replicationFactor: number },
  random: RandomBelow,
): readonly (readonly NodeId[])[] | Refusal {
  const brokers = [...view.image.brokers.values()].filter((broker) => !isCordoned(broker))
    .map(({ id, rack }) => ({ id, rack, fenced: !view.isActive(id) }));
  const placement = placeReplicas(brokers, want, random);
  return placement.ok
    ? placement.partitions
    : refuse(ErrorCode.INVALID_REPLICATION_FACTOR, placement.problem);
}

/** The records of new partitions, numbered from `firstPartition` on: the first active replica of each leads. */
export function newPartitions(
  view: ClusterView,
  topicId: Uuid,
  partitions: { readonly first: number; readonly replicas: readonly (readonly NodeId[])[] },
): MetadataRecordDraft[] | Refusal {
  const records: MetadataRecordDraft[] = [];
  for (const [index, replicas] of partitions.replicas.entries()) {
    const partitionId = partitions.first + index;
    const isr = initialIsr(view, replicas, partitionId);
    if (isRefusal(isr)) return isr;
    const partition: PartitionImage = {
      replicas,
      directories: replicas.map((id) => directoryFor(view.image.brokers.get(id))),
      isr,
      removingReplicas: [],
      addingReplicas: [],
      elr: [],
      lastKnownElr: [],
      leader: isr[0]!,
      leaderRecoveryState: 0,
      leaderEpoch: 0 as LeaderEpoch,
      partitionEpoch: 0,
    };
    records.push(partitionRecord({ id: topicId }, partitionId, partition));
  }
  return records;
}
