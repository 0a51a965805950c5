/** What the controller's handlers work with. */

import type { BrokerConfig } from "../config/broker_config.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";
import type { Platform } from "../platform/platform.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { Network } from "../platform/network.ts";
import type { BrokerHeartbeats } from "./broker_heartbeats.ts";
import { BrokerProbes } from "./broker_probe.ts";
import { ClusterView } from "./cluster_view.ts";
import { done, isRefusal, NOT_CONTROLLER, type Outcome, type Refusal, refuse } from "./outcome.ts";
import type { AppendPoint, MetadataQuorum } from "./quorum/metadata_quorum.ts";
import type { MetaProperties } from "./quorum/meta_properties.ts";

/** What a request is decided to change, and what to answer once that is committed. */
export interface Plan<T> {
  readonly records: readonly MetadataRecordDraft[];
  readonly result: T;
}

/** Where a plan is made: the newest state, committed or not. */
export interface PlanPoint extends AppendPoint {
  readonly view: ClusterView;
  readonly nowMs: number;
}

export interface ControllerParts {
  readonly platform: Pick<Platform, "clock" | "timers" | "random">;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly meta: MetaProperties;
  readonly quorum: MetadataQuorum;
  readonly heartbeats: BrokerHeartbeats;
  /** Reaches the brokers; without it nobody asks after them. */
  readonly network?: Network;
}

export class ControllerContext {
  readonly platform: ControllerParts["platform"];
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly meta: MetaProperties;
  readonly quorum: MetadataQuorum;
  readonly heartbeats: BrokerHeartbeats;
  readonly network: Network | undefined;
  readonly probes: BrokerProbes;

  constructor(parts: ControllerParts) {
    this.platform = parts.platform;
    this.logger = parts.logger;
    this.config = parts.config;
    this.meta = parts.meta;
    this.quorum = parts.quorum;
    this.heartbeats = parts.heartbeats;
    this.network = parts.network;
    this.probes = new BrokerProbes(this);
  }

  get isActive(): boolean {
    return this.quorum.leadership.isActive;
  }

  /** A random whole number in [0, bound). */
  readonly random = (bound: number): number => this.platform.random.below(bound);

  /**
   * Decides and writes: plans run one after the other, each for the state that the ones before it leave behind, and
   * resolve when what they decided, and what they saw, is committed. A plan that is a refusal writes nothing.
   */
  async write<T>(plan: (at: PlanPoint) => Plan<T> | Refusal, timeoutMs?: number): Promise<Outcome<T>> {
    if (!this.isActive && !(await this.#isActiveSoon())) return NOT_CONTROLLER;
    let planned: Plan<T> | Refusal | undefined;
    const appended = this.quorum.append((at) => {
      const nowMs = this.platform.clock.monotonicMs();
      planned = plan({ ...at, view: new ClusterView(at.image, this.config), nowMs });
      return isRefusal(planned) ? [] : planned.records;
    });
    try {
      const outcome = await (timeoutMs === undefined ? appended : this.#within(appended, timeoutMs));
      if (outcome === null) return TIMED_OUT;
      if (outcome.ok) return isRefusal(planned!) ? planned : done(planned!.result);
      if (outcome.reason === "storage") {
        return refuse(ErrorCode.KAFKA_STORAGE_ERROR, "The metadata log is full.");
      }
      return NOT_CONTROLLER;
    } catch (error) {
      this.logger.error("a request to the controller failed", { reason: messageOf(error) });
      return refuse(ErrorCode.UNKNOWN_SERVER_ERROR, "The controller failed; its log says why.");
    }
  }

  /** A leader that was elected just now acts once it has caught up: some milliseconds, for which requests wait. */
  #isActiveSoon(): Promise<boolean> {
    const { quorum, meta, platform } = this;
    if (quorum.leadership.leaderId !== meta.nodeId) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (isActive: boolean) => {
        unwatch();
        timer.cancel();
        resolve(isActive);
      };
      const unwatch = quorum.onLeadership(({ isActive }) => settle(isActive));
      const timer = platform.timers.after(ACTIVATION_MS, () => settle(false));
    });
  }

  /** Null when `task` takes longer than `timeoutMs`. */
  #within<T>(task: Promise<T>, timeoutMs: number): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const timer = this.platform.timers.after(Math.max(0, timeoutMs), () => resolve(null));
      task.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

/** How long a request waits for a leader that is not ready yet. */
const ACTIVATION_MS = 1_000;

const TIMED_OUT: Refusal = refuse(
  ErrorCode.REQUEST_TIMED_OUT,
  "The change was not committed in time; it may be later.",
);
