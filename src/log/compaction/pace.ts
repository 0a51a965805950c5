/**
 * Keeps long work from holding up what is urgent: it works in slices, lets everything else run between them, and
 * reads and writes no more than `log.cleaner.io.max.bytes.per.second`.
 */

import type { Clock, Timers } from "../../platform/platform.ts";

/** How long a slice takes: an append waits for one at most. */
const SLICE_MS = 0.25;
/** A slice ends after this many bytes too, as it must where the clock stands still while the program works. */
const SLICE_BYTES = 512 * 1024;
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
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #options: PaceOptions;
  #sliceEndMs: number;
  #sliceBytes = 0;
  /** What was read and written since {@link #spentFromMs}. */
  #spentBytes = 0;
  #spentFromMs: number;

  constructor(platform: { readonly clock: Clock; readonly timers: Timers }, options: PaceOptions = {}) {
    this.#clock = platform.clock;
    this.#timers = platform.timers;
    this.#options = options;
    this.#spentFromMs = this.#clock.monotonicMs();
    this.#sliceEndMs = this.#spentFromMs + SLICE_MS;
  }

  /** Notes that bytes were read or written. */
  spend(bytes: number): void {
    this.#spentBytes += bytes;
    this.#sliceBytes += bytes;
  }

  /** True when the slice is over and {@link rest} is to be awaited; to be asked every few microseconds. */
  get isDue(): boolean {
    return this.#sliceBytes >= SLICE_BYTES || this.#clock.monotonicMs() >= this.#sliceEndMs;
  }

  /** Lets others work, for as long as the limit on bytes wants. Throws {@link Stopped}. */
  async rest(): Promise<void> {
    for (let waitMs = this.#aheadMs(); waitMs > 1; waitMs = this.#aheadMs()) {
      this.#checkStopped();
      await this.#timers.sleep(Math.min(waitMs, LONGEST_WAIT_MS));
    }
    await this.#timers.yield();
    this.#checkStopped();
    this.#sliceBytes = 0;
    this.#sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
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
