/** A network that delays, drops, duplicates, reorders and partitions, in each direction on its own. */

import type { Prng } from "../../../src/core/prng.ts";
import type { Schedule } from "./schedule.ts";

/** How bad it is. */
export interface NetworkFaults {
  dropChance: number;
  duplicateChance: number;
  /** How often a message takes up to `longDelayMs` instead of up to `delayMs`. */
  longDelayChance: number;
  delayMs: number;
  longDelayMs: number;
}

export class SimNetwork {
  readonly faults: NetworkFaults;
  readonly #schedule: Schedule;
  readonly #prng: Prng;
  readonly #cut = new Set<string>();

  constructor(schedule: Schedule, prng: Prng, faults: NetworkFaults) {
    this.#schedule = schedule;
    this.#prng = prng;
    this.faults = faults;
  }

  /** Lets nothing through from one node to another. */
  cut(from: number, to: number): void {
    this.#cut.add(`${from}>${to}`);
  }

  healAll(): void {
    this.#cut.clear();
  }

  isCut(from: number, to: number): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  /** Calls `deliver` once, twice or never, some time later. */
  carry(from: number, to: number, deliver: () => void): void {
    const { faults } = this;
    const copies = this.#prng.chance(faults.duplicateChance) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.isCut(from, to) || this.#prng.chance(faults.dropChance)) continue;
      const isLong = this.#prng.chance(faults.longDelayChance);
      const delayMs = this.#prng.next() * (isLong ? faults.longDelayMs : faults.delayMs);
      this.#schedule.after(delayMs, () => {
        if (!this.isCut(from, to)) deliver();
      });
    }
  }
}
