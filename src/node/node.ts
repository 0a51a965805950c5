/**
 * The composition root: puts a platform and a config together into a running broker, controller, or both, and takes
 * them apart again. The simulator builds the same node from other parts.
 */

import { Broker } from "../broker/broker.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import { Controller } from "../controller/controller.ts";
import { type MetaProperties, openMetaProperties } from "../controller/quorum/meta_properties.ts";
import { NO_PEERS } from "../controller/quorum/options.ts";
import { UsageError } from "../core/errors.ts";
import { nodeId } from "../core/ids.ts";
import type { Logger } from "../core/logger.ts";
import { VERSION } from "../core/version.ts";
import { LogManager } from "../log/log_manager.ts";
import { SUPPORTED_FEATURES } from "../metadata/features.ts";
import type { EndpointImage } from "../metadata/image.ts";
import { composeNetworks, MEMORY_HOST } from "../platform/compose_networks.ts";
import { MemoryNetwork } from "../platform/memory_network.ts";
import type { DirectoryLock } from "../platform/disk.ts";
import type { Address } from "../platform/network.ts";
import type { Platform } from "../platform/platform.ts";
import { type Features, registryWithApiVersions } from "../server/api_versions.ts";
import { Server, type ServerLimits } from "../server/server.ts";
import { type ConfiguredListener, configuredListeners } from "./listeners.ts";
import { warnOfKept } from "./kept_metadata.ts";
import { logManagerOptions, LogReports, startCleaning } from "./log_options.ts";

/** What a node is made of. */
export interface NodeOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  /** Called when the node cannot go on, because its metadata log failed: whoever runs it should stop it. */
  readonly onFailure?: (error: unknown) => void;
}

/** The listener of a combined node's controller that only its own broker can reach. */
const IN_PROCESS_LISTENER = "IN_PROCESS";
/** Kafka's id of the PLAINTEXT security protocol. */
const PLAINTEXT = 0;
/** How long clients may take to read their last answers when the node stops, in milliseconds. */
const DRAIN_MS = 3_000;

/** Requests of one connection that may await their answers; more are read when some of these are done. */
const MAX_IN_FLIGHT = 64;

const supportedFeatures = [...SUPPORTED_FEATURES]
  .map(([name, { min, max }]) => ({ name, minVersion: min, maxVersion: max }));

/** Everything of a running node that has to be stopped, in the order of the fields. */
interface NodeParts {
  readonly broker: Broker;
  readonly server: Server;
  readonly logs: LogManager;
  readonly controller: Controller;
  readonly locks: readonly DirectoryLock[];
}

/** A node that serves. */
export class Node {
  readonly id: number;
  readonly clusterId: string;
  /** The real addresses of the broker's listeners by name. */
  readonly addresses: ReadonlyMap<string, Address>;
  readonly #parts: NodeParts;
  #stopped: Promise<void> | undefined;

  private constructor(meta: MetaProperties, addresses: ReadonlyMap<string, Address>, parts: NodeParts) {
    this.id = meta.nodeId;
    this.clusterId = meta.clusterId;
    this.addresses = addresses;
    this.#parts = parts;
  }

  /**
   * Starts a node; resolves when clients can produce and consume. Throws `UsageError`, `DiskError` or
   * `NetworkError`, each naming what is wrong, and leaves nothing behind that runs.
   */
  static async start(options: NodeOptions): Promise<Node> {
    const undo: (() => void | Promise<void>)[] = [];
    try {
      return await Node.#assemble(options, (step) => undo.push(step));
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  static async #assemble(
    options: NodeOptions,
    onFailure: (undo: () => void | Promise<void>) => void,
  ): Promise<Node> {
    const { platform, config, logger } = options;
    const directories = logDirectories(config);
    const listeners = configuredListeners(config, "broker");
    if (listeners.length === 0) {
      throw new UsageError("listeners: a broker needs at least one listener of its own");
    }
    const locks = directories.map((directory) => {
      platform.disk.makeDirectory(directory);
      const lock = platform.disk.lockDirectory(directory);
      onFailure(() => lock.release());
      return lock;
    });
    const [meta, ...otherMetas] = await openMetas(options, directories);
    const network = composeNetworks({ [MEMORY_HOST]: new MemoryNetwork() }, platform.network);
    const server = new Server({ ...platform, network, logger, limits: limitsOf(config) });
    onFailure(() => server.stop(0));
    const addresses = new Map(listeners.map(({ name, address }) => [name, server.bind(name, address)]));
    const controllerAddress = server.bind(IN_PROCESS_LISTENER, { host: MEMORY_HOST, port: 0 });

    const controller = await Controller.open({
      platform,
      logger,
      config,
      meta,
      directory: config.get("metadata.log.dir") ?? directories[0]!,
      canBeVoter: true,
      endpoints: [{ name: IN_PROCESS_LISTENER, ...controllerAddress }],
      transport: NO_PEERS,
      ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
    });
    onFailure(() => controller.shutdown());
    const reports = new LogReports(logger);
    const logs = await LogManager.open(logManagerOptions(options, directories, reports));
    reports.onOpened();
    onFailure(() => logs.close());
    const broker = new Broker({
      nodeId: meta.nodeId,
      clusterId: meta.clusterId,
      platform,
      config,
      logger,
      logs,
      controllerNetwork: network,
      // While no controller is active the channel waits; asking one that is not would only be refused.
      controllerAddress: () => controller.isActive ? controllerAddress : null,
      softwareVersion: VERSION,
      features: supportedFeatures,
      advertisedListeners: new Set(listeners.filter((one) => one.advertised !== null).map((one) => one.name)),
    });
    onFailure(() => broker.stop());
    const features = (): Features => ({
      supported: supportedFeatures,
      finalized: broker.image.features,
      finalizedEpoch: broker.image.offset,
    });
    const controllerRegistry = registryWithApiVersions(controller.handlers, features);
    server.serve(IN_PROCESS_LISTENER, controllerRegistry, { unlimited: true });
    controller.onImage((image, change) => broker.onImage(image, change));
    controller.start();
    await broker.start({
      endpoints: listeners.map((listener) => endpointOf(listener, addresses.get(listener.name)!)),
      rack: config.get("broker.rack"),
      logDirs: [meta, ...otherMetas].map((one) => one.directoryId),
    });
    warnOfKept(broker.image, logs.logs(), logger);
    startCleaning(logs, config);
    const registry = registryWithApiVersions(broker.handlers, features);
    for (const { name } of listeners) server.serve(name, registry);
    return new Node(meta, addresses, { broker, server, logs, controller, locks });
  }

  /** Leaves the cluster, answers what is under way, and closes the logs so that the next start need not check them. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { controller, broker, logs, server, locks } = this.#parts;
    await broker.leave();
    const drained = server.stop(DRAIN_MS);
    broker.stop();
    await drained;
    await logs.close({ brokerEpoch: broker.epoch });
    await controller.shutdown();
    for (const lock of locks) lock.release();
  }
}

/** The directories that hold the logs; the metadata log is in the first unless the config says otherwise. */
function logDirectories(config: BrokerConfig): readonly string[] {
  const directories = config.get("log.dirs") ?? config.get("log.dir");
  if (directories.length === 0 || new Set(directories).size < directories.length) {
    throw new UsageError(`log.dirs: "${directories.join(",")}" must name one or more directories, each once`);
  }
  return directories;
}

/** Says in each directory which node and cluster it belongs to, or checks that it does. */
async function openMetas(
  { platform, config }: NodeOptions,
  directories: readonly string[],
): Promise<[MetaProperties, ...MetaProperties[]]> {
  const id = nodeId(config.get("node.id"));
  const first = await openMetaProperties(platform, directories[0]!, { nodeId: id, clusterId: undefined });
  const others: MetaProperties[] = [];
  for (const directory of directories.slice(1)) {
    others.push(await openMetaProperties(platform, directory, { nodeId: id, clusterId: first.clusterId }));
  }
  return [first, ...others];
}

function endpointOf(listener: ConfiguredListener, bound: Address): EndpointImage {
  const { host, port } = listener.advertised ?? bound;
  return { name: listener.name, host, port, securityProtocol: PLAINTEXT };
}

function limitsOf(config: BrokerConfig): ServerLimits {
  return {
    maxRequestBytes: config.get("socket.request.max.bytes"),
    maxConnections: config.get("max.connections"),
    maxConnectionsPerIp: config.get("max.connections.per.ip"),
    maxIdleMs: config.get("connections.max.idle.ms"),
    maxInFlight: MAX_IN_FLIGHT,
  };
}
