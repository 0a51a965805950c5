/** Clock and timers over the globals that every runtime shares. */

import type { Clock, Timer, Timers } from "../platform.ts";

/** The longest delay that `setTimeout` takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's clocks. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** A `setTimeout` that never fires early and takes delays of any length. */
class SystemTimer implements Timer {
  readonly #dueMs: number;
  readonly #task: () => void;
  #handle: ReturnType<typeof setTimeout> | undefined;

  constructor(delayMs: number, task: () => void) {
    this.#task = task;
    this.#dueMs = performance.now() + delayMs;
    this.#arm(delayMs);
  }

  #arm(delayMs: number): void {
    const wholeMs = Math.min(Math.max(Math.ceil(delayMs), 0), LONGEST_DELAY_MS);
    this.#handle = setTimeout(() => this.#onTimeout(), wholeMs);
  }

  /** Runtimes round: a timeout can come up to a millisecond early by the monotonic clock. */
  #onTimeout(): void {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs > 0) this.#arm(leftMs);
    else this.#task();
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/** The runtime's timers. */
export const systemTimers: Timers = {
  after: (delayMs, task) => new SystemTimer(delayMs, task),
  sleep: (delayMs) => new Promise((resolve) => new SystemTimer(delayMs, resolve)),
  yield: () => new Promise((resolve) => setImmediate(resolve)),
};
