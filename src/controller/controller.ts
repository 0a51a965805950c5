/**
 * The controller of a node: it decides what changes in the cluster, writes that to the metadata log through the
 * quorum, and answers once it is committed. Only the active controller (the quorum's leader) decides; the others
 * follow and are ready to take over.
 */

import type { NodeId, Uuid } from "../core/ids.ts";
import { uuidFromRandom } from "../core/uuid.ts";
import { METADATA_VERSION } from "../metadata/features.ts";
import type { MetadataImage } from "../metadata/image.ts";
import type { Endpoint } from "../raft/types.ts";
import type { Handler } from "../server/registry.ts";
import { bootstrapRecords } from "./bootstrap.ts";
import { BrokerHeartbeats } from "./broker_heartbeats.ts";
import { ControllerContext } from "./context.ts";
import { ControllerRegistrar } from "./controller_registrar.ts";
import { controllerHandlers } from "./handlers.ts";
import { KRaftUpgrade } from "./kraft_upgrade.ts";
import { type ImageListener, type Leadership, MetadataQuorum } from "./quorum/metadata_quorum.ts";
import type { QuorumOptions } from "./quorum/options.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { SessionWatch } from "./session_watch.ts";

const DEFAULT_SHUTDOWN_MS = 5000;

export class Controller {
  /** The entries of the registry of the controller listener, without ApiVersions. */
  readonly handlers: readonly Handler[];
  readonly #options: QuorumOptions;
  readonly #quorum: MetadataQuorum;
  readonly #context: ControllerContext;
  readonly #sessions: SessionWatch;
  readonly #registrar: ControllerRegistrar;
  readonly #kraftUpgrade: KRaftUpgrade;
  readonly #upkeep: Upkeep;
  #isStopping = false;

  private constructor(options: QuorumOptions, quorum: MetadataQuorum) {
    this.#options = options;
    this.#quorum = quorum;
    const heartbeats = new BrokerHeartbeats(options.config.get("broker.session.timeout.ms"));
    this.#context = new ControllerContext({ ...options, quorum, heartbeats });
    this.#sessions = new SessionWatch(this.#context);
    this.#upkeep = new Upkeep(this.#context);
    this.#kraftUpgrade = new KRaftUpgrade(this.#context);
    const incarnationId: Uuid = uuidFromRandom((length) => options.platform.random.bytes(length));
    this.#registrar = new ControllerRegistrar(options, this.#context, incarnationId);
    this.handlers = controllerHandlers(this.#context);
    let wasActive = false;
    quorum.onLeadership((leadership) => {
      if (leadership.isActive && !wasActive) this.#activate(leadership);
      else if (!leadership.isActive && wasActive) {
        if (!this.#isStopping) options.logger.info("this node is not the active controller any more");
        this.#deactivate();
      }
      wasActive = leadership.isActive;
      this.#registrar.check();
    });
    quorum.onImage((image, change) => {
      this.#upkeep.onImage(image, change);
      if (change.controllers.size > 0) this.#registrar.check();
    });
  }

  /**
   * Opens the metadata log of a node with the controller role. Nothing is sent or decided before {@link start}. Throws
   * `DiskError`, and `DecodeError` when the log is damaged.
   */
  static async open(options: QuorumOptions): Promise<Controller> {
    return new Controller(options, await MetadataQuorum.open(options));
  }

  /** Joins the quorum; a node that is its own quorum is the active controller some milliseconds later. */
  start(): void {
    this.#quorum.start();
  }

  /** Hands over leadership if there is somebody to take it, which may take `timeoutMs`, and closes the log. */
  async shutdown(timeoutMs = DEFAULT_SHUTDOWN_MS): Promise<void> {
    this.#isStopping = true;
    this.#registrar.close();
    this.#deactivate();
    await this.#quorum.shutdown(timeoutMs);
  }

  /** Stops as a crash would. For tests. */
  abandon(): void {
    this.#registrar.close();
    this.#deactivate();
    this.#quorum.abandon();
  }

  /** Whether this node decides at the moment. */
  get isActive(): boolean {
    return this.#quorum.leadership.isActive;
  }

  /** The active controller as far as this node knows; -1 when it knows none. */
  get leaderId(): NodeId {
    return this.#quorum.leadership.leaderId;
  }

  /** Where the active controller listens, as far as this node knows. */
  get leaderEndpoints(): readonly Endpoint[] {
    return this.#quorum.leaderEndpoints;
  }

  /** The newest committed image. */
  get image(): MetadataImage {
    return this.#quorum.image;
  }

  /** The quorum underneath: its log and its progress, for metrics. */
  get quorum(): MetadataQuorum {
    return this.#quorum;
  }

  /** Calls `listener` for every committed image from now on; returns what ends that. */
  onImage(listener: ImageListener): () => void {
    return this.#quorum.onImage(listener);
  }

  /** Calls `listener` whenever the leader of the quorum, or whether it is ready, is another. */
  onLeadership(listener: (leadership: Leadership) => void): () => void {
    return this.#quorum.onLeadership(listener);
  }

  #activate({ leaderEpoch }: Leadership): void {
    const { logger, platform, directory, config } = this.#options;
    logger.info("this node is the active controller", { epoch: leaderEpoch });
    this.#context.heartbeats.reset(this.image.brokers.values(), platform.clock.monotonicMs());
    if (this.#quorum.isInTransaction) {
      // Its author is gone; what it had not finished must not become visible.
      void this.#context.write(() => ({
        records: [{ type: "AbortTransactionRecord", data: {} }],
        result: null,
      }));
    }
    void this.#context.write(({ image }) => ({
      records: image.features.has(METADATA_VERSION) ? [] : bootstrapRecords(platform.disk, directory, config),
      result: null,
    }));
    this.#sessions.start();
    this.#context.probes.start();
    this.#kraftUpgrade.start();
    this.#upkeep.start(this.image);
  }

  #deactivate(): void {
    this.#sessions.stop();
    this.#context.probes.stop();
    this.#kraftUpgrade.stop();
    this.#upkeep.stop();
  }
}
