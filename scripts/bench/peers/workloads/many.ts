/** Many of something: producers, groups, connections. */

import { fetchFrame, type Load, produceFrame, requestFrame, run } from "../../load.ts";
import { metadata } from "../../../../src/protocol/messages/03_metadata.ts";
import { barePeer } from "../bare_peer.ts";
import { manyGroups, manyProducers, producerPerformance } from "../clients.ts";
import type { Figures } from "../figures.ts";
import { withTopic } from "../topics.ts";
import { type Bench, costOf, type Target, WARM_UP, type Workload } from "../workload.ts";

const RECORD_BYTES = 1000;

async function fiftyProducers(target: Target, bench: Bench): Promise<Figures> {
  const records = Math.round(200_000 * bench.scale);
  return await withTopic(target.bootstrap, { partitions: 10 }, async (topic) => {
    const load = {
      bootstrap: target.bootstrap,
      topic,
      records,
      recordBytes: RECORD_BYTES,
      acks: "1",
    } as const;
    const { result: rate, cost } = await costOf(target, () => manyProducers(bench.clients, load, 50));
    return {
      produceMBps: rate * RECORD_BYTES / 1e6,
      produceCpuPerGB: cost.cpuSeconds / (records * RECORD_BYTES / 1e9),
      peakRssMiB: cost.peakRssMiB,
    };
  });
}

async function tenGroups(target: Target, bench: Bench): Promise<Figures> {
  const records = Math.round(100_000 * bench.scale);
  const groups = 10;
  return await withTopic(target.bootstrap, { partitions: 4 }, async (topic) => {
    const { bootstrap } = target;
    await producerPerformance(bench.clients, {
      ...{
        bootstrap,
        topic,
        records,
        recordBytes: RECORD_BYTES,
        acks: "1",
        configs: { "batch.size": 65_536 },
      },
    });
    const { result: rate, cost } = await costOf(
      target,
      () => manyGroups(bench.clients, { bootstrap, topic, records }, groups),
    );
    return {
      consumeMBps: rate * RECORD_BYTES / 1e6,
      consumeCpuPerGB: cost.cpuSeconds / (groups * records * RECORD_BYTES / 1e9),
      peakRssMiB: cost.peakRssMiB,
    };
  });
}

/** A load of frames that were encoded beforehand: its client costs so little that the broker is the bottleneck. */
interface RawLoad {
  readonly frame: (topic: string) => Uint8Array<ArrayBuffer>;
  readonly connections: number;
  readonly pipelined: number;
  readonly kind: "produce" | "consume" | "requests";
}

/** What the reading loads find there. */
const TO_READ = { count: 980, size: 1000 };

/** The bare server knows no topics. */
function withRawTopic(target: Target, task: (topic: string) => Promise<Figures>): Promise<Figures> {
  if (target.peer === barePeer) return task("none");
  return withTopic(target.bootstrap, { partitions: 1 }, task);
}

async function runRaw(target: Target, bench: Bench, load: RawLoad): Promise<Figures> {
  return await withRawTopic(target, async (topic) => {
    const { port } = target;
    const seconds = Math.max(1, 2 * bench.scale);
    const send = (what: Partial<Load>) =>
      run({ port, connections: 1, pipelined: 1, frame: new Uint8Array(0), seconds, ...what });
    if (load.kind === "consume") await send({ frame: produceFrame(topic, TO_READ), seconds: 0.2 });
    const frame = load.frame(topic);
    const { connections, pipelined } = load;
    await send({ frame, connections, pipelined, seconds: 0.3 });
    const { result, cost } = await costOf(target, () => send({ frame, connections, pipelined }));
    const requests = result.requestsPerSecond * seconds;
    const figures: Figures = { peakRssMiB: cost.peakRssMiB };
    const gigabytes = result.megabytesPerSecond * seconds / 1000;
    if (load.kind === "produce") {
      figures.produceMBps = result.megabytesPerSecond;
      figures.produceCpuPerGB = cost.cpuSeconds / gigabytes;
    } else if (load.kind === "consume") {
      figures.consumeMBps = result.megabytesPerSecond;
      figures.consumeCpuPerGB = cost.cpuSeconds / gigabytes;
    } else {
      figures.requestsPerSecond = result.requestsPerSecond;
      figures.requestCpuMicros = cost.cpuSeconds / requests * 1e6;
      figures.ackP99Ms = result.p99Ms;
    }
    return figures;
  });
}

const smallProduce = (topic: string) => produceFrame(topic, { count: 1, size: 100 });

const rawLoads = {
  "16k": {
    frame: (topic) => produceFrame(topic, { count: 16, size: 1000 }),
    ...{ connections: 4, pipelined: 5, kind: "produce" },
  },
  "1m": {
    frame: (topic) => produceFrame(topic, { count: 980, size: 1000 }),
    ...{ connections: 2, pipelined: 2, kind: "produce" },
  },
  "fetch": {
    frame: (topic) => fetchFrame(topic, 1024 * 1024),
    ...{ connections: 2, pipelined: 2, kind: "consume" },
  },
  "50": { frame: smallProduce, connections: 50, pipelined: 1, kind: "requests" },
  "1000": { frame: smallProduce, connections: 1000, pipelined: 1, kind: "requests" },
  "metadata": {
    frame: () => requestFrame(metadata, 9, { topics: null }),
    ...{ connections: 10, pipelined: 1, kind: "requests" },
  },
} as const satisfies Record<string, RawLoad>;

/** Lets a JIT see the common requests for some seconds: the first thousands cost a JVM several times as much. */
export async function warmBroker(target: Target, bench: Bench): Promise<void> {
  await withTopic(target.bootstrap, { partitions: 1 }, async (topic) => {
    for (const kind of ["50", "16k", "fetch", "16k"] as const) {
      const { connections, pipelined, frame } = rawLoads[kind];
      const seconds = 3 * Math.min(1, bench.scale);
      await run({ port: target.port, connections, pipelined, frame: frame(topic), seconds });
    }
  });
}

function raw(
  name: string,
  title: string,
  options: { load: keyof typeof rawLoads; against?: "bare server" },
): Workload {
  const { load, ...more } = options;
  return {
    ...{ name, title, on: "broker", warmUp: WARM_UP, ...more },
    writesMB: rawLoads[load].kind === "produce" ? 1500 : 300,
    runOn: (target, bench) => runRaw(target, bench, rawLoads[load]),
  };
}

export const manyWorkloads: readonly Workload[] = [
  {
    ...{ name: "50-producers", title: "50 producers, 1 KB records, acks=1, 10 partitions", on: "broker" },
    ...{ warmUp: WARM_UP, runOn: fiftyProducers },
  },
  {
    ...{ name: "10-groups", title: "10 groups read the same 1 KB records from the start", on: "broker" },
    ...{ warmUp: WARM_UP, runOn: tenGroups },
  },
];

/** Ready-made requests, of which the first is the one that the most important goal is about. */
export const rawWorkloads: readonly Workload[] = [
  raw("raw-16k", "ready-made 16 KiB batches of 1 KB records, 4 connections, 5 in flight, acks=1", {
    load: "16k",
  }),
  raw("raw-1m", "ready-made 1 MB batches of 1 KB records, 2 connections, 2 in flight, acks=1", {
    load: "1m",
  }),
  raw("raw-fetch", "fetches of 1 MB, 2 connections, 2 in flight", { load: "fetch" }),
  raw("50-connections", "50 connections, one 100 B record a request, acks=1", { load: "50" }),
  raw("1000-connections", "1,000 connections, one 100 B record a request, acks=1", { load: "1000" }),
  raw("metadata", "Metadata of all topics, 10 connections", { load: "metadata" }),
];

/** The same requests to a server that only appends and reads. */
export const bareWorkloads: readonly Workload[] = [
  raw("bare-16k", "16 KiB batches, beside the bare server", { load: "16k", against: "bare server" }),
  raw("bare-1m", "1 MB batches, beside the bare server", { load: "1m", against: "bare server" }),
  raw("bare-fetch", "fetches of 1 MB, beside the bare server", { load: "fetch", against: "bare server" }),
  raw("bare-50-connections", "50 connections, 100 B records, beside the bare server", {
    ...{ load: "50", against: "bare server" },
  }),
];
