/**
 * Profiles the broker under load: `deno run -A scripts/bench/profile.ts [--runtime deno|bun|executable] [--load NAME]
 * [--seconds S] [--out DIR]`. Writes a CPU profile, a profile of memory, and a flame graph of each; prints what takes
 * most. The broker runs from source, or as an executable that is built for it without minifying, so that functions
 * have their names.
 *
 * Deno is asked over the inspector's protocol and shows only the time of the load, and what was allocated in it by
 * function. Bun writes its profiles when it ends, so that they show its start too; of memory it can only say what is
 * held at the end, by kind.
 */

import { fetchFrame, type Load, produceFrame, requestFrame, run } from "./load.ts";
import { type Flame, flameGraph, heaviest, merged, totalOf } from "./flame_graph.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { freePort, spawnPeer } from "./peers/peer.ts";
import { untilProduced } from "./peers/probe.ts";
import { runClient, sleep } from "./peers/process.ts";
import { bunCommand } from "../../tests/harness/deno_path.ts";
import { root } from "../checks/check.ts";
import { Inspector } from "./inspector.ts";

const TOPIC = "profile";

const loads: Readonly<Record<string, Omit<Load, "port" | "seconds">>> = {
  "16k": { connections: 4, pipelined: 5, frame: produceFrame(TOPIC, { count: 16, size: 1000 }) },
  "1m": { connections: 2, pipelined: 2, frame: produceFrame(TOPIC, { count: 980, size: 1000 }) },
  "fetch": { connections: 2, pipelined: 2, frame: fetchFrame(TOPIC, 1024 * 1024) },
  "small": { connections: 50, pipelined: 1, frame: produceFrame(TOPIC, { count: 1, size: 100 }) },
  "metadata": { connections: 10, pipelined: 1, frame: requestFrame(metadata, 9, { topics: null }) },
};

/** V8's format of CPU profiles, which Bun writes too. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** V8's heap snapshot, which Bun writes: the nodes' fields one after the other, as `meta` names them. */
interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** V8's sampling heap profile: bytes that were allocated and, where the profiler forgets garbage, are still in use. */
interface HeapNode {
  readonly callFrame: CallFrame;
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

const option = (name: string): string | undefined => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
};

function nameOf({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const path = url.replace(/^file:\/\//, "").replace(root, "");
  return `${name} ${path}:${lineNumber + 1}`;
}

function cpuFlame({ nodes, samples, timeDeltas }: CpuProfile): Flame {
  const flames = new Map<number, Flame>();
  for (const { id, callFrame } of nodes) flames.set(id, { name: nameOf(callFrame), self: 0, children: [] });
  for (const { id, children = [] } of nodes) {
    for (const child of children) flames.get(id)!.children.push(flames.get(child)!);
  }
  samples.forEach((id, index) => {
    const flame = flames.get(id);
    if (flame !== undefined && !flame.name.startsWith("(idle)")) {
      flame.self += (timeDeltas[index] ?? 0) / 1000;
    }
  });
  return merged(flames.get(nodes[0]!.id)!);
}

function heapFlame({ callFrame, selfSize, children }: HeapNode): Flame {
  return { name: nameOf(callFrame), self: selfSize, children: children.map(heapFlame) };
}

const SHOWN_CHARACTERS = 60;

/** What a snapshot holds, by the type of the nodes and then by their name (of an object, its constructor). */
function snapshotFlame({ snapshot: { meta }, nodes, strings }: HeapSnapshot): Flame {
  const [type, name, size] = ["type", "name", "self_size"].map((field) =>
    meta.node_fields.indexOf(field)
  ) as [
    number,
    number,
    number,
  ];
  const byType = new Map<string, Flame>();
  for (let at = 0; at < nodes.length; at += meta.node_fields.length) {
    const typeName = meta.node_types[0][nodes[at + type]!] ?? "?";
    const parent = byType.get(typeName) ?? { name: typeName, self: 0, children: [] };
    byType.set(typeName, parent);
    // The name of a string is its text, of which there are too many to tell them apart.
    const shown = typeName === "string" ? "(texts)" : strings[nodes[at + name]!]!.slice(0, SHOWN_CHARACTERS);
    parent.children.push({ name: shown, self: nodes[at + size]!, children: [] });
  }
  return { name: "held", self: 0, children: [...byType.values()] };
}

const inMs = (weight: number) => `${weight.toFixed(0)} ms`;
const inMB = (weight: number) => `${(weight / 1e6).toFixed(2)} MB`;

async function write(what: string, flame: Flame, unit: (weight: number) => string): Promise<void> {
  await Deno.writeTextFile(
    `${out}/${what}.svg`,
    flameGraph(flame, `${what}, ${runtime}, load ${loadName}`, unit),
  );
  const total = totalOf(flame) || 1;
  console.log(`\n${what}: ${unit(total)} in ${out}/${what}.svg`);
  for (const [name, self] of heaviest(flame).slice(0, 25)) {
    console.log(`  ${(self / total * 100).toFixed(1).padStart(5)}%  ${unit(self).padStart(10)}  ${name}`);
  }
}

async function profileDeno(port: number): Promise<void> {
  const inspectPort = freePort();
  const flags = ["run", "-A", `--inspect=127.0.0.1:${inspectPort}`];
  const broker = spawnPeer([Deno.execPath(), ...flags, `${root}main.ts`, ...brokerWords(port)], {
    port,
    logFile: `${out}/broker.log`,
  });
  try {
    await untilProduced(port, TOPIC, 60_000);
    const inspector = await Inspector.open(inspectPort);
    await run({ ...load, port, seconds: 1 });
    await inspector.call("Profiler.enable");
    await inspector.call("Profiler.setSamplingInterval", { interval: 500 });
    await inspector.call("Profiler.start");
    await run({ ...load, port, seconds });
    const { profile } = await inspector.call("Profiler.stop") as { profile: CpuProfile };
    await Deno.writeTextFile(`${out}/cpu.cpuprofile`, JSON.stringify(profile));
    await inspector.call("HeapProfiler.enable");
    const garbageToo = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true };
    await inspector.call("HeapProfiler.startSampling", { samplingInterval: 16_384, ...garbageToo });
    await run({ ...load, port, seconds });
    const heap = await inspector.call("HeapProfiler.stopSampling") as { profile: { head: HeapNode } };
    await Deno.writeTextFile(`${out}/allocations.heapprofile`, JSON.stringify(heap.profile));
    inspector.close();
    await write("cpu", cpuFlame(profile), inMs);
    await write("allocations", merged(heapFlame(heap.profile.head)), inMB);
  } finally {
    await broker.stop();
  }
}

/** As scripts/compile.ts does it, but for the names. */
async function compileNamed(): Promise<string> {
  const output = `${out}/sluice`;
  const words = [...bunCommand(), "build", `${root}main.ts`, "--compile", "--outfile", output];
  await runClient(words[0]!, [...words.slice(1), "--bytecode", "--format=esm"], { timeoutMs: 120_000 });
  return output;
}

async function profileBun(port: number): Promise<void> {
  const executable = runtime === "executable" ? await compileNamed() : null;
  for (const what of ["cpu", "heap"] as const) {
    const name = what === "cpu" ? "cpu.cpuprofile" : "held.heapsnapshot";
    const flags = [`--${what}-prof`, `--${what}-prof-dir=${out}`, `--${what}-prof-name=${name}`];
    const words = executable === null
      ? [...bunCommand(), "run", ...flags, `${root}main.ts`]
      : ["env", `BUN_OPTIONS=${flags.join(" ")}`, executable];
    const broker = spawnPeer([...words, ...brokerWords(port)], { port, logFile: `${out}/broker.log` });
    await untilProduced(port, TOPIC, 60_000);
    await run({ ...load, port, seconds: seconds + 1 });
    await broker.stop();
    await sleep(100);
    const profile = JSON.parse(await Deno.readTextFile(`${out}/${name}`));
    if (what === "cpu") await write("cpu", cpuFlame(profile), inMs);
    else await write("held", merged(snapshotFlame(profile)), inMB);
  }
}

function brokerWords(port: number): string[] {
  return ["broker", "--ephemeral", "--listen", `127.0.0.1:${port}`, "--http", "off"];
}

const runtime = option("runtime") ?? "deno";
const loadName = option("load") ?? "16k";
const seconds = Number(option("seconds") ?? 5);
const out = option("out") ?? await Deno.makeTempDir({ prefix: "sluice-profile-" });
const load = loads[loadName]!;
if (load === undefined || !["deno", "bun", "executable"].includes(runtime)) {
  console.error(`wanted --runtime deno|bun|executable and --load ${Object.keys(loads).join("|")}`);
  Deno.exit(2);
}
await Deno.mkdir(out, { recursive: true });
await (runtime === "deno" ? profileDeno : profileBun)(freePort());
