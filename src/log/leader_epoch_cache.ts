/**
 * Which leader epoch wrote which offsets of a log (KIP-101, KIP-279), kept in `leader-epoch-checkpoint`: for each
 * epoch the first offset that it wrote. Followers ask it where their logs diverge from their leader's.
 */

import { assert } from "../core/assert.ts";
import { checkpointNumber, decodeCheckpoint, encodeCheckpoint } from "./checkpoint_file.ts";

/** An epoch and the offset of its first record. */
export interface EpochEntry {
  readonly epoch: number;
  readonly startOffset: number;
}

/** Where an epoch ends. */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

/** The answer when nothing is known of an epoch. */
export const UNKNOWN_EPOCH_END: EpochEnd = { epoch: -1, endOffset: -1 };

export class LeaderEpochCache {
  /** Ascending in both. */
  #entries: EpochEntry[];
  /** True when the entries differ from what was last saved. */
  dirty = false;

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }

  /** The latest epoch, -1 when there is none. */
  get latestEpoch(): number {
    return this.#entries.at(-1)?.epoch ?? -1;
  }

  /** The oldest epoch, -1 when there is none. */
  get earliestEpoch(): number {
    return this.#entries[0]?.epoch ?? -1;
  }

  /**
   * Notes that `epoch` begins at `startOffset`. What contradicts it is dropped: entries of a later or the same
   * epoch, or that begin at or behind that offset, unless the same epoch is already known to begin earlier.
   */
  assign(epoch: number, startOffset: number): void {
    assert(epoch >= 0 && startOffset >= 0, "an epoch and its start are not negative");
    const last = this.#entries.at(-1);
    if (last !== undefined && last.epoch === epoch && last.startOffset <= startOffset) return;
    while (
      (this.#entries.at(-1)?.epoch ?? -1) >= epoch || (this.#entries.at(-1)?.startOffset ?? -1) >= startOffset
    ) {
      this.#entries.pop();
    }
    this.#entries.push({ epoch, startOffset });
    this.dirty = true;
  }

  /** Puts entries before those that are known, as far as they are older; an epoch in both begins where they say. */
  prepend(entries: readonly EpochEntry[]): void {
    const known = this.#entries;
    const older = entries.filter(({ epoch, startOffset }) =>
      known.length === 0 || (epoch <= known[0]!.epoch && startOffset < known[0]!.startOffset)
    );
    if (older.length === 0) return;
    const rest = older.at(-1)!.epoch === known[0]?.epoch ? known.slice(1) : known;
    this.#entries = [...older, ...rest];
    this.dirty = true;
  }

  /**
   * The largest epoch at or below `requestedEpoch` that the log knows, and the offset behind its last record. The
   * latest epoch ends where the log ends.
   */
  endOffsetFor(requestedEpoch: number, logEndOffset: number): EpochEnd {
    const entries = this.#entries;
    const last = entries.at(-1);
    if (requestedEpoch < 0 || last === undefined) return UNKNOWN_EPOCH_END;
    if (requestedEpoch === last.epoch) return { epoch: last.epoch, endOffset: logEndOffset };
    if (requestedEpoch > last.epoch) return UNKNOWN_EPOCH_END;
    let next = entries.length - 1;
    while (next > 0 && entries[next - 1]!.epoch > requestedEpoch) next--;
    // Older than all that is known: it ends, as far as this log can tell, where its oldest epoch begins.
    const epoch = next === 0 ? requestedEpoch : entries[next - 1]!.epoch;
    return { epoch, endOffset: entries[next]!.startOffset };
  }

  /** The epoch of the record at `offset`, -1 when unknown. */
  epochAt(offset: number): number {
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      if (this.#entries[index]!.startOffset <= offset) return this.#entries[index]!.epoch;
    }
    return -1;
  }

  /** Drops what begins at or behind `endOffset`. */
  truncateFromEnd(endOffset: number): void {
    while ((this.#entries.at(-1)?.startOffset ?? -1) >= endOffset) {
      this.#entries.pop();
      this.dirty = true;
    }
  }

  /** Drops what ends at or before `startOffset`; the epoch that holds it begins there now. */
  truncateFromStart(startOffset: number): void {
    const entries = this.#entries;
    let dropped = 0;
    while (dropped < entries.length && entries[dropped]!.startOffset < startOffset) dropped++;
    if (dropped === 0) return;
    const holder = entries[dropped - 1]!;
    entries.splice(0, dropped);
    if (entries[0]?.startOffset !== startOffset) entries.unshift({ epoch: holder.epoch, startOffset });
    this.dirty = true;
  }

  clear(): void {
    if (this.#entries.length > 0) this.dirty = true;
    this.#entries = [];
  }

  /** The content of the checkpoint file. */
  encode(): Uint8Array {
    return encodeCheckpoint(this.#entries.map((entry) => `${entry.epoch} ${entry.startOffset}`));
  }

  /** Reads the content of the checkpoint file. Throws DecodeError when it is damaged. */
  static decode(bytes: Uint8Array): LeaderEpochCache {
    const cache = new LeaderEpochCache();
    for (const [epoch, startOffset] of decodeCheckpoint(bytes, 2)) {
      cache.assign(checkpointNumber(epoch), checkpointNumber(startOffset));
    }
    cache.dirty = false;
    return cache;
  }
}
