/**
 * The one seam between Sluice and the outside world. Three things implement it: the Deno adapter, the Node/Bun
 * adapter and the simulator. Nothing else touches a runtime API, so the same node runs under virtual time.
 */

import type { Disk } from "./disk.ts";
import type { Http } from "./http.ts";
import type { Network } from "./network.ts";

/** Reads the time. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump. For timestamps in records only. */
  wallMs(): number;
  /** Milliseconds, with fractions, since an arbitrary moment; never moves back. For timeouts and durations. */
  monotonicMs(): number;
}

/** A timer that has been armed. Cancelling one that fired or was cancelled does nothing. */
export interface Timer {
  cancel(): void;
}

/** Runs things later, on the same thread. */
export interface Timers {
  /** Calls `task` once, not before `delayMs` milliseconds have passed. */
  after(delayMs: number, task: () => void): Timer;
  /** Resolves after `delayMs` milliseconds. */
  sleep(delayMs: number): Promise<void>;
  /** Resolves in a later turn of the loop, after waiting I/O has had its turn. Long work yields with it. */
  yield(): Promise<void>;
}

/** The source of every random choice. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** `length` fresh random bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

/** Everything a node needs of the machine it runs on. */
export interface Platform {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  /** Absent where nobody could ask, as in the simulator. */
  readonly http?: Http;
}
