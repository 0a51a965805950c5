/** What tests of the log layer share: a platform whose time is set by hand, batches, and reading a log to its end. */

import { equal } from "node:assert/strict";
import type { BytesSource } from "../../src/core/bytes.ts";
import { encodeUtf8 } from "../../src/core/bytes.ts";
import { Prng } from "../../src/core/prng.ts";
import type { Appended, AppendResult } from "../../src/log/append_result.ts";
import { defaultLogConfig, type LogConfig } from "../../src/log/log_config.ts";
import type { LogEvent } from "../../src/log/log_context.ts";
import { createLogContext, type LogManagerOptions } from "../../src/log/log_manager.ts";
import type { PartitionLog } from "../../src/log/partition_log.ts";
import type { Disk } from "../../src/platform/disk.ts";
import type { Platform, Timer, Timers } from "../../src/platform/platform.ts";
import { batches, type BatchView } from "../../src/records/batch.ts";
import { BatchBuilder, type BatchOptions } from "../../src/records/batch_builder.ts";

/** Time that stands still until it is advanced. */
export class ManualTime implements Timers {
  nowMs = 1_700_000_000_000;
  #due: { atMs: number; task: () => void }[] = [];

  readonly clock = { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs - 1_600_000_000_000 };

  after(delayMs: number, task: () => void): Timer {
    const entry = { atMs: this.nowMs + delayMs, task };
    this.#due.push(entry);
    return { cancel: () => void (this.#due = this.#due.filter((each) => each !== entry)) };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve));
  }

  yield(): Promise<void> {
    return Promise.resolve();
  }

  /** Moves time on and runs what is due. */
  advance(byMs: number): void {
    this.nowMs += byMs;
    const due = this.#due.filter(({ atMs }) => atMs <= this.nowMs).sort((a, b) => a.atMs - b.atMs);
    this.#due = this.#due.filter((entry) => !due.includes(entry));
    for (const { task } of due) task();
  }
}

/**
 * The same, but nobody sleeps: long work that naps comes to its end. A look at the monotonic clock may take time, so
 * that such work comes to the end of its slices.
 */
export class RestlessTime extends ManualTime {
  #ticksMs = 0;
  readonly #lookMs: number;

  constructor(lookMs = 0) {
    super();
    this.#lookMs = lookMs;
  }

  override readonly clock = {
    wallMs: () => this.nowMs,
    monotonicMs: () => this.nowMs - 1_600_000_000_000 + (this.#ticksMs += this.#lookMs),
  };

  override sleep(): Promise<void> {
    return this.yield();
  }
}

/** A platform on `disk` without a network. */
export function manualPlatform(disk: Disk, time: ManualTime = new ManualTime()): Platform {
  const network = {} as Platform["network"];
  return { clock: time.clock, timers: time, random: new Prng(1), disk, network };
}

/** A context for logs on `disk`, and the events they report. */
export function logContext(
  disk: Disk,
  options: Partial<LogManagerOptions> & { readonly time?: ManualTime } = {},
) {
  const events: LogEvent[] = [];
  const platform = manualPlatform(disk, options.time);
  const context = createLogContext({ ...options, platform, report: (event) => events.push(event) });
  return { context, events };
}

/** Absurdly small limits, so that a few records make many segments and index entries. */
export const tinyConfig: LogConfig = {
  ...defaultLogConfig,
  segmentBytes: 1000,
  indexIntervalBytes: 100,
  messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
};

/** A batch of records with the given values, one millisecond apart from `timestamp` on. */
export function batchOf(
  values: readonly string[],
  options: BatchOptions & { readonly timestamp?: number; readonly key?: string } = {},
): Uint8Array {
  const { timestamp = 1000, key, ...rest } = options;
  const builder = new BatchBuilder(rest);
  for (const [index, value] of values.entries()) {
    builder.append({
      timestamp: timestamp + index,
      key: key === undefined ? null : encodeUtf8(key),
      value: encodeUtf8(value),
    });
  }
  return builder.build();
}

/** The result of an append that must have succeeded. */
export function appended(result: AppendResult): Appended {
  if (result.error !== null) throw new Error(`append: ${result.error}: ${result.message}`);
  return result;
}

/** The bytes that a source gives. */
export function bytesOf(source: BytesSource): Uint8Array {
  const bytes = new Uint8Array(source.byteLength);
  source.writeTo(bytes);
  return bytes;
}

/** Reads once, loading what is cold; the records must be there. */
export async function readBytes(
  log: PartitionLog,
  offset: number,
  options: { readonly maxBytes?: number; readonly upTo?: number; readonly minOneBatch?: boolean } = {},
): Promise<Uint8Array> {
  const { maxBytes = 1 << 20, upTo = log.logEndOffset, minOneBatch = true } = options;
  const first = log.read(offset, maxBytes, { upTo, minOneBatch });
  const read = first.kind === "cold" ? await first.load() : first;
  if (read.kind !== "records") throw new Error(`read at ${offset}: ${read.kind}`);
  return bytesOf(read.records);
}

/** All batches from the log start offset to the log end offset, as copies. */
export async function readAll(log: PartitionLog, maxBytes = 700): Promise<BatchView[]> {
  const all: BatchView[] = [];
  for (let offset = log.logStartOffset; offset < log.logEndOffset;) {
    const bytes = await readBytes(log, offset, { maxBytes });
    if (bytes.length === 0) break;
    for (const batch of batches(bytes)) {
      equal(batch.lastOffset >= offset, true, "a read begins with the batch that holds the offset");
      all.push(batch);
      offset = batch.nextOffset;
    }
  }
  return all;
}
