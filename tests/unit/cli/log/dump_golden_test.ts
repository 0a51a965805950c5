// `sluice log dump -o json` over everything in a data directory of Apache Kafka 4.3.0, compared with what Kafka's own
// classes read in it (tests/golden/kafka_data_dir.jsonl).

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { runCommand } from "../../../harness/command.ts";
import { type GoldenBatch, goldenFiles, type GoldenRecord } from "../../../harness/kafka_data_dir.ts";

const directory = new URL("../../../golden/kafka_data_dir", import.meta.url).pathname;

type Line = Readonly<Record<string, unknown>> & { readonly type: string };

async function dump(file: string): Promise<Line[]> {
  const { code, stdout, stderr } = await runCommand(["log", "dump", "-o", "json", `${directory}/${file}`]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The bytes of a field of a dump as base64. */
function bytesOf(line: Readonly<Record<string, unknown>>, name: string): string | null {
  const base64 = line[`${name}Base64`];
  if (base64 !== undefined) return base64 as string;
  const text = line[name];
  return text === null ? null : Buffer.from(text as string).toString("base64");
}

/** What a dump shows otherwise than Kafka's JSON does: as names, or with the structures inside of bytes. */
const shownOtherwise = new Set(["transactionStatus", "subscription", "assignment", "metadata"]);

/** Kafka's JSON leaves out tagged fields that have their default. */
function assertHasAll(expected: unknown, actual: unknown, path: string): void {
  if (Array.isArray(expected)) {
    assert.equal((actual as unknown[]).length, expected.length, path);
    for (const [index, one] of expected.entries()) {
      assertHasAll(one, (actual as unknown[])[index], `${path}[${index}]`);
    }
  } else if (expected !== null && typeof expected === "object") {
    for (const [name, one] of Object.entries(expected)) {
      if (shownOtherwise.has(name) && one !== (actual as Line)[name]) continue;
      assertHasAll(one, (actual as Line)[name], `${path}.${name}`);
    }
  } else if (typeof expected === "number" && !Number.isSafeInteger(expected) && typeof actual === "string") {
    assert.equal(Number(actual), expected, path); // Beyond 2^53-1 a dump has all digits, as text.
  } else assert.equal(actual, expected, path);
}

const controlNames: Readonly<Record<string, string>> = {
  ABORT: "Abort",
  COMMIT: "Commit",
  LEADER_CHANGE: "LeaderChange",
  SNAPSHOT_HEADER: "SnapshotHeader",
  SNAPSHOT_FOOTER: "SnapshotFooter",
  KRAFT_VERSION: "KRaftVersion",
  KRAFT_VOTERS: "KRaftVoters",
};

function assertSameRecord(line: Line, golden: GoldenRecord, where: string): void {
  assert.equal(line.type, "record", where);
  assert.deepEqual([line["offset"], line["timestamp"]], [golden.offset, golden.timestamp], where);
  assert.deepEqual([bytesOf(line, "key"), bytesOf(line, "value")], [golden.key, golden.value], where);
  const headers = (line["headers"] as Line[]).map((header) => ({
    key: header["key"],
    value: bytesOf(header, "value"),
  }));
  assert.deepEqual(headers, golden.headers ?? [], where);
  const { decoded: expected } = golden;
  if (expected === undefined) {
    // Kafka's reading was recorded by the names of directories, and this file is in none.
    if (!where.startsWith("bootstrap.checkpoint")) assert.equal(line["decoded"], undefined, where);
    return;
  }
  const decoded = line["decoded"] as { type: string; version?: number; key?: unknown; value?: unknown };
  assert.ok(decoded, `${where}: ${line["notDecoded"]}`);
  assert.equal(decoded.type, controlNames[expected.type] ?? expected.type.replace(/Key$/, ""), where);
  if (expected.key !== undefined) assertHasAll(expected.key, decoded.key, `${where} key`);
  const value = expected.data ?? expected.value;
  if (value !== undefined) assertHasAll(value, decoded.value, `${where} value`);
}

function assertSameBatch(line: Line, golden: GoldenBatch, where: string): void {
  assert.deepEqual({
    position: line["position"],
    sizeInBytes: line["sizeBytes"],
    baseOffset: line["baseOffset"],
    lastOffset: line["lastOffset"],
    crc: line["crc"],
    compression: line["compression"],
    timestampType: line["timestampType"],
    maxTimestamp: line["maxTimestamp"],
    producerId: line["producerId"],
    transactional: line["isTransactional"],
    control: line["isControl"],
    deleteHorizonMs: line["deleteHorizonMs"],
  }, {
    position: golden.position,
    sizeInBytes: golden.sizeInBytes,
    baseOffset: golden.baseOffset,
    lastOffset: golden.lastOffset,
    crc: golden.crc,
    compression: golden.compression,
    timestampType: golden.timestampType,
    maxTimestamp: golden.maxTimestamp,
    producerId: golden.producerId,
    transactional: golden.transactional,
    control: golden.control,
    deleteHorizonMs: golden.deleteHorizonMs,
  }, where);
}

Deno.test("dump: batches, records and what they mean are as Kafka reads them", async () => {
  const files = goldenFiles().filter(({ batches }) => batches !== undefined);
  assert.ok(files.length > 20);
  for (const { file, batches } of files) {
    const lines = await dump(file);
    let at = 0;
    for (const golden of batches!) {
      assertSameBatch(lines[at++]!, golden, `${file} at ${golden.position}`);
      for (const record of golden.records) assertSameRecord(lines[at++]!, record, `${file} ${record.offset}`);
    }
    assert.equal(at, lines.length, file);
  }
});

Deno.test("dump: the entries of indexes are as Kafka reads them", async () => {
  for (const { file, entries } of goldenFiles()) {
    if (entries === undefined) continue;
    const lines = await dump(file);
    assert.equal(lines.length, entries.length, file);
    for (const [index, entry] of entries.entries()) assertHasAll(entry, lines[index], `${file} ${index}`);
  }
});

Deno.test("dump: producers in snapshots are as Kafka reads them", async () => {
  const names: Readonly<Record<string, string>> = { epoch: "producerEpoch", timestamp: "timestampMs" };
  for (const { file, producers } of goldenFiles()) {
    if (producers === undefined) continue;
    const lines = await dump(file);
    assert.equal(lines.length, producers.producerEntries.length, file);
    for (const [index, entry] of producers.producerEntries.entries()) {
      for (const [name, value] of Object.entries(entry)) {
        assert.equal(lines[index]![names[name] ?? name], value, `${file} ${index} ${name}`);
      }
    }
  }
});

Deno.test("dump: every file of a data directory can be printed for people, none wider than the terminal", async () => {
  const paths: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (!isDirectory) paths.push(`${directory}/${name}`);
    else {for (const inside of Deno.readDirSync(`${directory}/${name}`)) {
        paths.push(`${directory}/${name}/${inside.name}`);
      }}
  }
  assert.ok(paths.length > 80);
  const { code, stdout, stderr } = await runCommand(["log", "dump", ...paths], { isTerminal: true });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  // deno-lint-ignore no-control-regex
  const lines = stdout.replaceAll(/\x1b\[\d+m/g, "").split("\n").filter((line) => !line.includes(directory));
  assert.ok(lines.length > 500);
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
});
