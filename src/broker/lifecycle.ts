/**
 * A broker's lease in the cluster (KIP-631): it registers with a fresh incarnation id, sends heartbeats, is unfenced
 * once it has caught up with the metadata, and asks to leave when it stops.
 */

import type { Logger } from "../core/logger.ts";
import { messageOf } from "../core/errors.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import type { EndpointImage } from "../metadata/image.ts";
import type { Clock, Timers } from "../platform/platform.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { brokerRegistration } from "../protocol/messages/62_broker_registration.ts";
import { brokerHeartbeat } from "../protocol/messages/63_broker_heartbeat.ts";
import type { SupportedFeature } from "../server/api_versions.ts";
import type { ControllerChannel } from "./controller_channel.ts";
import type { MetadataCache } from "./metadata_cache.ts";

/** Who registers, and with what. */
export interface LifecycleOptions {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly incarnationId: Uuid;
  readonly rack: string | null;
  readonly endpoints: readonly EndpointImage[];
  readonly features: readonly SupportedFeature[];
  readonly logDirs: readonly Uuid[];
  /** The epoch at the last clean shutdown, -1 after any other: replicas may then lack what they acknowledged. */
  readonly previousEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly channel: ControllerChannel;
  readonly metadata: MetadataCache;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The broker has an epoch now. */
  readonly onRegistered: () => void;
}

/** How long a graceful stop waits for the controller to move leaders away. */
const SHUTDOWN_TIMEOUT_MS = 5_000;
const RETRY_MS = 100;

export class BrokerLifecycle {
  readonly #options: LifecycleOptions;
  #epoch = -1;
  #stopping = false;
  #stopped = false;
  #leave: (() => void) | undefined;
  #unfenced: (() => void) | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** The broker's epoch, given by its registration; -1 before. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Registers, and resolves when the controller has unfenced this broker; heartbeats go on until {@link stop}. */
  async start(): Promise<void> {
    await this.#register();
    const unfenced = new Promise<void>((resolve) => this.#unfenced = resolve);
    void this.#beat();
    await unfenced;
  }

  /** Asks the controller to move leaders away, and ends the heartbeats when it has or does not answer in time. */
  async stop(): Promise<void> {
    if (this.#epoch < 0) return;
    this.#stopping = true;
    const left = new Promise<void>((resolve) => this.#leave = resolve);
    const timer = this.#options.timers.after(SHUTDOWN_TIMEOUT_MS, () => this.#leave?.());
    void this.#heartbeat().catch(() => this.#leave?.());
    await left;
    timer.cancel();
    this.#stopped = true;
  }

  async #register(): Promise<void> {
    const { nodeId, clusterId, incarnationId, rack, endpoints, features, logDirs, previousEpoch } =
      this.#options;
    const { channel, logger } = this.#options;
    while (!this.#stopped) {
      try {
        const response = await channel.send(brokerRegistration, {
          brokerId: nodeId,
          clusterId,
          incarnationId,
          listeners: endpoints.map((one) => ({ ...one })),
          features: features.map(({ name, minVersion, maxVersion }) => ({
            name,
            minSupportedVersion: minVersion,
            maxSupportedVersion: maxVersion,
          })),
          rack,
          isMigratingZkBroker: false,
          logDirs,
          previousBrokerEpoch: this.#epoch >= 0 ? this.#epoch : previousEpoch,
        });
        if (response.errorCode === ErrorCode.NONE) {
          this.#epoch = response.brokerEpoch;
          this.#options.onRegistered();
          return;
        }
        logger.warn("the controller did not register this broker", {
          reason: errorInfo(response.errorCode).name,
        });
      } catch (error) {
        logger.warn("could not register with the controller", { reason: messageOf(error) });
      }
      await this.#options.timers.sleep(RETRY_MS);
    }
  }

  async #beat(): Promise<void> {
    while (!this.#stopped) {
      let waitMs = this.#options.heartbeatIntervalMs;
      try {
        const fenced = await this.#heartbeat();
        // Until it is unfenced a broker asks again as soon as its metadata has moved on.
        if (fenced) waitMs = 20;
      } catch (error) {
        this.#options.logger.warn("no answer to a heartbeat", { reason: messageOf(error) });
        waitMs = RETRY_MS;
      }
      await this.#options.timers.sleep(waitMs);
    }
  }

  /** Sends one heartbeat; resolves with whether the broker is fenced. */
  async #heartbeat(): Promise<boolean> {
    const { channel, nodeId, metadata, heartbeatIntervalMs } = this.#options;
    const response = await channel.send(brokerHeartbeat, {
      brokerId: nodeId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset: metadata.image.offset,
      wantFence: false,
      wantShutDown: this.#stopping,
    }, { timeoutMs: Math.max(heartbeatIntervalMs * 2, 1_000) });
    if (response.errorCode === ErrorCode.STALE_BROKER_EPOCH) {
      await this.#register();
      return true;
    }
    if (response.errorCode !== ErrorCode.NONE) {
      this.#options.logger.warn("a heartbeat was refused", { reason: errorInfo(response.errorCode).name });
      return true;
    }
    if (!response.isFenced) this.#unfenced?.();
    if (response.shouldShutDown) this.#leave?.();
    return response.isFenced;
  }
}
