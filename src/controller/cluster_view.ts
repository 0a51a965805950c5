/** What the rules about partitions ask of a metadata image: who may lead, and with which settings. */

import type { BrokerConfig } from "../config/broker_config.ts";
import type { NodeId } from "../core/ids.ts";
import { ELIGIBLE_LEADER_REPLICAS_VERSION } from "../metadata/features.ts";
import {
  brokerConfigs,
  type MetadataImage,
  metadataVersionOf,
  type PartitionImage,
  topicConfigs,
  type TopicImage,
} from "../metadata/image.ts";
import type { PartitionContext } from "./partition_change.ts";
import { directoryFor, directoryOf, isDirectoryOnline } from "./directories.ts";

export class ClusterView {
  readonly image: MetadataImage;
  readonly isElrEnabled: boolean;
  readonly metadataVersion: number;
  readonly #config: BrokerConfig;

  constructor(image: MetadataImage, config: BrokerConfig) {
    this.image = image;
    this.#config = config;
    this.isElrEnabled = (image.features.get(ELIGIBLE_LEADER_REPLICAS_VERSION) ?? 0) >= 1;
    this.metadataVersion = metadataVersionOf(image);
  }

  /** Whether a broker may lead and be in sync: registered, not fenced, not about to stop. */
  isActive(id: NodeId): boolean {
    const broker = this.image.brokers.get(id);
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown;
  }

  /** Whether a broker may lead a partition: active, or about to be, and the directory of its replica works. */
  isOnline(id: NodeId, partition: PartitionImage, isActive = this.isActive(id)): boolean {
    const broker = this.image.brokers.get(id);
    return broker !== undefined && isActive && isDirectoryOnline(broker, directoryOf(partition, id));
  }

  /** `min.insync.replicas` of a topic. */
  minIsr(topic: string): number {
    return Number(this.#setting(topic, "min.insync.replicas") ?? this.#config.get("min.insync.replicas"));
  }

  /** `unclean.leader.election.enable` of a topic. */
  isUncleanElectionEnabled(topic: string): boolean {
    const name = "unclean.leader.election.enable";
    const text = this.#setting(topic, name);
    return text === undefined ? this.#config.get(name) : text === "true";
  }

  /** What changes of a partition must know; by default exactly the replicas that are online may lead. */
  partition(
    topic: TopicImage,
    partitionId: number,
    isAcceptableLeader: (id: NodeId) => boolean = (id) => this.isOnline(id, topic.partitions[partitionId]!),
  ): PartitionContext {
    return {
      topicId: topic.id,
      partitionId,
      isAcceptableLeader,
      metadataVersion: this.metadataVersion,
      isElrEnabled: this.isElrEnabled,
      minIsr: this.minIsr(topic.name),
      directoryFor: (id) => directoryFor(this.image.brokers.get(id)),
    };
  }

  /** The topic's own setting, or the one for all brokers; topic and broker configs of both have the same name. */
  #setting(topic: string, name: string): string | undefined {
    return topicConfigs(this.image, topic).get(name) ?? brokerConfigs(this.image).get(name);
  }
}
