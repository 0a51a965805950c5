/** What the HTTP side of a node works with. The node puts it together; nothing here knows brokers or controllers. */

import type { Cluster } from "../client/cluster.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { Logger } from "../core/logger.ts";
import type { MetadataImage } from "../metadata/image.ts";
import type { Address } from "../platform/network.ts";
import type { Clock, Random, Timers } from "../platform/platform.ts";
import type { DemoControl } from "./demo.ts";
import type { HealthSource } from "./health/source.ts";
import type { LiveSnapshot } from "./live.ts";
import type { MetricsSource } from "./metrics/source.ts";

/** Who this node is. */
export interface NodeFacts {
  readonly id: number;
  readonly clusterId: string;
  readonly version: string;
  readonly roles: readonly ("broker" | "controller")[];
  /** Where clients reach this node's broker, by listener; empty without that role. */
  readonly listeners: ReadonlyMap<string, Address>;
  /** When the process took up service, in Unix milliseconds. */
  readonly startedMs: number;
}

export interface HttpContext {
  readonly node: NodeFacts;
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  /** The newest committed metadata that this node has applied. */
  image(): MetadataImage;
  /**
   * A client of the cluster that reaches this node's own broker through memory and all others over the network. One
   * for all requests, made on first use; whoever uses it does not close it.
   */
  cluster(): Cluster;
  /** Aborts when the node begins to stop: answers that stream end then. */
  readonly stopping: AbortSignal;
  readonly metrics: MetricsSource;
  readonly health: HealthSource;
  /** What happens on this node now, for charts that move. Rates need two looks: the first one has none. */
  live(): Promise<LiveSnapshot>;
  /** The failure laboratory of `sluice demo`; null on every real node. */
  readonly demo: DemoControl | null;
}
