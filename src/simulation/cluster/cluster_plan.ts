/** What a simulated cluster is made of, and what its clients are promised; both come from the seed. */

import type { Prng } from "../../core/prng.ts";
import type { Address } from "../../platform/network.ts";

/** The roles of a node, as `process.roles` has them. */
export type NodeRole = "broker" | "controller";

export interface NodePlan {
  readonly id: number;
  readonly host: string;
  readonly roles: readonly NodeRole[];
  /** It is not there from the beginning, but joins while things go wrong. */
  readonly joinsLate: boolean;
}

/** How nodes find the controllers: all named in the configs (kraft.version 0), or found by joining (KIP-853). */
export type QuorumPlan = "alone" | "named" | "joined";

export interface ClusterPlan {
  readonly nodes: readonly NodePlan[];
  readonly quorum: QuorumPlan;
  /** Every broker flushes before it acknowledges and before it tells the leader what it has. */
  readonly flushes: boolean;
  /**
   * Whether any number of nodes may lose at the same time what they have not flushed. If not, only one does at a
   * time, and no other before that is in sync again: then two copies in sync are as safe as a disk.
   */
  readonly losesTogether: boolean;
  /** Nodes are in racks, and consumers read from the replica in theirs (KIP-392). */
  readonly hasRacks: boolean;
  /** Of topics that promise to keep what they acknowledge. */
  readonly replicationFactor: number;
  readonly minInSync: number;
}

export const BROKER_PORT = 9092;
export const CONTROLLER_PORT = 9093;

/** Draws a cluster of `count` nodes. */
export function drawCluster(prng: Prng, count: number): ClusterPlan {
  const roles = drawRoles(prng, count);
  const brokers = roles.filter((each) => each.includes("broker")).length;
  const isJoined = brokers === count && prng.chance(0.5);
  const late = prng.chance(0.3) ? prng.below(brokers - Math.min(3, brokers) + 1) : 0;
  const nodes = roles.map((each, index) => ({
    id: index + 1,
    host: `10.0.0.${index + 1}`,
    roles: each,
    // Named controllers must be there, or there may be no majority.
    joinsLate: index >= count - late && (isJoined || !each.includes("controller")),
  }));
  const flushes = prng.chance(0.5);
  return {
    nodes,
    quorum: count === 1 ? "alone" : isJoined ? "joined" : "named",
    flushes,
    losesTogether: count === 1 || (flushes && prng.chance(0.5)),
    hasRacks: count > 1 && prng.chance(0.5),
    replicationFactor: Math.min(3, brokers),
    minInSync: brokers >= 3 ? 2 : 1,
  };
}

const BOTH: readonly NodeRole[] = ["broker", "controller"];
const BROKER: readonly NodeRole[] = ["broker"];
const CONTROLLER: readonly NodeRole[] = ["controller"];

/** Controllers come first; there are one, three or five of them. */
function drawRoles(prng: Prng, count: number): (readonly NodeRole[])[] {
  const combined = count >= 5 && prng.chance(0.4) ? 5 : Math.min(count, 3);
  if (count >= 6 && prng.chance(0.4)) {
    return Array.from({ length: count }, (_, index) => index < 3 ? CONTROLLER : BROKER);
  }
  return Array.from({ length: count }, (_, index) => index < combined ? BOTH : BROKER);
}

const RACKS = 3;

/** The rack of a node, or one of those for a client. */
export function rackOf(number: number): string {
  return `rack-${number % RACKS}`;
}

/** Where the clients of a node find it. */
export function brokerAddress({ host }: NodePlan): Address {
  return { host, port: BROKER_PORT };
}

/** The settings by which a node finds the others. */
export function clusterSettings(
  plan: ClusterPlan,
  node: NodePlan,
): Record<string, string | number | boolean> {
  const { quorum, nodes } = plan;
  if (quorum === "alone") return { listeners: `PLAINTEXT://${node.host}:${BROKER_PORT}` };
  const listeners = [
    ...(node.roles.includes("broker") ? [`PLAINTEXT://${node.host}:${BROKER_PORT}`] : []),
    ...(node.roles.includes("controller") ? [`CONTROLLER://${node.host}:${CONTROLLER_PORT}`] : []),
  ];
  const settings = {
    ...(plan.hasRacks ? { "broker.rack": rackOf(node.id) } : {}),
    "process.roles": node.roles.join(","),
    "listeners": listeners.join(","),
    "controller.listener.names": "CONTROLLER",
  };
  if (quorum === "named") {
    const voters = nodes.filter(({ roles }) => roles.includes("controller"))
      .map(({ id, host }) => `${id}@${host}:${CONTROLLER_PORT}`);
    return { ...settings, "controller.quorum.voters": voters.join(",") };
  }
  if (node === nodes[0]) return settings;
  const others = nodes.filter((each) => each !== node).map(({ host }) => `${host}:${BROKER_PORT}`);
  return { ...settings, "cluster.join": others.join(",") };
}

/** A plan in a few words. */
export function describePlan({ nodes, quorum, flushes, losesTogether }: ClusterPlan): string {
  const roles = nodes.map(({ roles, joinsLate }) => `${roles.join("+")}${joinsLate ? " (late)" : ""}`);
  const loses = losesTogether ? "all lose data at once" : "one at a time loses data";
  return `${roles.join(", ")}; quorum ${quorum}; ${flushes ? "flushes" : "flushes late"}; ${loses}`;
}
