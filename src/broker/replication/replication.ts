/** A broker's part in replication: the ISRs of what it leads, and the fetchers of what it follows. */

import type { BrokerConfig } from "../../config/broker_config.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import type { Address, Network } from "../../platform/network.ts";
import type { Timers } from "../../platform/platform.ts";
import type { ControllerChannel } from "../controller_channel.ts";
import type { MetadataCache } from "../metadata_cache.ts";
import type { ReplicaManager } from "../replica_manager.ts";
import { IsrManager } from "./isr_manager.ts";
import { LeaderFetcher, MAX_IN_FLIGHT } from "./leader_fetcher.ts";
import { ReplicaFetchers } from "./replica_fetchers.ts";

/** What replication works with. */
export interface ReplicationParts {
  /** This broker, with the epoch of its registration; -1 before. */
  readonly self: () => { readonly id: NodeId; readonly epoch: number };
  readonly network: Network;
  readonly timers: Timers;
  readonly softwareVersion: string;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  readonly metadata: MetadataCache;
  readonly channel: ControllerChannel;
  readonly replicas: ReplicaManager;
}

export class Replication {
  readonly isr: IsrManager;
  readonly fetchers: ReplicaFetchers;
  readonly #parts: ReplicationParts;

  constructor(parts: ReplicationParts) {
    this.#parts = parts;
    const { self, channel, timers, logger, replicas, config } = parts;
    this.isr = new IsrManager({
      broker: self,
      channel,
      timers,
      logger,
      partitions: () => replicas.partitions(),
      counters: replicas.counters,
      maxLagMs: config.get("replica.lag.time.max.ms"),
    });
    this.fetchers = new ReplicaFetchers(self().id, (leaderId) => this.#newFetcher(leaderId));
    this.isr.start();
  }

  /** The registrations of these brokers have changed. */
  onBrokers(ids: ReadonlySet<NodeId>): void {
    if (ids.size === 0) return;
    for (const id of ids) this.fetchers.onBrokerChanged(id);
    void this.isr.checkAll();
  }

  stop(): void {
    this.isr.stop();
    this.fetchers.close();
  }

  #newFetcher(leaderId: NodeId): LeaderFetcher {
    const { self, network, timers, softwareVersion, config, logger, replicas } = this.#parts;
    return new LeaderFetcher({
      leaderId,
      self,
      logger,
      quotas: replicas.quotas,
      address: () => this.#addressOf(leaderId),
      connection: {
        network,
        timers,
        clientId: `broker-${self().id}-fetcher-${leaderId}`,
        softwareVersion,
        requestTimeoutMs: config.get("replica.socket.timeout.ms"),
        // What comes is appended before the next request goes out, and two are under way at most.
        reusedFrames: MAX_IN_FLIGHT,
      },
      settings: {
        maxBytes: config.get("replica.fetch.max.bytes"),
        maxResponseBytes: config.get("replica.fetch.response.max.bytes"),
        maxWaitMs: config.get("replica.fetch.wait.max.ms"),
        minBytes: config.get("replica.fetch.min.bytes"),
        backoffMs: config.get("replica.fetch.backoff.ms"),
      },
    });
  }

  /** Brokers talk to each other over `inter.broker.listener.name`, by default the first listener. */
  #addressOf(id: NodeId): Address | null {
    const { metadata, config } = this.#parts;
    return metadata.endpoint(id, (config.get("inter.broker.listener.name") ?? "").toUpperCase());
  }
}
