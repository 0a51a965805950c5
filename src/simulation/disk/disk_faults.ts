/** What may go wrong with a disk, and how long it takes when nothing does. */

import type { Prng } from "../../core/prng.ts";

/** How a disk behaves for a while. Times are microseconds. */
export interface DiskConduct {
  /** The least and the most that a sync takes. */
  readonly syncUs: readonly [number, number];
  readonly readUs: readonly [number, number];
  /** How often an operation takes as long as {@link stallUs}. */
  readonly stallChance: number;
  readonly stallUs: number;
  readonly readErrorChance: number;
  readonly writeErrorChance: number;
  readonly syncErrorChance: number;
  /** How often the system forgets what it could not sync, so that a later sync of another process says it is there. */
  readonly forgetChance: number;
}

/** A solid-state disk without faults. */
export const soundDisk: DiskConduct = {
  syncUs: [300, 3000],
  readUs: [40, 200],
  stallChance: 0,
  stallUs: 0,
  readErrorChance: 0,
  writeErrorChance: 0,
  syncErrorChance: 0,
  forgetChance: 0,
};

/** What an operation does to the disk. */
export type DiskAction = "read" | "write" | "sync" | "names";

/** Decides what becomes of each operation of a machine's disk. */
export class DiskFaults {
  conduct: DiskConduct = soundDisk;
  /** Called before each operation; the machine may crash there. */
  onOperation: (action: DiskAction, path: string) => void = () => {};
  /** How many operations have failed since this was last set to 0. */
  errors = 0;
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Whether this operation fails with an I/O error. */
  fails(action: DiskAction): boolean {
    const { readErrorChance, writeErrorChance, syncErrorChance } = this.conduct;
    const chance = action === "read"
      ? readErrorChance
      : action === "sync"
      ? syncErrorChance
      : writeErrorChance;
    const fails = chance > 0 && this.#prng.chance(chance);
    if (fails) this.errors++;
    return fails;
  }

  /** How long an asynchronous operation takes. */
  latencyUs(action: "read" | "sync"): number {
    const { syncUs, readUs, stallChance, stallUs } = this.conduct;
    const [from, to] = action === "sync" ? syncUs : readUs;
    const us = from + this.#prng.below(to - from + 1);
    return stallChance > 0 && this.#prng.chance(stallChance) ? us + stallUs : us;
  }

  /** Whether the system forgets what it has just failed to sync. */
  forgets(): boolean {
    return this.conduct.forgetChance > 0 && this.#prng.chance(this.conduct.forgetChance);
  }

  /** How much of a write a process has done when it is killed in the middle. */
  partOf(length: number): number {
    return this.#prng.below(length + 1);
  }
}
