/**
 * What raft knows of the log: where it starts and ends, what is durable, which epoch holds which offsets. The
 * records themselves are the driver's.
 */

import { assert, present } from "../core/assert.ts";
import { type LeaderEpoch, type Offset, offset } from "../core/ids.ts";
import type { EpochStart, LogSummary, OffsetAndEpoch } from "./types.ts";

/** How a follower's position relates to the leader's log (KIP-595, KIP-630). */
export type Position =
  | { readonly kind: "valid" }
  | { readonly kind: "diverging"; readonly divergingEpoch: OffsetAndEpoch }
  | { readonly kind: "snapshot"; readonly snapshotId: OffsetAndEpoch };

export class LogState {
  logStartOffset: Offset;
  logEndOffset: Offset;
  /** Everything below is durable. */
  flushedOffset: Offset;
  latestSnapshot: OffsetAndEpoch | null;
  /** The epoch of the record before `logStartOffset`; 0 when there is none. */
  #startEpoch: LeaderEpoch;
  /** Ascending in both. */
  #epochStarts: EpochStart[];

  constructor(summary: LogSummary) {
    this.logStartOffset = summary.logStartOffset;
    this.logEndOffset = summary.logEndOffset;
    this.flushedOffset = summary.logEndOffset;
    this.latestSnapshot = summary.latestSnapshot;
    this.#startEpoch = summary.logStartEpoch;
    this.#epochStarts = [...summary.epochStarts];
  }

  /** The epoch of the last record, 0 when there has never been one. */
  get lastEpoch(): LeaderEpoch {
    return this.#epochStarts.at(-1)?.epoch ?? this.#startEpoch;
  }

  get end(): OffsetAndEpoch {
    return { offset: this.logEndOffset, epoch: this.lastEpoch };
  }

  get epochStarts(): readonly EpochStart[] {
    return this.#epochStarts;
  }

  /** Takes note of records at the end of the log. */
  appended(epochStarts: readonly EpochStart[], endOffset: Offset): void {
    assert(endOffset >= this.logEndOffset, `an append moves the log end forward from ${this.logEndOffset}`);
    for (const start of epochStarts) {
      const last = this.#epochStarts.at(-1);
      assert(
        start.epoch >= this.lastEpoch,
        `epochs in the log never fall: ${start.epoch} after ${this.lastEpoch}`,
      );
      if (last === undefined || start.epoch > last.epoch) this.#epochStarts.push(start);
    }
    this.logEndOffset = endOffset;
  }

  /** A flush that began when the log ended there is over; one that was overtaken by a truncation says nothing. */
  flushed(logEnd: OffsetAndEpoch): void {
    if (logEnd.offset <= this.flushedOffset || logEnd.offset > this.logEndOffset) return;
    if (this.epochAt(offset(logEnd.offset - 1)) === logEnd.epoch) this.flushedOffset = logEnd.offset;
  }

  truncateTo(endOffset: Offset): void {
    assert(
      endOffset >= this.logStartOffset,
      `a log that starts at ${this.logStartOffset} is cut at ${endOffset}`,
    );
    this.logEndOffset = endOffset;
    if (this.flushedOffset > endOffset) this.flushedOffset = endOffset;
    while ((this.#epochStarts.at(-1)?.startOffset ?? -1) >= endOffset) this.#epochStarts.pop();
  }

  /** The log is empty now and begins where the snapshot ends. */
  installSnapshot(snapshotId: OffsetAndEpoch): void {
    this.logStartOffset = snapshotId.offset;
    this.logEndOffset = snapshotId.offset;
    this.flushedOffset = snapshotId.offset;
    this.latestSnapshot = snapshotId;
    this.#startEpoch = snapshotId.epoch;
    this.#epochStarts = [];
  }

  /** Records below `logStartOffset` are gone. */
  advanceStart(logStartOffset: Offset): void {
    if (logStartOffset <= this.logStartOffset) return;
    assert(logStartOffset <= this.logEndOffset, `the log start ${logStartOffset} is at most the log end`);
    this.#startEpoch = this.epochAt(offset(logStartOffset - 1));
    this.logStartOffset = logStartOffset;
    const starts = this.#epochStarts;
    while (starts.length > 1 && starts[1]!.startOffset <= logStartOffset) starts.shift();
    if (starts.length === 1 && logStartOffset === this.logEndOffset) starts.shift();
  }

  /** The epoch of the record at `at`, which the log holds or which is the last one before its start. */
  epochAt(at: Offset): LeaderEpoch {
    const starts = this.#epochStarts;
    for (let index = starts.length - 1; index >= 0; index--) {
      if (starts[index]!.startOffset <= at) return starts[index]!.epoch;
    }
    return this.#startEpoch;
  }

  /** The largest epoch at or below `epoch` that the log holds records of, and the offset that ends it. */
  endOf(epoch: LeaderEpoch): OffsetAndEpoch {
    const starts = this.#epochStarts;
    let index = starts.length - 1;
    while (index >= 0 && starts[index]!.epoch > epoch) index--;
    const end = starts[index + 1]?.startOffset ?? this.logEndOffset;
    if (index >= 0) return { epoch: starts[index]!.epoch, offset: end };
    return { epoch: this.#startEpoch, offset: this.logStartOffset };
  }

  /**
   * Compares where a follower stands with this log: it may go on, must cut its log first, or must load a snapshot
   * because the log no longer reaches back to it (KIP-630).
   */
  positionOf(fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch): Position {
    const start = this.logStartOffset;
    if (start === 0 && fetchOffset === 0) return { kind: "valid" };
    const isBeforeLog = fetchOffset < start || lastFetchedEpoch < this.#startEpoch ||
      (fetchOffset === start && lastFetchedEpoch !== this.#startEpoch);
    if (start > 0 && isBeforeLog) {
      return {
        kind: "snapshot",
        snapshotId: present(this.latestSnapshot, "the snapshot before the log start"),
      };
    }
    const end = this.endOf(lastFetchedEpoch);
    if (end.epoch !== lastFetchedEpoch || end.offset < fetchOffset) {
      return { kind: "diverging", divergingEpoch: end };
    }
    return { kind: "valid" };
  }

  /** Where to cut this log so that nothing is left that the leader says diverges (KIP-595). */
  truncationOffset(divergingEpoch: OffsetAndEpoch): Offset {
    const end = this.endOf(divergingEpoch.epoch);
    if (end.epoch !== divergingEpoch.epoch) return end.offset;
    return offset(Math.min(end.offset, divergingEpoch.offset));
  }

  /** Raft section 5.4.1: a log with a later last epoch, or as late and not shorter, is as up to date as this one. */
  isUpToDate(candidate: OffsetAndEpoch): boolean {
    if (candidate.epoch !== this.lastEpoch) return candidate.epoch > this.lastEpoch;
    return candidate.offset >= this.logEndOffset;
  }
}
