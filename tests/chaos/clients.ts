/** Producers and consumers that keep a cluster busy and write down what they are told. */

import { Kafka, logLevel } from "kafkajs";
import { hasProgram } from "../harness/deno_path.ts";
import type { History } from "./history.ts";

const PYTHON = "/usr/bin/python3";
const worker = new URL("./confluent_worker.py", import.meta.url).pathname;

/** So much of what a client has said is told when it fails. */
const MOST_LINES = 40;

export interface Target {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  /** Records a second of each producer. */
  readonly rate: number;
}

/** A client at work. */
export interface WorkingClient {
  readonly name: string;
  /** Ends it; a producer first gets everything acknowledged that it has sent. Resolves with what it could not do. */
  stop(): Promise<string | null>;
  /** Ends it at once, whatever it has under way. */
  abandon(): void;
}

export function hasConfluent(): boolean {
  return hasProgram(PYTHON, ["-c", "import confluent_kafka"]);
}

/** An idempotent producer of librdkafka. */
export function confluentProducer(target: Target, history: History, name = "rd"): WorkingClient {
  const { bootstrap, topic, partitions, rate } = target;
  let left: number | null = null;
  return pythonClient(`producer ${name}`, [
    "produce",
    bootstrap,
    topic,
    String(partitions),
    name,
    String(rate),
  ], {
    sent: ([partition, value]) => history.onSent(name, partition, value),
    acked: ([partition, offset, value]) => history.onAcked({ partition, offset, value }),
    failed: ([partition, value, reason]) =>
      history.violated(`producer ${name} gave up on ${value} of partition ${partition}: ${reason}`),
    fatal: (reason) => history.violated(`producer ${name} can not go on: ${reason}`),
    restarted: () => history.restarts++,
    left: (count) => left = count,
  }, () => left === 0 ? null : `${left ?? "some"} records of producer ${name} were never acknowledged`);
}

/** A consumer of librdkafka that reads all partitions from their start. */
export function confluentConsumer(target: Target, history: History): WorkingClient {
  const { bootstrap, topic, partitions } = target;
  const name = "consumer rd";
  return pythonClient(name, ["consume", bootstrap, topic, String(partitions)], {
    read: (records: [number, number, string][]) => {
      for (const [partition, offset, value] of records) history.onRead(name, { partition, offset, value });
    },
    failed: (reason) => history.violated(`${name}: ${reason}`),
  }, () => null);
}

// deno-lint-ignore no-explicit-any -- each line of the worker has a form of its own
type Handlers = Readonly<Record<string, (what: any) => void>>;

function pythonClient(
  name: string,
  args: readonly string[],
  handlers: Handlers,
  problem: () => string | null,
): WorkingClient {
  const child = new Deno.Command(PYTHON, {
    args: ["-B", worker, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const read = readLines(child.stdout, (line) => {
    for (const [kind, what] of Object.entries(JSON.parse(line))) handlers[kind]?.(what);
  });
  return {
    name,
    abandon() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
    },
    async stop() {
      await child.stdin.close().catch(() => {});
      const timer = setTimeout(() => child.kill("SIGKILL"), 90_000);
      const { code } = await child.status;
      clearTimeout(timer);
      await read;
      const said = (await errors).split("\n").slice(-MOST_LINES).join("\n");
      if (code !== 0) return `${name} ended with ${code}: ${said}`;
      const what = problem();
      return what === null ? null : `${what}:\n${said}`;
    },
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    for (const line of parts) take(line);
  }
}

/** How long to wait between attempts, and to make as many as it takes. */
const RETRY = { retries: 100_000, initialRetryTime: 50, maxRetryTime: 500, factor: 0.2 };

function kafkaJs({ bootstrap }: Target, clientId: string): Kafka {
  return new Kafka({
    clientId,
    brokers: bootstrap.split(","),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    retry: RETRY,
  });
}

/** An idempotent producer of kafkajs. */
export async function kafkaJsProducer(target: Target, history: History, name = "js"): Promise<WorkingClient> {
  const { topic, partitions, rate } = target;
  const producer = kafkaJs(target, `producer-${name}`).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: RETRY,
  });
  await producer.connect();
  let isStopping = false;
  let problem: string | null = null;
  const work = async () => {
    const perSend = 10;
    for (let number = 0; !isStopping;) {
      const partition = Math.floor(Math.random() * partitions);
      const values = Array.from({ length: perSend }, () => `${name}:${number++}`);
      for (const value of values) history.onSent(name, partition, value);
      const messages = values.map((value) => ({ value, partition }));
      const [answer] = await producer.send({ topic, messages, acks: -1 });
      const base = Number(answer?.baseOffset ?? -1);
      for (const [index, value] of values.entries()) {
        history.onAcked({ partition, offset: base < 0 ? null : base + index, value });
      }
      await new Promise((resolve) => setTimeout(resolve, 1000 * perSend / rate));
    }
  };
  const working = work().catch((error) => problem = `producer ${name} ended: ${error}`);
  return {
    name: `producer ${name}`,
    abandon() {
      isStopping = true;
      producer.disconnect().catch(() => {});
    },
    async stop() {
      isStopping = true;
      await working;
      await producer.disconnect().catch(() => {});
      return problem;
    },
  };
}

/** A consumer of kafkajs in a group. */
export async function kafkaJsConsumer(target: Target, history: History): Promise<WorkingClient> {
  const name = "consumer js";
  const consumer = kafkaJs(target, name).consumer({
    groupId: "chaos-kafkajs",
    sessionTimeout: 6_000,
    heartbeatInterval: 1_000,
    maxWaitTimeInMs: 200,
    retry: { ...RETRY, restartOnFailure: () => Promise.resolve(true) },
  });
  await consumer.connect();
  await consumer.subscribe({ topic: target.topic, fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 500,
    eachMessage: ({ partition, message }) => {
      const value = new TextDecoder().decode(message.value!);
      history.onReadByGroup(name, { partition, offset: Number(message.offset), value });
      return Promise.resolve();
    },
  });
  return {
    name,
    abandon: () => void consumer.disconnect().catch(() => {}),
    async stop() {
      await consumer.disconnect().catch(() => {});
      return null;
    },
  };
}
