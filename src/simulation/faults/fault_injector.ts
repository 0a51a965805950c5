/** Makes things go wrong at random times, and makes everything well again. */

import type { Prng } from "../../core/prng.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import { soundDisk } from "../disk/disk_faults.ts";
import type { Death } from "../life.ts";
import { DISK_BYTES } from "../machine.ts";
import { type Link, type LinkConduct, soundLink } from "../network/link.ts";
import type { ScheduledEvent } from "../scheduler.ts";
import type { SimNode } from "../sim_node.ts";
import { type Promised, promises, type World } from "../world.ts";
import { BitRot } from "./bit_rot.ts";
import { ClusterFaults } from "./cluster_faults.ts";
import { type FaultKind, faultKinds, meanIntervalMs } from "./fault_kinds.ts";
import { MessageFaults } from "./message_faults.ts";

/** What is in the names of files that are written seldom: nothing else would crash in the middle of that. */
const RARE_FILES = [".cleaned", ".swap", ".snapshot", "checkpoint"] as const;

export class FaultInjector {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #nodes: readonly SimNode[];
  /** Every kind draws its own numbers, so that leaving one out changes little else. */
  readonly #prngs: ReadonlyMap<FaultKind, Prng>;
  readonly #pending = new Set<ScheduledEvent>();
  readonly #ofClusters: ClusterFaults;
  readonly #ofMessages: MessageFaults;
  readonly #ofBits: BitRot;
  #haste = 1;
  #over = false;

  constructor(world: World, cluster: SimCluster, prng: Prng) {
    this.#world = world;
    this.#cluster = cluster;
    this.#nodes = cluster.nodes;
    this.#prngs = new Map(faultKinds.map((kind) => [kind, prng.fork()]));
    this.#ofClusters = new ClusterFaults(world, cluster, this);
    this.#ofBits = new BitRot(world, cluster);
    this.#ofMessages = new MessageFaults(world, cluster, this);
  }

  /** Lets faults of these kinds happen from now on, `haste` times as often as usual. */
  begin(kinds: readonly FaultKind[], haste: number): void {
    this.#haste = haste;
    for (const kind of kinds) this.#arm(kind);
  }

  #arm(kind: FaultKind): void {
    const mean = meanIntervalMs[kind] / this.#haste;
    this.later(mean / 4 + this.#prngs.get(kind)!.below(Math.ceil(mean * 1.5)), () => {
      this.#strike(kind);
      this.#arm(kind);
    });
  }

  /** Does something later, unless all is made well before. */
  later(ms: number, task: () => void): void {
    const event = this.#world.scheduler.after(Math.ceil(ms * 1000), "fault", null, () => {
      this.#pending.delete(event);
      task();
    });
    this.#pending.add(event);
  }

  #strike(kind: FaultKind): void {
    const prng = this.#prngs.get(kind)!;
    const node = prng.pick(this.#nodes);
    this.#world.scheduler.note("fault", kind, node.machine.host);
    this.#faults[kind](node, prng);
  }

  readonly #faults: Readonly<Record<FaultKind, (node: SimNode, prng: Prng) => void>> = {
    "kill": (node, prng) => this.crash(node, "process", prng),
    "power-cut": (node, prng) => this.crash(node, "power", prng),
    "crash-in-operation": (node, prng) => this.#crashInOperation(node, prng),
    "crash-after-answer": (node, prng) => this.#crashAfterAnswer(node, prng),
    "restart": (node, prng) => this.#restartAndCrash(node, prng),
    "partition": (node, prng) => this.#partition(node, prng),
    "reset": (_, prng) => this.#reset(prng),
    "slow-network": (_, prng) => this.#slowNetwork(prng),
    "slow-disk": (node, prng) => this.#slowDisk(node, prng),
    "disk-errors": (node, prng) => this.#diskErrors(node, prng),
    "disk-full": (node, prng) => this.#diskFull(node, prng),
    "clock-jump": (node, prng) => node.machine.clock.jump(prng.below(20_000) - 10_000),
    "pause": (_, prng) => this.#pause(prng),
    "forgotten-sync": (node, prng) => this.#forgottenSync(node, prng),
    "split": (_, prng) => this.#ofClusters.split(prng),
    "cut-link": (_, prng) => this.#ofClusters.cutLink(prng),
    "cut-leader": (_, prng) => this.#ofClusters.cutLeader(prng),
    "kill-leader": (_, prng) => this.#ofClusters.killLeader(prng),
    "kill-all": (_, prng) => this.#ofClusters.killAll(prng),
    "rolling-restart": () => this.#ofClusters.rollingRestart(),
    "wipe": (node, prng) => this.#ofClusters.wipe(node, prng),
    "leader-after-leader": (_, prng) => this.#ofClusters.leaderAfterLeader(prng),
    "relapse": (node, prng) => this.#ofClusters.relapse(node, prng),
    "election-race": (_, prng) => this.#ofClusters.electionRace(prng),
    "bit-rot": (_, prng) => this.#ofBits.strike(prng),
    "rivals": (_, prng) => this.#ofMessages.rivals(prng),
    "late-request": (node, prng) => this.#ofMessages.lateRequest(node, prng),
    "out-of-turn": (node, prng) => this.#ofMessages.outOfTurn(node, prng),
  };

  /** Ends a process at once, with the power of its machine if what that loses was not promised to last. */
  crash(node: SimNode, how: Death, prng: Prng): void {
    if (node.state === "down") return;
    const cluster = this.#cluster;
    if (how === "power" && cluster.mayEnd(node, "power")) node.crash("power");
    else if (cluster.mayEnd(node, "process")) node.crash("process");
    else return;
    this.revive(node, prng);
  }

  /** Starts a node again some time later. */
  revive(node: SimNode, prng: Prng): void {
    this.later(prng.pick([10, 300, 3000, 3000]), () => {
      if (node.state !== "down") return;
      node.start();
      // What a recovery has not finished, or has only just, is put to the test by the next crash.
      const dice = prng.next();
      if (dice < 0.2) this.later(prng.below(prng.pick([50, 300])), () => this.crash(node, "power", prng));
      else if (dice < 0.4) this.#crashAfterAnswer(node, prng, prng.pick(["produced", "committed"]));
    });
  }

  /** Crashes in the middle of what the node is doing, perhaps of a single write. */
  #crashInOperation(node: SimNode, prng: Prng): void {
    const rare = prng.chance(0.5) ? prng.pick(RARE_FILES) : "";
    let left = 1 + prng.below(prng.pick(rare === "" ? [5, 50, 300] : [2, 10]));
    const how = prng.pick(["process", "power"] as const);
    const { faults } = node.machine;
    faults.onOperation = (_, path) => {
      if (!path.includes(rare) || --left > 0) return;
      faults.onOperation = () => {};
      this.crash(node, how, prng);
    };
  }

  /** Crashes as soon as a client has been told that something was done: it must have been by then. */
  #crashAfterAnswer(node: SimNode, prng: Prng, what: Promised = prng.pick(promises)): void {
    const count = 1 + prng.below(prng.pick([1, 3]));
    const how = prng.pick(["process", "power", "power", "power"] as const);
    this.onceTold(what, count, () => this.crash(node, how, prng));
  }

  /** Does something as soon as clients have been told so many times that something was done. */
  onceTold(what: Promised, count: number, task: () => void): void {
    const world = this.#world;
    let left = count;
    world.onTold = (told) => {
      if (told !== what || --left > 0) return;
      world.onTold = () => {};
      task();
    };
  }

  /** What was written down when a node stopped must not vouch for what it does from then on. */
  #restartAndCrash(node: SimNode, prng: Prng): void {
    this.restart(node, () => {
      if (prng.chance(0.3)) {
        this.later(prng.below(prng.pick([300, 3000])), () => this.crash(node, "power", prng));
      }
    });
  }

  /** Stops a node in the usual way and starts it again. */
  restart(node: SimNode, onStarted: () => void = () => {}): void {
    if (node.state !== "up") return;
    if (node.machine.isRotten && !this.#cluster.mayEnd(node, "process")) return onStarted();
    node.stop();
    this.#awaitDown(node, onStarted);
  }

  #awaitDown(node: SimNode, onStarted: () => void): void {
    this.later(500, () => {
      if (node.state === "stopping") return this.#awaitDown(node, onStarted);
      if (node.state === "down") node.start();
      onStarted();
    });
  }

  /** Cuts some links of a node, in one direction or both. */
  #partition(node: SimNode, prng: Prng): void {
    const { host } = node.machine;
    const direction = prng.below(3);
    this.cutLinks((from, to) => {
      const isWanted = (from === host && direction !== 1) || (to === host && direction !== 0);
      return isWanted && !prng.chance(0.3);
    }, prng.pick([200, 2000, 10_000]));
  }

  /** Cuts some of the links for a while. */
  cutLinks(isWanted: (from: string, to: string) => boolean, ms: number): void {
    const cut: Link[] = [];
    for (const [key, link] of this.#world.fabric.links()) {
      const [from = "", to = ""] = key.split(">");
      if (!isWanted(from, to)) continue;
      link.cut = true;
      cut.push(link);
    }
    this.later(ms, () => {
      for (const link of cut) link.cut = false;
    });
  }

  #reset(prng: Prng): void {
    const pairs = [...this.#world.fabric.pairs];
    if (pairs.length === 0) return;
    const pair = prng.pick(pairs);
    if (prng.chance(0.5)) pair.reset({ keepArrived: prng.chance(0.5) });
    else pair.resetWithin({ toServer: prng.chance(0.5), share: prng.next() });
  }

  #slowNetwork(prng: Prng): void {
    const links = [...this.#world.fabric.links()].map(([, link]) => link);
    const conduct = {
      latencyUs: prng.pick([[50, 2000], [1000, 30_000], [20_000, 200_000]] as const),
      slowChance: prng.pick([0, 0.05]),
      slowUs: 1_000_000,
      bytesPerUs: prng.pick([1000, 10, 0.1]),
      splitChance: prng.pick([0, 0.5]),
    };
    const share = prng.pick([0.7, 0.2]);
    this.slowLinks(links.filter(() => prng.chance(share)), conduct, 500 + prng.below(5000));
  }

  /** Lets some links behave otherwise for a while. */
  slowLinks(links: readonly Link[], conduct: LinkConduct, ms: number): void {
    for (const link of links) link.conduct = conduct;
    this.later(ms, () => {
      for (const link of links) link.conduct = soundLink;
    });
  }

  #slowDisk({ machine: { faults } }: SimNode, prng: Prng): void {
    faults.conduct = {
      ...soundDisk,
      syncUs: prng.pick([[5000, 30_000], [50_000, 500_000]] as const),
      readUs: [1000, 20_000],
      stallChance: prng.pick([0, 0.02]),
      stallUs: 2_000_000,
    };
    this.later(500 + prng.below(5000), () => faults.conduct = soundDisk);
  }

  /** A log that has met a disk error stays offline until the node is started again. */
  #diskErrors(node: SimNode, prng: Prng): void {
    if (!this.#cluster.mayEnd(node, "process")) return;
    const { faults } = node.machine;
    const chance = prng.pick([0.002, 0.05]);
    faults.conduct = {
      ...soundDisk,
      readErrorChance: prng.pick([0, chance]),
      writeErrorChance: prng.pick([0, chance]),
      syncErrorChance: prng.pick([0, chance]),
    };
    this.#endDiskErrors(node, prng);
  }

  #endDiskErrors(node: SimNode, prng: Prng): void {
    const { faults } = node.machine;
    this.later(100 + prng.below(prng.pick([500, 3000])), () => {
      faults.conduct = soundDisk;
      this.#crashIfTroubled(node, prng);
    });
  }

  #crashIfTroubled(node: SimNode, prng: Prng): void {
    if (node.machine.faults.errors === 0) return;
    const how = prng.pick(["process", "power", "power"] as const);
    if (node.state === "down") return this.revive(node, prng);
    // What has failed stays offline until the process is started anew.
    if (!this.#cluster.mayEnd(node, "process")) {
      return this.later(500, () => this.#crashIfTroubled(node, prng));
    }
    this.crash(node, how, prng);
  }

  #forgottenSync(node: SimNode, prng: Prng): void {
    if (!this.#cluster.mayEnd(node, "process")) return;
    node.machine.faults.conduct = { ...soundDisk, syncErrorChance: 0.02, forgetChance: 1 };
    this.#endDiskErrors(node, prng);
  }

  #diskFull(node: SimNode, prng: Prng): void {
    if (!this.#cluster.mayEnd(node, "process")) return;
    const { medium } = node.machine;
    medium.capacityBytes = medium.usedBytes + prng.below(30_000);
    this.later(500 + prng.below(3000), () => {
      medium.capacityBytes = DISK_BYTES;
      this.#crashIfTroubled(node, prng);
    });
  }

  /** Lets a machine stand still, one of the clients' too. */
  #pause(prng: Prng): void {
    const { life } = prng.pick(this.#world.machines);
    if (life === null) return;
    life.pausedUntilUs = this.#world.scheduler.nowUs + 1000 * prng.pick([50, 1000, 4000, 12_000]);
  }

  /** Ends all faults for good, and sees to it that every node runs. */
  heal(): void {
    if (this.#over) return;
    this.#over = true;
    for (const event of this.#pending) event.cancel();
    this.#pending.clear();
    this.#ofMessages.end();
    for (const [, link] of this.#world.fabric.links()) {
      link.cut = false;
      link.conduct = soundLink;
    }
    this.#world.onTold = () => {};
    for (const node of this.#nodes) this.#healNode(node);
  }

  #healNode(node: SimNode): void {
    const { faults, medium } = node.machine;
    faults.conduct = soundDisk;
    faults.onOperation = () => {};
    medium.capacityBytes = DISK_BYTES;
    if (faults.errors > 0 && node.state !== "down") node.crash("process");
    if (node.state === "down") node.start();
    if (node.state === "stopping") this.#awaitDown(node, () => {});
  }
}
