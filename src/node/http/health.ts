/** Whether a node is well: looked at when somebody asks. */

import type { HealthCheck, HealthSource } from "../../http/health/source.ts";
import type { Clock } from "../../platform/platform.ts";
import type { ShownBroker, ShownNode } from "./parts.ts";

export class NodeHealth implements HealthSource {
  readonly #node: ShownNode;
  readonly #clock: Clock;
  /** Set when the node begins to stop. */
  isStopping = false;

  constructor(node: ShownNode, clock: Clock) {
    this.#node = node;
    this.#clock = clock;
  }

  checks(): readonly HealthCheck[] {
    const { serving } = this.#node;
    return [
      this.#running(),
      this.#metadata(),
      ...(serving === null ? [] : [this.#registration(serving), ...storage(serving)]),
      this.#quorum(),
    ];
  }

  #running(): HealthCheck {
    return check("running", !this.isStopping, this.isStopping ? "The node is stopping." : "The node serves.");
  }

  /** Whether what is committed, as far as this node knows, is in force here. */
  #metadata(): HealthCheck {
    const { quorum, serving } = this.#node;
    const applied = serving?.broker.image.offset ?? quorum.image.offset;
    const missing = quorum.highWatermark - 1 - applied;
    const detail = missing <= 0
      ? `All committed metadata up to offset ${applied} are in force.`
      : `${missing} committed metadata records are not in force yet.`;
    return check("metadata", missing <= 0, detail);
  }

  #registration({ broker }: ShownBroker): HealthCheck {
    const { id, config } = this.#node;
    const name = "registration";
    if (broker.epoch < 0) return check(name, false, "The broker is not registered with the controller.");
    const registered = broker.image.brokers.get(id);
    if (registered?.fenced !== false) return check(name, false, "The controller has fenced the broker.");
    const silentMs = this.#clock.monotonicMs() - broker.heardMs;
    if (silentMs > config.get("broker.session.timeout.ms")) {
      const seconds = Math.round(silentMs / 1000);
      return check(name, false, `No controller has taken a heartbeat for ${seconds} s.`);
    }
    return check(name, true, `The broker is registered with epoch ${broker.epoch} and not fenced.`);
  }

  /** A cluster whose quorum has no leader still serves: only what changes metadata has to wait. */
  #quorum(): HealthCheck {
    const { leaderId, leaderEpoch } = this.#node.quorum.leadership;
    const detail = leaderId < 0
      ? `No leader of the metadata quorum is known in epoch ${leaderEpoch}.`
      : `Node ${leaderId} leads the metadata quorum in epoch ${leaderEpoch}.`;
    return { ...check("quorum", leaderId >= 0, detail), isNeededForReady: false };
  }
}

/** Producers need a directory that works and has room. */
function storage({ broker }: ShownBroker): HealthCheck[] {
  const disks = broker.metrics.disks();
  const failed = disks.filter((disk) => !disk.isOnline).map((disk) => disk.path);
  const full = disks.filter((disk) => disk.isFull).map((disk) => disk.path);
  const directories = check(
    "log-directories",
    failed.length === 0,
    failed.length === 0 ? `${disks.length} in use.` : `Failed: ${failed.join(", ")}.`,
  );
  const reserve = check(
    "disk-space",
    full.length === 0,
    full.length === 0
      ? "Every log directory has room."
      : `Nearly full, so producers are refused: ${full.join(", ")}.`,
  );
  return [
    { ...directories, isNeededForReady: failed.length === disks.length },
    { ...reserve, isNeededForReady: full.length === disks.length },
  ];
}

function check(name: string, isUp: boolean, detail: string): HealthCheck {
  return { name, status: isUp ? "up" : "down", detail, isNeededForReady: true };
}
