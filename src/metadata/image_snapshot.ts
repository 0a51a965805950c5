/** An image as the records that give it again, for snapshots (KIP-630). */

import type { MetadataImage, PartitionImage, TopicImage } from "./image.ts";
import { metadataVersionOf, parseConfigResourceKey } from "./image.ts";
import { METADATA_VERSION, MetadataVersion } from "./features.ts";
import type { MetadataRecordDraft } from "./record_codec.ts";

/** The records of a snapshot, in Kafka's order: features first, because they say how to read the rest. */
export function* snapshotRecords(image: MetadataImage): Generator<MetadataRecordDraft> {
  yield* featureRecords(image);
  yield* brokerRecords(image);
  if (metadataVersionOf(image) >= MetadataVersion.V3_7_IV0) yield* controllerRecords(image);
  for (const topic of image.topics.byId.values()) yield* topicRecords(topic);
  for (const [key, settings] of image.configs) {
    const { type: resourceType, name: resourceName } = parseConfigResourceKey(key);
    for (const [name, value] of settings) {
      yield { type: "ConfigRecord", data: { resourceType, resourceName, name, value } };
    }
  }
  for (const { entity, limits } of image.clientQuotas.values()) {
    for (const [key, value] of limits) {
      yield { type: "ClientQuotaRecord", data: { entity, key, value, remove: false } };
    }
  }
  if (image.nextProducerId > 0) {
    const data = { brokerId: -1, brokerEpoch: -1, nextProducerId: image.nextProducerId };
    yield { type: "ProducerIdsRecord", data };
  }
  for (const data of image.acls.values()) yield { type: "AccessControlEntryRecord", data };
  for (const data of image.scramCredentials.values()) yield { type: "UserScramCredentialRecord", data };
  for (const data of image.delegationTokens.values()) yield { type: "DelegationTokenRecord", data };
}

function* featureRecords(image: MetadataImage): Generator<MetadataRecordDraft> {
  const level = image.features.get(METADATA_VERSION);
  if (level !== undefined) {
    yield { type: "FeatureLevelRecord", data: { name: METADATA_VERSION, featureLevel: level } };
  }
  for (const [name, featureLevel] of image.features) {
    if (name !== METADATA_VERSION) yield { type: "FeatureLevelRecord", data: { name, featureLevel } };
  }
}

function* brokerRecords(image: MetadataImage): Generator<MetadataRecordDraft> {
  const cordons = metadataVersionOf(image) >= MetadataVersion.V4_3_IV0;
  for (const broker of image.brokers.values()) {
    yield {
      type: "RegisterBrokerRecord",
      data: {
        brokerId: broker.id,
        incarnationId: broker.incarnationId,
        brokerEpoch: broker.epoch,
        endPoints: broker.endpoints,
        features: featureRanges(broker.features),
        rack: broker.rack,
        fenced: broker.fenced,
        inControlledShutdown: broker.inControlledShutdown,
        logDirs: broker.logDirs,
        cordonedLogDirs: cordons ? broker.cordonedLogDirs : null,
      },
    };
  }
}

function* controllerRecords(image: MetadataImage): Generator<MetadataRecordDraft> {
  for (const controller of image.controllers.values()) {
    yield {
      type: "RegisterControllerRecord",
      data: {
        controllerId: controller.id,
        incarnationId: controller.incarnationId,
        zkMigrationReady: false,
        endPoints: controller.endpoints,
        features: featureRanges(controller.features),
      },
    };
  }
}

/** The ranges of a node's features, in the form of registration records. */
export function featureRanges(
  features: ReadonlyMap<string, { readonly min: number; readonly max: number }>,
): { name: string; minSupportedVersion: number; maxSupportedVersion: number }[] {
  return [...features].map(([name, { min, max }]) => ({
    name,
    minSupportedVersion: min,
    maxSupportedVersion: max,
  }));
}

function* topicRecords(topic: TopicImage): Generator<MetadataRecordDraft> {
  yield { type: "TopicRecord", data: { name: topic.name, topicId: topic.id } };
  for (const [partitionId, partition] of topic.partitions.entries()) {
    yield partitionRecord(topic, partitionId, partition);
  }
}

/** The record that gives `partition` as it is. */
export function partitionRecord(
  topic: { readonly id: TopicImage["id"] },
  partitionId: number,
  partition: PartitionImage,
): Extract<MetadataRecordDraft, { type: "PartitionRecord" }> {
  return {
    type: "PartitionRecord",
    data: {
      partitionId,
      topicId: topic.id,
      replicas: partition.replicas,
      isr: partition.isr,
      removingReplicas: partition.removingReplicas,
      addingReplicas: partition.addingReplicas,
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      directories: partition.directories,
      eligibleLeaderReplicas: partition.elr.length > 0 ? partition.elr : null,
      lastKnownElr: partition.lastKnownElr.length > 0 ? partition.lastKnownElr : null,
    },
  };
}
