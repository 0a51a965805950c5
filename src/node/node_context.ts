/** What the parts of a node share while they are put together. */

import type { Broker } from "../broker/broker.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { MetadataQuorum } from "../controller/quorum/metadata_quorum.ts";
import type { Logger } from "../core/logger.ts";
import type { DemoControl } from "../http/demo.ts";
import { SUPPORTED_FEATURES } from "../metadata/features.ts";
import { composeNetworks, MEMORY_HOST } from "../platform/compose_networks.ts";
import { MemoryNetwork } from "../platform/memory_network.ts";
import type { Network } from "../platform/network.ts";
import type { Platform } from "../platform/platform.ts";
import type { Process } from "../platform/process.ts";
import { Server, type ServerLimits } from "../server/server.ts";

/** What a node is made of. */
export interface NodeOptions {
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  /** Called when the node cannot go on, because its metadata log failed: whoever runs it should stop it. */
  readonly onFailure?: (error: unknown) => void;
  /** What other machines call this one, for listeners on all its addresses; "localhost" unless said. */
  readonly hostName?: string;
  /** What the process uses, for metrics; all zero unless said. */
  readonly usage?: Pick<Process, "memory" | "cpu">;
  /** What may be done to the nodes of a demo cluster from the dashboard; nothing unless said. */
  readonly demo?: DemoControl;
  /** Is given the parts right before the node takes part in its cluster: for a simulation, which looks inside. */
  readonly onParts?: (parts: WatchedParts) => void;
}

/** What can be watched of a node from inside. */
export interface WatchedParts {
  readonly quorum: MetadataQuorum;
  /** Null on a node that is only a controller. */
  readonly broker: Broker | null;
}

/** A step that takes back what a start has done so far. */
export type Undo = () => void | Promise<void>;

/** Requests of one connection that may await their answers; more are read when some of these are done. */
const MAX_IN_FLIGHT = 64;
/** How long clients may take to read their last answers when a server stops, in milliseconds. */
export const DRAIN_MS = 3_000;

/** The features of this program, as registrations and ApiVersions tell them. */
export const supportedFeatures = [...SUPPORTED_FEATURES]
  .map(([name, { min, max }]) => ({ name, minVersion: min, maxVersion: max }));

export class NodeContext {
  readonly options: NodeOptions;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly hostName: string;
  /** The platform's network, and one inside the process by which a combined node's parts reach each other. */
  readonly network: Network;
  /** Takes a step for the case that the start fails later on; the last comes first. */
  readonly onFailure: (undo: Undo) => void;

  constructor(options: NodeOptions, onFailure: (undo: Undo) => void) {
    this.options = options;
    this.platform = options.platform;
    this.logger = options.logger;
    this.hostName = options.hostName ?? "localhost";
    this.network = composeNetworks({ [MEMORY_HOST]: new MemoryNetwork() }, options.platform.network);
    this.onFailure = onFailure;
  }

  /** A server on this node's network, with the limits that it is configured with. */
  newServer(): Server {
    const { network, logger, platform: { clock, timers } } = this;
    const server = new Server({ network, clock, timers, logger, limits: limitsOf(this.options.config) });
    this.onFailure(() => server.stop(0));
    return server;
  }
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
