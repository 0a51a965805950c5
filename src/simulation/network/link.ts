/** The way from one machine to another: how long it takes, and whether anything arrives at all. */

import type { Prng } from "../../core/prng.ts";

/** How a link behaves for a while. Times are microseconds. */
export interface LinkConduct {
  readonly latencyUs: readonly [number, number];
  /** How often something takes as long as {@link slowUs}. */
  readonly slowChance: number;
  readonly slowUs: number;
  /** How much goes through in a microsecond, in bytes. */
  readonly bytesPerUs: number;
  /** How often a write arrives in two pieces. */
  readonly splitChance: number;
}

/** A local network at its best. */
export const soundLink: LinkConduct = {
  latencyUs: [50, 250],
  slowChance: 0,
  slowUs: 0,
  bytesPerUs: 1000,
  splitChance: 0,
};

export class Link {
  conduct: LinkConduct = soundLink;
  /** Nothing arrives while a link is cut; what was sent is sent again until it does. */
  cut = false;
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** How long `bytes` are under way. */
  latencyUs(bytes: number): number {
    const { latencyUs: [from, to], slowChance, slowUs, bytesPerUs } = this.conduct;
    const us = from + this.#prng.below(to - from + 1) + Math.ceil(bytes / bytesPerUs);
    return slowChance > 0 && this.#prng.chance(slowChance) ? us + this.#prng.below(slowUs + 1) : us;
  }

  /** Where a write of `bytes` is split in two; 0 when it is not. */
  splitAt(bytes: number): number {
    const { splitChance } = this.conduct;
    return bytes > 1 && splitChance > 0 && this.#prng.chance(splitChance)
      ? 1 + this.#prng.below(bytes - 1)
      : 0;
  }

  /** How long until something is sent again that did not arrive for the `attempt`th time. */
  resendUs(attempt: number): number {
    return 200_000 * 2 ** Math.min(attempt, 4) + this.#prng.below(50_000);
  }
}

/** How long a sender tries until it takes its peer for lost, in microseconds. */
export const GIVE_UP_US = 15_000_000;
