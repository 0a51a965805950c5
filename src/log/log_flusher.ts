/**
 * Makes a log durable. Callers that wait at the same time share one sync; what is only needed to recover faster
 * (indexes, producer snapshots, the leader epoch checkpoint) follows after they have been answered, and only then
 * does the recovery point move.
 */

import { DiskError } from "../platform/disk.ts";
import type { LeaderEpochCache } from "./leader_epoch_cache.ts";
import type { LogContext } from "./log_context.ts";
import { LEADER_EPOCH_CHECKPOINT, offsetPath, SNAPSHOT_SUFFIX } from "./file_names.ts";
import { join, parentOf } from "./paths.ts";
import { isAboutRemoved, type Segment } from "./segment.ts";

/** What the flusher needs to know of its log. */
export interface FlushableLog {
  readonly directory: string;
  readonly logEndOffset: number;
  readonly active: Segment;
  readonly epochs: LeaderEpochCache;
  /** Takes the log offline. */
  fail(error: DiskError): void;
}

/** A segment that is complete but not yet durable, and the producer state at its end. */
interface SealedSegment {
  readonly segment: Segment;
  readonly endOffset: number;
  readonly snapshot: Uint8Array;
}

interface Waiter {
  readonly offset: number;
  readonly settle: (durable: boolean) => void;
}

export class LogFlusher {
  /** Everything below it survives a crash. */
  flushedOffset: number;
  /** Everything below it survives a crash together with its indexes, so that recovery need not look at it. */
  recoveryPoint: number;
  /** When it was last flushed, on the monotonic clock. */
  lastFlushMs: number;

  readonly #context: LogContext;
  readonly #log: FlushableLog;
  #sealed: SealedSegment[] = [];
  #waiters: Waiter[] = [];
  #running: Promise<void> | null = null;
  /** Counts truncations. */
  #generation = 0;
  /** Directories whose new names are not durable yet. */
  readonly #unsyncedDirectories = new Set<string>();

  constructor(context: LogContext, log: FlushableLog, recoveryPoint: number) {
    this.#context = context;
    this.#log = log;
    this.flushedOffset = recoveryPoint;
    this.recoveryPoint = recoveryPoint;
    this.lastFlushMs = context.clock.monotonicMs();
  }

  /** Notes that a file was created in the log's directory, and perhaps the directory itself. */
  onFileCreated(options: { readonly newDirectory: boolean }): void {
    this.#unsyncedDirectories.add(this.#log.directory);
    if (options.newDirectory) this.#unsyncedDirectories.add(parentOf(this.#log.directory));
  }

  /** Takes over a segment that was rolled, and makes it durable in the background. */
  onSealed(segment: Segment, endOffset: number, snapshot: Uint8Array): void {
    segment.pins++;
    this.#sealed.push({ segment, endOffset, snapshot });
    this.#kick();
  }

  /** Resolves true when everything below `offset` survives a crash, false when that will not happen any more. */
  flushedTo(offset: number): Promise<boolean> {
    if (offset <= this.flushedOffset) return DONE;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiters.push({ offset, settle: resolve });
    this.#kick();
    return promise;
  }

  /** Resolves when the work under way, of the background too, is done. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Takes back what is said to be durable behind `endOffset`, where the log ends now. */
  onTruncated(endOffset: number): void {
    this.#generation++;
    this.flushedOffset = Math.min(this.flushedOffset, endOffset);
    this.recoveryPoint = Math.min(this.recoveryPoint, endOffset);
    this.#sealed = this.#sealed.filter((sealed) => {
      if (sealed.endOffset <= endOffset) return true;
      sealed.segment.pins--;
      return false;
    });
    this.#settle((waiter) => waiter.offset > endOffset, false);
  }

  /** The log is empty and begins at `offset`, so that everything below is as durable as it will ever be. */
  restartAt(offset: number): void {
    this.flushedOffset = offset;
    this.recoveryPoint = offset;
    this.onFileCreated({ newDirectory: false });
  }

  /** Answers everyone who waits: the log is closed or offline. */
  stop(): void {
    this.#settle(() => true, false);
    for (const { segment } of this.#sealed) segment.pins--;
    this.#sealed = [];
  }

  #settle(which: (waiter: Waiter) => boolean, durable: boolean): void {
    const rest: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (which(waiter)) waiter.settle(durable);
      else rest.push(waiter);
    }
    this.#waiters = rest;
  }

  #kick(): void {
    if (this.#running !== null) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      if (this.#waiters.length > 0 || this.#sealed.length > 0) this.#kick();
    });
  }

  async #run(): Promise<void> {
    try {
      // Whatever else was called for in this turn of the loop takes part in the same sync.
      await Promise.resolve();
      const generation = this.#generation;
      const sealed = [...this.#sealed];
      // With nobody waiting, only what was rolled is due.
      const active = this.#waiters.length > 0 ? this.#log.active : null;
      const endOffset = active === null ? sealed.at(-1)?.endOffset ?? 0 : this.#log.logEndOffset;
      await this.#syncData(sealed, active);
      // What was cut off and perhaps written anew meanwhile takes another sync.
      if (generation !== this.#generation) return;
      this.#onDurable(endOffset);
      await this.#saveCompanions(sealed);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      // The next round does without what was removed from the log in the middle of this one.
      if (!isAboutRemoved(error)) this.#log.fail(error);
    }
  }

  async #syncData(sealed: readonly SealedSegment[], active: Segment | null): Promise<void> {
    for (const { segment } of sealed) {
      // Nobody needs what was removed from the log meanwhile.
      if (!segment.deleted) await segment.withFile((file) => file.sync());
    }
    if (active !== null) await active.withFile((file) => file.sync());
    await this.syncDirectories();
  }

  /** Makes the names of new files durable. Throws DiskError. */
  async syncDirectories(): Promise<void> {
    for (const directory of this.#unsyncedDirectories) {
      this.#unsyncedDirectories.delete(directory);
      await this.#context.disk.syncDirectory(directory);
    }
  }

  #onDurable(offset: number): void {
    this.lastFlushMs = this.#context.clock.monotonicMs();
    if (offset > this.flushedOffset) this.flushedOffset = offset;
    this.#settle((waiter) => waiter.offset <= this.flushedOffset, true);
  }

  /** Saves what belongs to the durable part of the log, then lets the recovery point follow. */
  async #saveCompanions(sealed: readonly SealedSegment[]): Promise<void> {
    const target = this.flushedOffset;
    const { directory, epochs } = this.#log;
    const { disk } = this.#context;
    for (const each of sealed) {
      if (!this.#sealed.includes(each)) continue;
      if (!each.segment.deleted) await each.segment.saveIndexes({ sync: true });
      await disk.writeFileAtomic(offsetPath(directory, each.endOffset, SNAPSHOT_SUFFIX), each.snapshot);
      if (!this.#sealed.includes(each)) continue;
      this.#sealed.splice(this.#sealed.indexOf(each), 1);
      each.segment.pins--;
    }
    if (epochs.dirty) {
      epochs.dirty = false;
      await disk.writeFileAtomic(join(directory, LEADER_EPOCH_CHECKPOINT), epochs.encode());
    }
    if (this.#sealed.length === 0 || this.#sealed[0]!.endOffset > target) {
      this.recoveryPoint = Math.max(this.recoveryPoint, Math.min(target, this.flushedOffset));
    }
  }
}

const DONE = Promise.resolve(true);
