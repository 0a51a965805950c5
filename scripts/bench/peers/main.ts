/**
 * `deno task bench [--short] [--only NAME,...] [--pairs N] [--minutes N] [--form executable|deno|bun] [--against executable]
 * [--list] [--out DIR]`: Sluice beside Apache Kafka on this machine, with the same clients, in turn. Writes
 * RESULTS.md, results.json and plots. README.md beside this file says what is measured and how.
 */

import { kafkaTools } from "../../../tests/harness/kafka_tools.ts";
import { root, runProgram } from "../../checks/check.ts";
import { hasOther, type OtherClient, prepareClients } from "./clients.ts";
import { kafkaPeer } from "./kafka_peer.ts";
import type { Peer } from "./peer.ts";
import { markdown, printed } from "./report.ts";
import type { BenchResult, SweepPoint, WorkloadResult } from "./results.ts";
import { PairRunner } from "./runner.ts";
import { type SluiceForm, sluicePeer } from "./sluice_peer.ts";
import { plotsOf, runSweep } from "./sweep.ts";
import type { Bench, Workload } from "./workload.ts";
import { clusterWorkloads } from "./workloads/cluster.ts";
import { latencyWorkloads } from "./workloads/latency.ts";
import { lifeWorkloads } from "./workloads/life.ts";
import { manyWorkloads } from "./workloads/many.ts";
import { otherClientWorkloads } from "./workloads/other_clients.ts";
import { toolWorkloads } from "./workloads/tools.ts";

const all: readonly Workload[] = [
  ...toolWorkloads,
  ...latencyWorkloads,
  ...manyWorkloads,
  ...otherClientWorkloads,
  ...lifeWorkloads,
  ...clusterWorkloads,
];

const option = (name: string): string | undefined => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
};
const flag = (name: string): boolean => Deno.args.includes(`--${name}`);

const isShort = flag("short");
const only = option("only")?.split(",");

function chosen(): readonly Workload[] {
  if (only === undefined) return all.filter((workload) => !isShort || workload.isShort);
  const unknown = only.filter((name) => name !== "sweep" && !all.some((workload) => workload.name === name));
  if (unknown.length > 0) {
    throw new Error(`--only ${unknown.join(",")}: wanted some of those that --list names`);
  }
  return only.flatMap((wanted) => all.filter(({ name }) => name === wanted));
}

async function usable(workloads: readonly Workload[]): Promise<readonly Workload[]> {
  const missing: string[] = [];
  for (const name of ["librdkafka", "kcat", "kafkajs"] satisfies OtherClient[]) {
    if (!await hasOther(name)) missing.push(name);
  }
  for (const name of missing) console.error(`${name} is not installed: its workload is left out`);
  return workloads.filter(({ name }) => !missing.includes(name));
}

async function ourPeer(): Promise<Peer> {
  const form = (option("form") ?? "executable") as SluiceForm;
  const executable = option("executable");
  if (form === "executable" && executable === undefined) {
    console.log("compiling dist/sluice");
    const { success, output } = await runProgram(Deno.execPath(), ["run", "-A", "scripts/compile.ts"]);
    if (!success) throw new Error(output);
  }
  return sluicePeer(executable === undefined ? { form } : { form, executable });
}

function machine(): string {
  const info = Deno.readTextFileSync("/proc/cpuinfo");
  const model = /^model name\s*: (.*)$/m.exec(info)?.[1] ?? "unknown processor";
  const { total } = Deno.systemMemoryInfo();
  return `${navigator.hardwareConcurrency} cores of ${model}, ${Math.round(total / 2 ** 30)} GiB, Linux ${
    Deno.osRelease().split("-")[0]
  }`;
}

const loadNow = () => Deno.loadavg().map((value) => value.toFixed(1)).join(" ");

async function versionOf(command: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { output } = await runProgram(command, [...args]);
  return pattern.exec(output)?.[0] ?? "?";
}

async function main(): Promise<void> {
  const tools = await kafkaTools();
  if (tools === null) throw new Error("wanted a JDK and Maven that can resolve Kafka's jars");
  const peers = [await ourPeer(), kafkaPeer(tools)] as const;
  const bench: Bench = {
    clients: await prepareClients(tools),
    directory: await Deno.makeTempDir({ prefix: "sluice-bench-", ...dirOption() }),
    scale: Number(option("scale") ?? (isShort ? 0.4 : 1)),
    recoveryBytes: Number(option("recovery-gb") ?? (isShort ? 1 : 10)) * 1e9,
    peakRecordsPerSecond: undefined,
  };
  const before = loadNow();
  const runner = new PairRunner(peers, bench);
  const names = [peers[0].name, peers[1].name] as const;
  const workloads: WorkloadResult[] = [];
  let sweep: SweepPoint[] = [];
  try {
    const wanted = await usable(chosen());
    const pairs = Number(option("pairs") ?? 5);
    const endMs = performance.now() + Number(option("minutes") ?? (isShort ? 15 : 60)) * 60_000;
    const runAll = async (on: Workload["on"]) => {
      for (const workload of wanted.filter((one) => one.on === on)) {
        if (performance.now() > endMs) console.log(`${workload.name} is left out: the time is up`);
        else workloads.push(await runAndPrint(runner, workload, { pairs, endMs, names }));
      }
    };
    // First what needs the machine for itself, before the brokers are up that the others share.
    await runAll("peer");
    await runAll("broker");
    if (only === undefined || only.includes("sweep")) {
      sweep = await runSweep(runner, { isShort: bench.scale < 1 });
    }
    await runAll("cluster");
  } finally {
    await runner.stop();
    await Deno.remove(bench.directory, { recursive: true });
  }
  const versions = [
    peers[0].version,
    peers[1].version,
    `Java: ${await versionOf(
      "java",
      ["-version"],
      /build [^)\s]+/,
    )}; Deno ${Deno.version.deno} runs the bench`,
  ];
  await write({
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    machine: machine(),
    versions,
    load: { before, after: loadNow() },
    options: Deno.args.filter((_, index) => Deno.args[index - 1] !== "--out" && Deno.args[index] !== "--out")
      .join(" "),
    names,
    workloads,
    sweep,
  });
}

function dirOption(): { dir?: string } {
  const dir = option("dir");
  return dir === undefined ? {} : { dir };
}

async function runAndPrint(
  runner: PairRunner,
  workload: Workload,
  { pairs, endMs, names }: { pairs: number; endMs: number; names: readonly [string, string] },
): Promise<WorkloadResult> {
  const start = performance.now();
  const result = await runner.run(workload, { pairs, endMs });
  console.log(`${printed(result, names)}\n  ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return result;
}

async function write(result: BenchResult): Promise<void> {
  const out = option("out") ?? `${root}scripts/bench/peers`;
  await Deno.mkdir(out, { recursive: true });
  const plots = plotsOf(result);
  for (const { file, svg } of plots) await Deno.writeTextFile(`${out}/${file}`, svg);
  await Deno.writeTextFile(`${out}/results.json`, `${JSON.stringify(result, null, 1)}\n`);
  await Deno.writeTextFile(`${out}/RESULTS.md`, markdown(result, plots));
  console.log(`wrote ${out}/RESULTS.md`);
}

if (flag("list")) {
  for (const { name, title, isShort } of all) {
    console.log(`${name.padEnd(24)} ${isShort ? "short " : "      "} ${title}`);
  }
  console.log(`${"sweep".padEnd(24)} short  throughput and latency against offered load, the plots`);
} else {
  await main();
}
Deno.exit(0);
