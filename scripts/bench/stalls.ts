/**
 * Where the tail of the latency comes from. Offers a constant rate of 1 KB records with a tailing consumer, both from
 * this light process, and watches meanwhile how long the broker's main thread waited for a processor and how late this
 * process was itself. What took longest is printed with the moment at which it happened: a request that was late while
 * neither thread was kept from work met a stall of the broker's own.
 *
 *     deno run -A scripts/bench/stalls.ts [--rate 10000] [--seconds 20] [--port PORT --pid PID] [--worst 10]
 *
 * Without `--port` it starts a broker, or the executable that SLUICE_BINARY names. With `--port` and `--pid` of another
 * broker, Kafka for one, it watches that. On a busy machine both need priority over the others, as root: Linux groups
 * processes by session, so `setsid -w bash -c 'echo -15 > /proc/self/autogroup; exec deno ...'`.
 */

import { ByteReader } from "../../src/core/bytes.ts";
import { codecOf, isFlexible } from "../../src/protocol/codec.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { startBroker } from "../start_broker.ts";
import { fetchFrame, produceFrame, requestFrame } from "./load.ts";
import { cpuSeconds, peakBytes, resetPeak } from "./peers/process.ts";

const VERSION = 12;
const RECORD_BYTES = 1000;
/** As many requests as Kafka's producer has under way. */
const IN_FLIGHT = 5;
const MOST_RECORDS = 64;
const WARM_UP_SECONDS = 3;

const option = (name: string, fallback: number) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(Deno.args[at + 1]);
};

/** Something that took long: a request, or a span in which a thread did not come to work. */
interface Event {
  readonly what: string;
  readonly atMs: number;
  readonly tookMs: number;
}

/** Reads whole frames, in order. */
class FrameReader {
  readonly #connection: Deno.Conn;
  #held = new Uint8Array(4 * 1024 * 1024);
  #from = 0;
  #to = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** The next frame without its length; valid until the next call. */
  async next(): Promise<Uint8Array<ArrayBuffer>> {
    while (true) {
      const held = this.#to - this.#from;
      if (held >= 4) {
        const length = new DataView(this.#held.buffer, this.#from).getInt32(0);
        if (held >= length + 4) {
          const frame = this.#held.subarray(this.#from + 4, this.#from + 4 + length);
          this.#from += 4 + length;
          return frame;
        }
      }
      if (this.#held.length - this.#to < 1024 * 1024) {
        this.#held.copyWithin(0, this.#from, this.#to);
        this.#to -= this.#from;
        this.#from = 0;
      }
      const count = await this.#connection.read(this.#held.subarray(this.#to));
      if (count === null) throw new Error("the broker closed the connection");
      this.#to += count;
    }
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends what is due, at the rate, and notes how long each request took from when its first record was due. */
class Producer {
  readonly acknowledged: Event[] = [];
  /** How late this process itself was, in milliseconds. */
  readonly own: Event[] = [];
  startMs = 0;
  #sent = 0;
  #underWay: { readonly dueMs: number }[] = [];

  constructor(
    readonly connection: Deno.Conn,
    readonly frames: readonly Uint8Array[],
    readonly rate: number,
  ) {}

  dueMs(record: number): number {
    return this.startMs + record / this.rate * 1000;
  }

  async run(records: number): Promise<void> {
    this.startMs = performance.now() + 5;
    const answers = this.#takeAnswers();
    let last = performance.now();
    while (this.#sent < records) {
      await sleep(1);
      const now = performance.now();
      this.own.push({ what: "this client was away", atMs: now, tookMs: now - last });
      last = now;
      while (this.#underWay.length < IN_FLIGHT) {
        const due = Math.floor((now - this.startMs) / 1000 * this.rate) + 1 - this.#sent;
        const count = Math.min(due, MOST_RECORDS, records - this.#sent);
        if (count <= 0) break;
        this.#underWay.push({ dueMs: this.dueMs(this.#sent) });
        this.#sent += count;
        await writeAll(this.connection, this.frames[count]!);
      }
    }
    while (this.#underWay.length > 0) await sleep(1);
    this.connection.close();
    await answers;
  }

  async #takeAnswers(): Promise<void> {
    const reader = new FrameReader(this.connection);
    try {
      while (true) {
        await reader.next();
        const now = performance.now();
        const { dueMs } = this.#underWay.shift()!;
        this.acknowledged.push({ what: "a produce request", atMs: now, tookMs: now - dueMs });
      }
    } catch {
      // The producer has closed it.
    }
  }
}

/** Reads the end of the topic and notes how long each record took from when it was due. */
async function consume(
  connection: Deno.Conn,
  topic: string,
  producer: Producer,
  records: number,
): Promise<Event[]> {
  const reader = new FrameReader(connection);
  const events: Event[] = [];
  for (let offset = 0; offset < records;) {
    await writeAll(connection, fetchFrame(topic, 1024 * 1024, offset));
    const body = new ByteReader(await reader.next());
    body.take(4);
    if (isFlexible(fetch.response, VERSION)) body.skipTaggedFields();
    const { responses } = codecOf(fetch.response, VERSION).decode(body);
    const now = performance.now();
    const bytes = responses[0]?.partitions[0]?.records;
    if (bytes === undefined || bytes === null || bytes.length < 61) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 61 <= bytes.length; at += view.getInt32(at + 8) + 12) {
      const end = Number(view.getBigInt64(at)) + view.getInt32(at + 23) + 1;
      for (; offset < end; offset++) {
        events.push({ what: "a record, end to end", atMs: now, tookMs: now - producer.dueMs(offset) });
      }
    }
  }
  connection.close();
  return events;
}

/** Samples the main thread of `pid`: how long it waited for a processor, from /proc. */
async function watch(pid: number, stopped: { value: boolean }): Promise<Event[]> {
  const events: Event[] = [];
  const path = `/proc/${pid}/task/${pid}/schedstat`;
  const read = () => Deno.readTextFileSync(path).split(" ").map(Number) as [number, number, number];
  let [, waited] = read();
  while (!stopped.value) {
    await sleep(5);
    const [, next] = read();
    const tookMs = (next - waited) / 1e6;
    if (tookMs > 1) {
      events.push({ what: "the broker's thread had no processor", atMs: performance.now(), tookMs });
    }
    waited = next;
  }
  return events;
}

function percentiles(name: string, events: readonly Event[]): void {
  const sorted = events.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(2).padStart(8);
  const line = [0.5, 0.9, 0.99, 0.999].map((part) => `p${part * 100} ${at(part)}`).join("  ");
  console.log(`${name.padEnd(40)} ${line}  max ${(sorted.at(-1) ?? 0).toFixed(2).padStart(8)} ms`);
}

const rate = option("rate", 10_000);
const seconds = option("seconds", 20);
const worst = option("worst", 10);

async function connect(port: number): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  return connection;
}

/** Asks for a topic until its partition has had the time to find a leader. */
async function createTopic(port: number, topic: string): Promise<void> {
  const connection = await connect(port);
  const reader = new FrameReader(connection);
  const create = requestFrame(metadata, 9, { topics: [{ name: topic }], allowAutoTopicCreation: true });
  for (let tries = 0; tries < 3; tries++) {
    await writeAll(connection, create);
    await reader.next();
    await sleep(500);
  }
  connection.close();
}

function frameOf(topic: string, count: number): Uint8Array {
  return count === 0 ? new Uint8Array(0) : produceFrame(topic, { count, size: RECORD_BYTES });
}

async function measure({ port, pid }: { readonly port: number; readonly pid: number }): Promise<void> {
  const topic = `stalls-${Date.now()}`;
  await createTopic(port, topic);
  const frames = Array.from({ length: MOST_RECORDS + 1 }, (_, count) => frameOf(topic, count));
  const producer = new Producer(await connect(port), frames, rate);
  const records = rate * (seconds + WARM_UP_SECONDS);
  const stopped = { value: false };
  const watching = watch(pid, stopped);
  resetPeak([pid]);
  const cpuBefore = cpuSeconds([pid]);
  const producing = producer.run(records);
  const consumed = await consume(await connect(port), topic, producer, records);
  await producing;
  stopped.value = true;
  const cpu = cpuSeconds([pid]) - cpuBefore;
  const waits = await watching;
  const fromMs = producer.startMs + WARM_UP_SECONDS * 1000;
  const kept = (events: readonly Event[]) => events.filter(({ atMs }) => atMs >= fromMs);
  percentiles("end to end", kept(consumed));
  percentiles("until acknowledged", kept(producer.acknowledged));
  percentiles("this client away", kept(producer.own));
  percentiles("broker without a processor, per 5 ms", kept(waits));
  const share = (cpu / (seconds + WARM_UP_SECONDS) * 100).toFixed(1);
  console.log(`broker: ${share} % of a core, peak ${Math.round(peakBytes([pid]) / 2 ** 20)} MiB`);
  const events = kept([...producer.acknowledged, ...waits, ...producer.own])
    .sort((a, b) => b.tookMs - a.tookMs).slice(0, worst)
    .sort((a, b) => a.atMs - b.atMs);
  for (const { what, atMs, tookMs } of events) {
    console.log(`at ${((atMs - producer.startMs) / 1000).toFixed(3)} s: ${what} ${tookMs.toFixed(1)} ms`);
  }
}

const given = option("port", 0);
if (given !== 0) {
  await measure({ port: given, pid: option("pid", 0) });
} else {
  const directory = Deno.makeTempDirSync();
  const broker = await startBroker(["--data-dir", directory]);
  try {
    await measure(broker);
  } finally {
    await broker.stop();
    Deno.removeSync(directory, { recursive: true });
  }
}
