/** A data directory that Apache Kafka 4.3 wrote opens here, and what we build from its batches is what Kafka built. */

import { deepEqual, equal } from "node:assert/strict";
import { decodeProducerSnapshot } from "../../../src/log/producer_snapshot.ts";
import { LogManager } from "../../../src/log/log_manager.ts";
import { OffsetIndex } from "../../../src/log/offset_index.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { TimeIndex } from "../../../src/log/time_index.ts";
import { currentPlatform } from "../../../src/platform/adapters/current.ts";
import type { Disk } from "../../../src/platform/disk.ts";
import { recordsOf } from "../../../src/records/record.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { manualPlatform, readAll, tinyConfig } from "../../harness/log_world.ts";
import type { LogEvent } from "../../../src/log/log_context.ts";

const golden = new URL("../../golden/", import.meta.url).pathname;
/** The `log.index.interval.bytes` with which the directory was written. */
const config = { ...tinyConfig, segmentBytes: 1 << 20, indexIntervalBytes: 150 };

interface KafkaRecordLine {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** What Kafka's own classes read in the directory, by file. */
interface KafkaFile {
  readonly batches: readonly { readonly position: number; readonly records: readonly KafkaRecordLine[] }[];
  readonly entries: readonly {
    readonly offset: number;
    readonly position: number;
    readonly timestamp: number;
  }[];
  readonly producers: { readonly producerEntries: readonly Record<string, number>[] };
}

async function copyOfKafkaDirectory(): Promise<CrashDisk> {
  const { disk } = await currentPlatform();
  const target = new CrashDisk();
  copy(disk, `${golden}kafka_data_dir`, target, "/kafka");
  return target;
}

function copy(source: Disk, from: string, target: Disk, to: string): void {
  target.makeDirectory(to);
  for (const { name, isDirectory } of source.list(from)) {
    if (isDirectory) copy(source, `${from}/${name}`, target, `${to}/${name}`);
    else target.open(`${to}/${name}`, { create: true }).write(source.readFile(`${from}/${name}`), 0);
  }
}

async function kafkaFiles(): Promise<Map<string, KafkaFile>> {
  const { disk } = await currentPlatform();
  const text = new TextDecoder().decode(disk.readFile(`${golden}kafka_data_dir.jsonl`));
  const files = new Map<string, KafkaFile>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const parsed = JSON.parse(line) as KafkaFile & { readonly file: string };
    files.set(parsed.file, parsed);
  }
  return files;
}

async function openManager(disk: Disk): Promise<{ manager: LogManager; events: LogEvent[] }> {
  const events: LogEvent[] = [];
  const manager = await LogManager.open({
    platform: manualPlatform(disk),
    directories: ["/kafka"],
    configOf: () => config,
    report: (event) => events.push(event),
  });
  return { manager, events };
}

const base64 = (bytes: Uint8Array | null) => bytes === null ? null : btoa(String.fromCharCode(...bytes));

/** The records of a log in the notation of Kafka's answers. */
async function recordLines(log: PartitionLog): Promise<KafkaRecordLine[]> {
  const lines: KafkaRecordLine[] = [];
  for (const batch of await readAll(log)) {
    for (const { offset, timestamp, key, value } of recordsOf(batch)) {
      lines.push({ offset, timestamp, key: base64(key), value: base64(value) });
    }
  }
  return lines;
}

async function checkRecords(manager: LogManager, files: Map<string, KafkaFile>): Promise<void> {
  let count = 0;
  for (const log of manager.logs()) {
    const expected: KafkaRecordLine[] = [];
    for (const segment of log.segments.list) {
      const batches = files.get(`${log.name}/${segment.path(".log").split("/").at(-1)}`)!.batches;
      for (const batch of batches) {
        // A read begins with the batch that holds the log start offset, whole.
        if ((batch as unknown as { lastOffset: number }).lastOffset < log.logStartOffset) continue;
        for (const { offset, timestamp, key, value } of batch.records) {
          expected.push({ offset, timestamp, key, value });
        }
      }
    }
    deepEqual(await recordLines(log), expected, log.name);
    count += expected.length;
  }
  equal(count > 200, true);
}

Deno.test("a data directory of Kafka 4.3 opens as a clean one, with every record", async () => {
  const { manager, events } = await openManager(await copyOfKafkaDirectory());
  deepEqual(events, []);
  equal(manager.count, 14);
  await checkRecords(manager, await kafkaFiles());
  equal(manager.get("trimmed", 0)!.logStartOffset, 17);
  equal(manager.get("transactions", 1)!.producers.firstUnstableOffset, 16);
  equal(manager.get("transactions", 1)!.lastStableOffset, 16);
  deepEqual(manager.get("codecs", 0)!.epochs.entries.length > 0, true);
});

Deno.test("the same directory without its marker is recovered without a loss", async () => {
  const disk = await copyOfKafkaDirectory();
  for (const name of [".kafka_cleanshutdown", "recovery-point-offset-checkpoint"]) {
    disk.remove(`/kafka/${name}`);
  }
  const { manager, events } = await openManager(disk);
  equal(events.length, 14);
  for (const event of events) equal(event.kind === "recovered" && event.cutBytes, 0, event.message);
  await checkRecords(manager, await kafkaFiles());
});

Deno.test("indexes built by recovery have the entries that Kafka wrote", async () => {
  const files = await kafkaFiles();
  const disk = await copyOfKafkaDirectory();
  for (const name of [".kafka_cleanshutdown", "recovery-point-offset-checkpoint"]) {
    disk.remove(`/kafka/${name}`);
  }
  const { manager } = await openManager(disk);
  await manager.close();
  // Logs that were written in one run: a restart begins to count index.interval.bytes anew.
  for (const log of ["codecs-0", "append-time-0", "recompressed-0", "segments-0", "segments-1"]) {
    for (const { name } of disk.list(`/kafka/${log}`)) {
      const path = `/kafka/${log}/${name}`;
      const expected = files.get(`${log}/${name}`)?.entries;
      if (log === "segments-0" && name.startsWith("00000000000000000027")) continue;
      if (name.endsWith(".timeindex")) {
        const index = TimeIndex.decode(Number(name.slice(0, 20)), disk.readFile(path))!;
        const entries = Array.from({ length: index.count }, (_, entry) => ({
          timestamp: index.timestampAt(entry),
          offset: index.offsetAt(entry),
        }));
        deepEqual(entries, expected, path);
      } else if (name.endsWith(".index")) {
        const index = OffsetIndex.decode(Number(name.slice(0, 20)), disk.readFile(path), 1 << 20)!;
        const entries = Array.from({ length: index.count }, (_, entry) => ({
          offset: index.offsetAt(entry),
          position: index.positionAt(entry),
        }));
        deepEqual(entries, expected, path);
      }
    }
  }
});

Deno.test("producer snapshots of Kafka are read, and batches replayed lead to the same state", async () => {
  const files = await kafkaFiles();
  const disk = await copyOfKafkaDirectory();
  const expected = new Map<string, unknown>();
  for (const [file, { producers }] of files) {
    if (!file.endsWith(".snapshot")) continue;
    const entries = producers.producerEntries.map(({ epoch, timestamp, ...rest }) => ({
      ...rest,
      producerEpoch: epoch,
      timestampMs: timestamp,
    }));
    deepEqual(decodeProducerSnapshot(disk.readFile(`/kafka/${file}`)), entries, file);
    expected.set(file, entries);
    disk.remove(`/kafka/${file}`);
  }
  const { manager } = await openManager(disk);
  await manager.close();
  // The first producers of the others had expired when Kafka wrote their last snapshot.
  for (
    const file of [
      "codecs-0/00000000000000000060.snapshot",
      "transactions-0/00000000000000000016.snapshot",
      "transactions-1/00000000000000000017.snapshot",
      "__consumer_offsets-0/00000000000000000033.snapshot",
      "append-time-0/00000000000000000012.snapshot",
    ]
  ) {
    // Kafka keeps the last batch of a producer, and takes the last where it finds several.
    const lastById = (entries: readonly { producerId: number }[]) =>
      [...new Map(entries.map((entry) => [entry.producerId, entry])).values()]
        .toSorted((a, b) => a.producerId - b.producerId);
    const ours = decodeProducerSnapshot(disk.readFile(`/kafka/${file}`));
    deepEqual(lastById(ours), lastById(expected.get(file) as { producerId: number }[]), file);
  }
});
