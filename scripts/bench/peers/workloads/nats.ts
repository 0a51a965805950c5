/** Sluice beside NATS JetStream: the same records, each broker through its own client for Java. */

import { natsLoad } from "../clients.ts";
import type { Figures } from "../figures.ts";
import { type Bench, costOf, type Target, WARM_UP, type Workload } from "../workload.ts";
import { latencySeconds, runOffer, WARM_UP_SECONDS } from "./latency.ts";
import { runTools } from "./tools.ts";

const RECORD_BYTES = 1000;
const RECORDS = 120_000;
const RATE = 10_000;

async function withStream(
  { bootstrap }: Target,
  bench: Bench,
  task: (stream: string) => Promise<Figures>,
): Promise<Figures> {
  const stream = `bench-${crypto.randomUUID().slice(0, 8)}`;
  await natsLoad(bench.clients, "create", [bootstrap, stream]);
  try {
    return await task(stream);
  } finally {
    await natsLoad(bench.clients, "delete", [bootstrap, stream]);
  }
}

function throughNats(target: Target, bench: Bench): Promise<Figures> {
  return withStream(target, bench, async (stream) => {
    const records = Math.round(RECORDS * bench.scale);
    const gigabytes = records * RECORD_BYTES / 1e9;
    const { bootstrap } = target;
    const produced = await costOf(
      target,
      () => natsLoad(bench.clients, "produce", [bootstrap, stream, records, RECORD_BYTES]),
    );
    const consumed = await costOf(
      target,
      () => natsLoad(bench.clients, "consume", [bootstrap, stream, records]),
    );
    return {
      produceMBps: produced.result.recordsPerSecond * RECORD_BYTES / 1e6,
      produceCpuPerGB: produced.cost.cpuSeconds / gigabytes,
      consumeMBps: consumed.result.recordsPerSecond * RECORD_BYTES / 1e6,
      consumeCpuPerGB: consumed.cost.cpuSeconds / gigabytes,
      peakRssMiB: Math.max(produced.cost.peakRssMiB, consumed.cost.peakRssMiB),
    };
  });
}

function latencyOfNats(target: Target, bench: Bench): Promise<Figures> {
  return withStream(target, bench, async (stream) => {
    const seconds = latencySeconds(bench);
    const args = [target.bootstrap, stream, RATE, seconds, WARM_UP_SECONDS, RECORD_BYTES];
    const { result, cost } = await costOf(target, () => natsLoad(bench.clients, "latency", args));
    return {
      produceRecordsPerSecond: result.recordsPerSecond,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
      p999Ms: result.p999Ms,
      brokerCpuShare: cost.cpuSeconds / (seconds + WARM_UP_SECONDS) * 100,
      peakRssMiB: cost.peakRssMiB,
    };
  });
}

const isNats = ({ peer }: Target) => peer.name === "NATS";

export const natsWorkloads: readonly Workload[] = [
  {
    name: "nats-1k",
    title: "1 KB records, kept in files, acknowledged, beside NATS JetStream",
    ...{ on: "broker", against: "NATS", warmUp: WARM_UP },
    runOn: (target, bench) =>
      isNats(target) ? throughNats(target, bench) : runTools(target, bench, {
        ...{ partitions: 1, records: RECORDS, recordBytes: RECORD_BYTES, acks: "1", consume: true },
      }),
  },
  {
    name: "nats-latency-10k",
    title: "10,000 records/s of 1 KB, one tailing consumer, beside NATS JetStream",
    ...{ on: "broker", against: "NATS", warmUp: WARM_UP },
    runOn: (target, bench) =>
      isNats(target) ? latencyOfNats(target, bench) : runOffer(target, bench, {
        ...{ recordsPerSecond: RATE, groups: 1, acks: "1", seconds: latencySeconds(bench) },
      }),
  },
];
