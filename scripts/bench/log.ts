/**
 * How fast a partition log appends and reads, beside bare file writes of the same bytes in the same run.
 *
 *     deno run -A scripts/bench/log.ts [directory]
 */

import { encodeUtf8 } from "../../src/core/bytes.ts";
import { defaultLogConfig } from "../../src/log/log_config.ts";
import { createLogContext } from "../../src/log/log_manager.ts";
import { openLog } from "../../src/log/log_loader.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import { currentPlatform, currentProcess } from "../../src/platform/adapters/current.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { BatchBuilder, type BatchOptions } from "../../src/records/batch_builder.ts";

const platform = await currentPlatform();
const process = await currentProcess();
const { disk, clock } = platform;
const root = `${process.args[0] ?? "."}/.bench-log`;
const MIB = 1024 * 1024;

function print(line: string): void {
  process.stdout.writeNow(encodeUtf8(`${line}\n`));
}

/** A batch of one record so that it takes about `bytes`. */
function batchOf(bytes: number, options: BatchOptions = {}): Uint8Array<ArrayBuffer> {
  const builder = new BatchBuilder(options);
  builder.append({
    timestamp: clock.wallMs(),
    key: null,
    value: platform.random.bytes(Math.max(1, bytes - 75)),
  });
  return builder.build();
}

async function openBenchLog(name: string, overrides: Partial<Parameters<typeof createLogContext>[0]> = {}) {
  const context = createLogContext({ platform, ...overrides });
  const config = { ...defaultLogConfig, maxMessageBytes: 8 * MIB };
  const directory = `${root}/${name}`;
  const options = {
    directory,
    config,
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
  };
  return await openLog(context, options);
}

function measure(
  name: string,
  bytesPerRound: number,
  rounds: number,
  round: (index: number) => void,
): number {
  for (let index = 0; index < Math.min(rounds / 10, 2000); index++) round(index);
  const started = clock.monotonicMs();
  for (let index = 0; index < rounds; index++) round(index);
  const tookMs = clock.monotonicMs() - started;
  const rate = rounds * bytesPerRound / MIB / (tookMs / 1000);
  const micros = (tookMs * 1000 / rounds).toFixed(2);
  print(`${name.padEnd(52)} ${rate.toFixed(0).padStart(7)} MiB/s ${micros.padStart(9)} us each`);
  return tookMs;
}

async function benchAppend(bytes: number, totalBytes: number): Promise<void> {
  const rounds = Math.floor(totalBytes / bytes);
  const plain = batchOf(bytes);
  const size = plain.length;
  const bare = disk.open(`${root}/bare-${bytes}`, { create: true });
  let position = 0;
  const bareMs = measure(`bare file write, ${bytes} bytes`, size, rounds, () => {
    bare.write(plain, position);
    position += size;
  });
  bare.close();
  disk.remove(`${root}/bare-${bytes}`);
  const log = await openBenchLog(`append-${bytes}-0`);
  const leader = { leaderEpoch: 0 };
  const logMs = measure(`log append, ${bytes} bytes`, size, rounds, () => {
    if (log.append(plain, leader).error !== null) throw new Error("append failed");
  });
  print(`${"".padEnd(52)} ${(bareMs / logMs * 100).toFixed(0).padStart(7)} % of the bare write`);
  await benchIdempotent(log, bytes, rounds);
  benchHotRead(log, bytes);
  await benchColdRead(log, size);
  log.abandon();
  disk.remove(`${root}/append-${bytes}-0`);
}

/** Batches with sequences: those of one producer prepared in a row, with their checksums. */
async function benchIdempotent(log: PartitionLog, bytes: number, rounds: number): Promise<void> {
  const count = Math.min(rounds, Math.floor(64 * MIB / bytes), 20_000);
  const prepared = Array.from(
    { length: count },
    (_, sequence) => batchOf(bytes, { producerId: 1, producerEpoch: 0, baseSequence: sequence }),
  );
  const started = clock.monotonicMs();
  for (const batch of prepared) {
    if (log.append(batch, { leaderEpoch: 0 }).error !== null) throw new Error("refused");
  }
  const tookMs = clock.monotonicMs() - started;
  const rate = count * bytes / MIB / (tookMs / 1000);
  print(
    `${`idempotent append, ${bytes} bytes`.padEnd(52)} ${rate.toFixed(0).padStart(7)} MiB/s ` +
      `${(tookMs * 1000 / count).toFixed(2).padStart(9)} us each`,
  );
  await Promise.resolve();
}

function benchHotRead(log: PartitionLog, bytes: number): void {
  const target = new Uint8Array(8 * MIB);
  for (const maxBytes of [bytes, MIB]) {
    if (maxBytes < bytes) continue;
    const options = { upTo: log.logEndOffset, minOneBatch: true };
    const from = Math.max(log.tail.firstOffset, log.logEndOffset - Math.max(1, Math.floor(4 * MIB / bytes)));
    const span = log.logEndOffset - from;
    let read = 0;
    const rounds = maxBytes > 100_000 ? 2000 : 50_000;
    measure(`hot read of up to ${maxBytes}, ${bytes} bytes a batch`, maxBytes, rounds, (index) => {
      const result = log.read(from + (index * 7) % span, maxBytes, options);
      if (result.kind !== "records") throw new Error(result.kind);
      result.records.writeTo(target);
      read += result.records.byteLength;
    });
    if (read === 0) throw new Error("nothing was read");
  }
}

async function benchColdRead(log: PartitionLog, bytes: number): Promise<void> {
  log.tail.clear();
  const rounds = 500;
  for (const maxBytes of [16 * 1024, MIB]) {
    let read = 0;
    const started = clock.monotonicMs();
    for (let index = 0; index < rounds; index++) {
      const offset = Math.floor(index * 0.61803 * log.logEndOffset) % log.logEndOffset;
      const first = log.read(offset, maxBytes, { upTo: log.logEndOffset, minOneBatch: true });
      const result = first.kind === "cold" ? await first.load() : first;
      if (result.kind !== "records") throw new Error(result.kind);
      read += result.records.byteLength;
    }
    const tookMs = clock.monotonicMs() - started;
    const rate = read / MIB / (tookMs / 1000);
    print(
      `${`cold read of up to ${maxBytes}, ${bytes} bytes a batch`.padEnd(52)} ${
        rate.toFixed(0).padStart(7)
      } MiB/s ` +
        `${(tookMs * 1000 / rounds).toFixed(2).padStart(9)} us each`,
    );
  }
}

async function benchRecovery(totalBytes: number): Promise<void> {
  const log = await openBenchLog("recover-0");
  const batch = batchOf(16 * 1024);
  for (let written = 0; written < totalBytes; written += batch.length) log.append(batch, { leaderEpoch: 0 });
  await log.flush();
  log.abandon();
  const started = clock.monotonicMs();
  const again = await openBenchLog("recover-0");
  const tookMs = clock.monotonicMs() - started;
  print(
    `${"recovery of an unclean log".padEnd(52)} ${
      (totalBytes / MIB / (tookMs / 1000)).toFixed(0).padStart(7)
    } MiB/s`,
  );
  again.abandon();
}

/** Reads from a log of a thousand segments, none of them open. */
async function benchManySegments(platform: Platform): Promise<void> {
  const context = createLogContext({ platform });
  const config = { ...defaultLogConfig, segmentBytes: 64 * 1024 };
  const options = { config, cleanShutdown: false, recoveryPoint: 0, logStartOffset: 0, highWatermark: 0 };
  const log = await openLog(context, { ...options, directory: `${root}/many-0` });
  const batch = batchOf(4000);
  while (log.segments.count < 1000) log.append(batch, { leaderEpoch: 0 });
  await log.flush();
  await log.flusher.idle();
  log.tail.clear();
  const rounds = 2000;
  const usage = (process as { cpuMs?: () => number }).cpuMs;
  const startedCpu = usage?.();
  const started = clock.monotonicMs();
  for (let index = 0; index < rounds; index++) {
    const offset = Math.floor(index * 0.61803 * log.logEndOffset) % log.logEndOffset;
    const first = log.read(offset, 4096, { upTo: log.logEndOffset, minOneBatch: true });
    if (first.kind === "cold") await first.load();
  }
  const micros = (clock.monotonicMs() - started) * 1000 / rounds;
  const cpu = startedCpu === undefined
    ? ""
    : `, cpu ${((usage!() - startedCpu) * 1000 / rounds).toFixed(1)} us`;
  print(`${"fetch of 4 KiB from 1,000 segments".padEnd(52)} ${micros.toFixed(1)} us each${cpu}`);
  log.abandon();
}

disk.remove(root);
disk.makeDirectory(root);
try {
  await benchAppend(100, 40 * MIB);
  await benchAppend(16 * 1024, 512 * MIB);
  await benchAppend(MIB, 1024 * MIB);
  await benchRecovery(512 * MIB);
  await benchManySegments(platform);
} finally {
  disk.remove(root);
}
