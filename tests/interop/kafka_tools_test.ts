// Apache Kafka's own kafka-dump-log reads everything that Sluice writes, and sees the same in it. Needs a JDK and Maven
// that can resolve Kafka's jars; without them these tests are skipped.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compressionNames } from "../../src/records/compression/codec.ts";
import { batch } from "../harness/batches.ts";
import { BrokerProcess } from "../harness/broker.ts";
import { runCommand } from "../harness/command.ts";
import { dumpLogSegments, type JavaTools, kafkaTools } from "../harness/kafka_tools.ts";
import { createTopic, produceTo } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { fillBroker } from "./fill_broker.ts";

const tools = await kafkaTools();

type Line = Readonly<Record<string, unknown>> & { readonly type: string; readonly file: string };

/** What `sluice log dump` sees in files. */
async function ownDump(files: readonly string[], ...options: string[]): Promise<Line[]> {
  const { code, stdout, stderr } = await runCommand(["log", "dump", "-o", "json", ...options, ...files]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** The files of a data directory whose path matches. */
function filesOf(dataDir: string, pattern: RegExp): string[] {
  const paths = [...Deno.readDirSync(dataDir)].filter((entry) => entry.isDirectory).flatMap(({ name }) =>
    [...Deno.readDirSync(`${dataDir}/${name}`)].map((entry) => `${name}/${entry.name}`)
  );
  return paths.filter((path) => pattern.test(path)).sort().map((path) => `${dataDir}/${path}`);
}

/** What kafka-dump-log prints of files that it has nothing against. */
async function accepted(tools: JavaTools, files: readonly string[], ...options: string[]): Promise<string> {
  const { printed, complaints } = await dumpLogSegments(tools, files, options);
  assert.deepEqual(complaints, []);
  assert.doesNotMatch(
    printed,
    /isvalid: false|^(?!\|).*(mismatch|not found|out of order|exception|could not)/im,
  );
  return printed;
}

function bytesOf(line: Readonly<Record<string, unknown>>, name: string): Uint8Array | null {
  const base64 = line[`${name}Base64`];
  if (base64 !== undefined) return Buffer.from(base64 as string, "base64");
  return line[name] === null ? null : Buffer.from(line[name] as string);
}

/** The line that kafka-dump-log prints for a record. */
function kafkaLine(record: Line, batch: Line, index: number): string {
  const key = bytesOf(record, "key");
  const value = bytesOf(record, "value");
  const headers = (record["headers"] as { key: string }[]).map((header) => header.key);
  const baseSequence = batch["baseSequence"] as number;
  return [
    `| offset: ${record["offset"]} ${batch["timestampType"]}: ${record["timestamp"]}`,
    `keySize: ${key?.length ?? -1} valueSize: ${value?.length ?? -1}`,
    `sequence: ${baseSequence < 0 ? -1 : baseSequence + index} headerKeys: [${headers.join(",")}]`,
    ...(key === null ? [] : [`key: ${key}`]),
    ...(value === null ? [] : [`payload: ${value}`]),
  ].join(" ");
}

/** As Java prints an optional number. */
function horizon({ deleteHorizonMs }: Line): string {
  return deleteHorizonMs === undefined ? "OptionalLong.empty" : `OptionalLong[${deleteHorizonMs}]`;
}

/** The lines that kafka-dump-log prints for the batches and records of segments. */
function kafkaLines(lines: readonly Line[]): string[] {
  let batch: Line | undefined;
  let index = 0;
  return lines.map((line) => {
    if (line.type === "record") return kafkaLine(line, batch!, index++);
    batch = line;
    index = 0;
    return [
      `baseOffset: ${line["baseOffset"]} lastOffset: ${line["lastOffset"]} count: ${line["recordsCount"]}`,
      `baseSequence: ${line["baseSequence"]} lastSequence: ${line["lastSequence"]}`,
      `producerId: ${line["producerId"]} producerEpoch: ${line["producerEpoch"]}`,
      `partitionLeaderEpoch: ${line["partitionLeaderEpoch"]} isTransactional: ${line["isTransactional"]}`,
      `isControl: ${line["isControl"]} deleteHorizonMs: ${horizon(line)} position: ${line["position"]}`,
      `${line["timestampType"]}: ${line["maxTimestamp"]} size: ${line["sizeBytes"]} magic: 2`,
      `compresscodec: ${line["compression"]} crc: ${line["crc"]} isvalid: true`,
    ].join(" ");
  });
}

const applications = /^(?!__)[^/]+\/\d+\.log$/;

async function assertSameRecords(tools: JavaTools, dataDir: string): Promise<void> {
  const files = filesOf(dataDir, applications);
  assert.ok(files.length > 10);
  const printed = await accepted(tools, files, "--deep-iteration", "--print-data-log");
  const lines = printed.split("\n").filter((line) => /^(\||baseOffset)/.test(line));
  assert.deepEqual(lines, kafkaLines(await ownDump(files)));
}

/** Offset and time indexes are compared with their segments by kafka-dump-log, snapshots only read. */
async function assertIndexesAccepted(tools: JavaTools, dataDir: string): Promise<void> {
  const indexes = filesOf(dataDir, /\.(index|timeindex)$/);
  const entries = [];
  for (const index of indexes) if (Deno.statSync(index).size > 0) entries.push(...await ownDump([index]));
  assert.ok(entries.length > 50);
  const printed = await accepted(tools, indexes);
  const lines = printed.split("\n").filter((line) => /^(offset|timestamp): /.test(line));
  const expected = entries.map((one) =>
    one.type === "offset-index-entry"
      ? `offset: ${one["offset"]} position: ${one["position"]}`
      : `timestamp: ${one["timestamp"]} offset: ${one["offset"]}`
  );
  assert.deepEqual(lines, expected);
  const sane = await accepted(tools, indexes, "--index-sanity-check");
  const verdicts = sane.split("\n").filter((line) => line !== "" && !line.startsWith("Dumping "));
  assert.deepEqual(verdicts.filter((line) => !/ passed sanity check\.$| is empty\.$/.test(line)), []);
  assert.equal(verdicts.length, indexes.length);
  const snapshots = filesOf(dataDir, /^codecs-0\/.*\.snapshot$/);
  const producers = await accepted(tools, snapshots);
  const ids = new Set((await ownDump(snapshots)).map((one) => one["producerId"]));
  assert.ok(ids.size >= 5);
  for (const id of ids) assert.match(producers, new RegExp(`^producerId: ${id} producerEpoch: 0 `, "m"));
}

/** Kafka's name of a type of metadata record, such as FEATURE_LEVEL_RECORD, as the schema has it. */
function schemaName(name: string): string {
  return name.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

async function assertInternalTopicsDecoded(tools: JavaTools, dataDir: string): Promise<void> {
  const commits = filesOf(dataDir, /^__consumer_offsets-\d+\/\d+\.log$/).filter((file) =>
    Deno.statSync(file).size > 0
  );
  const printed = await accepted(tools, commits, "--offsets-decoder");
  const records = (await ownDump(commits)).filter((line) => line.type === "record");
  assert.ok(records.length >= 4);
  const lines = printed.split("\n").filter((line) => line.startsWith("| "));
  assert.equal(lines.length, records.length);
  for (const [index, record] of records.entries()) {
    const { key, value } = record["decoded"] as { key: { group: string }; value: { offset?: number } | null };
    assert.ok(lines[index]!.includes(`"group":"${key.group}"`), lines[index]!);
    if (value?.offset !== undefined) {
      assert.ok(lines[index]!.includes(`"offset":${value.offset},`), lines[index]!);
    }
  }
  const metadata = filesOf(dataDir, /^__cluster_metadata-0\/.*\.(log|checkpoint)$/);
  assert.ok(metadata.some((file) => file.endsWith(".checkpoint")), "the limits of the test make a snapshot");
  const decoded = await accepted(tools, metadata, "--cluster-metadata-decoder");
  const types = [...decoded.matchAll(/^\| .* payload: \{"type":"([A-Z_]+)"/gm)].map((match) =>
    schemaName(match[1]!)
  );
  const own = (await ownDump(metadata)).filter((line) => line.type === "record" && line["key"] === null)
    .map((line) => (line["decoded"] as { type: string }).type);
  assert.ok(own.length > 30);
  assert.deepEqual(types, own);
}

Deno.test({
  name: "kafka-dump-log: reads everything that Sluice wrote, after clean stops, a crash and recovery",
  ignore: tools === null,
  async fn() {
    await using broker = new BrokerProcess({
      configs: {
        "offsets.topic.num.partitions": 3,
        "metadata.log.max.record.bytes.between.snapshots": 3000,
        "log.flush.offset.checkpoint.interval.ms": 100,
      },
    });
    await broker.start();
    await fill(broker, 1);
    await broker.restart();
    await fill(broker, 2);
    await broker.kill();
    // What lies on the disk now is what a machine finds whose broker was killed.
    await assertSameRecords(tools!, broker.dataDir);
    await broker.start();
    await broker.stop();
    await assertSameRecords(tools!, broker.dataDir);
    await assertIndexesAccepted(tools!, broker.dataDir);
    await assertInternalTopicsDecoded(tools!, broker.dataDir);
    const verified = await runCommand(["log", "verify", "--deep", broker.dataDir]);
    assert.equal(verified.code, 0, verified.stdout);
  },
});

async function fill(broker: BrokerProcess, round: number): Promise<void> {
  using client = await WireClient.connect(broker.address);
  await fillBroker(client, round);
}

Deno.test({
  name: "kafka-dump-log: reads what compaction has left",
  ignore: tools === null,
  async fn() {
    await using broker = new BrokerProcess({ configs: { "log.cleaner.backoff.ms": 50 } });
    await broker.start();
    {
      using client = await WireClient.connect(broker.address);
      const often = {
        "min.cleanable.dirty.ratio": "0.01",
        "segment.ms": "60000",
        "index.interval.bytes": "100",
      };
      await createTopic(client, "cleaned", { configs: { "cleanup.policy": "compact", ...often } });
      for (let at = 0; at < 60; at++) {
        const timestamp = 1_700_000_000_000 + at * 10_000;
        const compression = compressionNames[at % compressionNames.length]!;
        const records = Array.from({ length: 10 }, (_, one) => ({
          timestamp: timestamp + one,
          key: `key-${(at * 7 + one) % 23}`,
          value: one === 3 ? null : `value ${at}.${one}`,
        }));
        await produceTo(client, { topic: "cleaned" }, batch(records, { compression }));
      }
      await untilCleaned(broker.dataDir, 500);
    }
    await broker.stop();
    const files = filesOf(broker.dataDir, /^cleaned-0\/.*\.log$/);
    const { printed, complaints } = await dumpLogSegments(tools!, files, [
      "--deep-iteration",
      "--print-data-log",
    ]);
    // Missing offsets are what compaction leaves.
    assert.deepEqual(
      complaints.filter((line) => !/^Non-consecutive|^ {2}\d+ is followed by \d+$/.test(line)),
      [],
    );
    const own = await ownDump(files);
    const records = own.filter((line) => line.type === "record");
    assert.ok(records.length < 300, `${records.length} of 600 records are left`);
    assert.ok(own.some((line) => line["deleteHorizonMs"] !== undefined), "tombstones have their horizon");
    assert.deepEqual(printed.split("\n").filter((line) => /^(\||baseOffset)/.test(line)), kafkaLines(own));
    await accepted(tools!, filesOf(broker.dataDir, /^cleaned-0\/.*\.(index|timeindex|snapshot)$/));
    const verified = await runCommand(["log", "verify", "--deep", broker.dataDir]);
    assert.equal(verified.code, 0, verified.stdout);
  },
});

/** Waits until compaction has come to an offset of cleaned-0. */
async function untilCleaned(dataDir: string, offset: number): Promise<void> {
  const path = `${dataDir}/cleaner-offset-checkpoint`;
  for (let attempt = 0; attempt < 600; attempt++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (Number(/^cleaned 0 (\d+)$/m.exec(text)?.[1]) >= offset) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} does not come to offset ${offset}`);
}
