/** Puts machines and nodes together as a plan says. */

import type { Prng } from "../../core/prng.ts";
import { drawNodeConfig, drawSharedConfig } from "../node_config.ts";
import { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";
import type { ClusterPlan } from "./cluster_plan.ts";
import { SimCluster } from "./sim_cluster.ts";

export function buildCluster(world: World, plan: ClusterPlan, prng: Prng, losesDisks: boolean): SimCluster {
  const shared = drawSharedConfig(prng, plan);
  const nodes = plan.nodes.map((each) => {
    const machine = world.addMachine(each.host);
    return new SimNode(world, machine, each, drawNodeConfig(prng.fork(), { plan, shared }, each));
  });
  return new SimCluster(world, plan, nodes, losesDisks);
}
