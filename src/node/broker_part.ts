/** A node's broker with what belongs to it: the listeners for clients and the logs of its partitions. */

import { Broker } from "../broker/broker.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import { UsageError } from "../core/errors.ts";
import type { Uuid } from "../core/ids.ts";
import { uuidFromRandom } from "../core/uuid.ts";
import { VERSION } from "../core/version.ts";
import { LogManager } from "../log/log_manager.ts";
import type { EndpointImage } from "../metadata/image.ts";
import type { Address } from "../platform/network.ts";
import { registryWithApiVersions } from "../server/api_versions.ts";
import type { Registry } from "../server/registry.ts";
import type { Server } from "../server/server.ts";
import type { NodeDirectories, NodeMetas } from "./directories.ts";
import { warnOfKept } from "./kept_metadata.ts";
import { type ConfiguredListener, configuredListeners, endpointOf } from "./listeners.ts";
import { logManagerOptions, LogReports, startCleaning } from "./log_options.ts";
import { DRAIN_MS, type NodeContext, supportedFeatures } from "./node_context.ts";
import type { QuorumPart } from "./quorum_part.ts";

/** The listeners for clients and other brokers, open and not served yet, and what the broker registers with. */
export class ClientListeners {
  readonly server: Server;
  readonly listeners: readonly ConfiguredListener[];
  /** The real addresses by listener name. */
  readonly addresses: ReadonlyMap<string, Address>;
  readonly endpoints: readonly EndpointImage[];
  readonly incarnationId: Uuid;
  readonly rack: string | null;
  readonly features = supportedFeatures;

  /** Throws `NetworkError` when an address cannot be had. */
  constructor(context: NodeContext, config: BrokerConfig, isBroker: boolean) {
    this.server = context.newServer();
    this.listeners = isBroker ? configuredListeners(config, "broker") : [];
    if (isBroker && this.listeners.length === 0) {
      throw new UsageError("listeners: a broker needs at least one listener of its own");
    }
    this.addresses = new Map(
      this.listeners.map(({ name, address }) => [name, this.server.bind(name, address)]),
    );
    this.endpoints = this.listeners.map((one) =>
      endpointOf(one, this.addresses.get(one.name)!, context.hostName)
    );
    this.incarnationId = uuidFromRandom((length) => context.platform.random.bytes(length));
    this.rack = config.get("broker.rack");
  }
}

/** What a broker's part is opened with. */
export interface BrokerPlace {
  readonly config: BrokerConfig;
  readonly directories: NodeDirectories;
  readonly metas: NodeMetas;
  readonly listeners: ClientListeners;
}

export class BrokerPart {
  readonly broker: Broker;
  readonly logs: LogManager;
  readonly server: Server;
  /** What its listeners answer. */
  readonly registry: Registry;
  readonly #context: NodeContext;
  readonly #place: BrokerPlace;

  private constructor(
    context: NodeContext,
    place: BrokerPlace,
    parts: { readonly broker: Broker; readonly logs: LogManager; readonly registry: Registry },
  ) {
    this.registry = parts.registry;
    this.#context = context;
    this.#place = place;
    this.broker = parts.broker;
    this.logs = parts.logs;
    this.server = place.listeners.server;
  }

  /** Opens the logs, which checks them after an unclean stop, and has the broker follow the metadata. */
  static async open(context: NodeContext, place: BrokerPlace, quorum: QuorumPart): Promise<BrokerPart> {
    const { platform, logger, network } = context;
    const { config, metas, listeners: { listeners } } = place;
    const reports = new LogReports(logger);
    const logs = await LogManager.open(
      logManagerOptions({ platform, config }, place.directories.logs, reports),
    );
    reports.onOpened();
    context.onFailure(async () => void await logs.close());
    const broker = new Broker({
      nodeId: metas.metadata.nodeId,
      clusterId: metas.metadata.clusterId,
      platform,
      config,
      logger,
      logs,
      network,
      controllerAddress: () => quorum.member.activeAddress,
      onControllerChange: (listener) => quorum.member.onLeadership(listener),
      softwareVersion: VERSION,
      features: supportedFeatures,
      advertisedListeners: new Set(listeners.filter((one) => one.advertised !== null).map((one) => one.name)),
    });
    context.onFailure(() => broker.stop());
    quorum.member.onImage((image, change) => broker.onImage(image, change));
    const registry = registryWithApiVersions(broker.handlers, quorum.features);
    return new BrokerPart(context, place, { broker, logs, registry });
  }

  /** Registers with the controller, and serves clients once it lets them in. */
  async start(): Promise<void> {
    const { config, metas, listeners } = this.#place;
    const { incarnationId, endpoints, rack } = listeners;
    const logDirs = metas.logs.map((one) => one.directoryId);
    await this.broker.start({ incarnationId, endpoints, rack, logDirs });
    warnOfKept(this.broker.image, this.logs.logs(), this.#context.logger);
    startCleaning(this.logs, config);
    for (const { name } of listeners.listeners) this.server.serve(name, this.registry);
  }

  /** Leaves the cluster, answers what is under way, and closes the logs so that the next start need not check them. */
  async stop(): Promise<void> {
    await this.broker.leave();
    const drained = this.server.stop(DRAIN_MS);
    this.broker.stop();
    await drained;
    await this.logs.close({ brokerEpoch: this.broker.epoch });
  }
}
