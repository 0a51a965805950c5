/** One part of the picture: what was last seen, and when to look again. */

import type { Clock } from "../../../platform/platform.ts";

/** How often to look: the more there is to see, the less often, so that watching a big cluster costs no more. */
export interface Pace<T> {
  readonly everyMs: number;
  /** For each thing that was seen, in milliseconds. */
  readonly perItemMs?: number;
  readonly itemsOf?: (value: T) => number;
}

export class Part<T> {
  readonly #clock: Clock;
  readonly #pace: Pace<T>;
  readonly #look: () => Promise<T>;
  #value: T | null = null;
  #isNew = false;
  #isFailing = false;
  #looking: Promise<void> | null = null;
  #lookedMs = -Infinity;

  /** `look` is called when its time has come since the last look began, never twice at once. */
  constructor(clock: Clock, pace: Pace<T>, look: () => Promise<T>) {
    this.#clock = clock;
    this.#pace = pace;
    this.#look = look;
  }

  /** What was last seen; null before anything was. */
  get value(): T | null {
    return this.#value;
  }

  /** Whether the last look failed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** The value, when it has not been taken yet. */
  takeNew(): T | null {
    if (!this.#isNew) return null;
    this.#isNew = false;
    return this.#value;
  }

  /** What was seen is out of date: the time for the next look has come. */
  expire(): void {
    this.#lookedMs = -Infinity;
  }

  /** Looks again when it is time; resolves when the look under way, if any, is done. Never rejects. */
  async refresh(onFailure: (error: unknown) => void): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#looking === null && nowMs - this.#lookedMs >= this.#waitMs) {
      this.#lookedMs = nowMs;
      this.#looking = this.#run(onFailure).finally(() => this.#looking = null);
    }
    await this.#looking;
  }

  get #waitMs(): number {
    const { everyMs, perItemMs = 0, itemsOf } = this.#pace;
    const items = this.#value === null || itemsOf === undefined ? 0 : itemsOf(this.#value);
    return everyMs + perItemMs * items;
  }

  async #run(onFailure: (error: unknown) => void): Promise<void> {
    try {
      this.#value = await this.#look();
      this.#isNew = true;
      this.#isFailing = false;
    } catch (error) {
      this.#isFailing = true;
      onFailure(error);
    }
  }
}
