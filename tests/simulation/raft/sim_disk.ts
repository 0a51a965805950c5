/**
 * One replica's disk: a log whose unsynced tail, and whose unsynced truncation, a crash may undo; `quorum-state`;
 * the newest snapshot. What a sync covers is fixed when it begins.
 */

import { type LeaderEpoch, type Offset, offset } from "../../../src/core/ids.ts";
import type { ControlRecord } from "../../../src/raft/effects.ts";
import { INITIAL_QUORUM_STATE } from "../../../src/raft/types.ts";
import type {
  EpochStart,
  KRaftVersionAt,
  LogSummary,
  OffsetAndEpoch,
  QuorumState,
  Voter,
  VotersAt,
} from "../../../src/raft/types.ts";
import type { Prng } from "../../../src/core/prng.ts";

export interface Entry {
  readonly epoch: LeaderEpoch;
  /** The command, or what the control record says, as text to compare. */
  readonly value: string;
  readonly control: ControlRecord | null;
  /** True for the records of a batch after its first: a batch is read, written and torn off whole. */
  readonly isInBatch?: boolean;
}

export interface Snapshot {
  readonly id: OffsetAndEpoch;
  readonly voters: VotersAt | null;
  readonly kraftVersion: KRaftVersionAt | null;
}

/** A sync under way: what it will have made durable when it ends. */
interface Sync {
  readonly from: number;
  readonly entries: readonly Entry[];
}

export class SimDisk {
  quorumState: QuorumState = INITIAL_QUORUM_STATE;
  snapshot: Snapshot | null = null;
  startOffset = 0;
  startEpoch = 0;
  #entries: Entry[] = [];
  #durable: Entry[] = [];
  /** The lowest offset that differs, or may differ, from what is durable. */
  #dirtyFrom = 0;
  #sync: Sync | null = null;

  get endOffset(): number {
    return this.startOffset + this.#entries.length;
  }

  entryAt(at: number): Entry | undefined {
    return this.#entries[at - this.startOffset];
  }

  read(from: number, to: number): Entry[] {
    let end = to - this.startOffset;
    while (this.#entries[end]?.isInBatch) end++;
    return this.#entries.slice(from - this.startOffset, end);
  }

  append(entries: readonly Entry[]): void {
    this.#entries.push(...entries);
  }

  truncate(endOffset: number): void {
    this.#entries.length = endOffset - this.startOffset;
    this.#dirtyFrom = Math.min(this.#dirtyFrom, endOffset);
  }

  beginSync(): void {
    this.#sync = { from: this.#dirtyFrom, entries: this.#entries.slice(this.#dirtyFrom - this.startOffset) };
    this.#dirtyFrom = this.endOffset;
  }

  endSync(): void {
    const sync = this.#sync;
    if (sync !== null) this.#makeDurable(sync.from, sync.entries);
    this.#sync = null;
  }

  #makeDurable(from: number, entries: readonly Entry[]): void {
    // A log start that advanced, or a snapshot installed meanwhile, has taken part of it away.
    const skipped = Math.max(0, this.startOffset - from);
    const at = Math.max(0, from - this.startOffset);
    if (at > this.#durable.length || skipped > entries.length) return;
    this.#durable.length = at;
    for (let index = skipped; index < entries.length; index++) this.#durable.push(entries[index]!);
  }

  /** Takes a snapshot of everything below `id.offset`. */
  saveSnapshot(id: OffsetAndEpoch): void {
    const { voterSets, kraftVersions } = this.#controlState(id.offset);
    const voters = voterSets.at(-1);
    const kraftVersion = kraftVersions.at(-1);
    this.snapshot = {
      id,
      voters: voters === undefined ? null : { offset: offset(-1), voters: voters.voters },
      kraftVersion: kraftVersion === undefined ? null : { offset: offset(-1), version: kraftVersion.version },
    };
  }

  /** Drops entries below `startOffset`, at most the snapshot's end. */
  advanceStart(startOffset: number): void {
    const dropped = startOffset - this.startOffset;
    this.startEpoch = this.#entries[dropped - 1]?.epoch ?? this.startEpoch;
    this.#entries.splice(0, dropped);
    // What is snapshotted is durable even where the log was not: the durable log then begins anew.
    this.#durable.splice(0, dropped);
    this.startOffset = startOffset;
    this.#dirtyFrom = Math.max(this.#dirtyFrom, startOffset);
  }

  installSnapshot(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    this.startOffset = snapshot.id.offset;
    this.startEpoch = snapshot.id.epoch;
    this.#entries = [];
    this.#durable = [];
    this.#dirtyFrom = this.startOffset;
    this.#sync = null;
  }

  /** What is left after the power went: whatever was synced, and of the rest as much as chance says. */
  crash(prng: Pick<Prng, "chance" | "below">): void {
    if (this.#sync !== null && prng.chance(0.5)) this.endSync();
    // What a sync did not come round to is lost before anything that was written after it began.
    if (this.#sync !== null) {
      this.#dirtyFrom = Math.max(this.startOffset, Math.min(this.#dirtyFrom, this.#sync.from));
    }
    this.#sync = null;
    const dirtyAt = this.#dirtyFrom - this.startOffset;
    if (prng.chance(0.5) && dirtyAt <= this.#durable.length) {
      let kept = prng.below(this.#entries.length - dirtyAt + 1);
      while (this.#entries[dirtyAt + kept]?.isInBatch) kept--;
      this.#durable.length = dirtyAt;
      this.#durable.push(...this.#entries.slice(dirtyAt, dirtyAt + kept));
    }
    this.#entries = [...this.#durable];
    this.#dirtyFrom = this.endOffset;
    const id = this.snapshot?.id;
    if (id !== undefined && this.endOffset < id.offset) {
      this.startOffset = id.offset;
      this.startEpoch = id.epoch;
      this.#entries = [];
      this.#durable = [];
      this.#dirtyFrom = this.startOffset;
    }
  }

  /** Opens the log: whatever is in it is synced before anybody relies on it. */
  open(): LogSummary {
    this.#durable = [...this.#entries];
    this.#dirtyFrom = this.endOffset;
    this.#sync = null;
    const epochStarts: EpochStart[] = [];
    this.#entries.forEach((entry, index) => {
      if (entry.epoch !== epochStarts.at(-1)?.epoch) {
        epochStarts.push({ epoch: entry.epoch, startOffset: offset(this.startOffset + index) });
      }
    });
    return {
      logStartOffset: offset(this.startOffset),
      logStartEpoch: this.startEpoch as LeaderEpoch,
      logEndOffset: offset(this.endOffset),
      epochStarts,
      latestSnapshot: this.snapshot?.id ?? null,
      ...this.#controlState(this.endOffset),
    };
  }

  /** The newest voter set in the log or the snapshot. */
  get latestVoters(): readonly Voter[] | undefined {
    return this.#controlState(this.endOffset).voterSets.at(-1)?.voters;
  }

  #controlState(below: number): { voterSets: VotersAt[]; kraftVersions: KRaftVersionAt[] } {
    const { voterSets, kraftVersions } = controlRecords(this.read(this.startOffset, below), this.startOffset);
    const snapshot = this.snapshot;
    // Entries that the snapshot covers, if they are still here, say the same as the snapshot does.
    if (snapshot?.voters) voterSets.unshift(snapshot.voters);
    if (snapshot?.kraftVersion) kraftVersions.unshift(snapshot.kraftVersion);
    return { voterSets, kraftVersions };
  }
}

/** The voter sets and versions among `entries`, the first of which is at `baseOffset`. */
export function controlRecords(
  entries: readonly Entry[],
  baseOffset: number,
): { voterSets: VotersAt[]; kraftVersions: KRaftVersionAt[] } {
  const voterSets: VotersAt[] = [];
  const kraftVersions: KRaftVersionAt[] = [];
  entries.forEach((entry, index) => {
    const at: Offset = offset(baseOffset + index);
    if (entry.control?.type === "voters") voterSets.push({ offset: at, voters: entry.control.voters });
    if (entry.control?.type === "kraftVersion") {
      kraftVersions.push({ offset: at, version: entry.control.kraftVersion });
    }
  });
  return { voterSets, kraftVersions };
}
