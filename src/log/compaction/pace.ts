/**
 * Keeps long work from holding up what is urgent: it works in slices, lets everything else run between them, and
 * reads and writes no more than `log.cleaner.io.max.bytes.per.second`.
 *
 * Short slices would be enough if the process had a core for itself. Where it has to share one, a process that never
 * sleeps is made to wait by the system, for many milliseconds at a time, and its clients with it. So as long as there
 * are clients the work sleeps after every slice, unless it falls behind them.
 *
 * Measured on two cores that were busy otherwise, p99 of produce requests beside that of the same while idle: 8 to
 * 60 ms beside 1 to 5 ms without naps, at 300 MiB/s; 3 to 6 ms beside 1 to 4 ms with them, at 60 MiB/s.
 */

import type { Clock, Timers } from "../../platform/platform.ts";
import type { LogActivity } from "../log_context.ts";

/** How long a slice takes: an append waits for one at most. */
const SLICE_MS = 0.25;
/** A slice ends after this many bytes too, as it must where the clock stands still while the program works. */
const SLICE_BYTES = 512 * 1024;
/** How long the work sleeps after a slice while there are clients, which are those of this time. */
const NAP_MS = 1;
const ACTIVE_MS = 200;
/** Nothing waits longer at once, so that a stop or another limit is noticed soon. */
const LONGEST_WAIT_MS = 500;

/** The work is to be given up: the log manager closes. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export interface PaceOptions {
  /** `log.cleaner.io.max.bytes.per.second` now; no limit unless told. */
  readonly maxBytesPerSecond?: () => number;
  /** True once the work is to be given up. */
  readonly isStopped?: () => boolean;
}

export class Pace {
  /** True while the work falls behind and must not sleep. */
  isUrgent = false;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #activity: LogActivity;
  readonly #options: PaceOptions;
  #sliceFromMs: number;
  #sliceBytes = 0;
  #seenOperations: number;
  #activeUntilMs = -Infinity;
  /** What was read and written since {@link #spentFromMs}. */
  #spentBytes = 0;
  #spentFromMs: number;

  constructor(
    context: { readonly clock: Clock; readonly timers: Timers; readonly activity: LogActivity },
    options: PaceOptions = {},
  ) {
    this.#clock = context.clock;
    this.#timers = context.timers;
    this.#activity = context.activity;
    this.#options = options;
    this.#seenOperations = context.activity.operations;
    this.#spentFromMs = this.#clock.monotonicMs();
    this.#sliceFromMs = this.#spentFromMs;
  }

  /** Notes that bytes were read or written. */
  spend(bytes: number): void {
    this.#spentBytes += bytes;
    this.#sliceBytes += bytes;
  }

  /** True when the slice is over and {@link rest} is to be awaited; to be asked every few microseconds. */
  get isDue(): boolean {
    return this.#sliceBytes >= SLICE_BYTES || this.#clock.monotonicMs() - this.#sliceFromMs >= SLICE_MS;
  }

  /** Lets others work, for as long as the limit on bytes wants. Throws {@link Stopped}. */
  async rest(): Promise<void> {
    for (let waitMs = this.#aheadMs(); waitMs > 1; waitMs = this.#aheadMs()) {
      this.#checkStopped();
      await this.#timers.sleep(Math.min(waitMs, LONGEST_WAIT_MS));
    }
    if (this.#isActive && !this.isUrgent) await this.#timers.sleep(NAP_MS);
    else await this.#timers.yield();
    this.#checkStopped();
    this.begin();
  }

  /** True while logs are appended to and read. */
  get #isActive(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const { operations } = this.#activity;
    if (operations !== this.#seenOperations) {
      this.#seenOperations = operations;
      this.#activeUntilMs = nowMs + ACTIVE_MS;
    }
    return nowMs < this.#activeUntilMs;
  }

  /** Waits for the disk, in which time others have their turn: it is no part of the slice. */
  async waitFor<T>(result: Promise<T>): Promise<T> {
    const fromMs = this.#clock.monotonicMs();
    try {
      return await result;
    } finally {
      this.#sliceFromMs += this.#clock.monotonicMs() - fromMs;
    }
  }

  /** Begins a slice. */
  begin(): void {
    this.#sliceBytes = 0;
    this.#sliceFromMs = this.#clock.monotonicMs();
  }

  #checkStopped(): void {
    if (this.#options.isStopped?.() === true) throw new Stopped("the compaction is to be given up");
  }

  /** How much earlier this is than the limit allows for what was read and written. */
  #aheadMs(): number {
    const maxBytesPerSecond = this.#options.maxBytesPerSecond?.() ?? Infinity;
    const nowMs = this.#clock.monotonicMs();
    const aheadMs = this.#spentBytes / maxBytesPerSecond * 1000 - (nowMs - this.#spentFromMs);
    // Time in which less was done than allowed cannot be saved up.
    if (aheadMs <= 0) {
      this.#spentBytes = 0;
      this.#spentFromMs = nowMs;
    }
    return aheadMs;
  }
}
