/**
 * A broker's lease in the cluster (KIP-631): it registers with a fresh incarnation id, sends heartbeats, is unfenced
 * once it has caught up with the metadata, and asks to leave when it stops.
 */

import type { Logger } from "../core/logger.ts";
import { messageOf, UsageError } from "../core/errors.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import type { MetadataImage } from "../metadata/image.ts";
import type { Clock, Timers } from "../platform/platform.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { brokerRegistration } from "../protocol/messages/62_broker_registration.ts";
import { brokerHeartbeat } from "../protocol/messages/63_broker_heartbeat.ts";
import type { ControllerChannel } from "./controller_channel.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import { type Registrant, registrationRequest } from "./registration.ts";

/** Who registers, and with what. */
export interface LifecycleOptions extends Registrant {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly logDirs: readonly Uuid[];
  /** The epoch at the last clean shutdown, -1 after any other: replicas may then lack what they acknowledged. */
  readonly previousEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** How long the controller takes a silent broker for alive. */
  readonly sessionTimeoutMs: number;
  readonly channel: ControllerChannel;
  readonly metadata: MetadataCache;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Directories whose disk has failed (KIP-858), and those that take no new replicas (KIP-1066). */
  readonly directories: () => { readonly offline: readonly Uuid[]; readonly cordoned: readonly Uuid[] };
  /** The broker has an epoch now. */
  readonly onRegistered: () => void;
  /** The controller has taken a heartbeat. */
  readonly onHeard?: () => void;
}

/** How long a graceful stop waits for the controller to move leaders away. */
const SHUTDOWN_TIMEOUT_MS = 5_000;
/** How long it tries to reach any controller: when a whole cluster stops there is none at the end. */
const FAREWELL_TIMEOUT_MS = 2_000;
const RETRY_MS = 100;
/** How long the news that this broker was unregistered may take to get here. */
const REMOVAL_TOLD_MS = 500;
/** How often a broker asks whether it is unfenced, or may stop. */
const IMPATIENT_MS = 20;

/** How many session timeouts another broker with this one's id must outlast to be believed alive. */
const PATIENCE = 1.2;

function idIsTaken(id: number): UsageError {
  return new UsageError(
    `node.id: ${id} is taken: another broker is registered with it, and alive; give this node another id, or stop ` +
      `the other one first`,
  );
}

export class BrokerLifecycle {
  readonly #options: LifecycleOptions;
  #epoch = -1;
  #stopping = false;
  #stopped = false;
  #leave: (() => void) | undefined;
  #unfenced: (() => void) | undefined;
  /** The metadata that the last heartbeat told of. */
  #told: MetadataImage;
  /** Ends the pause between two heartbeats. */
  #wake: (() => void) | undefined;
  /** The cordoned directories that the last heartbeat told of. */
  #toldCordoned = "";
  /** When the last heartbeat was sent that left this broker unfenced, on the monotonic clock. */
  #unfencedMs = -Infinity;
  /** What was last complained of. */
  #trouble: string | null = null;

  constructor(options: LifecycleOptions) {
    this.#options = options;
    this.#told = options.metadata.image;
  }

  /** The broker's epoch, given by its registration; -1 before. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Whether no session can have ended since the controller last let this broker lead. Otherwise its partitions may
   * have other leaders by now, of whom it has not heard.
   */
  get isInTouch(): boolean {
    return this.#options.clock.monotonicMs() - this.#unfencedMs < this.#options.sessionTimeoutMs;
  }

  /**
   * Registers, and resolves when the controller has unfenced this broker; heartbeats go on until {@link stop}. Throws
   * `UsageError` when another live broker has the id.
   */
  async start(): Promise<void> {
    await this.#register();
    const unfenced = new Promise<void>((resolve) => this.#unfenced = resolve);
    // A new controller knows of nobody's heartbeats: it hears of this broker at once.
    const unwatch = this.#options.channel.onChange(() => this.#wake?.());
    void this.#beat().finally(unwatch);
    await unfenced;
  }

  /** Asks the controller to move leaders away, and ends the heartbeats when it has or does not answer in time. */
  async stop(): Promise<void> {
    if (this.#epoch < 0 || this.#stopping) return;
    this.#stopping = true;
    const left = new Promise<void>((resolve) => this.#leave = resolve);
    const timer = this.#options.timers.after(SHUTDOWN_TIMEOUT_MS, () => this.#leave?.());
    this.#wake?.();
    await left;
    timer.cancel();
    this.#stopped = true;
    this.#wake?.();
  }

  async #register(): Promise<void> {
    const { channel, nodeId, clusterId, logDirs, previousEpoch } = this.#options;
    let rivalSinceMs = Infinity;
    while (!this.#stopped) {
      const nowMs = this.#options.clock.monotonicMs();
      // A session that only its last process has left behind would be over by now.
      if (nowMs - rivalSinceMs > this.#options.sessionTimeoutMs * PATIENCE) throw idIsTaken(nodeId);
      try {
        const previousBrokerEpoch = this.#epoch >= 0 ? this.#epoch : previousEpoch;
        const response = await channel.send(
          brokerRegistration,
          registrationRequest(this.#options, { brokerId: nodeId, clusterId, logDirs, previousBrokerEpoch }),
        );
        if (response.errorCode === ErrorCode.NONE) {
          this.#epoch = response.brokerEpoch;
          this.#trouble = null;
          this.#options.onRegistered();
          return;
        }
        const isTaken = response.errorCode === ErrorCode.DUPLICATE_BROKER_REGISTRATION;
        // The answer may have taken long: the controller had to hear from the quorum about another registration.
        rivalSinceMs = isTaken ? Math.min(rivalSinceMs, this.#options.clock.monotonicMs()) : Infinity;
        this.#complain("the controller did not register this broker", errorInfo(response.errorCode).name);
      } catch (error) {
        this.#complain("could not register with the controller", messageOf(error));
      }
      await this.#options.timers.sleep(RETRY_MS);
    }
  }

  async #beat(): Promise<void> {
    while (!this.#stopped) {
      const waitMs = await this.#heartbeat();
      if (!this.#stopped) await this.#pause(waitMs);
    }
  }

  /** Lets time pass, less when the controller should hear something. */
  async #pause(waitMs: number): Promise<void> {
    const { metadata } = this.#options;
    const woken = new Promise<void>((resolve) => this.#wake = resolve);
    const timer = this.#options.timers.after(waitMs, () => this.#wake?.());
    // What came while the last heartbeat was under way is news, too.
    const told = this.#told;
    void metadata.waitFor((image) => this.#isNews(told, image), waitMs).then((hasNews) => {
      if (hasNews) this.#wake?.();
    });
    await woken;
    timer.cancel();
    this.#wake = undefined;
  }

  /**
   * Whether the controller waits to hear that this broker has an image: it is the one that a fenced broker needs, or
   * says that somebody stops, whom the others must know to lead nothing any more (KIP-631).
   */
  #isNews(before: MetadataImage, image: MetadataImage): boolean {
    if (before.offset < this.#epoch && image.offset >= this.#epoch) return true;
    // Whoever keeps new replicas away expects it to hold from now on.
    if (this.#options.directories().cordoned.join() !== this.#toldCordoned) return true;
    if (before.brokers === image.brokers) return false;
    for (const broker of image.brokers.values()) {
      const old = before.brokers.get(broker.id);
      if (broker.inControlledShutdown && old?.inControlledShutdown !== true) return true;
      if (broker.id === this.#options.nodeId && broker.fenced && old?.fenced === false) return true;
    }
    return false;
  }

  /** Sends one heartbeat; resolves with when to send the next one. */
  async #heartbeat(): Promise<number> {
    const { channel, nodeId, metadata, heartbeatIntervalMs } = this.#options;
    const isFarewell = this.#stopping;
    const { offline, cordoned } = this.#options.directories();
    // Without any directory it can lead nothing, whatever it has heard of the metadata.
    const isUseless = offline.length > 0 && offline.length === this.#options.logDirs.length;
    this.#toldCordoned = cordoned.join();
    this.#told = metadata.image;
    const sentMs = this.#options.clock.monotonicMs();
    try {
      const response = await channel.send(brokerHeartbeat, {
        brokerId: nodeId,
        brokerEpoch: this.#epoch,
        currentMetadataOffset: metadata.image.offset,
        wantFence: isUseless,
        wantShutDown: isFarewell,
        offlineLogDirs: isUseless ? [] : offline,
        cordonedLogDirs: cordoned,
      }, { timeoutMs: isFarewell ? FAREWELL_TIMEOUT_MS : Math.max(heartbeatIntervalMs * 2, 1_000) });
      if (response.errorCode === ErrorCode.STALE_BROKER_EPOCH && !isFarewell) {
        if (await this.#wasRemoved()) {
          this.#complain("this broker is no longer part of the cluster", "it was removed; it can be stopped");
          return heartbeatIntervalMs;
        }
        await this.#register();
        return 0;
      }
      if (response.errorCode !== ErrorCode.NONE) {
        this.#complain("a heartbeat was refused", errorInfo(response.errorCode).name);
        if (isFarewell) this.#leave?.();
        return RETRY_MS;
      }
      this.#trouble = null;
      this.#options.onHeard?.();
      this.#unfencedMs = response.isFenced ? -Infinity : sentMs;
      if (!response.isFenced) this.#unfenced?.();
      if (response.shouldShutDown) this.#leave?.();
      return response.isFenced || this.#stopping ? IMPATIENT_MS : heartbeatIntervalMs;
    } catch (error) {
      this.#complain("no answer to a heartbeat", messageOf(error));
      if (isFarewell) this.#leave?.();
      return RETRY_MS;
    }
  }

  /**
   * Whether somebody has unregistered this broker while it runs (KIP-631). It must not come back by itself then; at
   * its next start it may. The image may learn of it a little later than the heartbeat.
   */
  #wasRemoved(): Promise<boolean> {
    const { metadata, nodeId } = this.#options;
    const epoch = this.#epoch;
    return metadata.waitFor((image) => image.offset >= epoch && !image.brokers.has(nodeId), REMOVAL_TOLD_MS);
  }

  /** Says what is wrong once, not with every attempt. */
  #complain(what: string, reason: string): void {
    const trouble = `${what}: ${reason}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.logger.warn(what, { reason });
  }
}
