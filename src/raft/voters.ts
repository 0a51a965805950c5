/** Voter sets and kraft.version as the log tells them (KIP-853): the newest in the log counts, committed or not. */

import { type NodeId, type Offset, offset } from "../core/ids.ts";
import { ZERO_UUID } from "../core/uuid.ts";
import type { KRaftVersionAt, ReplicaKey, Voter, VotersAt } from "./types.ts";

/** Whether two keys can be the same replica: an unknown directory matches any (kraft.version 0). */
export function sameReplica(left: ReplicaKey, right: ReplicaKey): boolean {
  if (left.id !== right.id) return false;
  if (left.directoryId === right.directoryId) return true;
  return left.directoryId === ZERO_UUID || right.directoryId === ZERO_UUID;
}

/** The key alone, without what a voter carries besides. */
export function keyOf(key: ReplicaKey): ReplicaKey {
  return { id: key.id, directoryId: key.directoryId };
}

/** Text for maps: a replica is its id and its directory. */
export function keyText(key: ReplicaKey): string {
  return `${key.id}/${key.directoryId}`;
}

/** How many voters make a majority. */
export function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/** The voter sets and versions in the log, newest last, to go back to when the log is cut. */
export class VoterHistory {
  #sets: VotersAt[];
  #versions: KRaftVersionAt[];

  constructor(sets: readonly VotersAt[], versions: readonly KRaftVersionAt[]) {
    this.#sets = [...sets];
    this.#versions = [...versions];
  }

  get latest(): VotersAt {
    return this.#sets.at(-1) ?? { offset: offset(-1), voters: [] };
  }

  get voters(): readonly Voter[] {
    return this.latest.voters;
  }

  get kraftVersion(): KRaftVersionAt {
    return this.#versions.at(-1) ?? { offset: offset(-1), version: 0 };
  }

  voter(id: NodeId): Voter | undefined {
    return this.voters.find((voter) => voter.id === id);
  }

  /** Whether this very replica, directory included, votes. */
  includes(key: ReplicaKey): boolean {
    return this.voters.some((voter) => sameReplica(voter, key));
  }

  /**
   * Whether the replica is in the set in force or in one whose replacement may not be committed. Raft thesis
   * section 4.2.2: who is on the way out may hold the only log that can win, so it still stands for election.
   */
  mayNeed(key: ReplicaKey): boolean {
    return this.#sets.some(({ voters }) => voters.some((voter) => sameReplica(voter, key)));
  }

  /** Whether the replica was in a set that stands at an offset from `from` on and below `to`. */
  hadBetween(from: Offset, to: Offset, key: ReplicaKey): boolean {
    return this.#sets.some((set) =>
      set.offset >= from && set.offset < to && set.voters.some((voter) => sameReplica(voter, key))
    );
  }

  append(sets: readonly VotersAt[], versions: readonly KRaftVersionAt[]): void {
    this.#sets.push(...sets);
    this.#versions.push(...versions);
  }

  /** Forgets what was set at or after `endOffset`. */
  truncateTo(endOffset: Offset): void {
    while ((this.#sets.at(-1)?.offset ?? -1) >= endOffset) this.#sets.pop();
    while ((this.#versions.at(-1)?.offset ?? -1) >= endOffset) this.#versions.pop();
  }

  /**
   * What the log said is gone with the log. A snapshot without voters or version is one of a static quorum: it
   * leaves what is configured.
   */
  installSnapshot(voters: VotersAt | null, version: KRaftVersionAt | null): void {
    this.#sets = voters === null ? this.#sets.filter(({ offset }) => offset < 0) : [voters];
    this.#versions = version === null ? this.#versions.filter(({ offset }) => offset < 0) : [version];
  }

  /** Forgets sets that a committed later one has replaced, for good. */
  trimBelow(highWatermark: Offset): void {
    while (this.#sets.length > 1 && this.#sets[1]!.offset < highWatermark) this.#sets.shift();
    while (this.#versions.length > 1 && this.#versions[1]!.offset < highWatermark) this.#versions.shift();
  }

  /** Replaces the voter with the same id in memory only: what kraft.version 0 can do about new endpoints. */
  replaceInMemory(voter: Voter): void {
    const latest = this.latest;
    const voters = latest.voters.map((old) => old.id === voter.id ? voter : old);
    this.#sets[this.#sets.length - 1] = { offset: latest.offset, voters };
  }
}
