/**
 * The purgatory of Fetch: one small object per waiting request. Partitions feed it what was appended; it finishes
 * once, when enough bytes are there, something about a partition changed, or its time is up.
 */

import type { Timer, Timers } from "../platform/platform.ts";

/** Somebody who is told of what happens at a place. */
export interface FetchWaiter {
  /** `bytes` more can be read. */
  onReadable(bytes: number): void;
  /** The high watermark has moved. */
  onHighWatermark(): void;
  /** Something else has changed that should be heard of at once. */
  finish(): void;
}

/** A place that tells watches about new data; each partition has one for its readers and one for its followers. */
export class FetchPlace {
  readonly #watches = new Set<FetchWaiter>();

  get size(): number {
    return this.#watches.size;
  }

  add(watch: FetchWaiter): void {
    this.#watches.add(watch);
  }

  delete(watch: FetchWaiter): void {
    this.#watches.delete(watch);
  }

  /** `bytes` more can be read. */
  onReadable(bytes: number): void {
    if (this.#watches.size === 0) return;
    // A watch that is satisfied leaves the set, which a Set allows while it is walked.
    for (const watch of this.#watches) watch.onReadable(bytes);
  }

  /** The high watermark has moved, of which followers hear. */
  onHighWatermark(): void {
    if (this.#watches.size === 0) return;
    for (const watch of this.#watches) watch.onHighWatermark();
  }

  /** Ends all waits. */
  finish(): void {
    if (this.#watches.size === 0) return;
    for (const watch of [...this.#watches]) watch.finish();
  }
}

/** What a watch waits for. */
export interface FetchWait {
  /** How many more bytes must be readable. */
  readonly missingBytes: number;
  readonly maxWaitMs: number;
  /** Whether the waiting replica wants to hear at once that the high watermark has moved. */
  readonly wantsHighWatermark?: boolean;
  /** Finish at the end of the turn, so that all that one request appends goes into one answer. */
  readonly atEndOfTurn?: boolean;
}

export class FetchWatch implements FetchWaiter {
  readonly #places: readonly FetchPlace[];
  readonly #timer: Timer;
  readonly #finish: () => void;
  readonly #wait: FetchWait;
  #missingBytes: number;
  #done = false;
  #scheduled = false;

  /** Waits in `places` for as much as `wait` says, or as long; then calls `finish` once. */
  constructor(places: readonly FetchPlace[], wait: FetchWait, timers: Timers, finish: () => void) {
    this.#places = places;
    this.#wait = wait;
    this.#missingBytes = wait.missingBytes;
    this.#finish = finish;
    for (const place of places) place.add(this);
    this.#timer = timers.after(wait.maxWaitMs, () => this.finish());
  }

  /** `bytes` more can be read. */
  onReadable(bytes: number): void {
    this.#missingBytes -= bytes;
    if (this.#missingBytes <= 0) this.#satisfied();
  }

  /** A high watermark has moved. */
  onHighWatermark(): void {
    if (this.#wait.wantsHighWatermark === true) this.#satisfied();
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

  #satisfied(): void {
    if (this.#wait.atEndOfTurn !== true) return this.finish();
    if (this.#scheduled) return;
    this.#scheduled = true;
    void Promise.resolve().then(() => this.finish());
  }

  #leave(): boolean {
    if (this.#done) return false;
    this.#done = true;
    this.#timer.cancel();
    for (const place of this.#places) place.delete(this);
    return true;
  }
}
