/** A node of a simulated cluster: the production node on a simulated machine, which crashes and comes back. */

import { UnreachableError } from "../client/errors.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import { messageOf } from "../core/errors.ts";
import type { MetadataImage } from "../metadata/image.ts";
import { Node, type WatchedParts } from "../node/node.ts";
import { DiskError } from "../platform/disk.ts";
import type { Address } from "../platform/network.ts";
import { brokerAddress, type NodePlan } from "./cluster/cluster_plan.ts";
import type { Death, Life } from "./life.ts";
import type { Machine } from "./machine.ts";
import { SimLogger } from "./sim_logger.ts";
import type { World } from "./world.ts";

/** What a node is doing. */
export type NodeState = "down" | "starting" | "up" | "stopping";

export class SimNode {
  readonly machine: Machine;
  readonly plan: NodePlan;
  /** Where clients find it, when it is a broker. */
  readonly address: Address;
  /** How it last ended without stopping; null once it is known to be in sync again. */
  unclean: Death | null = null;
  starts = 0;
  /** Whether it is a part of the cluster for good, is about to leave it, or has left: then it is not started again. */
  membership: "stays" | "leaving" | "left" = "stays";
  readonly #world: World;
  readonly #newConfig: () => BrokerConfig;
  #state: NodeState = "down";
  #node: Node | null = null;
  #parts: WatchedParts | null = null;
  /** Called when a process begins to take part in the cluster. */
  onParts: (parts: WatchedParts) => void = () => {};

  constructor(world: World, machine: Machine, plan: NodePlan, newConfig: () => BrokerConfig) {
    this.#world = world;
    this.machine = machine;
    this.plan = plan;
    this.address = brokerAddress(plan);
    this.#newConfig = newConfig;
  }

  /** The committed metadata that the process acts on; null when none runs. */
  get image(): MetadataImage | null {
    return this.#parts?.quorum.image ?? null;
  }

  /** What can be seen of the process from inside; null when none runs that takes part in the cluster. */
  get parts(): WatchedParts | null {
    return this.#parts;
  }

  /** The epoch of the broker's registration; -1 without one. */
  get brokerEpoch(): number {
    return this.#parts?.broker?.epoch ?? -1;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Starts a process; it is up when clients can produce and consume, or down again when the disk does not let it. */
  start(): void {
    if (this.membership === "left") return;
    const { life, platform } = this.machine.boot();
    this.machine.faults.errors = 0;
    this.#state = "starting";
    this.starts++;
    const isExplained = () => this.machine.hasDiskTrouble || this.machine.isRotten;
    const logger = new SimLogger(this.#world, life, isExplained);
    Node.start({
      platform,
      config: this.#newConfig(),
      logger,
      hostName: this.machine.host,
      onFailure: (error) => this.#onFailure(error, life),
      onParts: (parts) => this.#onParts(parts, life),
    }).then(
      (node) => this.#onStarted(node, life),
      (error: unknown) => this.#onStartFailed(error, life),
    );
  }

  #onParts(parts: WatchedParts, life: Life): void {
    if (!life.alive) return;
    this.#parts = parts;
    this.onParts(parts);
  }

  /** The node cannot go on; its process ends, as that of the executable does. */
  #onFailure(error: unknown, life: Life): void {
    if (!life.alive) return;
    this.#world.findings.require(
      this.machine.hasDiskTrouble,
      "nothing goes wrong without a fault",
      () => `${life.name} cannot go on: ${error instanceof Error ? error.stack : messageOf(error)}`,
    );
    this.crash("process");
  }

  #onStarted(node: Node, life: Life): void {
    if (!life.alive) return;
    this.#node = node;
    this.#state = "up";
    this.#world.scheduler.note(life.name, "is up");
  }

  #onStartFailed(error: unknown, life: Life): void {
    if (!life.alive) return;
    // Who is to join and finds nobody for half a minute ends (seed 111053); once all is well it must get in, or the
    // cluster does not become whole.
    const isAlone = error instanceof UnreachableError;
    const isExplained = error instanceof DiskError && this.machine.hasDiskTrouble;
    if (!isAlone && !isExplained) {
      const text = error instanceof Error ? error.stack ?? error.message : messageOf(error);
      this.#world.findings.report("a node starts", `${life.name}: ${text}`);
    }
    this.crash("process");
  }

  /** Ends the process in the usual way; it is down some time later. */
  stop(): void {
    const { life } = this.machine;
    if (this.#node === null || life === null) return this.crash("process");
    this.#state = "stopping";
    this.#node.stop().then(
      () => this.#onStopped(life),
      (error: unknown) => {
        if (life.alive) this.#world.onUncaught(error, `${life.name} stopping`);
      },
    );
  }

  #onStopped(life: Life): void {
    if (!life.alive) return;
    this.#world.scheduler.note(life.name, "has stopped");
    this.#end("process");
  }

  /** Empties the disk; only while no process runs. */
  wipe(): void {
    this.#world.scheduler.note(this.machine.host, "is wiped");
    this.machine.medium.wipe();
    this.#world.powerCuts++;
    this.unclean = "power";
  }

  /** Ends the process at once. */
  crash(how: Death): void {
    if (this.unclean !== "power") this.unclean = how;
    this.#end(how);
  }

  #end(how: Death): void {
    this.#world.onCrash();
    this.machine.crash(how);
    this.#node = null;
    this.#parts = null;
    this.#state = "down";
    this.#world.ends++;
    if (how === "power") this.#world.powerCuts++;
  }
}
