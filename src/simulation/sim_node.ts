/** A node of a simulated cluster: the production node on a simulated machine, which crashes and comes back. */

import type { BrokerConfig } from "../config/broker_config.ts";
import { messageOf } from "../core/errors.ts";
import { Node } from "../node/node.ts";
import { DiskError } from "../platform/disk.ts";
import type { Address } from "../platform/network.ts";
import type { Death, Life } from "./life.ts";
import type { Machine } from "./machine.ts";
import { SimLogger } from "./sim_logger.ts";
import type { World } from "./world.ts";

/** What a node is doing. */
export type NodeState = "down" | "starting" | "up" | "stopping";

export class SimNode {
  readonly machine: Machine;
  readonly address: Address;
  /** How often the machine has lost its power: what was acknowledged before and not promised to last may be gone. */
  powerCuts = 0;
  /** How often the process has ended, whatever the way. */
  ends = 0;
  starts = 0;
  readonly #world: World;
  readonly #newConfig: () => BrokerConfig;
  #state: NodeState = "down";
  #node: Node | null = null;

  constructor(world: World, machine: Machine, newConfig: () => BrokerConfig, address: Address) {
    this.#world = world;
    this.machine = machine;
    this.address = address;
    this.#newConfig = newConfig;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Starts a process; it is up when clients can produce and consume, or down again when the disk does not let it. */
  start(): void {
    const { life, platform } = this.machine.boot();
    this.machine.faults.errors = 0;
    this.#state = "starting";
    this.starts++;
    const logger = new SimLogger(this.#world, life, () => this.machine.hasDiskTrouble);
    Node.start({ platform, config: this.#newConfig(), logger }).then(
      (node) => this.#onStarted(node, life),
      (error: unknown) => this.#onStartFailed(error, life),
    );
  }

  #onStarted(node: Node, life: Life): void {
    if (!life.alive) return;
    this.#node = node;
    this.#state = "up";
    this.#world.scheduler.note(life.name, "is up");
  }

  #onStartFailed(error: unknown, life: Life): void {
    if (!life.alive) return;
    const isExplained = error instanceof DiskError && this.machine.hasDiskTrouble;
    if (!isExplained) {
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
    this.crash("process");
  }

  /** Ends the process at once. */
  crash(how: Death): void {
    this.#world.onCrash();
    this.machine.crash(how);
    this.#node = null;
    this.#state = "down";
    this.ends++;
    if (how === "power") this.powerCuts++;
  }
}
