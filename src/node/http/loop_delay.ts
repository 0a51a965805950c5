/** Measures how late the event loop is: a timer says when it should fire, and the clock when it did. */

import { Histogram } from "../../core/histogram.ts";
import type { Clock, Timer, Timers } from "../../platform/platform.ts";

const PERIOD_MS = 250;

export class LoopDelay {
  readonly histogram = new Histogram();
  /** The longest delay since somebody last took it. */
  #maxMs = 0;
  #timer: Timer | undefined;
  readonly #parts: { readonly clock: Clock; readonly timers: Timers };

  constructor(parts: { readonly clock: Clock; readonly timers: Timers }) {
    this.#parts = parts;
    this.#arm();
  }

  /** The longest delay since the last call. */
  takeMaxMs(): number {
    const maxMs = this.#maxMs;
    this.#maxMs = 0;
    return maxMs;
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, timers } = this.#parts;
    const dueMs = clock.monotonicMs() + PERIOD_MS;
    this.#timer = timers.after(PERIOD_MS, () => {
      const delayMs = Math.max(0, clock.monotonicMs() - dueMs);
      this.histogram.observe(delayMs);
      this.#maxMs = Math.max(this.#maxMs, delayMs);
      this.#arm();
    });
  }
}
