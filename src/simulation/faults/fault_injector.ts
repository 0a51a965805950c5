/** Makes things go wrong at random times, and makes everything well again. */

import type { Prng } from "../../core/prng.ts";
import { soundDisk } from "../disk/disk_faults.ts";
import { type Link, soundLink } from "../network/link.ts";
import type { ScheduledEvent } from "../scheduler.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";
import { type FaultKind, meanIntervalMs } from "./fault_kinds.ts";

/** What a disk holds when nothing fills it up, in bytes. */
const DISK_BYTES = 2 ** 40;

export class FaultInjector {
  readonly #world: World;
  readonly #nodes: readonly SimNode[];
  readonly #prng: Prng;
  readonly #pending = new Set<ScheduledEvent>();
  #over = false;

  constructor(world: World, nodes: readonly SimNode[], prng: Prng) {
    this.#world = world;
    this.#nodes = nodes;
    this.#prng = prng;
  }

  /** Lets faults of these kinds happen from now on. */
  begin(kinds: readonly FaultKind[]): void {
    for (const kind of kinds) this.#arm(kind);
  }

  #arm(kind: FaultKind): void {
    const mean = meanIntervalMs[kind];
    this.#later(mean / 4 + this.#prng.below(Math.ceil(mean * 1.5)), () => {
      this.#strike(kind);
      this.#arm(kind);
    });
  }

  #later(ms: number, task: () => void): void {
    const event = this.#world.scheduler.after(Math.ceil(ms * 1000), "fault", null, () => {
      this.#pending.delete(event);
      task();
    });
    this.#pending.add(event);
  }

  #strike(kind: FaultKind): void {
    const node = this.#prng.pick(this.#nodes);
    this.#world.scheduler.note("fault", kind, node.machine.host);
    switch (kind) {
      case "kill":
        return this.#crash(node, "process");
      case "power-cut":
        return this.#crash(node, "power");
      case "crash-in-operation":
        return this.#crashInOperation(node);
      case "restart":
        return this.#restart(node);
      case "partition":
        return this.#partition(node);
      case "reset":
        return this.#reset();
      case "slow-network":
        return this.#slowNetwork();
      case "slow-disk":
        return this.#slowDisk(node);
      case "disk-errors":
        return this.#diskErrors(node);
      case "disk-full":
        return this.#diskFull(node);
      case "clock-jump":
        return node.machine.clock.jump(this.#prng.below(20_000) - 10_000);
      case "pause":
        return this.#pause(node);
    }
  }

  #crash(node: SimNode, how: "process" | "power"): void {
    if (node.state === "down") return;
    node.crash(how);
    this.#revive(node);
  }

  #revive(node: SimNode): void {
    this.#later(this.#prng.pick([10, 300, 3000]), () => {
      if (node.state === "down") node.start();
    });
  }

  /** Crashes in the middle of what the node is doing, perhaps of a single write. */
  #crashInOperation(node: SimNode): void {
    let left = 1 + this.#prng.below(this.#prng.pick([5, 50, 300]));
    const how = this.#prng.pick(["process", "power"] as const);
    const { faults } = node.machine;
    faults.onOperation = () => {
      if (--left > 0) return;
      faults.onOperation = () => {};
      this.#crash(node, how);
    };
  }

  #restart(node: SimNode): void {
    if (node.state !== "up") return;
    node.stop();
    this.#awaitDown(node);
  }

  #awaitDown(node: SimNode): void {
    this.#later(500, () => {
      if (node.state === "stopping") this.#awaitDown(node);
      else if (node.state === "down") node.start();
    });
  }

  /** Cuts some links of a node, in one direction or both. */
  #partition(node: SimNode): void {
    const { host } = node.machine;
    const direction = this.#prng.below(3);
    const cut: Link[] = [];
    for (const [key, link] of this.#world.fabric.links()) {
      const [from, to] = key.split(">");
      const isWanted = (from === host && direction !== 1) || (to === host && direction !== 0);
      if (!isWanted || this.#prng.chance(0.3)) continue;
      link.cut = true;
      cut.push(link);
    }
    this.#later(this.#prng.pick([200, 2000, 10_000]), () => {
      for (const link of cut) link.cut = false;
    });
  }

  #reset(): void {
    const pairs = [...this.#world.fabric.pairs];
    if (pairs.length > 0) this.#prng.pick(pairs).reset({ keepArrived: this.#prng.chance(0.5) });
  }

  #slowNetwork(): void {
    const links = [...this.#world.fabric.links()].map(([, link]) => link);
    const conduct = {
      latencyUs: this.#prng.pick([[50, 2000], [1000, 30_000], [20_000, 200_000]] as const),
      slowChance: this.#prng.pick([0, 0.05]),
      slowUs: 1_000_000,
      bytesPerUs: this.#prng.pick([1000, 10, 0.1]),
      splitChance: this.#prng.pick([0, 0.5]),
    };
    for (const link of links) if (this.#prng.chance(0.7)) link.conduct = conduct;
    this.#later(500 + this.#prng.below(5000), () => {
      for (const link of links) link.conduct = soundLink;
    });
  }

  #slowDisk({ machine: { faults } }: SimNode): void {
    faults.conduct = {
      ...soundDisk,
      syncUs: this.#prng.pick([[5000, 30_000], [50_000, 500_000]] as const),
      readUs: [1000, 20_000],
      stallChance: this.#prng.pick([0, 0.02]),
      stallUs: 2_000_000,
    };
    this.#later(500 + this.#prng.below(5000), () => faults.conduct = soundDisk);
  }

  /** A log that has met a disk error stays offline until the node is started again. */
  #diskErrors(node: SimNode): void {
    const { faults } = node.machine;
    const chance = this.#prng.pick([0.001, 0.02]);
    faults.conduct = {
      ...soundDisk,
      readErrorChance: this.#prng.pick([0, chance]),
      writeErrorChance: this.#prng.pick([0, chance]),
      syncErrorChance: this.#prng.pick([0, chance]),
    };
    this.#later(500 + this.#prng.below(3000), () => {
      faults.conduct = soundDisk;
      if (faults.errors > 0) this.#crash(node, "process");
    });
  }

  #diskFull(node: SimNode): void {
    const { medium, faults } = node.machine;
    medium.capacityBytes = medium.usedBytes + this.#prng.below(30_000);
    this.#later(500 + this.#prng.below(3000), () => {
      medium.capacityBytes = DISK_BYTES;
      if (faults.errors > 0) this.#crash(node, "process");
    });
  }

  #pause({ machine: { life } }: SimNode): void {
    if (life === null) return;
    life.pausedUntilUs = this.#world.scheduler.nowUs + 1000 * this.#prng.pick([50, 1000, 12_000]);
  }

  /** Ends all faults for good, and sees to it that every node runs. */
  heal(): void {
    if (this.#over) return;
    this.#over = true;
    for (const event of this.#pending) event.cancel();
    this.#pending.clear();
    for (const [, link] of this.#world.fabric.links()) {
      link.cut = false;
      link.conduct = soundLink;
    }
    for (const node of this.#nodes) this.#healNode(node);
  }

  #healNode(node: SimNode): void {
    const { faults, medium, life } = node.machine;
    faults.conduct = soundDisk;
    faults.onOperation = () => {};
    medium.capacityBytes = DISK_BYTES;
    if (life !== null) life.pausedUntilUs = 0;
    if (faults.errors > 0 && node.state !== "down") node.crash("process");
    if (node.state === "down") node.start();
    if (node.state === "stopping") this.#awaitDown(node);
  }
}
