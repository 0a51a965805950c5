/** The partitions this broker holds replicas of, kept in step with the metadata log. */

import type { BrokerConfig } from "../config/broker_config.ts";
import type { TopicConfig } from "../config/table.ts";
import type { Logger } from "../core/logger.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import { parsePartitionDirectoryName } from "../log/file_names.ts";
import type { LogManager } from "../log/log_manager.ts";
import type { MetadataChange, TopicChange } from "../metadata/change.ts";
import { ConfigResourceType, type MetadataImage, topicConfigs, type TopicImage } from "../metadata/image.ts";
import { DiskError } from "../platform/disk.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { logConfigOf } from "./log_configs.ts";
import { BrokerCounters } from "./metrics/traffic.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import { Partition } from "./partition.ts";
import type { PartitionContext, PartitionSettings } from "./partition_context.ts";
import { ReplicationQuota, type ReplicationQuotas, throttledSides } from "./replication/replication_quota.ts";
import type { Clock } from "../platform/platform.ts";

/** What the manager works with. */
export interface ReplicaManagerParts {
  readonly nodeId: NodeId;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  readonly metadata: MetadataCache;
  readonly logs: LogManager;
  readonly clock: Clock;
}

/** Who is told of what happens to partitions. */
export interface ReplicaEvents {
  /** A leader wants its ISR altered. */
  readonly onIsrWish: (partition: Partition) => void;
  /** A partition is here, or has another state. */
  readonly onRole: (partition: Partition) => void;
  /** A partition has taken a role only now that the metadata gave it before. */
  readonly onLateRole: (partition: Partition) => void;
  /** A partition is not here any more. */
  readonly onGone: (partition: Partition) => void;
  /** What was read of a partition is not what was written. */
  readonly onDamaged: (partition: Partition) => void;
  /** Retention has removed records of a partition. */
  readonly onExpired: (partition: Partition) => void;
}

/** A topic with its resolved configs and the partitions of it that are here. */
interface HostedTopic {
  readonly id: Uuid;
  readonly name: string;
  config: TopicConfig;
  /** By index; undefined where this broker has no replica. */
  readonly partitions: (Partition | undefined)[];
  /** The partitions whose logs could not be opened. */
  readonly unopened: Set<number>;
}

export class ReplicaManager {
  readonly counters = new BrokerCounters();
  /** What replicas may take that are not in sync. */
  readonly quotas: ReplicationQuotas;
  readonly #parts: ReplicaManagerParts;
  readonly #byName = new Map<string, HostedTopic>();
  readonly #byId = new Map<Uuid, HostedTopic>();
  readonly #context: PartitionContext;
  /** When each follower last fetched. */
  readonly #heardMs = new Map<NodeId, number>();
  /** Set before the first metadata come. */
  events: ReplicaEvents = {
    onIsrWish() {},
    onRole() {},
    onLateRole() {},
    onGone() {},
    onDamaged() {},
    onExpired() {},
  };

  constructor(parts: ReplicaManagerParts) {
    this.#parts = parts;
    const { nodeId, clock, config } = parts;
    this.quotas = {
      leader: new ReplicationQuota(clock, () => config.get("leader.replication.throttled.rate")),
      follower: new ReplicationQuota(clock, () => config.get("follower.replication.throttled.rate")),
      rebalance: new ReplicationQuota(clock, () => rateOf(config.get("rebalance.throttle.bytes.per.second"))),
    };
    this.#context = {
      nodeId,
      clock,
      counters: this.counters,
      maxLagMs: config.get("replica.lag.time.max.ms"),
      isEligible: (id, brokerEpoch) => this.#isEligible(id, brokerEpoch),
      heardMs: (id) => this.#heardMs.get(id) ?? -Infinity,
      brokerEpochOf: (id) => parts.metadata.image.brokers.get(id)?.epoch ?? -1,
      onIsrWish: (partition) => this.events.onIsrWish(partition),
      onLateRole: (partition) => this.events.onLateRole(partition),
    };
    parts.config.onChange(() => this.#refreshConfigs(parts.metadata.image));
  }

  /** The log directories. */
  get directories(): readonly string[] {
    return this.#parts.logs.directories.map((directory) => directory.path);
  }

  /** Those of them whose disk has failed. */
  get failedDirectories(): readonly string[] {
    return this.#parts.logs.failedDirectories;
  }

  /** Makes the log start offsets of all partitions survive a crash. */
  async saveLogStartOffsets(): Promise<void> {
    try {
      await this.#parts.logs.checkpoint("logStartOffsets");
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#parts.logger.error("could not save log start offsets", { reason: error.message });
    }
  }

  /** The log directory that a partition is in. */
  directoryOf(partition: Partition): string {
    return this.#parts.logs.directoryOf(partition.log);
  }

  /** All partitions that are here. */
  *partitions(): Generator<Partition> {
    for (const topic of this.#byName.values()) {
      for (const partition of topic.partitions) if (partition !== undefined) yield partition;
    }
  }

  /** A partition that is here, led or not. */
  find(topic: string, index: number): Partition | undefined {
    return this.#byName.get(topic)?.partitions[index];
  }

  findById(topicId: Uuid, index: number): Partition | undefined {
    return this.#byId.get(topicId)?.partitions[index];
  }

  /** The partition if it is led here, else the error code that tells a client what to do. */
  leaderOf(topic: string, index: number): Partition | number {
    const partition = this.find(topic, index);
    if (partition?.isLeader === true) return partition;
    if (this.#parts.metadata.topic(topic)?.partitions[index] === undefined) {
      return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    }
    return this.#whyNotHere(this.#byName.get(topic), index);
  }

  leaderById(topicId: Uuid, index: number): Partition | number {
    const partition = this.findById(topicId, index);
    if (partition?.isLeader === true) return partition;
    const topic = this.#parts.metadata.topicById(topicId);
    if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
    if (topic.partitions[index] === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return this.#whyNotHere(this.#byId.get(topicId), index);
  }

  /** A follower fetches. */
  onHeard(id: NodeId): void {
    this.#heardMs.set(id, this.#parts.clock.monotonicMs());
  }

  /** The configs of a topic that has partitions here. */
  configOf(topic: string): TopicConfig | undefined {
    return this.#byName.get(topic)?.config;
  }

  /** Brings logs and roles in line with `image`, which differs from the last one by `change`. */
  apply(image: MetadataImage, change: MetadataChange): void {
    // A topic may be deleted and made anew under its old name in one change: the old logs go first.
    for (const topic of change.topics.values()) if (topic.after === null) this.#drop(topic);
    for (const topic of change.topics.values()) {
      if (topic.after !== null) this.#update(image, topic.after, topic.partitions);
    }
    for (const { type, name } of change.configs) {
      if (type === ConfigResourceType.TOPIC) this.#refreshTopic(image, name);
    }
  }

  /** Deletes logs that no partition of the metadata has here: their topics went while this broker was down. */
  deleteStrays(): void {
    const hosted = new Set([...this.partitions()].map((partition) => partition.log));
    for (const log of [...this.#parts.logs.logs()]) {
      if (hosted.has(log)) continue;
      const partition = parsePartitionDirectoryName(log.name);
      if (partition === null) continue;
      this.#parts.logger.warn("deleting a partition that the cluster does not know", { log: log.name });
      this.#deleteLog(partition.topic, partition.partition);
    }
  }

  /** Ends everything that waits on a partition. The logs belong to the log manager. */
  close(): void {
    for (const partition of this.partitions()) partition.close();
  }

  /** A fenced broker, one that stops, or another than the one that fetched is not proposed for an ISR. */
  #isEligible(id: NodeId, brokerEpoch: number): boolean {
    const broker = this.#parts.metadata.image.brokers.get(id);
    if (broker === undefined || broker.fenced || broker.inControlledShutdown) return false;
    return brokerEpoch < 0 || brokerEpoch === broker.epoch;
  }

  /** Why this broker does not serve a partition that there is, of a topic that it has partitions of or has not. */
  #whyNotHere(hosted: HostedTopic | undefined, index: number): number {
    // A log that could not be opened is as good as one whose disk has failed.
    const isLost = hosted !== undefined &&
      (hosted.unopened.has(index) || (hosted.partitions[index]?.log.offline ?? null) !== null);
    return isLost ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }

  #update(image: MetadataImage, topic: TopicImage, indexes: readonly number[]): void {
    const hosted = this.#host(image, topic);
    for (const index of indexes) {
      const state = topic.partitions[index];
      if (state === undefined) continue;
      const isReplica = state.replicas.includes(this.#parts.nodeId);
      const known = hosted.partitions[index];
      if (!isReplica) {
        if (known !== undefined) this.#dropPartition(hosted, index);
      } else if (known !== undefined) {
        known.update(state);
        this.events.onRole(known);
      } else {
        this.#open(hosted, index, state);
      }
    }
  }

  #open(hosted: HostedTopic, index: number, state: TopicImage["partitions"][number]): void {
    const { logs, logger } = this.#parts;
    const { name, id } = hosted;
    try {
      const existing = logs.get(name, index);
      // What is left of a deleted topic of the same name must not become data of the new one (KIP-516).
      if (existing !== undefined && existing.topicId !== null && existing.topicId !== id) {
        logs.delete(name, index);
      }
      const config = logConfigOf(hosted.config);
      const log = logs.getOrCreate(name, index, { topicId: id, config });
      log.config = config;
      const start = { state, settings: this.#settingsOf(hosted, index) };
      const partition = new Partition({ topic: name, topicId: id, index }, log, this.#context, start);
      hosted.partitions[index] = partition;
      hosted.unopened.delete(index);
      log.onDamaged = () => this.events.onDamaged(partition);
      log.onExpired = () => this.events.onExpired(partition);
      this.events.onRole(partition);
      if (log.damage !== null) log.onDamaged();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      hosted.unopened.add(index);
      logger.error("could not open a partition", { topic: name, partition: index, reason: error.message });
    }
  }

  /** Puts an empty log in the place of one that cannot be used. */
  renew(partition: Partition): void {
    const { topicId, index, state } = partition;
    const hosted = this.#byId.get(topicId);
    if (hosted?.partitions[index] !== partition) return;
    this.#dropPartition(hosted, index);
    this.#open(hosted, index, state);
  }

  #host(image: MetadataImage, topic: TopicImage): HostedTopic {
    let hosted = this.#byId.get(topic.id);
    if (hosted === undefined) {
      const config = this.#parts.config.topic(topicConfigs(image, topic.name));
      hosted = { id: topic.id, name: topic.name, config, partitions: [], unopened: new Set() };
      this.#byId.set(topic.id, hosted);
      this.#byName.set(topic.name, hosted);
    }
    return hosted;
  }

  #drop(change: TopicChange): void {
    const hosted = this.#byId.get(change.id);
    if (hosted === undefined) return;
    this.#byId.delete(change.id);
    if (this.#byName.get(change.name) === hosted) this.#byName.delete(change.name);
    for (let index = 0; index < hosted.partitions.length; index++) this.#dropPartition(hosted, index);
  }

  #dropPartition(hosted: HostedTopic, index: number): void {
    const partition = hosted.partitions[index];
    hosted.partitions[index] = undefined;
    hosted.unopened.delete(index);
    if (partition === undefined) return;
    partition.close();
    this.events.onGone(partition);
    this.#deleteLog(hosted.name, index);
  }

  #deleteLog(topic: string, partition: number): void {
    try {
      this.#parts.logs.delete(topic, partition);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.#parts.logger.error("could not delete a partition", { topic, partition, reason: error.message });
    }
  }

  #refreshConfigs(image: MetadataImage): void {
    for (const name of this.#byName.keys()) this.#refreshTopic(image, name);
  }

  #refreshTopic(image: MetadataImage, name: string): void {
    const hosted = this.#byName.get(name);
    if (hosted === undefined) return;
    hosted.config = this.#parts.config.topic(topicConfigs(image, name));
    const logConfig = logConfigOf(hosted.config);
    for (const partition of hosted.partitions) {
      if (partition === undefined) continue;
      partition.log.config = logConfig;
      partition.settings = this.#settingsOf(hosted, partition.index);
    }
  }

  #settingsOf({ config }: HostedTopic, index: number): PartitionSettings {
    return {
      minInSyncReplicas: config["min.insync.replicas"],
      throttled: throttledSides(config, index, this.#parts.nodeId),
    };
  }
}

/** -1 is no limit. */
function rateOf(bytesPerSecond: number): number {
  return bytesPerSecond < 0 ? Infinity : bytesPerSecond;
}
