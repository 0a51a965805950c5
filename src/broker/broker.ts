/**
 * A broker: the partitions it holds, the APIs it answers, and its lease in the cluster. The composition root gives
 * it a platform, a config, a log manager and a way to the controller, and feeds it the committed metadata images.
 */

import type { BrokerConfig } from "../config/broker_config.ts";
import type { Logger } from "../core/logger.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import type { LogManager } from "../log/log_manager.ts";
import type { MetadataChange } from "../metadata/change.ts";
import { compareImages } from "../metadata/compare_images.ts";
import { LOST_DIRECTORY } from "../metadata/directories.ts";
import { type EndpointImage, isAlive, type MetadataImage } from "../metadata/image.ts";
import type { Address, Network } from "../platform/network.ts";
import type { Platform } from "../platform/platform.ts";
import type { SupportedFeature } from "../server/api_versions.ts";
import type { Handler } from "../server/registry.ts";
import { AutoTopics } from "./auto_topics.ts";
import type { BrokerContext } from "./context.ts";
import { DamagedReplicas } from "./damaged_replicas.ts";
import { ControllerChannel } from "./controller_channel.ts";
import { DiskGuard } from "./disk_guard.ts";
import { FetchSessions } from "./fetch_session.ts";
import { GroupCoordinator } from "./groups/group_coordinator.ts";
import { brokerHandlers } from "./handlers/index.ts";
import { applyBrokerConfigs } from "./handlers/32_describe_configs.ts";
import { DirectoryAssignments } from "./directory_assignments.ts";
import { BrokerLifecycle } from "./lifecycle.ts";
import { BrokerMetrics } from "./metrics/broker_metrics.ts";
import { MetadataCache } from "./metadata_cache.ts";
import type { Partition } from "./partition.ts";
import { ProducerIds } from "./producer_ids.ts";
import { ReplicaManager } from "./replica_manager.ts";
import { Replication } from "./replication/replication.ts";

/** What a broker is made of. */
export interface BrokerOptions {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  readonly logs: LogManager;
  /** Reaches the controllers, in a combined node through memory, and the other brokers. */
  readonly network: Network;
  readonly controllerAddress: () => Address | null;
  /** Calls `listener` whenever that address may be another one. */
  readonly onControllerChange: (listener: () => void) => void;
  readonly softwareVersion: string;
  readonly features: readonly SupportedFeature[];
  readonly advertisedListeners: ReadonlySet<string>;
}

/** Where the broker can be reached, known once its listeners are open. */
export interface BrokerPresence {
  /** Which process this is: drawn anew at every start (KIP-631). */
  readonly incarnationId: Uuid;
  readonly endpoints: readonly EndpointImage[];
  readonly rack: string | null;
  readonly logDirs: readonly Uuid[];
}

/** How long a broker waits to see in its metadata that it is let in: no longer, should it be fenced again at once. */
const SEEN_ALIVE_MS = 1_000;

export class Broker {
  readonly handlers: readonly Handler[];
  readonly metrics: BrokerMetrics;
  readonly #options: BrokerOptions;
  readonly #context: BrokerContext;
  readonly #replication: Replication;
  #lifecycle: BrokerLifecycle | undefined;
  readonly #assignments: DirectoryAssignments;
  readonly #damaged: DamagedReplicas;
  /** The ids of the log directories, in their order. */
  #logDirs: readonly Uuid[] = [];
  #stopped = false;
  #heardMs = -Infinity;
  /** The newest image while this broker catches up with its registration; null once it has. */
  #behind: MetadataImage | null;

  constructor(options: BrokerOptions) {
    this.#options = options;
    const { nodeId, platform, config, logger } = options;
    const metadata = new MetadataCache(options.clusterId, platform.timers);
    this.#behind = metadata.image;
    const channel = new ControllerChannel({
      network: options.network,
      clock: platform.clock,
      timers: platform.timers,
      logger,
      clientId: `broker-${nodeId}`,
      softwareVersion: options.softwareVersion,
      requestTimeoutMs: config.get("request.timeout.ms"),
      controllerAddress: options.controllerAddress,
      onControllerChange: options.onControllerChange,
    });
    const { clock } = platform;
    const replicas = new ReplicaManager({ nodeId, config, logger, metadata, logs: options.logs, clock });
    const diskGuard = new DiskGuard({
      disk: platform.disk,
      timers: platform.timers,
      logger,
      reservedBytes: () => config.get("log.reserved.disk.bytes"),
    }, replicas.directories);
    const autoTopics = new AutoTopics({ config, channel, metadata, logger });
    this.#context = {
      nodeId,
      platform,
      config,
      logger,
      metadata,
      channel,
      replicas,
      autoTopics,
      diskGuard,
      groups: new GroupCoordinator({ config, logger, ...platform, metadata, replicas, autoTopics }),
      producerIds: new ProducerIds(channel, () => ({ id: nodeId, epoch: this.epoch })),
      fetchSessions: new FetchSessions(platform.random),
      isInTouch: () => this.#lifecycle?.isInTouch === true,
      advertisedListeners: options.advertisedListeners,
    };
    this.#replication = new Replication({
      self: () => ({ id: nodeId, epoch: this.epoch }),
      network: options.network,
      timers: platform.timers,
      softwareVersion: options.softwareVersion,
      config,
      logger,
      metadata,
      channel,
      replicas,
    });
    this.#assignments = new DirectoryAssignments({
      broker: () => ({ id: nodeId, epoch: this.epoch }),
      channel,
      timers: platform.timers,
      logger,
      image: () => metadata.image,
      find: (topic, index) => replicas.find(topic, index),
      directoryOf: (partition) =>
        this.#damaged.isLost(partition) ? LOST_DIRECTORY : this.#idOf(replicas.directoryOf(partition)),
    });
    this.#damaged = new DamagedReplicas({
      logger,
      isAlive: (id) => isAlive(metadata.image, id),
      tellDirectory: (partition) => this.#assignments.tell(partition),
      renew: (partition) => {
        replicas.renew(partition);
        const renewed = replicas.find(partition.topic, partition.index);
        if (renewed !== undefined) this.#assignments.tell(renewed);
      },
    });
    replicas.events = {
      onIsrWish: (partition) => this.#replication.isr.onWish(partition),
      onRole: (partition) => this.#replication.fetchers.onRole(partition),
      onLateRole: (partition) => this.#onLateRole(partition),
      onGone: (partition) => this.#replication.fetchers.onGone(partition),
      onDamaged: (partition) => this.#damaged.onDamaged(partition),
      onExpired: (partition) => this.#replication.fetchers.onExpired(partition),
    };
    this.handlers = brokerHandlers(this.#context);
    this.metrics = new BrokerMetrics(this.#context);
  }

  /** The epoch that the controller gave this broker; -1 before it is registered. */
  get epoch(): number {
    return this.#lifecycle?.epoch ?? -1;
  }

  /** When the controller last took a heartbeat, in monotonic milliseconds; -Infinity when it never has. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Whether it is about to stop, or has. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /** The newest metadata that is in force here. */
  get image(): MetadataImage {
    return this.#context.metadata.image;
  }

  /** The partitions that this broker has a replica of. */
  partitions(): Iterable<Partition> {
    return this.#context.replicas.partitions();
  }

  /** What is kept for those who wait or may come back, and how much that may be at most. */
  get held() {
    const { fetchSessions, replicas, config } = this.#context;
    return {
      fetchSessions: fetchSessions.size,
      maxFetchSessions: config.get("max.incremental.fetch.session.cache.slots"),
      waitingProduces: replicas.counters.waitingProduces,
    };
  }

  /** Takes committed metadata: logs are opened and roles taken before anybody is told of it. */
  onImage(image: MetadataImage, change: MetadataChange): void {
    // What is still committed while the node stops is for its next start: no log is opened any more.
    if (this.#stopped) return;
    if (this.#behind === null) return this.#apply(image, change);
    this.#behind = image;
    this.#catchUp();
  }

  /**
   * What was replayed before this broker's registration is history. To act on it would be wrong: the log of a topic
   * that was deleted and created anew is there already, and a replay comes by the deleted one first.
   */
  #catchUp(): void {
    const image = this.#behind;
    if (image === null || this.epoch < 0 || image.offset < this.epoch) return;
    this.#behind = null;
    this.#apply(image, compareImages(this.image, image));
  }

  #apply(image: MetadataImage, change: MetadataChange): void {
    if (change.configs.length > 0) applyBrokerConfigs(this.#context, image);
    this.#context.replicas.apply(image, change);
    this.#context.groups.onMetadata(change);
    this.#context.metadata.publish(image);
    this.#replication.onBrokers(change.brokers);
    this.#assignments.onMetadata(change);
    this.#damaged.onMetadata(change);
  }

  #idOf(directory: string): Uuid | undefined {
    return this.#logDirs[this.#context.replicas.directories.indexOf(directory)];
  }

  #directories() {
    const { replicas } = this.#context;
    const cordoned = this.#options.config.get("cordoned.log.dirs");
    const ids = (paths: readonly string[]) => paths.flatMap((path) => this.#idOf(path) ?? []);
    return {
      offline: ids(replicas.failedDirectories),
      cordoned: cordoned.includes("*") ? this.#logDirs : ids(cordoned),
    };
  }

  /** A partition has only now taken the role that the metadata gave it before. */
  #onLateRole(partition: Partition): void {
    this.#replication.fetchers.onRole(partition);
    this.#context.groups.onRole(partition);
  }

  /** Registers with the controller and resolves when clients may be served. */
  async start(presence: BrokerPresence): Promise<void> {
    const { nodeId, clusterId, platform, config, logger, features } = this.#options;
    const { channel, metadata } = this.#context;
    this.#logDirs = presence.logDirs;
    this.#lifecycle = new BrokerLifecycle({
      nodeId,
      clusterId,
      incarnationId: presence.incarnationId,
      rack: presence.rack,
      endpoints: presence.endpoints,
      features,
      logDirs: presence.logDirs,
      previousEpoch: this.#options.logs.previousBrokerEpoch,
      heartbeatIntervalMs: config.get("broker.heartbeat.interval.ms"),
      sessionTimeoutMs: config.get("broker.session.timeout.ms"),
      channel,
      metadata,
      clock: platform.clock,
      timers: platform.timers,
      logger,
      directories: () => this.#directories(),
      onRegistered: () => this.#catchUp(),
      onHeard: () => this.#heardMs = platform.clock.monotonicMs(),
    });
    await this.#lifecycle.start();
    // The controller knows a moment before this broker that it is let in; its own clients are to be told so too.
    await metadata.waitFor((image) => isAlive(image, nodeId), SEEN_ALIVE_MS);
    this.#context.replicas.deleteStrays();
  }

  /** Tells the controller that this broker leaves. */
  async leave(): Promise<void> {
    await this.#lifecycle?.stop();
  }

  /** Ends what waits, so that clients get their answers before the server stops. The logs stay open. */
  stop(): void {
    this.#stopped = true;
    this.#replication.stop();
    this.#assignments.stop();
    this.#context.diskGuard.stop();
    this.#context.groups.close();
    this.#context.replicas.close();
    this.#context.channel.close();
  }
}
