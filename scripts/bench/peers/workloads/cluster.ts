/** Three brokers on one machine, everything on all of them. */

import { latency } from "../clients.ts";
import type { Figures } from "../figures.ts";
import { withTopic } from "../topics.ts";
import { type Bench, costOf, type Target, WARM_UP, type Workload } from "../workload.ts";
import { latencySeconds, WARM_UP_SECONDS } from "./latency.ts";
import { runTools } from "./tools.ts";

const REPLICATED = { partitions: 3, replicationFactor: 3 };

async function replicatedLatency(target: Target, bench: Bench): Promise<Figures> {
  return await withTopic(target.bootstrap, REPLICATED, async (topic) => {
    const seconds = latencySeconds(bench);
    const { result, cost } = await costOf(target, () =>
      latency(bench.clients, {
        ...{
          bootstrap: target.bootstrap,
          topic,
          recordsPerSecond: 2000,
          seconds,
          warmUpSeconds: WARM_UP_SECONDS,
        },
        ...{ recordBytes: 1000, acks: "all", groups: 1 },
      }));
    const brokerCpuShare = cost.cpuSeconds / (seconds + WARM_UP_SECONDS) * 100;
    return { p50Ms: result.p50Ms, p99Ms: result.p99Ms, p999Ms: result.p999Ms, brokerCpuShare };
  });
}

export const clusterWorkloads: readonly Workload[] = [
  {
    name: "three-brokers",
    title: "three brokers, 3 replicas, 1 KB records, acks=all, 3 partitions",
    ...{ on: "cluster", warmUp: 2 },
    runOn: (target, bench) =>
      runTools(target, bench, {
        ...{ ...REPLICATED, records: 60_000, recordBytes: 1000, acks: "all", consume: true },
      }),
  },
  {
    name: "three-brokers-latency",
    title: "three brokers, 3 replicas, 2,000 records/s of 1 KB, acks=all",
    ...{ on: "cluster", warmUp: WARM_UP, runOn: replicatedLatency },
  },
];
