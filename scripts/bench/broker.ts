/**
 * The broker against the bare server (bare_server.ts) under the same load, in turn, in one run:
 * `deno run -A scripts/bench/broker.ts [--rounds N] [--seconds S]`. With SLUICE_BINARY set, that executable is
 * measured instead of the sources. Ratios count; absolute figures depend on the machine and its neighbours.
 */

import { startBroker } from "../start_broker.ts";
import { fetchFrame, type Load, type LoadResult, produceFrame, requestFrame, run } from "./load.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";

const option = (name: string, fallback: number) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
};
const rounds = option("rounds", 5);
const seconds = option("seconds", 2);

interface Workload {
  readonly name: string;
  readonly load: Omit<Load, "port" | "seconds">;
  readonly figure: keyof LoadResult;
}

const TOPIC = "bench";
const workloads: readonly Workload[] = [
  {
    name: "append 16 KiB batches",
    load: { connections: 4, pipelined: 5, frame: produceFrame(TOPIC, { count: 16, size: 1010 }) },
    figure: "megabytesPerSecond",
  },
  {
    name: "append 1 MB batches",
    load: { connections: 2, pipelined: 2, frame: produceFrame(TOPIC, { count: 980, size: 1010 }) },
    figure: "megabytesPerSecond",
  },
  {
    name: "fetch 1 MB",
    load: { connections: 2, pipelined: 2, frame: fetchFrame(TOPIC, 1024 * 1024) },
    figure: "megabytesPerSecond",
  },
  {
    name: "50 connections x 100 B, acks=1",
    load: { connections: 50, pipelined: 1, frame: produceFrame(TOPIC, { count: 1, size: 100 }) },
    figure: "requestsPerSecond",
  },
];

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function startBare(): Promise<{ port: number; stop: () => Promise<void> }> {
  const directory = Deno.makeTempDirSync();
  const script = new URL("./bare_server.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, `${directory}/file`],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return {
    port: Number(new TextDecoder().decode(value)),
    async stop() {
      child.kill("SIGTERM");
      await child.stdout.cancel();
      await child.status;
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

/** Creates the topic by asking for it. */
async function createTopic(port: number): Promise<void> {
  const frame = requestFrame(metadata, 9, { topics: [{ name: TOPIC }], allowAutoTopicCreation: true });
  await run({ port, connections: 1, pipelined: 1, frame, seconds: 0 });
}

console.log(`${rounds} rounds of ${seconds} s each, broker and bare server in turn\n`);
for (const { name, load, figure } of workloads) {
  const figures: { broker: number; bare: number; p99: number }[] = [];
  const broker = await startBroker();
  const bare = await startBare();
  try {
    await createTopic(broker.port);
    // Something to read, and code that is warm.
    const warmUp = {
      connections: 2,
      pipelined: 2,
      frame: produceFrame(TOPIC, { count: 980, size: 1010 }),
      seconds: 0.5,
    };
    await run({ ...warmUp, port: broker.port });
    await run({ ...warmUp, port: bare.port });
    for (let round = 0; round < rounds; round++) {
      const ours = await run({ ...load, port: broker.port, seconds });
      const theirs = await run({ ...load, port: bare.port, seconds });
      figures.push({ broker: ours[figure], bare: theirs[figure], p99: ours.p99Ms });
    }
  } finally {
    await broker.stop();
    await bare.stop();
  }
  const ratios = figures.map((one) => one.broker / one.bare);
  const unit = figure === "megabytesPerSecond" ? "MB/s" : "requests/s";
  console.log(
    `${name.padEnd(32)} broker ${Math.round(median(figures.map((one) => one.broker)))} ${unit}, ` +
      `bare ${Math.round(median(figures.map((one) => one.bare)))} ${unit}, ` +
      `ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${
        Math.max(...ratios).toFixed(2)
      }), ` +
      `p99 ${median(figures.map((one) => one.p99)).toFixed(2)} ms`,
  );
}
