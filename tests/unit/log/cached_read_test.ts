/** Records that are sent from their file: the same as those that are read from it, as long as the file stays so. */

import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { FileRecords, SENT_FROM_BYTES } from "../../../src/log/file_records.ts";
import { openLog } from "../../../src/log/log_loader.ts";
import type { PartitionLog } from "../../../src/log/partition_log.ts";
import type { DiskFile } from "../../../src/platform/disk.ts";
import type { HeldFile } from "../../../src/platform/held_bytes.ts";
import { NetworkError } from "../../../src/platform/network.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { appended, batchOf, bytesOf, logContext, tinyConfig } from "../../harness/log_world.ts";

/** A disk that says what of its files is cached: everything, nothing, or what lies before some position. */
class CachingDisk extends CrashDisk {
  cachedBytes = Infinity;

  override open(path: string, options: { create?: boolean; exclusive?: boolean } = {}): DiskFile {
    const isCached = (position: number, length: number) => position + length <= this.cachedBytes;
    return Object.assign(super.open(path, options), { isCached });
  }
}

const config = { ...tinyConfig, segmentBytes: 400_000, maxMessageBytes: 300_000 };

/** A log on `disk` that keeps so much in memory. */
async function open(disk: CrashDisk, tailCacheBytes = 0): Promise<PartitionLog> {
  const { context } = logContext(disk, { tailCacheBytes });
  const none = { recoveryPoint: 0, logStartOffset: 0, highWatermark: 0 };
  return await openLog(context, { directory: "/t-0", config, cleanShutdown: true, ...none });
}

function append(log: PartitionLog, sizes: readonly number[]): void {
  for (const size of sizes) {
    appended(log.append(batchOf(["x".repeat(size)]), { leaderEpoch: 1 }));
  }
}

Deno.test("what is cached is read at once and is what a read of the file gives", async () => {
  const size = fc.oneof(fc.nat(50), fc.nat(3000), fc.nat(90_000));
  const read = fc.record({
    offset: fc.nat(25),
    maxBytes: fc.nat(200_000),
    upTo: fc.nat(25),
    minOneBatch: fc.boolean(),
    skipEmptyBatches: fc.boolean(),
  });
  const sizes = fc.array(size, { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(read, { maxLength: 10 }), async (sizes, reads) => {
      const disk = new CachingDisk();
      const log = await open(disk);
      append(log, sizes);
      for (const { offset, maxBytes, ...options } of reads) {
        disk.cachedBytes = 0;
        const cold = log.read(offset, maxBytes, options);
        const expected = cold.kind === "cold" ? await cold.load() : cold;
        disk.cachedBytes = Infinity;
        const cached = log.read(offset, maxBytes, options);
        if (cached.kind === "cold" || cached.kind !== "records") continue;
        if (expected.kind !== "records") throw new Error(`${expected.kind} where records are`);
        equal(cached.records.endOffset, expected.records.endOffset);
        deepEqual(bytesOf(cached.records), bytesOf(expected.records));
      }
    }),
    { numRuns: 200 },
  );
});

/** A read that must find everything in the cache. */
function readCached(log: PartitionLog, offset: number, maxBytes: number): FileRecords {
  const read = log.read(offset, maxBytes, { upTo: log.logEndOffset, minOneBatch: true });
  if (read.kind !== "records" || !(read.records instanceof FileRecords)) {
    throw new Error(`read: ${read.kind}`);
  }
  return read.records;
}

Deno.test("only what is cached, and was written since the log was opened, is read at once", async () => {
  const disk = new CachingDisk();
  const log = await open(disk);
  append(log, [50_000, 50_000, 50_000]);
  const options = { upTo: 3, minOneBatch: true };
  equal(readCached(log, 0, 110_000).endOffset, 2);
  equal(readCached(log, 1, 1).endOffset, 2);
  disk.cachedBytes = 100_000;
  equal(readCached(log, 0, 60_000).endOffset, 1);
  equal(log.read(0, 110_000, options).kind, "cold");
  // The index leads to the batch before, of which nothing is needed but its size.
  equal(log.read(1, 40_000, options).kind, "cold");
  disk.cachedBytes = Infinity;
  equal(readCached(log, 1, 60_000).endOffset, 2);
  equal(readCached(log, 2, 60_000).endOffset, 3);
  await log.close();
  const again = await open(disk);
  // Nobody has held these against their checksums.
  equal(again.read(0, 110_000, options).kind, "cold");
  append(again, [50_000]);
  equal(again.read(2, 110_000, { ...options, upTo: 4 }).kind, "cold");
  again.abandon();
});

Deno.test("large records are held in their file, which stays open until they are released", async () => {
  const log = await open(new CachingDisk());
  append(log, [100, SENT_FROM_BYTES, 100]);
  const records = readCached(log, 1, 50_000);
  equal(records.hold(false), null);
  equal(readCached(log, 0, 300).hold(true), null);
  const held = records.hold(true)!;
  const { file, position, byteLength, isIntact } = held.range;
  equal(byteLength, records.byteLength);
  const sent = new Uint8Array(byteLength);
  file.readNow(sent, position);
  deepEqual(sent, bytesOf(records));
  equal(log.active.pins, 1);
  equal(isIntact(), true);
  await log.truncateTo(2);
  equal(isIntact(), false);
  throws(() => bytesOf(records), NetworkError);
  held.release();
  equal(log.active.pins, 0);
  log.abandon();
});

Deno.test("what was appended last is held in its file as well, as long as the log is not cut", async () => {
  const log = await open(new CachingDisk(), 1 << 20);
  append(log, [100, 20_000, 20_000]);
  const read = () => log.read(1, 50_000, { upTo: 3, minOneBatch: true });
  const [first, second] = [read(), read()];
  if (first.kind !== "records" || second.kind !== "records") throw new Error("the tail is in memory");
  equal(first.records.hold?.(false), null);
  const held = first.records.hold?.(true) as HeldFile;
  const sent = new Uint8Array(held.byteLength);
  held.range.file.readNow(sent, held.range.position);
  deepEqual(sent, bytesOf(first.records));
  await log.truncateTo(2);
  equal(held.range.isIntact(), false);
  held.release();
  equal(second.records.hold?.(true), null);
  deepEqual(bytesOf(second.records), sent);
  log.abandon();
});
