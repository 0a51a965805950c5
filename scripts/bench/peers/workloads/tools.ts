/** Kafka's own producer and consumer performance tools: record sizes, acks, partitions, codecs. */

import { type ConsumeLoad, consumerPerformance, type ProduceLoad, producerPerformance } from "../clients.ts";
import type { Figures } from "../figures.ts";
import { withTopic } from "../topics.ts";
import { type Bench, costOf, type Target, WARM_UP, type Workload } from "../workload.ts";

/** One workload of the tools. */
export interface ToolLoad {
  readonly partitions: number;
  readonly records: number;
  readonly recordBytes: number;
  readonly acks: ProduceLoad["acks"];
  readonly configs?: Readonly<Record<string, string | number>>;
  /** Whether what was produced is read afterwards. */
  readonly consume: boolean;
  readonly replicationFactor?: number;
}

/** Produces, and then perhaps consumes, and takes down rates and what they cost the broker. */
export async function runTools(target: Target, bench: Bench, load: ToolLoad): Promise<Figures> {
  const { partitions, replicationFactor = 1, recordBytes, acks, configs = {} } = load;
  const records = Math.round(load.records * bench.scale);
  return await withTopic(target.bootstrap, { partitions, replicationFactor }, async (topic) => {
    const { bootstrap } = target;
    const produced = await costOf(
      target,
      () => producerPerformance(bench.clients, { bootstrap, topic, records, recordBytes, acks, configs }),
    );
    const { recordsPerSecond, ackP99Ms } = produced.result;
    const figures: Figures = {
      produceMBps: recordsPerSecond * recordBytes / 1e6,
      produceRecordsPerSecond: recordsPerSecond,
      produceCpuPerGB: produced.cost.cpuSeconds / (records * recordBytes / 1e9),
      produceCpuPerMillion: produced.cost.cpuSeconds / (records / 1e6),
      ...(ackP99Ms === undefined ? {} : { ackP99Ms }),
    };
    let { peakRssMiB } = produced.cost;
    if (load.consume) {
      const reading = await consumeAll(target, bench, { bootstrap, topic, records }, recordBytes);
      Object.assign(figures, reading.figures);
      peakRssMiB = Math.max(peakRssMiB, reading.peakRssMiB);
    }
    return { ...figures, peakRssMiB };
  });
}

async function consumeAll(
  target: Target,
  bench: Bench,
  load: ConsumeLoad,
  recordBytes: number,
): Promise<{ figures: Figures; peakRssMiB: number }> {
  const { result: rate, cost } = await costOf(target, () => consumerPerformance(bench.clients, load));
  return {
    figures: {
      consumeMBps: rate * recordBytes / 1e6,
      consumeRecordsPerSecond: rate,
      consumeCpuPerGB: cost.cpuSeconds / (load.records * recordBytes / 1e9),
      consumeCpuPerMillion: cost.cpuSeconds / (load.records / 1e6),
    },
    peakRssMiB: cost.peakRssMiB,
  };
}

const usual: ToolLoad = { partitions: 1, records: 250_000, recordBytes: 1000, acks: "1", consume: true };

function workload(name: string, title: string, load: Partial<ToolLoad>): Workload {
  return {
    name,
    title,
    on: "broker",
    warmUp: WARM_UP,
    runOn: (target, bench) => runTools(target, bench, { ...usual, ...load }),
  };
}

const codec = (name: string): Workload =>
  workload(`codec-${name}`, `1 KB records, acks=1, ${name}`, {
    // The producer's processor is the bottleneck: a little less of it will do.
    records: name === "gzip" ? 80_000 : 150_000,
    configs: { "compression.type": name },
    consume: false,
  });

export const toolWorkloads: readonly Workload[] = [
  {
    ...workload("1k", "1 KB records, acks=1", {}),
    // The first that runs: all of it, for the clients' sake.
    warmUp: 1,
    async runOn(target, bench) {
      const figures = await runTools(target, bench, usual);
      const rate = figures.produceRecordsPerSecond!;
      bench.peakRecordsPerSecond = Math.min(rate, bench.peakRecordsPerSecond ?? Infinity);
      return figures;
    },
  },
  workload("1k-64k-batches", "1 KB records in 64 KiB batches, acks=1", {
    configs: { "batch.size": 65_536, "linger.ms": 10 },
    consume: false,
  }),
  workload("1k-acks0", "1 KB records, acks=0", { acks: "0", consume: false }),
  workload("1k-acksall", "1 KB records, acks=all, idempotent", { acks: "all", consume: false }),
  workload("100b", "100 B records, acks=1", { records: 1_200_000, recordBytes: 100 }),
  workload("100k", "100 KB records, acks=1", {
    records: 4_000,
    recordBytes: 100_000,
    configs: { "batch.size": 262_144 },
  }),
  workload("100-partitions", "1 KB records, acks=1, 100 partitions", { partitions: 100 }),
  workload("1000-partitions", "1 KB records, acks=1, 1,000 partitions", {
    partitions: 1000,
    records: 100_000,
  }),
  codec("gzip"),
  codec("snappy"),
  codec("lz4"),
  codec("zstd"),
];
