/**
 * The purgatory of Fetch: one small object per waiting request. Partitions feed it what was appended; it finishes
 * once, when enough bytes are there, something about a partition changed, or its time is up.
 */

import type { Timer, Timers } from "../platform/platform.ts";

/** A place that tells watches about new data; partitions are such places. */
export interface Watchable {
  readonly watches: Set<FetchWatch>;
}

export class FetchWatch {
  readonly #places: readonly Watchable[];
  readonly #timer: Timer;
  readonly #finish: () => void;
  #missingBytes: number;
  #done = false;

  /**
   * Waits until `missingBytes` more bytes can be read in `places`, or `maxWaitMs` have passed; then calls `finish`
   * once.
   */
  constructor(
    places: readonly Watchable[],
    wait: { readonly missingBytes: number; readonly maxWaitMs: number },
    timers: Timers,
    finish: () => void,
  ) {
    this.#places = places;
    this.#missingBytes = wait.missingBytes;
    this.#finish = finish;
    for (const place of places) place.watches.add(this);
    this.#timer = timers.after(wait.maxWaitMs, () => this.finish());
  }

  /** `bytes` more can be read. */
  onReadable(bytes: number): void {
    this.#missingBytes -= bytes;
    if (this.#missingBytes <= 0) this.finish();
  }

  /** Ends the wait now: the request is answered with what there is. */
  finish(): void {
    if (!this.#leave()) return;
    this.#finish();
  }

  /** Ends the wait without an answer: nobody is there to read it. */
  abandon(): void {
    this.#leave();
  }

  #leave(): boolean {
    if (this.#done) return false;
    this.#done = true;
    this.#timer.cancel();
    for (const place of this.#places) place.watches.delete(this);
    return true;
  }
}
