/**
 * A cluster under attack, then healed: first everything goes wrong at random while commands and voter changes keep
 * coming, then everything is repaired and the cluster must get going again. A seed tells the whole story.
 */

import { type NodeId, nodeId, type Uuid } from "../../../src/core/ids.ts";
import { ZERO_UUID } from "../../../src/core/uuid.ts";
import { Prng } from "../../../src/core/prng.ts";
import type { RaftRequest, UpgradeKRaftVersionRequest } from "../../../src/raft/messages.ts";
import type { Raft } from "../../../src/raft/raft.ts";
import type { RaftConfig, Voter } from "../../../src/raft/types.ts";
import { Checkers, Violation } from "./checkers.ts";
import { Schedule } from "./schedule.ts";
import { SimNetwork } from "./sim_network.ts";
import { SimNode, type WireResponse } from "./sim_node.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** How long faults go on, in virtual milliseconds. */
  readonly faultsMs?: number;
  /** How long the healed cluster may take to serve again. */
  readonly healMs?: number;
  readonly trace?: (line: string) => void;
}

/** What a run did, to see that it tried something. */
export interface SimulationResult {
  readonly committed: number;
  readonly elections: number;
  readonly crashes: number;
  readonly voterChanges: number;
  readonly snapshotsInstalled: number;
  readonly healedAfterMs: number;
}

const TIMEOUTS = {
  electionTimeoutMs: 100,
  fetchTimeoutMs: 200,
  electionBackoffMaxMs: 100,
  requestTimeoutMs: 80,
  retryBackoffMs: 5,
  fetchMaxWaitMs: 50,
} as const;

export class SimCluster {
  readonly schedule = new Schedule();
  readonly checkers = new Checkers();
  readonly network: SimNetwork;
  readonly nodes = new Map<number, SimNode>();
  readonly #options: SimulationOptions;
  readonly #prng: Prng;
  readonly #initialVoters: readonly Voter[];
  readonly #bootstrapServerIds: readonly NodeId[];
  readonly #kraftVersion: number;
  readonly #autoJoin: boolean;
  readonly #faults: { appendFailChance: number; syncMs: number };
  /** How often which fault strikes and voters change; each run stresses something else. */
  readonly #rates: {
    readonly faultMs: number;
    readonly voterChangeMs: number;
    readonly wipeChance: number;
    readonly leaderCrashChance: number;
    readonly restartMs: number;
    /** How often a connection to a living node breaks as if its process had died. */
    readonly breakChance: number;
  };
  /** What ends the requests that wait at a node when its process dies, by node. */
  readonly #waiting = new Map<SimNode, Set<() => void>>();
  #nextDirectory = 1;
  #nextCommand = 1;
  /** A voter whose disk was wiped: until its old self is voted out, nothing else may weaken the quorum. */
  #wipedVoter: Voter | null = null;
  #isHealed = false;
  #stats = { crashes: 0, voterChanges: 0 };

  constructor(options: SimulationOptions) {
    this.#options = options;
    const prng = this.#prng = new Prng(options.seed);
    this.network = new SimNetwork(this.schedule, prng.fork(), {
      dropChance: prng.pick([0, 0.01, 0.05, 0.2]),
      duplicateChance: prng.pick([0, 0.02, 0.1]),
      longDelayChance: prng.pick([0, 0.02, 0.1]),
      delayMs: prng.pick([1, 5, 20]),
      longDelayMs: prng.pick([50, 300]),
    });
    this.#faults = { appendFailChance: prng.pick([0, 0, 0.01, 0.05]), syncMs: prng.pick([0, 2, 10, 40]) };
    this.#rates = {
      faultMs: prng.pick([20, 60, 60, 150]),
      voterChangeMs: prng.pick([25, 90, 400]),
      wipeChance: prng.pick([0.1, 0.3, 1]),
      leaderCrashChance: prng.pick([0, 0, 0.3, 0.8]),
      restartMs: prng.pick([50, 400, 1000]),
      breakChance: prng.pick([0, 0.001, 0.01]),
    };
    this.#kraftVersion = prng.chance(0.8) ? 1 : 0;
    this.#autoJoin = prng.chance(0.3);
    const voterCount = 1 + prng.below(prng.chance(0.7) ? 5 : 7);
    const locals = Array.from({ length: voterCount }, (_, index) => this.#voter(index + 1));
    // A static voter set names no directories.
    this.#initialVoters = this.#kraftVersion === 1
      ? locals
      : locals.map((voter) => ({ ...voter, directoryId: ZERO_UUID }));
    const observerCount = prng.below(3);
    this.#bootstrapServerIds = Array.from(
      { length: voterCount + observerCount },
      (_, index) => nodeId(-2 - index),
    );
    for (let id = 1; id <= voterCount + observerCount; id++) {
      const isKnowing = id <= voterCount || this.#kraftVersion === 0;
      this.#addNode(id, locals[id - 1] ?? this.#voter(id), isKnowing ? this.#initialVoters : []);
    }
  }

  run(): SimulationResult {
    const { faultsMs = 3000, healMs = 5000 } = this.#options;
    for (const node of this.nodes.values()) node.start();
    this.#every(15, () => this.#propose());
    this.#every(this.#rates.faultMs, () => this.#causeFault());
    this.#every(this.#rates.voterChangeMs, () => this.#changeVoters());
    this.#every(120, () => this.#prng.pick([...this.nodes.values()]).snapshot(this.#prng.chance(0.7)));
    this.schedule.runUntil(faultsMs);
    this.#heal();
    const healedAtMs = this.schedule.nowMs;
    const goal = this.checkers.committed.length;
    this.schedule.runUntil(healedAtMs + healMs, () => this.#isServing(goal));
    if (!this.#isServing(goal)) {
      throw new Violation(`not serving ${healMs} ms after the heal: ${this.describe()}`);
    }
    return {
      committed: this.checkers.committed.length,
      elections: this.checkers.committed.filter((entry) => entry.control?.type === "leaderChange").length,
      ...this.#stats,
      snapshotsInstalled: [...this.nodes.values()].filter((node) => node.disk.startOffset > 0).length,
      healedAfterMs: this.schedule.nowMs - healedAtMs,
    };
  }

  describe(): string {
    const lines = [...this.nodes.values()].map((node) =>
      node.raft === null
        ? `${node.id} down`
        : `${node.id} ${node.raft.role} epoch ${node.raft.leaderEpoch} leader ${node.raft.leaderId} ` +
          `log ${node.disk.startOffset}..${node.disk.endOffset} hw ${node.highWatermark} ` +
          `voters ${node.raft.voters.map((voter) => voter.id)}`
    );
    return lines.join("; ");
  }

  #voter(id: number): Voter {
    const directoryId = `dir${String(this.#nextDirectory++).padStart(19, "0")}` as Uuid;
    const endpoints = [{ name: "CONTROLLER", host: `node${id}`, port: 9093 }];
    return { id: nodeId(id), directoryId, endpoints, minKRaftVersion: 0, maxKRaftVersion: 1 };
  }

  #addNode(id: number, local: Voter, bootstrapVoters: readonly Voter[]): SimNode {
    const prng = this.#prng.fork();
    const config: RaftConfig = {
      ...TIMEOUTS,
      localKey: { id: local.id, directoryId: local.directoryId },
      localEndpoints: local.endpoints,
      canBeVoter: true,
      bootstrapVoters,
      bootstrapKRaftVersion: this.#kraftVersion,
      bootstrapServerIds: this.#bootstrapServerIds,
      autoJoin: this.#autoJoin,
      random: (bound) => prng.below(bound),
    };
    const node = new SimNode(config, {
      schedule: this.schedule,
      prng: this.#prng.fork(),
      checkers: this.checkers,
      wire: { request: (from, to, requestId, request) => this.#request(from, to, requestId, request) },
      trace: this.#options.trace ?? null,
      faults: this.#faults,
    });
    this.nodes.set(id, node);
    return node;
  }

  #every(intervalMs: number, run: () => void): void {
    const again = () => {
      run();
      this.schedule.after(intervalMs * (0.5 + this.#prng.next()), again);
    };
    this.schedule.after(intervalMs, again);
  }

  /** Carries a request there and its answer back, unless either end has another life by then. */
  #request(from: SimNode, to: number, requestId: number, request: RaftRequest): void {
    const target = this.nodes.get(to < 0 ? -1 - to : to);
    if (target === undefined) return;
    const { incarnation } = from;
    const isCurrent = () => from.incarnation === incarnation;
    const fail = (refused: boolean) =>
      this.network.carry(target.id, from.id, () => {
        if (isCurrent()) from.step({ type: "requestFailed", requestId, refused });
      });
    this.network.carry(from.id, target.id, () => {
      if (target.raft === null) {
        if (this.#prng.chance(0.8)) fail(this.#prng.chance(0.5));
        return;
      }
      if (!this.#isHealed && this.#prng.chance(this.#rates.breakChance)) return fail(true);
      const waiting = this.#waiting.get(target) ?? new Set();
      this.#waiting.set(target, waiting);
      const onDeath = () => fail(true);
      waiting.add(onDeath);
      target.onRequest(request, (response) => {
        waiting.delete(onDeath);
        this.#observe(target, request, response);
        this.network.carry(target.id, from.id, () => {
          if (isCurrent()) from.onAnswer(requestId, response);
        });
      });
    });
  }

  #observe(voter: SimNode, request: RaftRequest, { reply }: WireResponse): void {
    if (request.type !== "vote" || request.preVote || reply.type !== "vote" || !reply.voteGranted) return;
    this.checkers.onVoteGranted(voter.key, request.replicaEpoch, request.replicaKey);
  }

  #propose(): void {
    for (const node of this.nodes.values()) {
      if (node.raft?.isLeader && this.#prng.chance(0.8)) node.propose(`command ${this.#nextCommand++}`);
    }
  }

  #causeFault(): void {
    if (this.#isHealed) return;
    const prng = this.#prng;
    const nodes = [...this.nodes.values()];
    const node = prng.pick(nodes);
    const leader = nodes.find((other) => other.raft?.isLeader);
    if (leader !== undefined && prng.chance(this.#rates.leaderCrashChance)) this.#crash(leader);
    const faults: (() => void)[] = [
      () => this.#crash(node),
      () => this.#crash(prng.pick(nodes)),
      () => nodes.forEach((other) => this.#crash(other)),
      () => node.raft === null && node.start(),
      () => this.#partition(),
      () => this.network.cut(node.id, prng.pick(nodes).id),
      () => this.network.healAll(),
      () => node.stall(prng.below(prng.chance(0.8) ? 100 : 700)),
      () => node.step({ type: "shutdown", timeoutMs: 100 }),
      () => leader?.raft && leader.step({ type: "resign", leaderEpoch: leader.raft.leaderEpoch }),
      () => prng.chance(this.#rates.wipeChance) && this.#wipe(node),
    ];
    prng.pick(faults)();
  }

  #crash(node: SimNode): void {
    if (node.raft === null) return;
    this.#stats.crashes++;
    node.crash();
    // Its machine lives on and closes its connections, unless the machine has crashed.
    if (this.#prng.chance(0.6)) { for (const onDeath of this.#waiting.get(node) ?? []) onDeath(); }
    this.#waiting.delete(node);
    this.schedule.after(this.#prng.below(this.#rates.restartMs), () => {
      if (node.raft === null && this.nodes.get(node.id) === node) node.start();
    });
  }

  /** Splits the nodes in two, sometimes in one direction only. */
  #partition(): void {
    const ids = [...this.nodes.keys()];
    const isLeft = new Map(ids.map((id) => [id, this.#prng.chance(0.5)]));
    const isOneWay = this.#prng.chance(0.3);
    for (const from of ids) {
      for (const to of ids) {
        if (isLeft.get(from) === isLeft.get(to)) continue;
        if (!isOneWay || isLeft.get(from)) this.network.cut(from, to);
      }
    }
    this.schedule.after(100 + this.#prng.below(600), () => this.network.healAll());
  }

  /** A new disk: another directory id, nothing remembered (KIP-853). One voter at a time, or the quorum is lost. */
  #wipe(node: SimNode): void {
    if (this.#wipedVoter !== null) return;
    const sets = [...this.nodes.values()].map((other) => other.raft?.voters ?? other.disk.latestVoters ?? []);
    const voters = sets[0]!;
    const isVoter = voters.some((voter) => voter.directoryId === node.directoryId);
    const isSettled = isVoter && voters.length >= 3 &&
      sets.every((set) => JSON.stringify(set) === JSON.stringify(voters));
    if (!isSettled) return;
    this.#wipedVoter = voters.find((voter) => voter.id === node.id) ?? null;
    if (node.raft !== null) node.crash();
    this.nodes.delete(node.id);
    this.#options.trace?.(`node ${node.id} loses its disk`);
    const fresh = this.#addNode(node.id, this.#voter(node.id), []);
    this.schedule.after(this.#prng.below(200), () => {
      if (fresh.raft === null) fresh.start();
    });
  }

  /** Asks a leader for a voter more or less. */
  #changeVoters(): void {
    if (this.#isHealed) return;
    const leader = [...this.nodes.values()].find((node) => node.raft?.isLeader);
    if (leader === undefined || leader.raft === null) return;
    if (leader.raft.kraftVersion === 0) {
      if (!this.#prng.chance(0.3)) return;
      return this.#ask(leader, { type: "upgradeKRaftVersion", kraftVersion: 1, timeoutMs: 300 });
    }
    const voters = leader.raft.voters;
    if (this.#wipedVoter !== null) {
      const key = this.#wipedVoter;
      if (!voters.some((voter) => voter.directoryId === key.directoryId)) this.#forgetWiped(key.directoryId);
      return this.#ask(leader, { type: "removeVoter", voterKey: key, timeoutMs: 300 });
    }
    const target = this.#prng.pick([...this.nodes.values()]);
    const present = voters.find((voter) => voter.id === target.id);
    if (present === undefined) {
      const voter: Voter = { ...target.key, endpoints: target.localEndpoints, ...KRAFT_VERSIONS };
      const ackWhenCommitted = this.#prng.chance(0.5);
      return this.#ask(leader, { type: "addVoter", voter, timeoutMs: 300, ackWhenCommitted });
    }
    if (this.#prng.chance(0.4)) this.#ask(leader, { type: "removeVoter", voterKey: present, timeoutMs: 300 });
  }

  /** The old self is out once no replica that could still matter believes in it. */
  #forgetWiped(directoryId: Uuid): void {
    const isGone = [...this.nodes.values()].every((node) =>
      node.raft !== null && !node.raft.voters.some((voter) => voter.directoryId === directoryId) &&
      Number(node.raft.highWatermark) === this.checkers.committed.length
    );
    if (isGone) this.#wipedVoter = null;
  }

  #ask(leader: SimNode, request: RaftRequest | UpgradeKRaftVersionRequest): void {
    leader.onRequest(request, ({ reply }) => {
      if (reply.errorCode === 0) this.#stats.voterChanges++;
    });
  }

  #heal(): void {
    this.#options.trace?.("everything is repaired");
    this.#isHealed = true;
    this.network.healAll();
    Object.assign(this.network.faults, { dropChance: 0, duplicateChance: 0, longDelayChance: 0, delayMs: 5 });
    Object.assign(this.#faults, { appendFailChance: 0, syncMs: 2 });
    for (const node of this.nodes.values()) if (node.raft === null) node.start();
    // A shutdown that was under way ends some time later; such a node is started again.
    this.#every(200, () => {
      for (const node of this.nodes.values()) if (node.raft === null) node.start();
    });
  }

  /** There is a leader, new commands are committed, and everybody knows. */
  #isServing(goal: number): boolean {
    const { committed } = this.checkers;
    const last = committed.at(-1);
    if (committed.length < goal + 5 || last === undefined || last.control !== null) return false;
    for (const node of this.nodes.values()) {
      if (node.raft === null || node.raft.leaderEpoch !== Number(last.epoch)) return false;
      if (Number(node.raft.leaderId) < 0 || node.highWatermark < goal + 5) return false;
      if (node.raft.isLeader && !node.raft.isVoter) return false;
      if (!isEntryRight(node, node.raft)) return false;
    }
    return true;
  }
}

/** A voter's entry names the endpoints it has now; with auto-join everybody is a voter who was not voted out. */
function isEntryRight(node: SimNode, { kraftVersion, voters, hasJoined }: Raft): boolean {
  if (kraftVersion === 0) return true;
  const entry = voters.find((voter) => voter.directoryId === node.directoryId);
  if (entry === undefined) return node.config.autoJoin !== true || hasJoined;
  return JSON.stringify(entry.endpoints) === JSON.stringify(node.localEndpoints);
}

const KRAFT_VERSIONS = { minKRaftVersion: 0, maxKRaftVersion: 1 } as const;

/** Runs one seed; throws a {@link Violation} or an InvariantError when something does not hold. */
export function simulate(options: SimulationOptions): SimulationResult {
  return new SimCluster(options).run();
}
