/** The records for brokers that come, go, or stop: their registration, and every partition that it touches. */

import type { NodeId, Uuid } from "../core/ids.ts";
import type { BrokerImage, PartitionImage, TopicImage } from "../metadata/image.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";
import type { ClusterView } from "./cluster_view.ts";
import { directoryOf } from "./directories.ts";
import { partitionChange } from "./partition_change.ts";
import { cancelReassignment } from "./reassignment.ts";

/** What happens to a broker, as far as its partitions care. */
interface BrokerEvent {
  /** It must leave every ISR and lead nothing. */
  readonly removed?: NodeId;
  /** It does not come back: what it was getting, it will never have. */
  readonly unregistered?: boolean;
  /** It may lead again. */
  readonly added?: NodeId;
  /** It stopped without flushing: it leaves every ISR, and must not count as having all records (KIP-966). */
  readonly unclean?: NodeId;
}

/** The broker missed its heartbeats or asked to be fenced. */
export function fenceBroker(view: ClusterView, broker: BrokerImage): MetadataRecordDraft[] {
  return [
    ...partitionChanges(view, { removed: broker.id }, (partition) => partition.isr.includes(broker.id)),
    {
      type: "BrokerRegistrationChangeRecord",
      data: { brokerId: broker.id, brokerEpoch: broker.epoch, fenced: 1 },
    },
  ];
}

/** The broker has caught up: it may lead what nobody leads. */
export function unfenceBroker(view: ClusterView, broker: BrokerImage): MetadataRecordDraft[] {
  return [
    {
      type: "BrokerRegistrationChangeRecord",
      data: { brokerId: broker.id, brokerEpoch: broker.epoch, fenced: -1 },
    },
    ...partitionChanges(view, { added: broker.id }, (partition) => partition.leader < 0),
  ];
}

/** The broker wants to stop: others take over what it leads. */
export function beginControlledShutdown(view: ClusterView, broker: BrokerImage): MetadataRecordDraft[] {
  const data = { brokerId: broker.id, brokerEpoch: broker.epoch, fenced: 0, inControlledShutdown: 1 };
  return [{ type: "BrokerRegistrationChangeRecord", data }, ...leavePartitions(view, broker)];
}

/** A broker that is about to stop leaves the partitions that can do without it by now. */
export function leavePartitions(view: ClusterView, { id }: BrokerImage): MetadataRecordDraft[] {
  return partitionChanges(
    view,
    { removed: id },
    (partition, topic) => partition.isr.includes(id) && canDoWithout(view, topic, partition, id),
  );
}

/**
 * Whether a stopping broker may leave the ISR of a partition. When that would make the ISR smaller than
 * min.insync.replicas, and others are on their way back into it, as in a rolling restart, it is worth a wait: Kafka
 * does not wait, and producers with acks=all must try again until they are back.
 */
function canDoWithout(view: ClusterView, topic: TopicImage, partition: PartitionImage, id: NodeId): boolean {
  const { isr, replicas, leader } = partition;
  const minIsr = Math.max(1, view.minIsr(topic.name));
  if (leader < 0 || isr.length > minIsr || isr.length < minIsr) return true;
  return replicas.filter((other) => other !== id && view.isOnline(other, partition)).length < minIsr;
}

/** The broker is gone for good. */
export function unregisterBroker(view: ClusterView, broker: BrokerImage): MetadataRecordDraft[] {
  const { id } = broker;
  return [
    ...partitionChanges(
      view,
      { removed: id, unregistered: true },
      (partition) => partition.isr.includes(id) || partition.addingReplicas.includes(id),
    ),
    { type: "UnregisterBrokerRecord", data: { brokerId: broker.id, brokerEpoch: broker.epoch } },
  ];
}

/** Another process of the broker registers: whatever the previous one led or followed, it does no more. */
export function replaceIncarnation(
  view: ClusterView,
  broker: BrokerImage,
  stoppedCleanly: boolean,
): MetadataRecordDraft[] {
  const { id } = broker;
  const isLossy = view.isElrEnabled && !stoppedCleanly;
  return partitionChanges(
    view,
    isLossy ? { unclean: id } : { removed: id },
    (partition) => partition.isr.includes(id) || (isLossy && partition.elr.includes(id)),
  );
}

/** Directories of the broker have failed: its replicas in them lead and follow no more (KIP-858). */
export function takeDirectoriesOffline(
  view: ClusterView,
  broker: BrokerImage,
  failed: readonly Uuid[],
): MetadataRecordDraft[] {
  const logDirs = broker.logDirs.filter((id) => !failed.includes(id));
  const { id } = broker;
  return [
    ...partitionChanges(
      view,
      { removed: id },
      (partition) => partition.isr.includes(id) && failed.includes(directoryOf(partition, id)),
    ),
    {
      type: "BrokerRegistrationChangeRecord",
      data: { brokerId: id, brokerEpoch: broker.epoch, fenced: 0, logDirs },
    },
  ];
}

/** Whether a broker that wants to stop leads any partition, or one cannot do without it yet. */
export function isNeeded(view: ClusterView, id: NodeId): boolean {
  for (const topic of view.image.topics.byId.values()) {
    const needs = (partition: PartitionImage) =>
      partition.leader === id ||
      (partition.isr.includes(id) && !canDoWithout(view, topic, partition, id));
    if (topic.partitions.some(needs)) return true;
  }
  return false;
}

function partitionChanges(
  view: ClusterView,
  event: BrokerEvent,
  isTouched: (partition: PartitionImage, topic: TopicImage) => boolean,
): MetadataRecordDraft[] {
  const records: MetadataRecordDraft[] = [];
  for (const topic of view.image.topics.byId.values()) {
    for (const [partitionId, partition] of topic.partitions.entries()) {
      if (isTouched(partition, topic)) records.push(...partitionChangeFor(view, event, topic, partitionId));
    }
  }
  return records;
}

function partitionChangeFor(
  view: ClusterView,
  { removed, added, unclean, unregistered }: BrokerEvent,
  topic: TopicImage,
  partitionId: number,
): MetadataRecordDraft[] {
  const partition = topic.partitions[partitionId]!;
  const mayLead = (id: NodeId) =>
    id !== removed && id !== unclean && view.isOnline(id, partition, id === added || view.isActive(id));
  const target = unregistered === true && partition.addingReplicas.includes(removed!)
    ? cancelReassignment(partition)
    : {};
  const change = partitionChange(partition, {
    ...target,
    isr: (target.isr ?? partition.isr).filter((id) => id !== removed && id !== unclean),
    election: view.isUncleanElectionEnabled(topic.name) ? "unclean" : "online",
    uncleanShutdown: unclean === undefined ? [] : [unclean],
  }, view.partition(topic, partitionId, mayLead));
  return change === null ? [] : [change];
}
