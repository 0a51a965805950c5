/** Runs the unmodified clients, and reads what they report. All rates are of values only, in 10^6 bytes. */

import type { JavaTools } from "../../golden/java.ts";
import { runProgram } from "../../checks/check.ts";
import { JavaProcess } from "./java_process.ts";
import { ClientFailure, runClient } from "./process.ts";

/** What to produce. */
export interface ProduceLoad {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
  readonly recordBytes: number;
  readonly acks: "0" | "1" | "all";
  /** Producer configs beyond acks, by Kafka's names. */
  readonly configs?: Readonly<Record<string, string | number>>;
  /** Records a second; as many as it can unless set. */
  readonly rate?: number;
}

/** What a producer says of itself. */
export interface ProduceReport {
  readonly recordsPerSecond: number;
  /** From send to acknowledgement. */
  readonly ackP50Ms?: number;
  readonly ackP99Ms?: number;
  readonly ackP999Ms?: number;
}

/** Where the clients are. */
export interface Clients {
  /** Runs Kafka's tools, our own Load, and NatsLoad where {@link Clients.hasNats}. */
  readonly java: JavaProcess;
  readonly hasNats: boolean;
}

const TIMEOUT_MS = 180_000;

const source = (file: string) => new URL(`./java/${file}`, import.meta.url).pathname;

/** NATS's client, from what Maven has already or else from Maven Central; null where neither has it. */
async function natsClassPath(workDir: string): Promise<string | null> {
  const file = `${workDir}/nats_class_path.txt`;
  const pom = source("pom.xml");
  const words = ["-q", "-B", "-f", pom, "dependency:build-classpath", `-Dmdep.outputFile=${file}`];
  for (const offline of [["-o"], []]) {
    if ((await runProgram("mvn", [...offline, ...words])).success) {
      return (await Deno.readTextFile(file)).trim();
    }
  }
  return null;
}

/** Compiles the Java programs. */
export async function prepareClients(tools: JavaTools, wanted: { readonly nats: boolean }): Promise<Clients> {
  const classes = `${tools.workDir}/bench-classes`;
  await Deno.mkdir(classes, { recursive: true });
  const nats = wanted.nats ? await natsClassPath(tools.workDir) : null;
  const classPath = [classes, tools.classPath, ...nats === null ? [] : [nats]].join(":");
  const sources = ["Driver.java", "Load.java", ...nats === null ? [] : ["NatsLoad.java"]].map(source);
  await runClient("javac", ["-nowarn", "-d", classes, "-cp", classPath, ...sources], {
    timeoutMs: TIMEOUT_MS,
  });
  return { java: new JavaProcess(classPath), hasNats: nats !== null };
}

function java(clients: Clients, main: string, args: readonly string[]): Promise<string> {
  return clients.java.run(main, args, { timeoutMs: TIMEOUT_MS });
}

function numbersOf(pattern: RegExp, text: string): number[] {
  const found = [...text.matchAll(pattern)].at(-1);
  if (found === undefined) {
    throw new ClientFailure(`a client's report was not understood:\n${text.slice(-1000)}`);
  }
  return found.slice(1).map(Number);
}

/** kafka-producer-perf-test; the first fifth of the records warms it up and is in no figure of it. */
export async function producerPerformance(clients: Clients, load: ProduceLoad): Promise<ProduceReport> {
  const configs = {
    acks: load.acks,
    "bootstrap.servers": load.bootstrap,
    "enable.idempotence": load.acks === "all" ? "true" : "false",
    ...load.configs,
  };
  const printed = await java(clients, "org.apache.kafka.tools.ProducerPerformance", [
    ...["--topic", load.topic, "--num-records", `${load.records}`, "--record-size", `${load.recordBytes}`],
    ...["--throughput", `${load.rate ?? -1}`, "--warmup-records", `${Math.floor(load.records / 5)}`],
    "--command-property",
    ...Object.entries(configs).map(([name, value]) => `${name}=${value}`),
  ]);
  const pattern =
    /([\d.]+) records\/sec \([\d.]+ MB\/sec\), [\d.]+ ms avg latency, [\d.]+ ms max latency, (\d+) ms 50th, \d+ ms 95th, (\d+) ms 99th, (\d+) ms 99.9th/g;
  const [recordsPerSecond, ackP50Ms, ackP99Ms, ackP999Ms] = numbersOf(pattern, printed) as [
    number,
    number,
    number,
    number,
  ];
  return { recordsPerSecond, ackP50Ms, ackP99Ms, ackP999Ms };
}

/** What to read, from the start. */
export interface ConsumeLoad {
  readonly bootstrap: string;
  readonly topic: string;
  readonly records: number;
}

/** kafka-consumer-perf-test: records a second while fetching, without joining the group. */
export async function consumerPerformance(clients: Clients, load: ConsumeLoad): Promise<number> {
  const printed = await java(clients, "org.apache.kafka.tools.ConsumerPerformance", [
    ...["--bootstrap-server", load.bootstrap, "--topic", load.topic, "--num-records", `${load.records}`],
    ...["--hide-header", "--timeout", "20000"],
  ]);
  // start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s
  const fields = printed.trim().split("\n").at(-1)!.split(",").map((field) => field.trim());
  const [seen, perSecond] = [Number(fields[4]), Number(fields[9])];
  if (!(seen >= load.records)) throw new ClientFailure(`the consumer saw ${seen} of ${load.records} records`);
  return perSecond;
}

/** What {@link latency} offers. */
export interface LatencyLoad {
  readonly bootstrap: string;
  readonly topic: string;
  readonly recordsPerSecond: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly recordBytes: number;
  readonly acks: "1" | "all";
  readonly groups: number;
}

/** End-to-end times, from when a record was due to be sent to when a consumer has it. */
export interface LatencyReport {
  readonly complete: boolean;
  /** What was really sent. */
  readonly recordsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

export async function latency(clients: Clients, load: LatencyLoad): Promise<LatencyReport> {
  const { bootstrap, topic, recordsPerSecond, seconds, warmUpSeconds, recordBytes, acks, groups } = load;
  const numbers = [recordsPerSecond, seconds, warmUpSeconds, recordBytes].map((value) =>
    `${Math.round(value)}`
  );
  return JSON.parse(
    await java(clients, "Load", ["latency", bootstrap, topic, ...numbers, acks, `${groups}`]),
  );
}

/** Many producers in one process; records a second of all of them. */
export async function manyProducers(clients: Clients, load: ProduceLoad, producers: number): Promise<number> {
  const { bootstrap, topic, records, recordBytes, acks } = load;
  const numbers = [producers, records, recordBytes].map((value) => `${value}`);
  const report = JSON.parse(await java(clients, "Load", ["producers", bootstrap, topic, ...numbers, acks]));
  if (report.failed > 0) throw new ClientFailure(`${report.failed} records were not acknowledged`);
  return report.recordsPerSecond;
}

/** Many groups that each read everything; records a second of all of them. */
export async function manyGroups(clients: Clients, load: ConsumeLoad, groups: number): Promise<number> {
  const args = ["groups", load.bootstrap, load.topic, `${groups}`, `${load.records}`];
  return JSON.parse(await java(clients, "Load", args)).recordsPerSecond;
}

/** kafka-e2e-latency: one record at a time there and back; the mean, because the tool rounds percentiles to 1 ms. */
export async function endToEndLatency(clients: Clients, load: ConsumeLoad): Promise<number> {
  const printed = await java(clients, "org.apache.kafka.tools.EndToEndLatency", [
    ...["--bootstrap-server", load.bootstrap, "--topic", load.topic, "--num-records", `${load.records}`],
    ...["--producer-acks", "1", "--record-size", "100"],
  ]);
  return numbersOf(/Avg latency: ([\d.]+) ms/g, printed)[0]!;
}

/** What NATS's client does; `args` as NatsLoad says. */
export async function natsLoad(
  clients: Clients,
  what: "create" | "delete" | "produce" | "consume" | "latency",
  args: readonly (string | number)[],
): Promise<LatencyReport> {
  const printed = await java(clients, "NatsLoad", [what, ...args.map(String)]);
  return JSON.parse(printed || "{}");
}
