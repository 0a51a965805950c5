/** The parts of a broker that its handlers work with. */

import type { BrokerConfig } from "../config/broker_config.ts";
import type { Logger } from "../core/logger.ts";
import type { NodeId } from "../core/ids.ts";
import type { Platform } from "../platform/platform.ts";
import type { AutoTopics } from "./auto_topics.ts";
import type { ControllerChannel } from "./controller_channel.ts";
import type { DiskGuard } from "./disk_guard.ts";
import type { FetchSessions } from "./fetch_session.ts";
import type { GroupCoordinator } from "./groups/group_coordinator.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import type { ProducerIds } from "./producer_ids.ts";
import type { ReplicaManager } from "./replica_manager.ts";

export interface BrokerContext {
  readonly nodeId: NodeId;
  readonly platform: Platform;
  readonly config: BrokerConfig;
  readonly logger: Logger;
  readonly metadata: MetadataCache;
  readonly replicas: ReplicaManager;
  readonly channel: ControllerChannel;
  readonly autoTopics: AutoTopics;
  readonly groups: GroupCoordinator;
  readonly diskGuard: DiskGuard;
  readonly producerIds: ProducerIds;
  readonly fetchSessions: FetchSessions;
  /** Whether what this broker leads cannot have been given to others for want of its heartbeats. */
  readonly isInTouch: () => boolean;
  /**
   * Listeners for which an address to advertise was configured. On all others clients are told the address that
   * they themselves connected to, so that containers and forwarded ports work as they are.
   */
  readonly advertisedListeners: ReadonlySet<string>;
}
