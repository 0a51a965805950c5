/**
 * The composition root: puts a platform and a config together into a running broker, controller, or both, and takes
 * them apart again. The simulator builds the same node from other parts.
 */

import { Broker } from "../broker/broker.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import { type MetaProperties, openMetaProperties } from "../controller/quorum/meta_properties.ts";
import type { MetadataQuorum } from "../controller/quorum/metadata_quorum.ts";
import { PeerTransport } from "../controller/quorum/peer_transport.ts";
import { UsageError } from "../core/errors.ts";
import { nodeId } from "../core/ids.ts";
import type { Logger } from "../core/logger.ts";
import { uuidFromRandom } from "../core/uuid.ts";
import { VERSION } from "../core/version.ts";
import { LogManager } from "../log/log_manager.ts";
import { SUPPORTED_FEATURES } from "../metadata/features.ts";
import { composeNetworks, MEMORY_HOST } from "../platform/compose_networks.ts";
import { MemoryNetwork } from "../platform/memory_network.ts";
import type { DirectoryLock } from "../platform/disk.ts";
import type { Address } from "../platform/network.ts";
import type { Platform } from "../platform/platform.ts";
import { type Features, registryWithApiVersions } from "../server/api_versions.ts";
import { Server, type ServerLimits } from "../server/server.ts";
import { clusterIdOfVoters } from "./cluster_id.ts";
import { bindController, configuredListeners, controllerListener, endpointOf } from "./listeners.ts";
import { LeaderWatch } from "./leader_watch.ts";
import { findMembership, nodeIdOf, settledConfig } from "./membership.ts";
import { writeNotes } from "./node_notes.ts";
import { QuorumMember } from "./quorum_member.ts";
import { warnOfKept } from "./kept_metadata.ts";
import { logManagerOptions, LogReports, startCleaning } from "./log_options.ts";

/** What a node is made of. */
export interface NodeOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  /** Called when the node cannot go on, because its metadata log failed: whoever runs it should stop it. */
  readonly onFailure?: (error: unknown) => void;
  /** What other machines call this one, for listeners on all its addresses; "localhost" unless said. */
  readonly hostName?: string;
  /** Is given the parts right before the node takes part in its cluster: for a simulation, which looks inside. */
  readonly onParts?: (parts: WatchedParts) => void;
}

/** What can be watched of a node from inside. */
export interface WatchedParts {
  readonly quorum: MetadataQuorum;
  /** Null on a node that is only a controller. */
  readonly broker: Broker | null;
}

/** The listener of a combined node's controller that only its own broker can reach. */
const IN_PROCESS_LISTENER = "IN_PROCESS";
/** How long clients may take to read their last answers when the node stops, in milliseconds. */
const DRAIN_MS = 3_000;

/** Requests of one connection that may await their answers; more are read when some of these are done. */
const MAX_IN_FLIGHT = 64;

const supportedFeatures = [...SUPPORTED_FEATURES]
  .map(([name, { min, max }]) => ({ name, minVersion: min, maxVersion: max }));

/** How long the quorum may take to hand over leadership when the node stops, in milliseconds. */
const HANDOVER_MS = 5_000;

/** What a node with the broker role has besides. */
interface BrokerParts {
  readonly broker: Broker;
  readonly server: Server;
  readonly logs: LogManager;
}

/** Everything of a running node that has to be stopped. */
interface NodeParts {
  /** Null on a node that is only a controller. */
  readonly serving: BrokerParts | null;
  readonly member: QuorumMember;
  readonly watch: LeaderWatch;
  readonly transport: PeerTransport;
  /** Serves the other nodes and the node's own broker. */
  readonly peerServer: Server;
  readonly locks: readonly DirectoryLock[];
}

/** A step that takes back what a start has done so far. */
type Undo = () => void | Promise<void>;

/** A node that serves. */
export class Node {
  readonly id: number;
  readonly clusterId: string;
  readonly roles: readonly string[];
  /** The real addresses of the broker's listeners by name; empty on a node that is only a controller. */
  readonly addresses: ReadonlyMap<string, Address>;
  /** Where other nodes reach this node's controller; null on a node that is only a broker. */
  readonly controllerAddress: Address | null;
  readonly #parts: NodeParts;
  #stopped: Promise<void> | undefined;

  private constructor(
    meta: MetaProperties,
    place: Pick<Node, "roles" | "addresses" | "controllerAddress">,
    parts: NodeParts,
  ) {
    this.id = meta.nodeId;
    this.clusterId = meta.clusterId;
    this.roles = place.roles;
    this.addresses = place.addresses;
    this.controllerAddress = place.controllerAddress;
    this.#parts = parts;
  }

  /**
   * Starts a node; resolves when clients can produce and consume, or, on a node that is only a controller, when it
   * takes part in the quorum. Throws `UsageError`, `UnreachableError`, `DiskError` or `NetworkError`, each naming
   * what is wrong, and leaves nothing behind that runs.
   */
  static async start(options: NodeOptions): Promise<Node> {
    const undo: Undo[] = [];
    try {
      return await Node.#assemble(options, (step) => undo.push(step));
    } catch (error) {
      for (const step of undo.reverse()) await step();
      throw error;
    }
  }

  static async #assemble(options: NodeOptions, onFailure: (undo: Undo) => void): Promise<Node> {
    const { platform, logger } = options;
    const directories = logDirectories(options.config);
    const metadataDirectory = options.config.get("metadata.log.dir") ?? directories[0]!;
    const locks = [...new Set([metadataDirectory, ...directories])].map((directory) => {
      platform.disk.makeDirectory(directory);
      const lock = platform.disk.lockDirectory(directory);
      onFailure(() => lock.release());
      return lock;
    });
    const peerLink = {
      network: platform.network,
      timers: platform.timers,
      clientId: "node",
      softwareVersion: VERSION,
      requestTimeoutMs: options.config.get("controller.quorum.request.timeout.ms"),
    };
    const search = { ...platform, ...peerLink, logger };
    const membership = await findMembership(options.config, metadataDirectory, search);
    const isBroker = membership.roles.includes("broker");
    const isController = membership.roles.includes("controller");
    const network = composeNetworks({ [MEMORY_HOST]: new MemoryNetwork() }, platform.network);
    const hostName = options.hostName ?? "localhost";
    const newServer = () => {
      const server = new Server({ ...platform, network, logger, limits: limitsOf(options.config) });
      onFailure(() => server.stop(0));
      return server;
    };

    const server = newServer();
    const listeners = isBroker ? configuredListeners(options.config, "broker") : [];
    if (isBroker && listeners.length === 0) {
      throw new UsageError("listeners: a broker needs at least one listener of its own");
    }
    const addresses = new Map(listeners.map(({ name, address }) => [name, server.bind(name, address)]));
    const endpoints = listeners.map((one) => endpointOf(one, addresses.get(one.name)!, hostName));
    const incarnationId = uuidFromRandom((length) => platform.random.bytes(length));
    const rack = options.config.get("broker.rack");
    const newcomer = { incarnationId, endpoints, rack, features: supportedFeatures };
    const id = await nodeIdOf(options.config, membership, newcomer, search);
    const config = settledConfig(options.config, id, membership);

    const peerServer = newServer();
    const peers = controllerListener(config, membership.notes.controllerPort);
    const controllerAddress = isController ? bindController(peerServer, peers) : null;
    const ownController = isController && isBroker
      ? peerServer.bind(IN_PROCESS_LISTENER, { host: MEMORY_HOST, port: 0 })
      : null;
    const metas = await openMetas(options, directories, metadataDirectory, {
      nodeId: nodeId(id),
      clusterId: config.get("cluster.id") ?? membership.joining?.clusterId ??
        membership.existing?.clusterId ??
        clusterIdOfVoters(config),
    });
    await writeNotes(platform.disk, metadataDirectory, {
      controllerPort: peers.isChosen && controllerAddress !== null ? controllerAddress.port : 0,
      controllers: membership.existing === null
        ? membership.joining?.controllers ?? []
        : membership.notes.controllers.length > 0
        ? membership.controllers
        : [],
    });

    const transport = new PeerTransport({ ...peerLink, clientId: `node-${id}` });
    onFailure(() => transport.close());
    const member = await QuorumMember.open({
      platform,
      logger,
      config,
      meta: metas.metadata,
      directory: metadataDirectory,
      canBeVoter: isController,
      endpoints: controllerAddress === null ? [] : [endpointOf(peers, controllerAddress, hostName)],
      transport,
      network,
      ...(options.onFailure === undefined ? {} : { onFailure: options.onFailure }),
    }, ownController);
    onFailure(() => member.shutdown(HANDOVER_MS));
    const watch = new LeaderWatch({ member, transport }, { timers: platform.timers, logger });
    onFailure(() => watch.stop());
    const features = (): Features => {
      const { image } = member.quorum;
      return { supported: supportedFeatures, finalized: image.features, finalizedEpoch: image.offset };
    };
    const takePart = (broker: Broker | null) => {
      options.onParts?.({ quorum: member.quorum, broker });
      member.start();
      // What peers ask is for a replica that has been started.
      if (member.controller === null) return;
      const registry = registryWithApiVersions(member.controller.handlers, features);
      peerServer.serve(peers.name, registry, { unlimited: true });
      if (ownController !== null) peerServer.serve(IN_PROCESS_LISTENER, registry, { unlimited: true });
    };
    const place = { roles: membership.roles, addresses, controllerAddress };
    if (!isBroker) {
      takePart(null);
      return new Node(metas.metadata, place, { serving: null, member, watch, transport, peerServer, locks });
    }

    const reports = new LogReports(logger);
    const logs = await LogManager.open(logManagerOptions({ platform, config }, directories, reports));
    reports.onOpened();
    onFailure(() => logs.close());
    const broker = new Broker({
      nodeId: metas.metadata.nodeId,
      clusterId: metas.metadata.clusterId,
      platform,
      config,
      logger,
      logs,
      network,
      controllerAddress: () => member.activeAddress,
      onControllerChange: (listener) => member.onLeadership(listener),
      softwareVersion: VERSION,
      features: supportedFeatures,
      advertisedListeners: new Set(listeners.filter((one) => one.advertised !== null).map((one) => one.name)),
    });
    onFailure(() => broker.stop());
    member.onImage((image, change) => broker.onImage(image, change));
    takePart(broker);
    await broker.start({ incarnationId, endpoints, rack, logDirs: metas.logs.map((one) => one.directoryId) });
    warnOfKept(broker.image, logs.logs(), logger);
    startCleaning(logs, config);
    const registry = registryWithApiVersions(broker.handlers, features);
    for (const { name } of listeners) server.serve(name, registry);
    const serving = { broker, server, logs };
    return new Node(metas.metadata, place, { serving, member, watch, transport, peerServer, locks });
  }

  /** Leaves the cluster, answers what is under way, and closes the logs so that the next start need not check them. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const { serving, member, watch, transport, peerServer, locks } = this.#parts;
    watch.stop();
    if (serving !== null) {
      const { broker, server, logs } = serving;
      await broker.leave();
      const drained = server.stop(DRAIN_MS);
      broker.stop();
      await drained;
      await logs.close({ brokerEpoch: broker.epoch });
    }
    // The peers must be able to reach this node until somebody else leads.
    await member.shutdown(HANDOVER_MS);
    await peerServer.stop(DRAIN_MS);
    transport.close();
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
  { platform }: NodeOptions,
  directories: readonly string[],
  metadataDirectory: string,
  expected: { readonly nodeId: MetaProperties["nodeId"]; readonly clusterId: string | undefined },
): Promise<{ readonly metadata: MetaProperties; readonly logs: readonly MetaProperties[] }> {
  const metadata = await openMetaProperties(platform, metadataDirectory, expected);
  const { clusterId } = metadata;
  const logs: MetaProperties[] = [];
  for (const directory of directories) {
    logs.push(
      directory === metadataDirectory
        ? metadata
        : await openMetaProperties(platform, directory, { ...expected, clusterId }),
    );
  }
  return { metadata, logs };
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
