/** Runs workloads on two peers in turn, A B A B, and keeps the brokers that they share. */

import type { Figures } from "./figures.ts";
import type { Peer, PeerProcess } from "./peer.ts";
import { untilBrokers } from "./probe.ts";
import { warmFreeMemory } from "./process.ts";
import type { WorkloadResult } from "./results.ts";
import type { Bench, Target, Workload } from "./workload.ts";

const START_TIMEOUT_MS = 120_000;
/** More than a run at full scale writes. */
const WARMED_BYTES = 1.2e9;

function targetOf(peer: Peer, processes: readonly PeerProcess[]): Target {
  return {
    peer,
    bootstrap: processes.map(({ port }) => `127.0.0.1:${port}`).join(","),
    port: processes[0]!.port,
    pids: processes.map(({ pid }) => pid),
  };
}

function says(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export class PairRunner {
  readonly bench: Bench;
  readonly #peers: readonly [Peer, Peer];
  #shared: { kind: "broker" | "cluster"; targets: Target[]; processes: PeerProcess[] } | null = null;

  constructor(peers: readonly [Peer, Peer], bench: Bench) {
    this.#peers = peers;
    this.bench = bench;
  }

  /** The brokers that all ordinary workloads share, both of them up: idle, neither costs the other much. */
  targets(): Promise<readonly Target[]> {
    return this.#targetsOf("broker");
  }

  async #targetsOf(kind: "broker" | "cluster"): Promise<readonly Target[]> {
    if (this.#shared?.kind === kind) return this.#shared.targets;
    await this.stop();
    const shared = { kind, targets: [] as Target[], processes: [] as PeerProcess[] };
    this.#shared = shared;
    for (const peer of this.#peers) {
      const directory = await Deno.makeTempDir({
        dir: this.bench.directory,
        prefix: `${peer.name.toLowerCase()}-`,
      });
      const processes = await this.#start(peer, kind, `${directory}/data`);
      shared.processes.push(...processes);
      shared.targets.push(targetOf(peer, processes));
    }
    const brokers = kind === "cluster" ? 3 : 1;
    for (const { port } of shared.processes) await untilBrokers(port, brokers, START_TIMEOUT_MS);
    return shared.targets;
  }

  async #start(peer: Peer, kind: "broker" | "cluster", directory: string): Promise<readonly PeerProcess[]> {
    if (kind === "broker") {
      await peer.prepare(directory);
      return [peer.spawn(directory)];
    }
    if (peer.spawnThree === undefined) throw new Error(`${peer.name} has no cluster here`);
    await Deno.mkdir(directory, { recursive: true });
    return await peer.spawnThree(directory);
  }

  /**
   * Runs a workload's pairs, the last of which begins before `endMs`. What fails is said in the result and ends the
   * workload.
   */
  async run(
    workload: Workload,
    { pairs, endMs }: { readonly pairs: number; readonly endMs: number },
  ): Promise<WorkloadResult> {
    const done: { ours: Figures; theirs: Figures }[] = [];
    const problems: string[] = [];
    try {
      if (workload.warmUp === true) {
        for (const side of [0, 1] as const) await this.#runOne(workload, side);
      }
      for (let pair = 0; pair < Math.min(pairs, workload.maxPairs ?? pairs); pair++) {
        if (performance.now() > endMs) throw new Error("the time was up");
        const ours = await this.#runOne(workload, 0);
        const theirs = await this.#runOne(workload, 1);
        done.push({ ours, theirs });
      }
    } catch (error) {
      problems.push(`ended after ${done.length} pairs: ${says(error)}`);
    }
    return { name: workload.name, title: workload.title, pairs: done, problems };
  }

  async #runOne(workload: Workload, side: 0 | 1): Promise<Figures> {
    const peer = this.#peers[side];
    try {
      if (workload.on === "peer") return await workload.runWith!(peer, this.bench);
      const targets = await this.#targetsOf(workload.on);
      warmFreeMemory(this.bench.directory, WARMED_BYTES * this.bench.scale);
      return await workload.runOn!(targets[side]!, this.bench);
    } catch (error) {
      throw new Error(`${peer.name}: ${says(error)}`);
    }
  }

  /** Ends the shared brokers. */
  async stop(): Promise<void> {
    const shared = this.#shared;
    this.#shared = null;
    if (shared !== null) await Promise.all(shared.processes.map((process) => process.stop()));
  }
}
