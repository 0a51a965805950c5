/** What can go wrong between several nodes. */

import type { Prng } from "../../core/prng.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import type { Death } from "../life.ts";
import { soundLink } from "../network/link.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";
import type { FaultInjector } from "./fault_injector.ts";

/** How long nodes do not hear of each other, in milliseconds: less and more than their patience. */
const CUTS_MS = [200, 1500, 4000, 12_000] as const;

export class ClusterFaults {
  readonly #world: World;
  readonly #cluster: SimCluster;
  readonly #injector: FaultInjector;
  #wipedVoters = 0;

  constructor(world: World, cluster: SimCluster, injector: FaultInjector) {
    this.#world = world;
    this.#cluster = cluster;
    this.#injector = injector;
  }

  /** Divides all machines, those of clients too, in two that hear nothing of each other. */
  split(prng: Prng): void {
    const left = new Set<string>();
    for (const { host } of this.#world.machines) if (prng.chance(0.5)) left.add(host);
    this.#injector.cutLinks((from, to) => left.has(from) !== left.has(to), prng.pick(CUTS_MS));
  }

  /** Cuts a link between two nodes, one way or both ways. */
  cutLink(prng: Prng): void {
    const one = prng.pick(this.#cluster.nodes).machine.host;
    const other = prng.pick(this.#cluster.nodes).machine.host;
    const isOneWay = prng.chance(0.5);
    this.#injector.cutLinks(
      (from, to) => (from === one && to === other) || (!isOneWay && from === other && to === one),
      prng.pick(CUTS_MS),
    );
  }

  /** Cuts off a leader from the other nodes, while clients still reach it. */
  cutLeader(prng: Prng): void {
    const leader = this.#leader(prng);
    if (leader === null) return;
    const { host } = leader.machine;
    const direction = prng.below(4);
    const hosts = new Set(this.#cluster.nodes.map(({ machine }) => machine.host));
    this.#injector.cutLinks(
      (from, to) =>
        hosts.has(from) && hosts.has(to) &&
        ((from === host && direction !== 1) || (to === host && direction !== 0)),
      prng.pick(CUTS_MS),
    );
  }

  killLeader(prng: Prng): void {
    const leader = this.#leader(prng);
    if (leader !== null) this.#injector.crash(leader, prng.pick(["process", "power"]), prng);
  }

  /** The node that leads the quorum, or one that leads a partition. */
  #leader(prng: Prng): SimNode | null {
    const { nodes, newestImage } = this.#cluster;
    const active = nodes.find(({ parts }) => parts?.quorum.leadership.isActive === true);
    if (active !== undefined && prng.chance(0.5)) return active;
    const topics = [...newestImage?.topics.byName.values() ?? []];
    if (topics.length === 0) return active ?? null;
    const { leader } = prng.pick(prng.pick(topics).partitions);
    return this.#node(leader);
  }

  /**
   * The active controller is gone, the others reach each other so slowly that several stand for election at the same
   * time, and some of them crash while they write down whom they have voted for.
   */
  electionRace(prng: Prng): void {
    const { nodes } = this.#cluster;
    const active = nodes.find(({ parts }) => parts?.quorum.leadership.isActive === true);
    if (active === undefined) return;
    const latencyUs = prng.pick([[20_000, 60_000], [50_000, 300_000]] as const);
    const hosts = new Set(nodes.map(({ machine }) => machine.host));
    const links = [...this.#world.fabric.links()].filter(([key]) =>
      key.split(">").every((host) => hosts.has(host))
    )
      .map(([, link]) => link);
    this.#injector.slowLinks(links, { ...soundLink, latencyUs }, 3000 + prng.below(3000));
    const { life } = active.machine;
    if (prng.chance(0.5)) this.#injector.crash(active, "process", prng);
    else if (life !== null) life.pausedUntilUs = this.#world.scheduler.nowUs + 1000 * prng.pick([1500, 4000]);
    for (const node of nodes) {
      const isVoter = node !== active && node.plan.roles.includes("controller");
      if (isVoter && prng.chance(0.7)) this.#crashInVote(node, prng);
    }
  }

  #crashInVote(node: SimNode, prng: Prng): void {
    const { faults } = node.machine;
    let left = 1 + prng.below(14);
    const how = prng.pick(["process", "power"] as const);
    faults.onOperation = (_, path) => {
      if (!path.includes("quorum-state") || --left > 0) return;
      faults.onOperation = () => {};
      if (!this.#cluster.mayEnd(node, how)) return;
      node.crash(how);
      this.#injector.later(prng.pick([1, 20, 100]), () => {
        if (node.state === "down") node.start();
      });
    };
  }

  /**
   * A leader ends while one of its followers is behind, and whoever leads next ends soon after that: what the one had
   * and the other had not must not have been shown to anybody.
   */
  leaderAfterLeader(prng: Prng): void {
    const topics = [...this.#cluster.newestImage?.topics.byName.values() ?? []];
    if (topics.length === 0) return;
    const { name, partitions } = prng.pick(topics);
    const index = prng.below(partitions.length);
    const { leader, replicas } = partitions[index]!;
    const [from, to] = [leader, prng.pick(replicas)].map((id) => this.#node(id));
    if (from === null || to === null || from === to) return;
    const latencyUs = prng.pick([[5_000, 40_000], [50_000, 300_000]] as const);
    const { host } = to!.machine;
    const slow = [...this.#world.fabric.links()].filter(([key]) => key.split(">").includes(host))
      .map(([, link]) => link);
    this.#injector.slowLinks(slow, { ...soundLink, latencyUs }, 5000);
    this.#injector.later(prng.below(1000), () => {
      this.#injector.crash(from!, "process", prng);
      this.#awaitOther({ name, index, leader }, prng, 400);
    });
  }

  /** Ends the next leader of a partition soon after its election. */
  #awaitOther(
    of: { readonly name: string; readonly index: number; readonly leader: number },
    prng: Prng,
    tries: number,
  ): void {
    const now = this.#cluster.newestImage?.topics.byName.get(of.name)?.partitions[of.index]?.leader ?? -1;
    const node = now === of.leader ? null : this.#node(now);
    if (node !== null) {
      this.#injector.later(
        prng.below(prng.pick([60, 500])),
        () => this.#injector.crash(node, "process", prng),
      );
    } else if (tries > 0) this.#injector.later(10, () => this.#awaitOther(of, prng, tries - 1));
  }

  /**
   * One stands still until it is out of sync, a second one loses data, and as soon as that is back the rest end: now
   * nobody may lead who has lost anything.
   */
  relapse(node: SimNode, prng: Prng): void {
    const others = this.#cluster.staying.filter((each) => each !== node);
    if (others.length === 0) return;
    const still = prng.pick(others);
    const { life } = still.machine;
    if (life !== null) life.pausedUntilUs = this.#world.scheduler.nowUs + 6_000_000;
    this.#injector.later(3200 + prng.below(1500), () => {
      if (node.state !== "up" || !this.#cluster.mayEnd(node, "power")) return;
      node.crash("power");
      this.#injector.later(10, () => node.state === "down" && node.start());
      this.#awaitRegistered(node, 500, () => {
        for (const each of others) if (each !== still) this.#injector.crash(each, "process", prng);
      });
    });
  }

  #awaitRegistered(node: SimNode, tries: number, then: () => void): void {
    this.#injector.later(2, () => {
      if (node.state !== "down" && this.#cluster.isRegistered(node)) then();
      else if (tries > 0) this.#awaitRegistered(node, tries - 1, then);
    });
  }

  #node(id: number): SimNode | null {
    return this.#cluster.nodes.find(({ plan }) => plan.id === id) ?? null;
  }

  /** All processes end within a moment, perhaps as soon as a client was told that its records are safe. */
  killAll(prng: Prng): void {
    const how = prng.pick(["process", "power"] as const);
    if (prng.chance(0.5)) this.#injector.onceTold("produced", 1, () => this.#endAll(how, prng));
    else this.#endAll(how, prng);
  }

  #endAll(how: Death, prng: Prng): void {
    for (const node of this.#cluster.nodes) {
      this.#injector.later(prng.below(prng.pick([1, 200])), () => this.#injector.crash(node, how, prng));
    }
  }

  /** Restarts one node after the other, as for an upgrade. */
  rollingRestart(): void {
    const left = [...this.#cluster.nodes];
    const next = () => {
      const node = left.shift();
      if (node === undefined) return;
      if (node.state !== "up") return next();
      this.#injector.restart(node, () => this.#awaitUp(node, next));
    };
    next();
  }

  #awaitUp(node: SimNode, next: () => void, tries = 20): void {
    this.#injector.later(500, () => {
      if (node.state === "up" || tries === 0) next();
      else this.#awaitUp(node, next, tries - 1);
    });
  }

  /** A node comes back with an empty disk. Named voters may not: nobody could tell that their votes are gone. */
  wipe(node: SimNode, prng: Prng): void {
    const { plan, loses, nodes } = this.#cluster;
    const isVoter = node.plan.roles.includes("controller");
    const mayVote = plan.quorum === "joined" && node !== nodes[0] && this.#wipedVoters === 0;
    if (loses.together || nodes.length === 1 || (isVoter && !mayVote)) return;
    if (!this.#cluster.mayEnd(node, "power")) return;
    if (isVoter) this.#wipedVoters++;
    if (node.state !== "down") node.crash("power");
    node.wipe();
    this.#injector.revive(node, prng);
  }
}
