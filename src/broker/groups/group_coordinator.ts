/**
 * The group coordinator of a broker: a shard for each `__consumer_offsets` partition that is led here, and the way
 * from a group's name to its partition, which all brokers and Kafka itself agree on.
 */

import type { BrokerConfig } from "../../config/broker_config.ts";
import type { Logger } from "../../core/logger.ts";
import type { NodeId } from "../../core/ids.ts";
import { javaUuidFromRandom } from "../../core/uuid.ts";
import type { GroupConfig, GroupResponse } from "../../coordinator/group/types.ts";
import type { MetadataChange } from "../../metadata/change.ts";
import type { Clock, Random, Timers } from "../../platform/platform.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { AutoTopics } from "../auto_topics.ts";
import type { MetadataCache } from "../metadata_cache.ts";
import type { Partition } from "../partition.ts";
import type { ReplicaManager } from "../replica_manager.ts";
import { GroupCounters, type ShardRequest, ShardRunner } from "./shard_runner.ts";

const OFFSETS_TOPIC = "__consumer_offsets";

/** What the coordinator works with. */
export interface GroupCoordinatorParts {
  readonly config: BrokerConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly metadata: MetadataCache;
  readonly replicas: ReplicaManager;
  readonly autoTopics: AutoTopics;
}

/** The absolute value of Java's String.hashCode, by which Kafka assigns groups to partitions; 0 for the least int32. */
export function partitionForGroup(groupId: string, partitionCount: number): number {
  let hash = 0;
  for (let index = 0; index < groupId.length; index++) {
    hash = (Math.imul(hash, 31) + groupId.charCodeAt(index)) | 0;
  }
  return hash === -0x80000000 ? 0 : Math.abs(hash) % partitionCount;
}

export class GroupCoordinator {
  readonly counters = new GroupCounters();
  readonly #parts: GroupCoordinatorParts;
  readonly #shards = new Map<number, ShardRunner>();

  constructor(parts: GroupCoordinatorParts) {
    this.#parts = parts;
  }

  /** The shards that are led here. */
  get shards(): Iterable<ShardRunner> {
    return this.#shards.values();
  }

  /** Takes up shards that are led here from now on and gives up the others. Called after the replicas are updated. */
  onMetadata(change: MetadataChange): void {
    const gone: { name: string; topicId: string }[] = [];
    for (const topic of change.topics.values()) {
      if (topic.after === null) gone.push({ name: topic.name, topicId: topic.id });
      if (topic.name === OFFSETS_TOPIC) { for (const index of topic.partitions) this.#refresh(index); }
    }
    if (gone.length === 0) return;
    for (const shard of this.#shards.values()) shard.onTopicsDeleted(gone);
  }

  /** A partition of the offsets topic has taken its role later than the metadata said. */
  onRole(partition: Partition): void {
    if (partition.topic === OFFSETS_TOPIC) this.#refresh(partition.index);
  }

  /**
   * The broker that coordinates a group, or an error code. The offsets topic is created when there is none yet.
   */
  async locate(groupId: string): Promise<NodeId | { readonly errorCode: number }> {
    let topic = this.#parts.metadata.topic(OFFSETS_TOPIC);
    if (topic === undefined) {
      const errorCode = await this.#createOffsetsTopic();
      topic = this.#parts.metadata.topic(OFFSETS_TOPIC);
      if (errorCode !== ErrorCode.NONE || topic === undefined) {
        return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE };
      }
    }
    const leader = topic.partitions[partitionForGroup(groupId, topic.partitions.length)]?.leader;
    return leader === undefined || leader < 0 ? { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE } : leader;
  }

  /** The shard of a group if it is led here. */
  shardOf(groupId: string): ShardRunner | undefined {
    const count = this.#parts.metadata.topic(OFFSETS_TOPIC)?.partitions.length;
    return count === undefined ? undefined : this.#shards.get(partitionForGroup(groupId, count));
  }

  /** Asks the shard of a group; the answer to `refuse` when it is led elsewhere. */
  ask<T extends GroupResponse>(
    groupId: string,
    request: ShardRequest,
    refuse: (errorCode: number) => T,
  ): T | Promise<T> {
    const shard = this.shardOf(groupId);
    if (shard === undefined) return refuse(ErrorCode.NOT_COORDINATOR);
    return shard.request(request) as Promise<T>;
  }

  close(): void {
    for (const shard of this.#shards.values()) shard.unload();
    this.#shards.clear();
  }

  #refresh(index: number): void {
    const partition = this.#parts.replicas.find(OFFSETS_TOPIC, index);
    const running = this.#shards.get(index);
    const isLed = partition?.isLeader === true;
    if (running !== undefined && (!isLed || running.partition !== partition)) {
      running.unload();
      this.#shards.delete(index);
    }
    if (!isLed || this.#shards.has(index)) return;
    const { clock, timers, logger, config } = this.#parts;
    const runner = new ShardRunner({
      counters: this.counters,
      partition,
      config: groupConfigOf(config),
      newUuid: () => javaUuidFromRandom((length) => this.#parts.random.bytes(length)),
      clock,
      timers,
      logger,
    });
    this.#shards.set(index, runner);
    void runner.load();
  }

  #createOffsetsTopic(): Promise<number> {
    const { config, metadata, autoTopics } = this.#parts;
    // With fewer brokers than configured the topic would otherwise never come to be, and consumers would hang.
    const replicationFactor = Math.min(
      config.get("offsets.topic.replication.factor"),
      metadata.aliveBrokers().length,
    );
    return autoTopics.create({
      name: OFFSETS_TOPIC,
      partitions: config.get("offsets.topic.num.partitions"),
      replicationFactor: Math.max(1, replicationFactor),
      configs: {
        "cleanup.policy": "compact",
        "compression.type": "producer",
        "segment.bytes": String(config.get("offsets.topic.segment.bytes")),
      },
    });
  }
}

function groupConfigOf(config: BrokerConfig): GroupConfig {
  return {
    minSessionTimeoutMs: config.get("group.min.session.timeout.ms"),
    maxSessionTimeoutMs: config.get("group.max.session.timeout.ms"),
    initialRebalanceDelayMs: config.get("group.initial.rebalance.delay.ms"),
    maxSize: config.get("group.max.size"),
    newMemberJoinTimeoutMs: 300_000,
    offsetMetadataMaxBytes: config.get("offset.metadata.max.bytes"),
    offsetsCommitTimeoutMs: config.get("offsets.commit.timeout.ms"),
    offsetsRetentionMs: config.get("offsets.retention.minutes") * 60_000,
    offsetsRetentionCheckIntervalMs: config.get("offsets.retention.check.interval.ms"),
  };
}
