/** Offsets by timestamp (KIP-33, KIP-734), compared with a look at every record. */

import { deepEqual, equal } from "node:assert/strict";
import { Prng } from "../../../src/core/prng.ts";
import { openLog } from "../../../src/log/log_loader.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import { BatchBuilder } from "../../../src/records/batch_builder.ts";
import { type KafkaRecord, recordsOf } from "../../../src/records/record.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { appended, batchOf, logContext, readAll, tinyConfig } from "../../harness/log_world.ts";

async function open(
  disk: CrashDisk,
  options: Partial<Parameters<typeof openLog>[1]> = {},
): Promise<PartitionLog> {
  return await openLog(logContext(disk).context, {
    directory: "/data/t-0",
    config: tinyConfig,
    cleanShutdown: false,
    recoveryPoint: 0,
    logStartOffset: 0,
    highWatermark: 0,
    ...options,
  });
}

async function recordsIn(log: PartitionLog): Promise<KafkaRecord[]> {
  const records = (await readAll(log)).flatMap((batch) => [...recordsOf(batch)]);
  return records.filter(({ offset }) => offset >= log.logStartOffset);
}

async function checkAll(log: PartitionLog): Promise<void> {
  const records = await recordsIn(log);
  for (let timestamp = 995; timestamp < 1110; timestamp++) {
    const first = records.find((record) => record.timestamp >= timestamp);
    const found = await log.offsetForTimestamp(timestamp);
    const expected = first === undefined
      ? null
      : { timestampMs: first.timestamp, offset: first.offset, leaderEpoch: 2 };
    deepEqual(found, expected, `timestamp ${timestamp}`);
  }
  const largest = Math.max(...records.map((record) => record.timestamp));
  const first = records.find((record) => record.timestamp === largest)!;
  deepEqual(await log.offsetOfMaxTimestamp(), { timestampMs: largest, offset: first.offset, leaderEpoch: 2 });
}

Deno.test("the first record at or after a timestamp is found, in any order of timestamps", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const prng = new Prng(seed);
    const disk = new CrashDisk();
    const log = await open(disk);
    for (let count = 0; count < 60; count++) {
      const builder = new BatchBuilder({ compression: prng.pick(["none", "gzip"]) });
      for (let records = 1 + prng.below(4); records > 0; records--) {
        builder.append({ timestamp: 1000 + prng.below(100), key: null, value: prng.bytes(prng.below(40)) });
      }
      appended(log.append(builder.build(), { leaderEpoch: 2 }));
    }
    await checkAll(log);
    log.raiseLogStartOffset(prng.below(log.logEndOffset));
    await checkAll(log);
    await log.close();
    const clean = await open(disk, { cleanShutdown: true, logStartOffset: log.logStartOffset });
    await checkAll(clean);
    const recovered = await open(disk.afterKill(), { logStartOffset: log.logStartOffset });
    await checkAll(recovered);
  }
});

Deno.test("a record within a batch too large for the scan is found", async () => {
  const log = await open(new CrashDisk(), {
    config: { ...tinyConfig, segmentBytes: 1 << 24, maxMessageBytes: 1 << 24 },
  });
  appended(log.append(batchOf(["a"], { timestamp: 1000 }), { leaderEpoch: 0 }));
  appended(log.append(batchOf(["x".repeat(2_000_000), "b", "c"], { timestamp: 2000 }), { leaderEpoch: 0 }));
  deepEqual(await log.offsetForTimestamp(2001), { timestampMs: 2001, offset: 2, leaderEpoch: 0 });
  log.tail.clear();
  deepEqual(await log.offsetForTimestamp(2002), { timestampMs: 2002, offset: 3, leaderEpoch: 0 });
});

Deno.test("an empty log has no timestamps", async () => {
  const log = await open(new CrashDisk());
  equal(await log.offsetForTimestamp(0), null);
  equal(await log.offsetOfMaxTimestamp(), null);
});

Deno.test("a batch whose records cannot be read is named, not thrown", async () => {
  const log = await open(new CrashDisk());
  const bytes = batchOf(["abc"], { compression: "gzip" });
  // A sound checksum over a payload that is no gzip.
  const { writeCrc, BATCH_HEADER_BYTES } = await import("../../../src/records/batch.ts");
  bytes.fill(0xff, BATCH_HEADER_BYTES);
  writeCrc(bytes, 0);
  appended(log.append(bytes, { leaderEpoch: 0 }));
  equal(await log.offsetForTimestamp(1000), "corrupt-message");
});
