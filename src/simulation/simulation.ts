/**
 * One run: a cluster and its clients from a seed. First everything goes wrong that this run has picked, then all is
 * made well and the clients must get on, then what is left is held against all that was promised.
 */

import { invariants } from "../core/assert.ts";
import type { Prng } from "../core/prng.ts";
import { BoundsCheck } from "./checks/bounds_check.ts";
import { checkFiles } from "./checks/check_files.ts";
import { checkLogs } from "./checks/check_logs.ts";
import { ClusterWatch } from "./checks/cluster_watch.ts";
import { describePlan, drawCluster } from "./cluster/cluster_plan.ts";
import { buildCluster } from "./cluster/build_cluster.ts";
import type { SimCluster } from "./cluster/sim_cluster.ts";
import { FaultInjector } from "./faults/fault_injector.ts";
import { clusterKinds, type FaultKind, faultKinds, usualKinds } from "./faults/fault_kinds.ts";
import type { SimNode } from "./sim_node.ts";
import type { Finding } from "./findings.ts";
import type { Host } from "./scheduler.ts";
import { Transcript } from "./transcript.ts";
import { Workload } from "./workload.ts";
import { World } from "./world.ts";

/** What is run. */
export interface RunOptions {
  readonly seed: number;
  /** How long things go wrong, in virtual seconds. */
  readonly seconds: number;
  /** How many nodes there are, 1 unless set. */
  readonly nodes?: number;
  /** What may go wrong; each run picks some of these. */
  readonly kinds?: readonly FaultKind[];
  /** Exactly what goes wrong, instead of a choice. */
  readonly exactly?: readonly FaultKind[];
  /** How many lines of the transcript are kept. */
  readonly keepLines?: number;
}

/** How it went. */
export interface RunResult {
  readonly seed: number;
  /** What the cluster was made of. */
  readonly shape: string;
  readonly kinds: readonly FaultKind[];
  readonly finding: Finding | null;
  readonly hash: string;
  readonly virtualUs: number;
  readonly events: number;
  readonly lines: readonly string[];
  /** How often nodes were started. */
  readonly starts: number;
}

/** How long a cluster without faults may take for anything, in virtual microseconds. */
const PATIENCE_US = 120e6;

/** How often it is looked whether all is done, in virtual microseconds. */
const GLANCE_US = 20_000;

/** Runs a seed to its end, or to the first thing that is wrong. */
export async function simulate(host: Host, options: RunOptions): Promise<RunResult> {
  const transcript = new Transcript(options.keepLines ?? 0);
  const world = new World(host, options.seed, transcript);
  host.onUncaught((error) => world.onUncaught(error, "somewhere"));
  invariants.onBroken = (error) => world.onInvariant(error);
  const run = new Run(world, options);
  try {
    await run.all();
  } finally {
    invariants.onBroken = () => {};
  }
  return {
    seed: options.seed,
    shape: describePlan(run.cluster.plan),
    kinds: run.kinds,
    finding: world.findings.first,
    hash: transcript.hash,
    virtualUs: world.scheduler.nowUs,
    events: world.scheduler.events,
    lines: transcript.lines(),
    starts: run.cluster.starts,
  };
}

class Run {
  readonly cluster: SimCluster;
  readonly kinds: readonly FaultKind[];
  readonly #world: World;
  readonly #seconds: number;
  readonly #prng: Prng;
  readonly #workload: Workload;
  readonly #watch: ClusterWatch;
  readonly #bounds: BoundsCheck;
  #hasLeft = () => true;

  constructor(world: World, options: RunOptions) {
    const { nodes = 1, seconds, exactly, kinds } = options;
    this.#world = world;
    this.#prng = world.prng.fork();
    this.#seconds = seconds;
    const usual = nodes === 1 ? usualKinds : [...usualKinds, ...clusterKinds];
    const shares = nodes === 1 ? [0.2, 0.4, 0.7] : [0.12, 0.25, 0.5];
    const drawn = drawKinds(world.prng.fork(), kinds ?? usual, shares);
    this.kinds = exactly ?? drawn;
    const plan = drawCluster(this.#prng.fork(), nodes);
    this.cluster = buildCluster(world, plan, this.#prng.fork(), this.kinds.includes("wipe"));
    this.#workload = new Workload(world, this.cluster, this.#prng.fork(), this.kinds);
    this.#watch = new ClusterWatch(world, this.cluster, this.#workload);
    this.#bounds = new BoundsCheck(world, this.cluster);
  }

  async all(): Promise<void> {
    this.#world.scheduler.note("run", describePlan(this.cluster.plan), this.kinds.join(" "));
    const steps = [
      () => this.#setUp(),
      () => this.#faults(),
      () => this.#recover(),
      () => this.#finish(),
      () => this.#checkAtRest(),
    ];
    for (const step of steps) {
      await step();
      if (this.#world.findings.first !== null) return;
    }
  }

  /** Everybody in turn gets on within bounded time, or that is a finding. */
  async #await(what: string, isDone: () => boolean, detail: () => string = () => ""): Promise<void> {
    const done = await this.#world.runFor(PATIENCE_US, isDone);
    if (!done) this.#world.findings.report(`without faults ${what}`, detail());
  }

  /** The same condition, looked at less often than after each event. */
  #nowAndThen(isDone: () => boolean): () => boolean {
    let nextUs = 0;
    let done = false;
    return () => {
      const { nowUs } = this.#world.scheduler;
      if (done || nowUs < nextUs) return done;
      nextUs = nowUs + GLANCE_US;
      return done = isDone();
    };
  }

  async #awaitStart(): Promise<void> {
    await this.#await("nodes start", () => this.cluster.areUp, () => this.cluster.states);
  }

  async #setUp(): Promise<void> {
    this.#watch.begin();
    this.#bounds.begin();
    for (const node of this.cluster.nodes) if (!node.plan.joinsLate) node.start();
    await this.#awaitStart();
    let done = false;
    this.#world.spawn("setting up", async () => {
      await this.#workload.createTopics();
      done = true;
    });
    await this.#await("topics are created", () => done);
    if (this.#world.findings.first === null) this.#workload.begin();
  }

  async #faults(): Promise<void> {
    const injector = new FaultInjector(this.#world, this.cluster, this.#prng.fork());
    injector.begin(this.kinds, this.cluster.nodes.length === 1 ? 1 : this.#prng.pick([1, 2, 3]));
    for (const node of this.cluster.nodes) {
      if (!node.plan.joinsLate) continue;
      injector.later(this.#prng.below(this.#seconds * 1000), () => {
        if (node.state === "down") node.start();
      });
    }
    const leaver = this.cluster.nodes.at(-1)!;
    if (this.cluster.mayShrink && this.#prng.chance(0.3)) this.#hasLeft = this.#workload.takeOut(leaver);
    await this.#world.runFor(this.#seconds * 1e6);
    if (this.#world.findings.first !== null) return;
    this.#world.scheduler.note("run", "heals");
    injector.heal();
    this.#workload.onCalm();
  }

  async #recover(): Promise<void> {
    // Who stands still has put off what should have happened meanwhile.
    const pauses = this.#world.machines.map(({ life }) => life?.pausedUntilUs ?? 0);
    await this.#world.runFor(Math.max(0, ...pauses.map((untilUs) => untilUs - this.#world.scheduler.nowUs)));
    await this.#await("a node can be removed", this.#hasLeft);
    await this.#awaitStart();
    await this.#awaitSync();
    this.#workload.onHealed();
    await this.#awaitClients("clients get on");
    if (this.cluster.mayLack && this.#prng.chance(0.5)) {
      await this.#loseOne(this.#prng.pick(this.cluster.staying));
    }
    this.#workload.enter("draining");
    await this.#awaitClients("clients finish");
  }

  /** Everybody must get on without any one node, as long as it takes. */
  async #loseOne(node: SimNode): Promise<void> {
    if (this.#world.findings.first !== null) return;
    this.#world.scheduler.note("run", "goes on without", node.machine.host);
    const how = this.#prng.pick(["process", "power"] as const);
    node.crash(this.cluster.nodes.some(({ machine }) => machine.isRotten) ? "process" : how);
    this.#workload.onShorthanded();
    await this.#awaitClients("clients get on without a node");
    node.start();
    await this.#awaitStart();
    await this.#awaitSync();
    this.#workload.onHealed();
  }

  async #awaitSync(): Promise<void> {
    const isWhole = this.#nowAndThen(() => this.cluster.isWhole);
    await this.#await("replicas get in sync", isWhole, () => this.cluster.lagging);
    const allVote = this.#nowAndThen(() => this.cluster.observers.length === 0);
    await this.#await("controllers vote", allVote, () => this.cluster.observers.join(" "));
  }

  async #awaitClients(what: string): Promise<void> {
    const { unsettled } = this.#workload;
    await this.#await(what, this.#nowAndThen(() => unsettled().length === 0), () => unsettled().join(" "));
  }

  async #finish(): Promise<void> {
    this.#workload.enter("over");
    let done = false;
    this.#world.spawn("checking logs", async () => {
      await this.#workload.look();
      await checkLogs(this.#workload.clientOptions("checker"));
      done = true;
    });
    await this.#await("all logs can be read", () => done);
    const areLevel = this.#nowAndThen(() => this.#watch.unlevel.length === 0);
    await this.#await("replicas are level", areLevel, () => this.#watch.unlevel.join("; "));
    this.#watch.checkConnections();
    const areAtRest = this.#nowAndThen(() => this.#bounds.leftOver.length === 0);
    await this.#await(
      "nothing is left of what clients wanted",
      areAtRest,
      () => this.#bounds.leftOver.join("; "),
    );
  }

  async #checkAtRest(): Promise<void> {
    const nodes = this.cluster.staying;
    for (const node of nodes.toReversed()) {
      node.stop();
      await this.#await("a node stops", () => node.state === "down", () => node.machine.host);
    }
    for (const node of nodes) checkFiles(this.#world, node, (topic) => this.#workload.mayCompact(topic));
  }
}

/** Draws some of the kinds: in one run a few, in another many. */
function drawKinds(prng: Prng, from: readonly FaultKind[], shares: readonly number[]): FaultKind[] {
  const share = prng.pick(shares);
  return faultKinds.filter((kind) => prng.chance(share) && from.includes(kind));
}
