/** Runs workloads on two peers in turn, A B A B, and keeps the brokers that they share. */

import type { Figures } from "./figures.ts";
import type { Peer, PeerProcess } from "./peer.ts";
import { untilBrokers } from "./probe.ts";
import { warmFreeMemory } from "./process.ts";
import type { Pair } from "./results.ts";
import type { Bench, Target, Workload } from "./workload.ts";
import { warmBroker } from "./workloads/many.ts";

const START_TIMEOUT_MS = 120_000;

/** What {@link PairRunner.run} found. */
export interface Pairs {
  readonly pairs: readonly Pair[];
  /** Why there are fewer pairs than were asked for. */
  readonly problems: readonly string[];
}

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
  /** Peers that serve now, in one of the shared ways. */
  #kind: "broker" | "cluster" = "broker";
  readonly #serving = new Map<
    Peer,
    { readonly target: Target; readonly processes: readonly PeerProcess[] }
  >();

  constructor(bench: Bench) {
    this.bench = bench;
  }

  /** The broker or the cluster of a peer, which stays up for later workloads of its kind: idle, it costs little. */
  async targetOf(peer: Peer, kind: "broker" | "cluster" = "broker"): Promise<Target> {
    if (this.#kind !== kind) await this.stop();
    this.#kind = kind;
    const serving = this.#serving.get(peer);
    if (serving !== undefined) return serving.target;
    const directory = await Deno.makeTempDir({ dir: this.bench.directory, prefix: "peer-" });
    const processes = await this.#start(peer, kind, `${directory}/data`);
    const target = targetOf(peer, processes);
    this.#serving.set(peer, { target, processes });
    const brokers = kind === "cluster" ? 3 : 1;
    for (const { port } of processes) {
      if (peer.untilServing !== undefined) await peer.untilServing(port, START_TIMEOUT_MS);
      else await untilBrokers(port, brokers, START_TIMEOUT_MS);
    }
    if (kind === "broker" && peer.untilServing === undefined) await warmBroker(target, this.bench);
    return target;
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
   * Runs a workload's pairs. None but the first begins when it would not end before `endMs`, going by the one
   * before. What fails is said in the result and ends the workload.
   */
  async run(
    workload: Workload,
    peers: readonly [ours: Peer, theirs: Peer],
    { pairs, endMs }: { readonly pairs: number; readonly endMs: number },
  ): Promise<Pairs> {
    const done: Pair[] = [];
    try {
      if (workload.warmUp !== undefined) {
        const bench = { ...this.bench, scale: this.bench.scale * workload.warmUp };
        for (const peer of peers) await this.#runOne(workload, peer, bench);
      }
      const wanted = Math.min(pairs, workload.maxPairs ?? pairs);
      for (let tookMs = 0; done.length < wanted;) {
        const startMs = performance.now();
        if (done.length > 0 && startMs + tookMs > endMs) {
          return {
            pairs: done,
            problems: [`no more than ${done.length} pairs: its share of the time was up`],
          };
        }
        const ours = await this.#runOne(workload, peers[0], this.bench);
        const theirs = await this.#runOne(workload, peers[1], this.bench);
        done.push({ ours, theirs });
        tookMs = performance.now() - startMs;
      }
    } catch (error) {
      return { pairs: done, problems: [`ended after ${done.length} pairs: ${says(error)}`] };
    }
    return { pairs: done, problems: [] };
  }

  async #runOne(workload: Workload, peer: Peer, bench: Bench): Promise<Figures> {
    try {
      if (workload.on === "peer") {
        await this.stop();
        return await workload.runWith!(peer, bench);
      }
      const target = await this.targetOf(peer, workload.on);
      warmFreeMemory(bench.directory, (workload.writesMB ?? 300) * 1e6 * bench.scale);
      return await workload.runOn!(target, bench);
    } catch (error) {
      throw new Error(`${peer.name}: ${says(error)}`);
    }
  }

  /** Ends the shared brokers. */
  async stop(): Promise<void> {
    const all = [...this.#serving.values()].flatMap(({ processes }) => processes);
    this.#serving.clear();
    await Promise.all(all.map((process) => process.stop()));
  }
}
