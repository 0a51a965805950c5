/** kcat (Debian), one process an operation. */

import { Buffer } from "node:buffer";
import { hasProgram } from "../../harness/deno_path.ts";
import type { ClientKind, ConsumeTarget, InteropClient, Point, ReadRecord, SentRecord } from "./client.ts";
import type { ProduceTarget } from "./client.ts";

/** Bytes that are in no test record. */
const FIELD_END = "\x1e;\x1e;";
const RECORD_END = "\x1f;\x1f;";

async function run(args: readonly string[], input?: Uint8Array): Promise<Buffer> {
  const child = new Deno.Command("kcat", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const writer = child.stdin.getWriter();
  if (input !== undefined) await writer.write(input);
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  clearTimeout(timer);
  if (!success) throw new Error(`kcat ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return Buffer.from(stdout);
}

function isPrintable(bytes: Uint8Array | null): boolean {
  return bytes !== null && /^[ -+\--<>-~]+$/.test(Buffer.from(bytes).toString("latin1"));
}

/** kcat takes headers for a whole run, and can set neither timestamps nor a key beside a null value. */
function canSend({ key, value, headers }: SentRecord): boolean {
  return headers.every(([name, bytes]) => isPrintable(bytes) && !name.includes("=")) &&
    key?.length !== 0 && value !== null && value.length > 0;
}

/** It prints headers as C strings, null as NULL. */
function canSee(record: ReadRecord): ReadRecord {
  const printed = (value: Uint8Array) => value.includes(0) ? value.subarray(0, value.indexOf(0)) : value;
  const headers = record.headers.map(([name, value]): [string, Uint8Array] => [
    name,
    value === null ? new TextEncoder().encode("NULL") : printed(value),
  ]);
  return { ...record, headers };
}

/** Consecutive records that may be sent in one run, for they have the same headers. */
function* runsOf(records: readonly SentRecord[]): Generator<SentRecord[]> {
  let run: SentRecord[] = [];
  for (const record of records) {
    const isSame = JSON.stringify(run[0]?.headers ?? record.headers) === JSON.stringify(record.headers);
    if (!isSame) {
      yield run;
      run = [];
    }
    run.push(record);
  }
  if (run.length > 0) yield run;
}

/** Where there is no delimiter of keys, kcat sends a null key. */
async function produceRun(
  bootstrap: string,
  target: ProduceTarget,
  records: readonly SentRecord[],
): Promise<void> {
  const headers = records[0]!.headers.flatMap(([name, value]) => [
    "-H",
    `${name}=${Buffer.from(value!).toString("latin1")}`,
  ]);
  const words = [
    ...["-P", "-b", bootstrap, "-t", target.topic, "-p", String(target.partition)],
    ...["-K", FIELD_END, "-D", RECORD_END, "-z", target.codec, ...headers],
    ...["-X", "message.max.bytes=4000000", "-X", `enable.idempotence=${!!target.idempotent}`],
  ];
  const parts = records.flatMap(({ key, value }) => [
    ...(key === null ? [] : [key, Buffer.from(FIELD_END)]),
    ...[value!, Buffer.from(RECORD_END)],
  ]);
  await run(words, Buffer.concat(parts));
}

async function consume(bootstrap: string, target: ConsumeTarget): Promise<ReadRecord[]> {
  const { topic, partition, offset, count } = target;
  const printed = await run([
    ...["-C", "-q", "-b", bootstrap, "-t", topic, "-p", String(partition), "-o", String(offset)],
    ...["-c", String(count), "-X", "fetch.message.max.bytes=4000000"],
    ...["-f", `%o %T %K %S\n%k%s%h${RECORD_END}`],
  ]);
  const records: ReadRecord[] = [];
  for (let at = 0; at < printed.length;) {
    const headEnd = printed.indexOf("\n", at);
    const [recordOffset, timestamp, keyLength, valueLength] = printed.toString("latin1", at, headEnd)
      .split(" ").map(Number) as [number, number, number, number];
    const keyAt = headEnd + 1;
    const valueAt = keyAt + Math.max(0, keyLength);
    const headersAt = valueAt + Math.max(0, valueLength);
    const end = printed.indexOf(RECORD_END, headersAt);
    records.push({
      offset: recordOffset,
      timestamp,
      key: keyLength < 0 ? null : new Uint8Array(printed.subarray(keyAt, valueAt)),
      value: valueLength < 0 ? null : new Uint8Array(printed.subarray(valueAt, headersAt)),
      headers: parseHeaders(printed.subarray(headersAt, end)),
    });
    at = end + RECORD_END.length;
  }
  return records;
}

/** `name=value,name=value`; values hold no comma in these tests. */
function parseHeaders(bytes: Buffer): [string, Uint8Array][] {
  if (bytes.length === 0) return [];
  return bytes.toString("latin1").split(",").map((pair) => {
    const at = pair.indexOf("=");
    const name = Buffer.from(pair.slice(0, at), "latin1").toString();
    return [name, new Uint8Array(Buffer.from(pair.slice(at + 1), "latin1"))];
  });
}

interface Listed {
  readonly brokers: unknown[];
  readonly topics: { readonly topic: string; readonly partitions: unknown[] }[];
}

async function list(bootstrap: string, topic?: string): Promise<Listed> {
  const words = topic === undefined ? [] : ["-t", topic];
  return JSON.parse((await run(["-L", "-J", "-b", bootstrap, ...words])).toString());
}

async function offsetAt(
  bootstrap: string,
  { topic, partition, at }: { topic: string; partition: number; at: Point },
): Promise<number> {
  const point = at === "earliest" ? -2 : at === "latest" ? -1 : at;
  const printed = (await run(["-Q", "-b", bootstrap, "-t", `${topic}:${partition}:${point}`])).toString();
  const offset = /offset (-?\d+)/.exec(printed)?.[1];
  if (offset === undefined) throw new Error(`kcat -Q printed: ${printed}`);
  return Number(offset);
}

export const kcat: ClientKind = {
  name: "kcat",
  start: (bootstrap): Promise<InteropClient | null> => {
    if (!hasProgram("kcat", ["-V"])) return Promise.resolve(null);
    return Promise.resolve({
      name: "kcat",
      codecs: ["none", "gzip", "snappy", "lz4", "zstd"],
      setsTimestamps: false,
      canSend,
      canSee,
      produce: async (target, records) => {
        for (const part of runsOf(records)) await produceRun(bootstrap, target, part);
        return null;
      },
      consume: (target) => consume(bootstrap, target),
      admin: {
        listTopics: async () => (await list(bootstrap)).topics.map(({ topic }) => topic),
        countPartitions: async ({ topic }) => (await list(bootstrap, topic)).topics[0]!.partitions.length,
        describeCluster: async () => ({ brokers: (await list(bootstrap)).brokers.length, clusterId: null }),
        offsetAt: (args) => offsetAt(bootstrap, args),
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};
