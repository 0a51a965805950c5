/**
 * What replication costs: acks=all to one node, and to three that each keep every record, under the same load:
 * `deno run -A scripts/bench/replication.ts [--rounds N] [--seconds S]`. CPU is that of all broker processes together,
 * per megabyte of records; the load generator takes its share of the same machine. With SLUICE_BINARY set, that
 * executable is measured instead of the sources.
 */

import { createTopics, listTopics } from "../../src/client/admin/topics.ts";
import { eventually, overviewOf } from "../../tests/harness/cluster_state.ts";
import { startCluster, type TestCluster } from "../../tests/harness/cluster.ts";
import { type LoadResult, produceFrame, run } from "./load.ts";

const option = (name: string, fallback: number) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
};
const rounds = option("rounds", 3);
const seconds = option("seconds", 3);
const ACKS_ALL = -1;
/** Clock ticks a second in /proc (getconf CLK_TCK): 100 on every Linux there is. */
const TICKS = 100;

const workloads = [
  {
    name: "16 KiB batches, 4 connections x 5",
    connections: 4,
    pipelined: 5,
    batch: { count: 16, size: 1010 },
  },
  {
    name: "1 MB batches, 2 connections x 2",
    connections: 2,
    pipelined: 2,
    batch: { count: 980, size: 1010 },
  },
  {
    name: "100 B records, 50 connections x 1",
    connections: 50,
    pipelined: 1,
    batch: { count: 1, size: 100 },
  },
] as const;
type Workload = (typeof workloads)[number];

interface Figures {
  readonly megabytesPerSecond: number;
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  /** Of all brokers, in milliseconds for each megabyte. */
  readonly cpuPerMegabyte: number;
}

/** The CPU time that processes have used, in milliseconds. */
function cpuMs(nodes: TestCluster): number {
  return nodes.ids.map((id) => {
    const stat = Deno.readTextFileSync(`/proc/${nodes.node(id).pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS;
  }).reduce((sum, ms) => sum + ms, 0);
}

/** One topic that each node leads, so that the work is spread over them as it is in a cluster at work. */
async function topicPerLeader(nodes: TestCluster): Promise<ReadonlyMap<number, string>> {
  const client = nodes.client();
  const found = new Map<number, string>();
  for (let index = 0; found.size < nodes.ids.length; index++) {
    const name = `bench-${index}`;
    const replicationFactor = nodes.ids.length;
    await createTopics(client, [{ name, partitions: 1, replicationFactor, configs: [] }]);
    await eventually(async () => {
      const [topic] = await listTopics(client, [name]);
      const leader = topic!.partitions[0]!.leaderId;
      if (leader < 0) throw new Error("no leader yet");
      if (!found.has(leader)) found.set(leader, name);
    });
  }
  return found;
}

async function measure(
  nodes: TestCluster,
  topics: ReadonlyMap<number, string>,
  { connections, pipelined, batch }: Workload,
): Promise<Figures> {
  const before = cpuMs(nodes);
  const share = Math.max(1, Math.round(connections / topics.size));
  const results = await Promise.all([...topics].map(([leader, topic]): Promise<LoadResult> =>
    run({
      port: nodes.node(leader).address.port,
      connections: share,
      pipelined,
      frame: produceFrame(topic, batch, ACKS_ALL),
      seconds,
    })
  ));
  const sum = (of: (result: LoadResult) => number) => results.reduce((total, one) => total + of(one), 0);
  const requestsPerSecond = sum((one) => one.requestsPerSecond);
  const megabytesPerSecond = requestsPerSecond * batch.count * batch.size / 1e6;
  return {
    requestsPerSecond,
    megabytesPerSecond,
    p99Ms: Math.max(...results.map((one) => one.p99Ms)),
    cpuPerMegabyte: (cpuMs(nodes) - before) / (megabytesPerSecond * seconds),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function line(what: string, figures: readonly Figures[]): string {
  const of = (key: keyof Figures) => median(figures.map((one) => one[key]));
  return `${what.padEnd(14)} ${of("megabytesPerSecond").toFixed(1).padStart(7)} MB/s  ` +
    `${Math.round(of("requestsPerSecond")).toString().padStart(6)} requests/s  ` +
    `p99 ${of("p99Ms").toFixed(1).padStart(6)} ms  ${of("cpuPerMegabyte").toFixed(2)} ms CPU/MB`;
}

await using single = await startCluster({ nodes: 1 });
await using triple = await startCluster({ nodes: 3 });
const setups = [
  { name: "one node", nodes: single, topics: await topicPerLeader(single) },
  { name: "three nodes", nodes: triple, topics: await topicPerLeader(triple) },
];
console.log(`acks=all, ${rounds} rounds of ${seconds} s, in turn; medians\n`);
for (const workload of workloads) {
  console.log(workload.name);
  const figures = new Map(setups.map(({ name }) => [name, [] as Figures[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, nodes, topics } of setups) {
      const measured = await measure(nodes, topics, workload);
      // The first round warms the code up.
      if (round > 0) figures.get(name)!.push(measured);
      await eventually(async () => {
        if ((await overviewOf(nodes)).totals.underReplicated > 0) throw new Error("replicas are behind");
      }, 60_000);
    }
  }
  for (const [name, measured] of figures) console.log(`  ${line(name, measured)}`);
}
Deno.exit(0);
