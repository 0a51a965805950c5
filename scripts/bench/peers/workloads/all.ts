/** All workloads, in the order in which they run: what the goals are about first. */

import type { Workload } from "../workload.ts";
import { clusterWorkloads } from "./cluster.ts";
import { latencyWorkloads } from "./latency.ts";
import { recovery, startAndIdle } from "./life.ts";
import { bareWorkloads, manyWorkloads, rawWorkloads } from "./many.ts";
import { natsWorkloads } from "./nats.ts";
import { otherClientWorkloads } from "./other_clients.ts";
import { toolWorkloads } from "./tools.ts";

/** Runs by itself, and gives the plots rather than pairs. */
export const SWEEP = "sweep";

export const allWorkloads: readonly Workload[] = [
  startAndIdle,
  ...toolWorkloads,
  ...rawWorkloads,
  ...latencyWorkloads,
  { name: SWEEP, title: "throughput and latency against offered load: the plots", on: "broker", share: 2 },
  ...manyWorkloads,
  ...otherClientWorkloads,
  ...bareWorkloads,
  ...natsWorkloads,
  ...clusterWorkloads,
  recovery,
];
