/** What clients know of the offsets that groups have committed. */

import type { Findings } from "../findings.ts";
import type { Moment } from "./partition_history.ts";

/** The commits of one group for one partition. */
interface Commits {
  /** The highest that was acknowledged and cannot be lost by now; -1 for none. */
  acked: number;
  powerCuts: number;
  /** All that was ever tried. */
  readonly tried: Set<number>;
}

/** Members commit only forwards, and from where the group was: then what is committed never moves back. */
export class CommittedOffsets {
  readonly #findings: Findings;
  readonly #now: () => Moment;
  readonly #isDurable: () => boolean;
  readonly #commits = new Map<string, Commits>();

  constructor(findings: Findings, now: () => Moment, isDurable: () => boolean) {
    this.#findings = findings;
    this.#now = now;
    this.#isDurable = isDurable;
  }

  #of(key: string): Commits {
    let commits = this.#commits.get(key);
    if (commits === undefined) {
      commits = { acked: -1, powerCuts: 0, tried: new Set() };
      this.#commits.set(key, commits);
    }
    const { powerCuts } = this.#now();
    if (!this.#isDurable() && commits.powerCuts < powerCuts) {
      commits.acked = -1;
      commits.powerCuts = powerCuts;
    }
    return commits;
  }

  /** What must be there for whoever asks now. */
  floorOf(key: string): number {
    return this.#of(key).acked;
  }

  onTried(key: string, offset: number): void {
    this.#of(key).tried.add(offset);
  }

  onAcked(key: string, offset: number, since: Moment): void {
    const commits = this.#of(key);
    if (!this.#isDurable() && since.powerCuts < this.#now().powerCuts) return;
    commits.acked = Math.max(commits.acked, offset);
  }

  /** The log ends before what was committed: whoever comes now begins further back. */
  onReset(key: string): void {
    this.#of(key).acked = -1;
  }

  /** A client was told the committed offset, -1 for none; when it asked, `floor` had to be there. */
  onFetched(key: string, offset: number, asked: { readonly floor: number; readonly since: Moment }): void {
    if (!this.#isDurable() && asked.since.powerCuts < this.#now().powerCuts) return;
    this.#findings.require(
      offset >= asked.floor,
      "a committed offset does not move back",
      () => `${key}: ${asked.floor} was committed, ${offset} is told`,
    );
    this.#findings.require(
      offset === -1 || this.#of(key).tried.has(offset),
      "only what was committed is told",
      () => `${key}: ${offset} is told and was never committed`,
    );
  }
}
