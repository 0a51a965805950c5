/** Crashes while logs are compacted: no key loses its last record, and nothing comes back changed. */

import { deepEqual, equal } from "node:assert/strict";
import { encodeUtf8 } from "../../../../src/core/bytes.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { ZERO_UUID } from "../../../../src/core/uuid.ts";
import { LogManager } from "../../../../src/log/log_manager.ts";
import type { PartitionLog } from "../../../../src/log/partition_log.ts";
import { DiskError } from "../../../../src/platform/disk.ts";
import { verifyBatch } from "../../../../src/records/batch.ts";
import { BatchBuilder } from "../../../../src/records/batch_builder.ts";
import { recordsOf } from "../../../../src/records/record.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import { appended, manualPlatform, readAll, RestlessTime, tinyConfig } from "../../../harness/log_world.ts";

const config = {
  ...tinyConfig,
  segmentBytes: 500,
  cleanupCompact: true,
  cleanupDelete: false,
  minCleanableDirtyRatio: 0,
  deleteRetentionMs: Number.MAX_SAFE_INTEGER / 2,
  fileDeleteDelayMs: 0,
};

interface ModelRecord {
  readonly key: string;
  readonly value: string | null;
}

class CompactionHistory {
  readonly #prng: Prng;
  #disk = new CrashDisk();
  /** Every record ever written, by its offset. */
  #records: ModelRecord[] = [];
  #durableOffset = 0;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  async round(): Promise<void> {
    const prng = this.#prng;
    let left = 20 + prng.below(150);
    this.#disk.onOperation = (operation, path) => {
      if (left-- <= 0) throw new DiskError("io", path, `${operation} ${path}: the machine has crashed`);
    };
    try {
      const manager = await this.#open();
      const log = manager.getOrCreate("t", 0, { topicId: ZERO_UUID, config });
      while (left > 0 && log.offline === null) await this.#step(manager, log);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
    }
    this.#disk = prng.chance(0.3) ? this.#disk.afterKill() : this.#disk.crash(() => prng.next());
    await this.#check();
  }

  async #open(): Promise<LogManager> {
    const manager = await LogManager.open({
      platform: manualPlatform(this.#disk, new RestlessTime()),
      directories: ["/data"],
      configOf: () => config,
      maxOpenFiles: 4,
      tailCacheBytes: this.#prng.pick([0, 1 << 20]),
    });
    manager.compaction.settings = { mapBytes: this.#prng.pick([1, 1 << 20]) };
    return manager;
  }

  async #step(manager: LogManager, log: PartitionLog): Promise<void> {
    const dice = this.#prng.next();
    if (dice < 0.7) return this.#append(log);
    const end = log.logEndOffset;
    const flushed = log.flush();
    for (let turns = 0; turns < 300 && log.offline === null && log.flushedOffset < end; turns++) {
      await Promise.resolve();
    }
    if (log.flushedOffset < end) return;
    await flushed;
    this.#durableOffset = Math.max(this.#durableOffset, end);
    log.highWatermark = end;
    if (dice > 0.85) await manager.compaction.run();
  }

  #append(log: PartitionLog): void {
    const prng = this.#prng;
    const builder = new BatchBuilder({ compression: prng.pick(["none", "gzip"]) });
    const batch: ModelRecord[] = [];
    for (let count = 1 + prng.below(3); count > 0; count--) {
      const key = `key ${prng.below(15)}`;
      const value = prng.chance(0.2) ? null : `${log.logEndOffset}`.padEnd(prng.below(60), "v");
      builder.append({
        timestamp: 1000,
        key: encodeUtf8(key),
        value: value === null ? null : encodeUtf8(value),
      });
      batch.push({ key, value });
    }
    if (log.append(builder.build(), { leaderEpoch: 0 }).error === null) this.#records.push(...batch);
  }

  async #check(): Promise<void> {
    this.#disk.onOperation = () => {};
    const manager = await this.#open();
    const log = manager.get("t", 0);
    const end = log?.logEndOffset ?? 0;
    equal(end >= this.#durableOffset, true, `the log ends at ${end}, ${this.#durableOffset} is durable`);
    this.#records = this.#records.slice(0, end);
    this.#durableOffset = end;
    if (log !== undefined) await this.#checkRecords(log);
    const names = log === undefined ? [] : this.#disk.list("/data/t-0").map(({ name }) => name);
    deepEqual(names.filter((name) => /cleaned|swap|deleted/.test(name)), []);
    manager.abandon();
    this.#disk = this.#disk.afterKill();
  }

  async #checkRecords(log: PartitionLog): Promise<void> {
    const present = new Set<number>();
    const decoder = new TextDecoder();
    for (const batch of await readAll(log)) {
      equal(verifyBatch(batch.bytes, batch.at), null);
      for (const { offset, key, value } of recordsOf(batch)) {
        const found = { key: decoder.decode(key!), value: value === null ? null : decoder.decode(value) };
        deepEqual(found, this.#records[offset], `offset ${offset}`);
        present.add(offset);
      }
    }
    const last = new Map(this.#records.map(({ key }, offset) => [key, offset]));
    for (const [key, offset] of last) {
      equal(present.has(offset), true, `the last record of ${key}, at ${offset}`);
    }
    for (let offset = log.firstDirtyOffset; offset < log.logEndOffset; offset++) {
      // What a pass has done without being able to save how far it got may be missing, but only for a later record.
      if (!present.has(offset)) equal(last.get(this.#records[offset]!.key)! > offset, true);
    }
    // It goes on.
    appended(log.append(new Uint8Array(this.#nextBatch()), { leaderEpoch: 0 }));
    this.#records.push({ key: "key 1", value: "next" });
  }

  #nextBatch(): Uint8Array {
    const builder = new BatchBuilder();
    builder.append({ timestamp: 1000, key: encodeUtf8("key 1"), value: encodeUtf8("next") });
    return builder.build();
  }
}

Deno.test("random crashes while compacting lose no last record of a key", async () => {
  for (let seed = 1; seed <= 80; seed++) {
    const history = new CompactionHistory(seed);
    try {
      for (let round = 0; round < 6; round++) await history.round();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
});
