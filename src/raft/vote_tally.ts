/** Counts the votes of one election or pre-election over the voter set it began with. */

import type { NodeId } from "../core/ids.ts";
import type { ReplicaKey, Voter } from "./types.ts";
import { keyOf, majorityOf } from "./voters.ts";

export class VoteTally {
  readonly #voters: readonly Voter[];
  readonly #votes = new Map<NodeId, boolean>();
  /** Voters whose processes are gone: they can still vote when they come back. */
  readonly #gone = new Set<NodeId>();

  constructor(voters: readonly Voter[]) {
    this.#voters = voters;
  }

  /** Takes a vote; the first answer of a voter counts, those of others do not. */
  record(id: NodeId, isGranted: boolean): void {
    if (this.#votes.has(id) || !this.#voters.some((voter) => voter.id === id)) return;
    this.#votes.set(id, isGranted);
  }

  /** Nobody listens where a voter should be. */
  recordGone(id: NodeId): void {
    this.#gone.add(id);
  }

  get isWon(): boolean {
    return this.#count(true) >= majorityOf(this.#voters.length);
  }

  /** No majority can come together any more. */
  get isLost(): boolean {
    return this.#voters.length - this.#count(false) < majorityOf(this.#voters.length);
  }

  /** No majority can come together unless somebody comes back whose process is gone. */
  get isHopeless(): boolean {
    const possible = this.#voters.filter(({ id }) => this.#votes.get(id) ?? !this.#gone.has(id));
    return possible.length < majorityOf(this.#voters.length);
  }

  /** The voters that have not answered. */
  get awaited(): readonly Voter[] {
    return this.#voters.filter((voter) => !this.#votes.has(voter.id));
  }

  get granting(): readonly ReplicaKey[] {
    return this.#voters.filter((voter) => this.#votes.get(voter.id) === true).map(keyOf);
  }

  #count(isGranted: boolean): number {
    let count = 0;
    for (const vote of this.#votes.values()) if (vote === isGranted) count++;
    return count;
  }
}
