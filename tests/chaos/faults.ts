/** What can be done to a cluster, and taken back. Which and when follows from a seed. */

import type { Prng } from "../../src/core/prng.ts";
import { eventually, overviewOf } from "../harness/cluster_state.ts";
import type { TestCluster } from "../harness/cluster.ts";
import type { NetworkLab } from "./namespaces.ts";

export interface World {
  readonly nodes: TestCluster;
  /** Null on loopback, where links are not cut. */
  readonly lab: NetworkLab | null;
  readonly random: Prng;
  readonly log: (line: string) => void;
}

/** A fault that has been done. */
export interface Done {
  readonly what: string;
  /** Takes it back; a node that was killed starts, however long that takes. */
  undo(): Promise<void>;
}

interface Fault {
  readonly name: string;
  /** How likely it is in relation to the others. */
  readonly weight: number;
  readonly needsLab?: true;
  /** It takes what keeps the data safe: nothing else may be wrong, before and until all is well again. */
  readonly isAlone?: true;
  do(world: World, id: number): Promise<Done>;
}

function other({ nodes, random }: World, id: number): number {
  const others = nodes.ids.filter((one) => one !== id);
  return others[random.below(others.length)]!;
}

async function links(
  world: World,
  pairs: readonly (readonly [number, number])[],
  what: string,
): Promise<Done> {
  const lab = world.lab!;
  for (const [from, to] of pairs) await lab.cut(from, to);
  return {
    what,
    async undo() {
      for (const [from, to] of pairs) await lab.heal(from, to);
    },
  };
}

function around(world: World, id: number, isClientsToo: boolean): (readonly [number, number])[] {
  const others = world.nodes.ids.filter((one) => one !== id);
  const places = isClientsToo ? [...others, world.lab!.outside] : others;
  return places.flatMap((one) => [[id, one], [one, id]] as const);
}

const faults: readonly Fault[] = [
  {
    name: "kill",
    weight: 6,
    async do({ nodes }, id) {
      await nodes.kill(id);
      return { what: `kill -9 of ${id}`, undo: () => nodes.start(id) };
    },
  },
  {
    name: "pause",
    weight: 4,
    do({ nodes }, id) {
      nodes.pause(id);
      return Promise.resolve({
        what: `SIGSTOP of ${id}`,
        undo: () => Promise.resolve(nodes.resume(id)),
      });
    },
  },
  {
    name: "restart",
    weight: 3,
    async do({ nodes }, id) {
      await nodes.stop(id);
      return { what: `stop of ${id}`, undo: () => nodes.start(id) };
    },
  },
  {
    name: "kill all",
    weight: 1,
    async do({ nodes }) {
      await Promise.all(nodes.ids.map((id) => nodes.kill(id)));
      return {
        what: "kill -9 of all",
        undo: async () => void await Promise.all(nodes.ids.map((id) => nodes.start(id))),
      };
    },
    isAlone: true,
  },
  {
    name: "wipe",
    weight: 2,
    isAlone: true,
    async do({ nodes }, id) {
      await nodes.kill(id);
      nodes.node(id).wipe();
      nodes.rejoin(id);
      return { what: `wiped disk of ${id}`, undo: () => nodes.start(id) };
    },
  },
  {
    name: "one way",
    weight: 4,
    needsLab: true,
    do(world, id) {
      const to = other(world, id);
      return links(world, [[id, to]], `cut of ${id} -> ${to}`);
    },
  },
  {
    name: "both ways",
    weight: 3,
    needsLab: true,
    do(world, id) {
      const to = other(world, id);
      return links(world, [[id, to], [to, id]], `cut of ${id} <-> ${to}`);
    },
  },
  {
    name: "isolate",
    weight: 4,
    needsLab: true,
    do: (world, id) => links(world, around(world, id, false), `cut of ${id} <-> all nodes`),
  },
  {
    name: "unplug",
    weight: 3,
    needsLab: true,
    do: (world, id) => links(world, around(world, id, true), `cut of ${id} <-> all nodes and clients`),
  },
  {
    name: "slow",
    weight: 3,
    needsLab: true,
    async do({ lab }, id) {
      await lab!.slow(id);
      return { what: `slow link of ${id}`, undo: () => lab!.unslow(id) };
    },
  },
];

/** The node that leads most, the active controller, or any. */
async function victim({ nodes, random }: World): Promise<number> {
  const any = nodes.ids[random.below(nodes.ids.length)]!;
  const draw = random.below(3);
  if (draw === 0) return any;
  try {
    const { quorum, brokers } = await overviewOf(nodes);
    if (draw === 1) return quorum?.leaderId ?? any;
    const [first] = brokers.filter((one) => nodes.isRunning(one.id)).sort((a, b) => b.leaders - a.leaders);
    return first?.id ?? any;
  } catch {
    return any;
  }
}

function choose({ random, lab }: World, isAloneAllowed: boolean): Fault {
  const possible = faults.filter((one) =>
    (lab !== null || one.needsLab !== true) && (isAloneAllowed || one.isAlone !== true)
  );
  let draw = random.below(possible.reduce((sum, one) => sum + one.weight, 0));
  for (const one of possible) {
    draw -= one.weight;
    if (draw < 0) return one;
  }
  return possible[0]!;
}

/** Every replica is in sync, every broker is alive, and every node votes. */
export async function isWell(nodes: TestCluster): Promise<void> {
  const { brokers, totals, quorum } = await overviewOf(nodes);
  const alive = brokers.filter((one) => one.state === "alive").length;
  const voters = quorum?.replicas.filter((one) => one.isVoter) ?? [];
  const state = JSON.stringify({ alive, totals, voters: voters.map(({ id, lag }) => ({ id, lag })) });
  if (alive < nodes.ids.length) throw new Error(`not all brokers are alive: ${state}`);
  if (totals.underReplicated + totals.offline > 0) throw new Error(`replicas are missing: ${state}`);
  if (voters.length < nodes.ids.length) throw new Error(`not all nodes vote: ${state}`);
}

/** How long a cluster whose faults are all taken back may take until all is well, in milliseconds. */
export const RECOVERY_MS = 120_000;
const SHORTEST_MS = 300;
/** Most faults pass quickly; some outlast the session of a broker. */
const MOST_MS = 2_500;
const LONGEST_MS = 12_000;
const LONGEST_REST_MS = 3_000;

/** Does faults, sometimes two at a time, until the time is over; then takes all back. */
export async function doFaults(world: World, totalMs: number, isFailed: () => boolean): Promise<number> {
  const endMs = performance.now() + totalMs;
  const { nodes, random, log } = world;
  let count = 0;
  while (performance.now() < endMs && !isFailed()) {
    const fault = choose(world, true);
    if (fault.isAlone === true) await eventually(() => isWell(nodes), RECOVERY_MS);
    const first = await victim(world);
    const done = [await fault.do(world, first)];
    count++;
    log(done[0]!.what);
    await sleep(durationMs(random));
    if (fault.isAlone !== true && random.chance(0.3)) {
      const second = choose(world, false);
      const victims = nodes.runningIds.filter((id) => id !== first);
      const at = victims[random.below(Math.max(1, victims.length))];
      if (at !== undefined) {
        done.push(await second.do(world, at));
        count++;
        log(`and ${done[1]!.what}`);
        await sleep(durationMs(random));
      }
    }
    // A node may need another that is still down to get ready.
    await Promise.all(done.map((one) => one.undo()));
    log("taken back");
    if (fault.isAlone === true) {
      await eventually(() => isWell(nodes), RECOVERY_MS);
      log("well again");
    } else await sleep(random.below(LONGEST_REST_MS));
  }
  return count;
}

function durationMs(random: Prng): number {
  return SHORTEST_MS + random.below(random.chance(0.25) ? LONGEST_MS : MOST_MS);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
