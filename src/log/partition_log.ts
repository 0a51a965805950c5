/**
 * The log of one partition: segments of record batches in Kafka's on-disk format, appended at the end.
 *
 * How to use it:
 * - Appends, reads of recent records and all offsets are synchronous; the event loop is the lock. `append` checks
 *   every batch (form, CRC, counts, sizes, producer sequences), writes offsets and leader epoch into the caller's
 *   bytes, and writes them with one write: all of them or none. The caller may reuse its bytes afterwards.
 * - `read` gives either records at once or `cold`, whose `load()` reads from the file without stalling the loop.
 *   What it gives is whole batches, from the one that holds the offset on; readers skip what they did not ask for.
 * - Nothing is durable until it is flushed. With `flush.messages=1` ({@link PartitionLog.mustFlushForAck}) the broker
 *   answers after `await log.flushedTo(lastOffset + 1)`; false means that it will not become durable.
 * - The high watermark belongs to the broker's replica manager, which sets {@link PartitionLog.highWatermark}: the
 *   log manager saves it, and retention and the last stable offset depend on it.
 * - Errors that the world can cause are values: {@link AppendRefused}, {@link ReadRefused}. A disk that fails takes
 *   the log offline: appends and reads are refused from then on.
 * - `truncateTo` and `truncateFullyAndStartAt` are asynchronous; nothing may be appended until they resolve.
 *
 * Open one with {@link openLog}, or let the log manager do it.
 */

import { assert } from "../core/assert.ts";
import type { Uuid } from "../core/ids.ts";
import { DiskError } from "../platform/disk.ts";
import {
  BatchCursor,
  BatchView,
  NO_TIMESTAMP,
  setBaseOffset,
  setMaxTimestamp,
  setPartitionLeaderEpoch,
} from "../records/batch.ts";
import { AppendCheck, checkFollowerBatches, refused } from "./append_check.ts";
import type { AppendOptions, AppendRefused, AppendResult } from "./append_result.ts";
import type { EpochEnd, LeaderEpochCache } from "./leader_epoch_cache.ts";
import { type CachedReadOptions, readCached } from "./cached_read.ts";
import { closeCleanly } from "./log_close.ts";
import type { LogConfig } from "./log_config.ts";
import type { LogContext } from "./log_context.ts";
import { LogFlusher } from "./log_flusher.ts";
import { type LogRead, NO_RECORDS, OUT_OF_RANGE, type ReadOptions, STORAGE_ERROR } from "./log_read.ts";
import { loadRecords } from "./log_cold_read.ts";
import { offsetForTimestamp, offsetOfMaxTimestamp, type TimestampSearch } from "./log_offsets.ts";
import type { LogSegments } from "./log_segments.ts";
import { startAt, truncateLog } from "./log_truncation.ts";
import { baseName } from "./paths.ts";
import type { ProducerState } from "./producer_state.ts";
import { mustRoll, RollClock } from "./roll_policy.ts";
import type { Segment } from "./segment.ts";
import { LogTail } from "./tail_cache.ts";

/** Who reads so close to the end of a log will soon read what is appended to it. */
const NEAR_END_BYTES = 8 * 1024 * 1024;

/** What {@link openLog} found on the disk. */
export interface LoadedLog {
  readonly topicId: Uuid | null;
  readonly config: LogConfig;
  /** The last is the active one, with its indexes in memory. */
  readonly segments: LogSegments;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  readonly recoveryPoint: number;
  readonly firstDirtyOffset: number;
  readonly epochs: LeaderEpochCache;
  readonly producers: ProducerState;
  /** The directory, or files in it, may have been created without a sync. */
  readonly namesMayBeLost: boolean;
  /** The files on the disk describe the log as it is: closing it without an append has nothing to write. */
  readonly clean: boolean;
}

export class PartitionLog {
  readonly context: LogContext;
  readonly directory: string;
  readonly segments: LogSegments;
  readonly epochs: LeaderEpochCache;
  readonly producers: ProducerState;
  readonly flusher: LogFlusher;
  readonly tail: LogTail;
  topicId: Uuid | null;
  logStartOffset: number;
  logEndOffset: number;
  /** Everything below was compacted (`cleaner-offset-checkpoint`). */
  firstDirtyOffset: number;
  /** A bound on segments beside `segment.bytes`, so that a log with a small share of the disk can give up a little. */
  segmentBytesLimit = Infinity;
  /** Resolves when compaction has either put a segment in the place of others or given it up; null at other times. */
  swapUnderWay: Promise<void> | null = null;
  /** Counts truncations, so that a read that was under way notices. */
  truncations = 0;
  /**
   * Called before the log is cut, when its recovery point and perhaps its log start offset have changed; must
   * resolve when both are durable. The log manager sets it.
   */
  onCut: () => Promise<void> = () => Promise.resolve();
  /** Called when the disk has failed this log. The log manager sets it. */
  onFailed: (error: DiskError) => void = () => {};
  /** Called when the disk has returned other bytes than were written, the first time. Whoever can mend it sets it. */
  onDamaged: () => void = () => {};
  /** Called when retention has raised the log start offset. */
  onExpired: () => void = () => {};
  /** False once something was appended or cut since the files beside the batches were written. */
  clean: boolean;

  #config: LogConfig;
  #highWatermark: number;
  #offline: DiskError | null = null;
  #damage: string | null = null;
  #closed = false;
  /** While true, something rearranges the log that appends must not meet. */
  #rearranging = false;
  /** Resolves when the log is as whoever cut it last wanted it. */
  #rearranged: Promise<void> = Promise.resolve();
  readonly #check: AppendCheck;
  readonly #rollClock: RollClock;

  constructor(context: LogContext, loaded: LoadedLog) {
    this.context = context;
    this.segments = loaded.segments;
    this.directory = loaded.segments.directory;
    this.topicId = loaded.topicId;
    this.epochs = loaded.epochs;
    this.producers = loaded.producers;
    this.logStartOffset = loaded.logStartOffset;
    this.logEndOffset = loaded.logEndOffset;
    this.clean = loaded.clean;
    this.firstDirtyOffset = loaded.firstDirtyOffset;
    this.#config = loaded.config;
    this.#highWatermark = loaded.highWatermark;
    this.tail = new LogTail(context.tailCache, () => this.truncations);
    this.#check = new AppendCheck(this.producers, loaded.config);
    this.#rollClock = new RollClock(context, loaded.config);
    this.flusher = new LogFlusher(context, this, loaded.recoveryPoint);
    if (loaded.namesMayBeLost) this.flusher.onFileCreated({ newDirectory: true });
  }

  /** The name of the directory: topic and partition. */
  get name(): string {
    return baseName(this.directory);
  }
  get config(): LogConfig {
    return this.#config;
  }
  set config(config: LogConfig) {
    this.#config = config;
    this.#check.useConfig(config);
    this.#rollClock.useConfig(config);
  }
  /** The segment that is written. */
  get active(): Segment {
    return this.segments.active;
  }
  /** The size of all segments in bytes, without their indexes. */
  get sizeBytes(): number {
    return this.segments.sizeBytes;
  }
  /** Why the log cannot be used; null while it can. */
  get offline(): DiskError | null {
    return this.#offline;
  }
  /** What was read here is not what was written: where, and what is wrong with it; null as far as is known. */
  get damage(): string | null {
    return this.#damage;
  }
  /** True while something rearranges the end of the log, or nothing may be done with it any more. */
  get isBusy(): boolean {
    return this.#rearranging || this.#closed || this.#offline !== null;
  }
  get closed(): boolean {
    return this.#closed;
  }
  /** Everything below survives a crash and is not scanned by a recovery. */
  get recoveryPoint(): number {
    return this.flusher.recoveryPoint;
  }
  /** Everything below survives a crash. */
  get flushedOffset(): number {
    return this.flusher.flushedOffset;
  }
  /** True when an append may be acknowledged only after {@link flushedTo}. */
  get mustFlushForAck(): boolean {
    return this.#config.flushMessages === 1;
  }
  /** The offset below which the broker says all is replicated; what was saved until it says so. */
  get highWatermark(): number {
    return this.#highWatermark;
  }
  set highWatermark(offset: number) {
    this.#highWatermark = Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset);
    this.producers.onHighWatermark(this.#highWatermark);
  }
  /** Where a read_committed reader must stop: the first offset of an undecided transaction, or the high watermark. */
  get lastStableOffset(): number {
    const firstUnstable = this.producers.firstUnstableOffset;
    return firstUnstable < 0 ? this.#highWatermark : Math.min(firstUnstable, this.#highWatermark);
  }

  /**
   * Appends whole batches as the leader: gives them offsets and the leader's epoch. Everything is checked before
   * anything is written. The bytes are changed in place and may be reused afterwards.
   */
  append(records: Uint8Array, options: AppendOptions): AppendResult {
    this.context.activity.operations++;
    if (this.#offline !== null) return this.#refuseOffline(this.#offline);
    const check = this.#check;
    const nowMs = this.context.clock.wallMs();
    const problem = check.run(records, options.origin ?? "client", nowMs);
    if (problem !== null) return problem;
    const { duplicate } = check;
    if (duplicate !== null) {
      const { lastOffset, offsetDelta } = duplicate;
      return this.#appended({ baseOffset: lastOffset - offsetDelta, lastOffset, nowMs, duplicate: true });
    }
    const baseOffset = this.logEndOffset;
    const lastOffset = baseOffset + check.offsetsTaken - 1;
    const asLogAppendTime = this.#config.messageTimestampType === "LogAppendTime";
    const refusal = this.#refuseTooLarge(records.length) ??
      this.#makeRoom(records.length, lastOffset, asLogAppendTime ? nowMs : check.maxTimestamp);
    if (refusal !== null) return refusal;
    const cursor = new BatchCursor(records);
    let offset = baseOffset;
    while (cursor.next()) {
      setBaseOffset(records, cursor.at, offset);
      setPartitionLeaderEpoch(records, cursor.at, options.leaderEpoch);
      if (asLogAppendTime) {
        setMaxTimestamp(records, cursor.at, { type: "LogAppendTime", maxTimestampMs: nowMs });
      }
      offset += cursor.lastOffsetDelta + 1;
    }
    return this.#write(records) ?? this.#appended({ baseOffset, lastOffset, nowMs, duplicate: false });
  }

  /**
   * Appends batches that a leader has written, with their offsets and epochs as they are. Batches that the log
   * already holds are refused as "unexpected-offset", not skipped. What was fetched together may be more than a
   * segment of the leader: it goes into one segment here.
   */
  appendAsFollower(records: Uint8Array): AppendResult {
    this.context.activity.operations++;
    if (this.#offline !== null) return this.#refuseOffline(this.#offline);
    const nowMs = this.context.clock.wallMs();
    if (records.length === 0) {
      const { logEndOffset } = this;
      return this.#appended({
        baseOffset: logEndOffset,
        lastOffset: logEndOffset - 1,
        nowMs,
        duplicate: false,
      });
    }
    const checked = checkFollowerBatches(records, this.logEndOffset);
    if ("error" in checked) return checked;
    const { baseOffset, lastOffset, maxTimestamp } = checked;
    const refusal = this.#makeRoom(records.length, lastOffset, maxTimestamp);
    if (refusal !== null) return refusal;
    return this.#write(records) ?? this.#appended({ baseOffset, lastOffset, nowMs, duplicate: false });
  }

  #refuseOffline(cause: DiskError): AppendRefused {
    return refused("storage-error", `append to ${this.name}: ${cause.message}`);
  }

  #appended(of: { baseOffset: number; lastOffset: number; nowMs: number; duplicate: boolean }): AppendResult {
    const { baseOffset, lastOffset, nowMs, duplicate } = of;
    const logAppendTimeMs = this.#config.messageTimestampType === "LogAppendTime" ? nowMs : NO_TIMESTAMP;
    return {
      error: null,
      baseOffset,
      lastOffset,
      logAppendTimeMs,
      logStartOffset: this.logStartOffset,
      duplicate,
    };
  }

  #refuseTooLarge(bytes: number): AppendRefused | null {
    const { segmentBytes } = this.#config;
    if (bytes <= segmentBytes) return null;
    return refused(
      "record-list-too-large",
      `append ${bytes} bytes: wanted at most segment.bytes ${segmentBytes}`,
    );
  }

  /** Rolls the active segment when the batches do not belong into it any more. */
  #makeRoom(bytes: number, lastOffset: number, maxTimestamp: number): AppendRefused | null {
    assert(!this.#closed && !this.#rearranging, "nothing is appended to a log that is closed or being cut");
    const { active } = this;
    try {
      const isFull = active.sizeBytes + bytes > this.segmentBytesLimit && active.sizeBytes > 0 ||
        mustRoll(active, this.#config, { bytes, lastOffset });
      if (isFull || this.#rollClock.isDue(active, maxTimestamp)) this.roll();
      return null;
    } catch (error) {
      return this.#refuseFailure(error);
    }
  }

  /** Rolls the active segment if it holds records and has the age of `segment.ms`, although nothing is appended. */
  rollIfOld(): void {
    if (this.#offline !== null || this.#closed || this.#rearranging) return;
    try {
      if (this.#rollClock.isOld(this.active)) this.roll();
    } catch (error) {
      this.#refuseFailure(error);
    }
  }

  /** Seals the active segment and begins one at the log end offset. Throws DiskError; then nothing has changed. */
  roll(): void {
    const old = this.active;
    if (old.sizeBytes === 0) return;
    this.segments.begin(this.logEndOffset);
    old.seal();
    this.#rollClock.restart();
    this.flusher.onFileCreated({ newDirectory: false });
    this.flusher.onSealed(old, this.logEndOffset, this.producers.encode());
  }

  /** Writes batches that have their offsets, then brings everything that describes the log up to date. */
  #write(records: Uint8Array): AppendRefused | null {
    const segment = this.active;
    let position = segment.sizeBytes;
    try {
      segment.write(records);
    } catch (error) {
      return this.#refuseFailure(error);
    }
    this.clean = false;
    this.segments.onWritten(records.length);
    const cursor = new BatchCursor(records);
    const isCached = this.tail.append(records, segment, {
      position,
      baseOffset: new BatchView(records).baseOffset,
    });
    while (cursor.next()) {
      const { baseOffset, lastOffset, partitionLeaderEpoch } = cursor;
      segment.indexBatch(cursor, position, this.#config.indexIntervalBytes);
      if (isCached) this.tail.noteBatch(position, lastOffset);
      if (cursor.producerId >= 0) this.producers.apply(cursor, baseOffset, lastOffset);
      if (partitionLeaderEpoch > this.epochs.latestEpoch) {
        this.epochs.assign(partitionLeaderEpoch, baseOffset);
      }
      position += cursor.sizeBytes;
      this.logEndOffset = lastOffset + 1;
    }
    const { flushMessages } = this.#config;
    if (flushMessages > 1 && this.logEndOffset - this.flushedOffset >= flushMessages) void this.flush();
    return null;
  }

  #refuseFailure(error: unknown): AppendRefused {
    if (!(error instanceof DiskError)) throw error;
    // Reads go on while the disk is full, and appends when there is room again.
    if (error.code === "no-space") return refused("no-space", error.message);
    this.fail(error);
    return refused("storage-error", error.message);
  }

  /** Takes the log offline: everything is refused from now on. */
  fail(error: DiskError): void {
    if (this.#offline !== null || this.#closed) return;
    this.takeOffline(error);
    const message = `log ${this.name} is offline: ${error.message}`;
    this.context.report({ kind: "offline", log: this.name, message });
    this.onFailed(error);
  }

  /** Notes that the disk returned other bytes than were written. What is sound can be read as before. */
  noteDamage(what: string): void {
    if (this.#damage !== null || this.#offline !== null || this.#closed) return;
    this.#damage = what;
    this.context.report({ kind: "damaged", log: this.name, message: `log ${this.name} is damaged: ${what}` });
    this.onDamaged();
  }

  /** Like {@link fail}, because of what happened to another log on the same disk: nobody is told of each. */
  takeOffline(error: DiskError): void {
    if (this.#offline !== null || this.#closed) return;
    this.#offline = error;
    this.flusher.stop();
    this.tail.clear();
  }

  /** Resolves true when everything appended so far survives a crash. Callers that wait together share one sync. */
  flush(): Promise<boolean> {
    return this.flushedTo(this.logEndOffset);
  }

  /** Resolves true when everything below `offset` survives a crash; false when that will not happen any more. */
  flushedTo(offset: number): Promise<boolean> {
    if (this.#offline !== null || this.#closed) return Promise.resolve(offset <= this.flushedOffset);
    return this.flusher.flushedTo(offset);
  }

  /** Reads whole batches of at most `maxBytes`, from the one that holds `fetchOffset` on, within one segment. */
  read(fetchOffset: number, maxBytes: number, options: ReadOptions): LogRead {
    this.context.activity.operations++;
    if (this.#offline !== null) return STORAGE_ERROR;
    if (fetchOffset < this.logStartOffset || fetchOffset > this.logEndOffset) return OUT_OF_RANGE;
    const upTo = Math.min(options.upTo, this.logEndOffset);
    if (this.#isNearEnd(fetchOffset)) this.tail.onReader();
    if (fetchOffset >= upTo) return NO_RECORDS;
    const { minOneBatch } = options;
    // A request that is full goes on asking for the rest of its partitions.
    if (maxBytes <= 0 && !minOneBatch) return NO_RECORDS;
    if (fetchOffset >= this.tail.firstOffset) {
      const records = this.tail.slice(fetchOffset, maxBytes, { upTo, minOneBatch });
      return records === null ? NO_RECORDS : { kind: "records", records };
    }
    const cached = this.#readCached({ offset: fetchOffset, maxBytes, ...options, upTo });
    if (cached !== null) return cached;
    return { kind: "cold", load: () => loadRecords(this, fetchOffset, maxBytes, { ...options, upTo }) };
  }

  /** What the system has in its cache; null for what it has not. Whatever fails is left to the read that waits. */
  #readCached(options: CachedReadOptions): LogRead | null {
    if (this.#rearranging) return null;
    try {
      return readCached(this, options);
    } catch (error) {
      if (error instanceof DiskError) return null;
      throw error;
    }
  }

  /** Whether no more than about {@link NEAR_END_BYTES} lie behind `offset`. */
  #isNearEnd(offset: number): boolean {
    const { active, logEndOffset } = this;
    if (offset === logEndOffset) return true;
    const part = (logEndOffset - offset) / (logEndOffset - active.baseOffset);
    return part <= 1 && part * active.sizeBytes <= NEAR_END_BYTES;
  }

  /** The first record at or after a timestamp, from the log start offset on; null when there is none. */
  offsetForTimestamp(timestampMs: number): Promise<TimestampSearch> {
    return offsetForTimestamp(this, timestampMs);
  }

  /** The first of the records with the largest timestamp; null when no record has one. */
  offsetOfMaxTimestamp(): Promise<TimestampSearch> {
    return offsetOfMaxTimestamp(this);
  }

  /** The largest epoch at or below `epoch` that wrote to this log and where it ends (OffsetForLeaderEpoch). */
  endOffsetForEpoch(epoch: number): EpochEnd {
    return this.epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /** Notes that this node leads from now on: the epoch begins where the log ends. */
  beginEpoch(epoch: number): void {
    if (epoch > this.epochs.latestEpoch) this.epochs.assign(epoch, this.logEndOffset);
  }

  /**
   * Cuts the log so that it ends at or, where that is within a batch, before `offset`. Resolves when neither what
   * was cut off nor what described it comes back after a crash.
   */
  truncateTo(offset: number): Promise<void> {
    if (offset >= this.logEndOffset) {
      // An epoch that this node began as leader and never wrote to may be none of the next leader's.
      this.epochs.truncateFromEnd(this.logEndOffset);
      return Promise.resolve();
    }
    return this.#rearrange(() => truncateLog(this, offset));
  }

  /** Drops everything and begins anew at `offset`: a follower that its leader's log has left behind. */
  truncateFullyAndStartAt(offset: number): Promise<void> {
    return this.#rearrange(() => startAt(this, offset));
  }

  #rearrange(task: () => Promise<void>): Promise<void> {
    assert(!this.#rearranging && !this.#closed, "a log is cut once at a time");
    if (this.#offline !== null) return Promise.resolve();
    this.#rearranging = true;
    const rearranged = this.#carryOut(task);
    this.#rearranged = rearranged.catch(() => {});
    return rearranged;
  }

  async #carryOut(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      this.fail(error);
    } finally {
      this.#rearranging = false;
    }
  }

  /**
   * Raises the log start offset (DeleteRecords, retention); segments that end before it are removed, their files
   * after `file.delete.delay.ms` unless told otherwise.
   */
  raiseLogStartOffset(offset: number, options: { readonly deleteDelayMs?: number } = {}): void {
    const target = Math.min(offset, this.logEndOffset);
    if (target <= this.logStartOffset || this.#offline !== null) return;
    this.logStartOffset = target;
    if (this.#highWatermark < target) this.highWatermark = target;
    this.epochs.truncateFromStart(target);
    try {
      this.segments.removeBefore(target, options.deleteDelayMs ?? this.#config.fileDeleteDelayMs);
    } catch (error) {
      this.#refuseFailure(error);
    }
  }

  /** Flushes, writes what a start without recovery needs, and closes. False when that was not possible. */
  async close(): Promise<boolean> {
    // In the middle of being cut it may have no segment at all.
    await this.#rearranged;
    const isClean = this.#offline === null && await closeCleanly(this);
    this.abandon();
    return isClean;
  }

  /** Closes the files as they are, as a crash would leave them. */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.flusher.stop();
    this.tail.clear();
    this.segments.close();
  }
}
