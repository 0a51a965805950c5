/** Runs the unmodified clients and reads what they report. All rates are of values only, in 10^6 bytes. */

import type { JavaTools } from "../../golden/java.ts";
import { root } from "../../checks/check.ts";
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
  readonly tools: JavaTools;
  /** The directory of our compiled driver. */
  readonly classes: string;
}

const TIMEOUT_MS = 180_000;
const JVM = ["-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=4"];

/** Compiles the Java driver. */
export async function prepareClients(tools: JavaTools): Promise<Clients> {
  const classes = `${tools.workDir}/bench-classes`;
  const source = new URL("./java/Load.java", import.meta.url).pathname;
  await Deno.mkdir(classes, { recursive: true });
  await runClient("javac", ["-nowarn", "-d", classes, "-cp", tools.classPath, source], {
    timeoutMs: TIMEOUT_MS,
  });
  return { tools, classes };
}

async function java(clients: Clients, main: string, args: readonly string[]): Promise<string> {
  const classPath = `${clients.classes}:${clients.tools.classPath}`;
  const { stdout } = await runClient("java", [...JVM, "-cp", classPath, main, ...args], {
    timeoutMs: TIMEOUT_MS,
  });
  return stdout;
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

/** A client that is neither Java nor the broker's author's. */
export type OtherClient = "librdkafka" | "kafkajs" | "kcat";

const PYTHON = Deno.env.get("SLUICE_BENCH_PYTHON") ?? "/usr/bin/python3";

function otherCommand(client: OtherClient): string[] {
  const at = (file: string) => new URL(`./clients/${file}`, import.meta.url).pathname;
  if (client === "librdkafka") return [PYTHON, "-B", at("librdkafka.py")];
  return [Deno.execPath(), "run", "-A", "--config", `${root}deno.json`, at("kafkajs.ts")];
}

/** Whether a client is installed. */
export async function hasOther(client: OtherClient): Promise<boolean> {
  if (client === "kafkajs") return true;
  const words = client === "kcat" ? ["kcat", "-V"] : [PYTHON, "-c", "import confluent_kafka"];
  return await runClient(words[0]!, words.slice(1), { timeoutMs: 10_000 }).then(() => true, () => false);
}

/** Produces with another client; records a second, with what it took the process to start left out where it can be. */
export async function otherProduce(client: OtherClient, load: ProduceLoad): Promise<number> {
  const { bootstrap, topic, records, recordBytes, acks } = load;
  if (client === "kcat") return await kcatProduce(load);
  const [command, ...first] = otherCommand(client);
  const level = acks === "all" ? "-1" : acks;
  const args = [...first, "produce", bootstrap, topic, `${records}`, `${recordBytes}`, level];
  return records / JSON.parse((await runClient(command!, args, { timeoutMs: TIMEOUT_MS })).stdout).seconds;
}

export async function otherConsume(client: OtherClient, load: ConsumeLoad): Promise<number> {
  const { bootstrap, topic, records } = load;
  if (client === "kcat") {
    const start = performance.now();
    const script = `kcat -q -C -b ${bootstrap} -t ${topic} -o beginning -c ${records} -f '' > /dev/null`;
    await runClient("/bin/sh", ["-c", script], { timeoutMs: TIMEOUT_MS });
    return records / ((performance.now() - start) / 1000);
  }
  const [command, ...first] = otherCommand(client);
  const args = [...first, "consume", bootstrap, topic, `${records}`];
  return records / JSON.parse((await runClient(command!, args, { timeoutMs: TIMEOUT_MS })).stdout).seconds;
}

/** kcat takes lines; all of them are alike. */
async function kcatProduce({ bootstrap, topic, records, recordBytes, acks }: ProduceLoad): Promise<number> {
  const line = "x".repeat(recordBytes);
  const start = performance.now();
  const script = `yes ${line} | head -n ${records} | ` +
    `kcat -P -b ${bootstrap} -t ${topic} -X acks=${acks} -X linger.ms=5 -X queue.buffering.max.messages=1000000`;
  await runClient("/bin/sh", ["-c", script], { timeoutMs: TIMEOUT_MS });
  return records / ((performance.now() - start) / 1000);
}
