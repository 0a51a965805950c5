/** What a node needs to take part in the metadata quorum, as a voter or as an observer. */

import type { BrokerConfig } from "../../config/broker_config.ts";
import type { Logger } from "../../core/logger.ts";
import type { Network } from "../../platform/network.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import type { Endpoint } from "../../raft/types.ts";
import type { MetaProperties } from "./meta_properties.ts";

/** Sends requests to other controllers. */
export interface QuorumTransport {
  /**
   * Sends one request to a controller that listens at one of `endpoints`. Requests to the same peer keep their order.
   * Rejects with `NetworkError` when no response came within `timeoutMs`.
   */
  send<A extends Api>(
    endpoints: readonly Endpoint[],
    api: A,
    request: Encodable<A["request"]>,
    timeoutMs: number,
  ): Promise<Decoded<A["response"]>>;
}

/** The transport of a node that is its own quorum. */
export const NO_PEERS: QuorumTransport = {
  send: () => Promise.reject(new Error("this node has no peers")),
};

export interface QuorumOptions {
  readonly platform: Pick<Platform, "clock" | "timers" | "random" | "disk">;
  readonly logger: Logger;
  /** Of this node: `controller.quorum.*`, `metadata.log.*` and the defaults that topics get. */
  readonly config: BrokerConfig;
  /** Of the directory that holds the metadata log. */
  readonly meta: MetaProperties;
  /** The log directory in which `__cluster_metadata-0` is (`metadata.log.dir`, or the first of `log.dirs`). */
  readonly directory: string;
  /** True with the controller role. A node that is only a broker observes the quorum and never votes. */
  readonly canBeVoter: boolean;
  /** Where this node's controller can be reached, real ports included; empty for an observer. */
  readonly endpoints: readonly Endpoint[];
  readonly transport: QuorumTransport;
  /** Reaches the brokers, to find out whether one whose connection has ended is gone. */
  readonly network?: Network;
  /** The metadata log cannot be used any more (disk failure): the node should stop. */
  readonly onFailure?: (error: unknown) => void;
}
