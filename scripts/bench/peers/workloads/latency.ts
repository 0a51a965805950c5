/** How long a record takes from when it is due at the producer to the consumer, at given rates. */

import { endToEndLatency, latency } from "../clients.ts";
import type { Figures } from "../figures.ts";
import { withTopic } from "../topics.ts";
import { type Bench, costOf, type Target, WARM_UP, type Workload } from "../workload.ts";

/** What is offered. */
export interface Offer {
  readonly recordsPerSecond: number;
  readonly groups: number;
  readonly acks: "1" | "all";
  readonly seconds: number;
}

const RECORD_BYTES = 1000;
/** At the same rate, before what is measured. */
export const WARM_UP_SECONDS = 1;

/** Offers a load and takes down the latency, and what share of a core it took the broker. */
export async function runOffer(target: Target, bench: Bench, offer: Offer): Promise<Figures> {
  return await withTopic(target.bootstrap, { partitions: 1 }, async (topic) => {
    const { bootstrap } = target;
    const load = { bootstrap, topic, ...offer, warmUpSeconds: WARM_UP_SECONDS, recordBytes: RECORD_BYTES };
    const { result, cost } = await costOf(target, () => latency(bench.clients, load));
    const total = offer.seconds + load.warmUpSeconds;
    return {
      produceRecordsPerSecond: result.recordsPerSecond,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      p999Ms: result.p999Ms,
      brokerCpuShare: cost.cpuSeconds / total * 100,
      peakRssMiB: cost.peakRssMiB,
    };
  });
}

/** How long latency is measured. */
export function latencySeconds(bench: Bench): number {
  return Math.max(2, Math.round(4 * bench.scale));
}

function workload(name: string, title: string, offer: Omit<Offer, "seconds">): Workload {
  return {
    ...{ name, title, on: "broker", warmUp: WARM_UP },
    runOn: (target, bench) => runOffer(target, bench, { ...offer, seconds: latencySeconds(bench) }),
  };
}

async function oneByOne(target: Target, bench: Bench): Promise<Figures> {
  return await withTopic(target.bootstrap, { partitions: 1 }, async (topic) => {
    const records = Math.round(2000 * bench.scale);
    const { bootstrap } = target;
    return { endToEndMeanMs: await endToEndLatency(bench.clients, { bootstrap, topic, records }) };
  });
}

/** The rate that either peer can take with something to spare, whatever the machine. */
function seventyPercent(bench: Bench): number {
  return Math.round((bench.peakRecordsPerSecond ?? 100_000) * 0.7);
}

export const latencyWorkloads: readonly Workload[] = [
  {
    ...{ name: "one-by-one", title: "kafka-e2e-latency, 100 B records, acks=1", on: "broker" },
    ...{ warmUp: WARM_UP, runOn: oneByOne },
  },
  workload("latency-10k", "10,000 records/s of 1 KB, acks=1, one tailing group", {
    ...{ recordsPerSecond: 10_000, groups: 1, acks: "1" },
  }),
  workload("latency-10k-all", "10,000 records/s of 1 KB, acks=all, one tailing group", {
    ...{ recordsPerSecond: 10_000, groups: 1, acks: "all" },
  }),
  workload("latency-10k-10-groups", "10,000 records/s of 1 KB, acks=1, 10 tailing groups", {
    ...{ recordsPerSecond: 10_000, groups: 10, acks: "1" },
  }),
  {
    name: "latency-70",
    title: "70% of the slower peer's peak, records of 1 KB, acks=1, one tailing group",
    on: "broker",
    runOn: (target, bench) => {
      const recordsPerSecond = seventyPercent(bench);
      return runOffer(target, bench, {
        recordsPerSecond,
        groups: 1,
        acks: "1",
        seconds: latencySeconds(bench),
      });
    },
  },
];
