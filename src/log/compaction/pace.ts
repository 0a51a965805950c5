/** Keeps long work from holding up what is urgent: it works in slices and lets everything else run between them. */

import type { Clock, Timers } from "../../platform/platform.ts";

/** How long a slice may take; one batch that takes longer cannot be divided. */
const SLICE_MS = 1;

export class Pace {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #sliceEndMs: number;

  constructor(platform: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = platform.clock;
    this.#timers = platform.timers;
    this.#sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
  }

  /** To be awaited often: at the end of a slice it lets others work, otherwise it does next to nothing. */
  rest(): Promise<void> | undefined {
    return this.#clock.monotonicMs() < this.#sliceEndMs ? undefined : this.#yield();
  }

  async #yield(): Promise<void> {
    await this.#timers.yield();
    this.#sliceEndMs = this.#clock.monotonicMs() + SLICE_MS;
  }
}
