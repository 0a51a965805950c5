/**
 * `deno task bench [--short] [--only NAME,...] [--pairs N] [--minutes N] [--form executable|deno|bun] [--list]
 * [--out DIR]`: Sluice beside Apache Kafka on this machine, with the same clients, in turn. Writes RESULTS.md,
 * results.json and plots after each workload. README.md in the directory above says what is measured and how.
 */

import { kafkaTools } from "../../../tests/harness/kafka_tools.ts";
import { root, runProgram } from "../../checks/check.ts";
import { barePeer } from "./bare_peer.ts";
import { prepareClients } from "./clients.ts";
import { median } from "./figures.ts";
import { kafkaPeer } from "./kafka_peer.ts";
import { natsPeer } from "./nats_peer.ts";
import { hasOther, type OtherClient } from "./other_clients.ts";
import type { Peer } from "./peer.ts";
import { ratioPlots, sweepPlots } from "./plots.ts";
import { markdown, printed, sorted } from "./report.ts";
import { type BenchResult, type Conditions, withWorkload } from "./results.ts";
import { PairRunner } from "./runner.ts";
import { type SluiceForm, sluicePeer } from "./sluice_peer.ts";
import { runSweep } from "./sweep.ts";
import type { Bench, Workload } from "./workload.ts";
import { allWorkloads, SWEEP } from "./workloads/all.ts";

const option = (name: string): string | undefined => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
};
const flag = (name: string): boolean => Deno.args.includes(`--${name}`);

const isShort = flag("short");
const only = option("only")?.split(",");
const pairs = Number(option("pairs") ?? (isShort ? 2 : 5));
const scale = Number(option("scale") ?? (isShort ? 0.4 : 1));
const minutes = Number(option("minutes") ?? (isShort ? 12 : 35));
/** What a workload may take of what is left, in even shares: most need less than theirs. */
const GENEROSITY = 2;
const recoveryBytes = Number(option("recovery-gb") ?? (isShort ? 1 : 10)) * 1e9;
const out = option("out") ?? `${root}scripts/bench/peers`;

/** In the order of the list, whatever the order of the names. */
function chosen(): readonly Workload[] {
  if (only === undefined) return allWorkloads;
  const unknown = only.filter((name) => !allWorkloads.some((workload) => workload.name === name));
  if (unknown.length > 0) {
    throw new Error(`--only ${unknown.join(",")}: wanted some of those that --list names`);
  }
  return allWorkloads.filter(({ name }) => only.includes(name));
}

async function usable(
  workloads: readonly Workload[],
  others: ReadonlyMap<string, Peer>,
): Promise<readonly Workload[]> {
  const missing = new Set<string>();
  for (const name of ["librdkafka", "kcat", "kafkajs"] satisfies OtherClient[]) {
    if (!await hasOther(name)) missing.add(name);
  }
  for (const { against = "Kafka" } of workloads) if (!others.has(against)) missing.add(against);
  for (const name of missing) console.error(`${name} is not installed: its workloads are left out`);
  return workloads.filter(({ name, against = "Kafka" }) => !missing.has(name) && !missing.has(against));
}

async function ourPeer(): Promise<Peer> {
  const form = (option("form") ?? "executable") as SluiceForm;
  const executable = option("executable");
  if (form === "executable" && executable === undefined) {
    console.log("compiling dist/sluice");
    const { success, output } = await runProgram(Deno.execPath(), ["run", "-A", "scripts/compile.ts"]);
    if (!success) throw new Error(output);
  }
  return await sluicePeer(executable === undefined ? { form } : { form, executable });
}

function machine(): string {
  const info = Deno.readTextFileSync("/proc/cpuinfo");
  const model = /^model name\s*: (.*)$/m.exec(info)?.[1] ?? "unknown processor";
  const { total } = Deno.systemMemoryInfo();
  return `${navigator.hardwareConcurrency} cores of ${model}, ${Math.round(total / 2 ** 30)} GiB, Linux ${
    Deno.osRelease().split("-")[0]
  }`;
}

async function javaVersion(): Promise<string> {
  const { output } = await runProgram("java", ["-version"]);
  return `Java ${/build [^)\s]+/.exec(output)?.[0] ?? "?"}, Deno ${Deno.version.deno} runs the bench`;
}

function conditionsNow(versions: readonly string[]): Conditions {
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    machine: machine(),
    versions,
    load: Deno.loadavg().map((value) => value.toFixed(1)).join(" "),
    scale,
  };
}

/** What is there already stays, but for what is measured now; a run of everything begins anew. */
async function earlier(): Promise<BenchResult> {
  const nothing: BenchResult = { workloads: [], sweep: null };
  if (only === undefined && !flag("merge")) return nothing;
  const text = await Deno.readTextFile(`${out}/results.json`).catch(() => null);
  if (text === null) return nothing;
  const found = JSON.parse(text) as BenchResult;
  // What an older bench wrote cannot be told apart by its conditions.
  return found.workloads.some(({ conditions }) => conditions === undefined) ? nothing : found;
}

function peakOf({ workloads }: BenchResult): number | undefined {
  const pairs = workloads.find(({ name }) => name === "1k")?.pairs ?? [];
  const rates = pairs.map(({ ours, theirs }) =>
    Math.min(ours.produceRecordsPerSecond ?? Infinity, theirs.produceRecordsPerSecond ?? Infinity)
  );
  return rates.length === 0 ? undefined : median(rates);
}

/** Runs what was chosen, in order, and writes what there is after each workload. */
class Session {
  readonly #runner: PairRunner;
  readonly #ours: Peer;
  readonly #others: ReadonlyMap<string, Peer>;
  readonly #java: string;
  #result: BenchResult;

  constructor(
    parts: {
      readonly runner: PairRunner;
      readonly ours: Peer;
      readonly others: ReadonlyMap<string, Peer>;
      readonly java: string;
      readonly result: BenchResult;
    },
  ) {
    this.#runner = parts.runner;
    this.#ours = parts.ours;
    this.#others = parts.others;
    this.#java = parts.java;
    this.#result = parts.result;
  }

  async run(workloads: readonly Workload[]): Promise<void> {
    const startMs = performance.now();
    const endMs = startMs + minutes * 60_000;
    for (const [index, workload] of workloads.entries()) {
      const nowMs = performance.now();
      console.log(
        `\n[${index + 1}/${workloads.length}, ${
          ((nowMs - startMs) / 60_000).toFixed(1)
        } min] ${workload.name}`,
      );
      const left = workloads.slice(index).reduce((sum, { share = 1 }) => sum + share, 0);
      const part = Math.min(1, GENEROSITY * (workload.share ?? 1) / left);
      await this.#runOne(workload, nowMs + Math.max(0, endMs - nowMs) * part);
    }
  }

  async #runOne(workload: Workload, endMs: number): Promise<void> {
    const startMs = performance.now();
    const theirs = this.#others.get(workload.against ?? "Kafka")!;
    const conditions = conditionsNow([this.#ours.version, theirs.version, this.#java]);
    const { bench } = this.#runner;
    if (workload.name === SWEEP) {
      bench.peakRecordsPerSecond ??= peakOf(this.#result);
      const points = await runSweep(this.#runner, [this.#ours, theirs]);
      this.#result = { ...this.#result, sweep: { points, conditions } };
    } else {
      bench.peakRecordsPerSecond ??= peakOf(this.#result);
      const found = await this.#runner.run(workload, [this.#ours, theirs], { pairs, endMs });
      const { name, title } = workload;
      const result = { name, title, against: theirs.name, ...found, conditions };
      // A failure does not take the place of what was measured before.
      const earlier = this.#result.workloads.find((one) => one.name === name);
      if (found.pairs.length > 0 || earlier === undefined) this.#result = withWorkload(this.#result, result);
      console.log(printed(result, this.#ours.name));
    }
    console.log(`  ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
    await write(this.#result);
  }
}

async function write(result: BenchResult): Promise<void> {
  await Deno.mkdir(out, { recursive: true });
  const plots = { ratios: ratioPlots(sorted(result.workloads)), sweep: sweepPlots(result) };
  for (const { file, svg } of [...plots.ratios, ...plots.sweep]) {
    await Deno.writeTextFile(`${out}/${file}`, svg);
  }
  await Deno.writeTextFile(`${out}/results.json`, `${JSON.stringify(result, null, 1)}\n`);
  await Deno.writeTextFile(`${out}/RESULTS.md`, markdown(result, plots));
  await runProgram(Deno.execPath(), ["fmt", "-q", `${out}/RESULTS.md`]);
}

async function main(): Promise<void> {
  const tools = await kafkaTools();
  if (tools === null) throw new Error("wanted a JDK and Maven that can resolve Kafka's jars");
  const wanted = chosen();
  const nats = wanted.some(({ against }) => against === "NATS") ? await natsPeer() : null;
  const clients = await prepareClients(tools, { nats: nats !== null });
  const others = new Map([kafkaPeer(tools), barePeer].map((peer) => [peer.name, peer]));
  if (nats !== null && clients.hasNats) others.set(nats.name, nats);
  const ours = await ourPeer();
  const dir = option("dir");
  const bench: Bench = {
    clients,
    directory: await Deno.makeTempDir({ prefix: "sluice-bench-", ...(dir === undefined ? {} : { dir }) }),
    scale,
    recoveryBytes,
    peakRecordsPerSecond: undefined,
  };
  const removeAll = () => Deno.removeSync(bench.directory, { recursive: true });
  globalThis.addEventListener("unload", removeAll);
  const runner = new PairRunner(bench);
  try {
    const session = new Session({
      ...{ runner, ours, others, java: await javaVersion(), result: await earlier() },
    });
    await session.run(await usable(wanted, others));
  } finally {
    await runner.stop();
    await clients.java.stop();
  }
  console.log(`wrote ${out}/RESULTS.md`);
}

if (flag("list")) {
  for (const { name, title, against = "Kafka" } of allWorkloads) {
    console.log(`${name.padEnd(24)} ${against.padEnd(12)} ${title}`);
  }
} else if (flag("report")) {
  const result = JSON.parse(await Deno.readTextFile(`${out}/results.json`)) as BenchResult;
  await write(result);
} else {
  await main();
}
Deno.exit(0);
