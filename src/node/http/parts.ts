/** What of a running node its HTTP side shows. */

import type { Broker } from "../../broker/broker.ts";
import type { BrokerConfig } from "../../config/broker_config.ts";
import type { Controller } from "../../controller/controller.ts";
import type { MetadataQuorum } from "../../controller/quorum/metadata_quorum.ts";
import type { NodeId } from "../../core/ids.ts";
import type { DemoControl } from "../../http/demo.ts";
import type { Address } from "../../platform/network.ts";
import type { Process } from "../../platform/process.ts";
import type { Registry } from "../../server/registry.ts";
import type { Server } from "../../server/server.ts";

/** What the process uses; nodes that run in a simulation have none. */
export type Usage = Pick<Process, "memory" | "cpu">;

export interface ShownBroker {
  readonly broker: Broker;
  readonly server: Server;
  /** What its listeners answer. */
  readonly registry: Registry;
}

/** A node that serves. */
export interface ShownNode {
  readonly id: NodeId;
  readonly clusterId: string;
  readonly roles: readonly string[];
  readonly addresses: ReadonlyMap<string, Address>;
  readonly config: BrokerConfig;
  readonly quorum: MetadataQuorum;
  /** Null on a node without the controller role. */
  readonly controller: Controller | null;
  /** Serves the other nodes and this node's own broker. */
  readonly peerServer: Server;
  /** Null on a node without the broker role. */
  readonly serving: ShownBroker | null;
  readonly usage: Usage | null;
  readonly demo: DemoControl | null;
}
