/** The purgatory of Produce with acks=all: promises that settle when a partition's high watermark passes an offset. */

import { Deque } from "../core/deque.ts";
import type { Timers } from "../platform/platform.ts";

interface Waiter {
  readonly offset: number;
  settle(reached: boolean): void;
}

/** The waiters of one partition, in the order of their offsets because appends and deletions are. */
export class OffsetWaiters {
  readonly #waiters = new Deque<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** Resolves with true when `offset` is passed, with false when the partition is no longer led here. */
  wait(offset: number): Promise<boolean> {
    return new Promise((settle) => this.#waiters.pushLast({ offset, settle }));
  }

  /** Everything below `offset` is replicated as it must be. */
  onReached(offset: number): void {
    while (this.#waiters.size > 0 && this.#waiters.first()!.offset <= offset) {
      this.#waiters.takeFirst()!.settle(true);
    }
  }

  /** The partition is led elsewhere, or gone. */
  onLost(): void {
    while (this.#waiters.size > 0) this.#waiters.takeFirst()!.settle(false);
  }
}

/** What `reached` resolves with, or null when the time was up before that. */
export function withTimeout(
  timers: Timers,
  reached: Promise<boolean>,
  timeoutMs: number,
): Promise<boolean | null> {
  return new Promise((resolve) => {
    const timer = timers.after(timeoutMs, () => resolve(null));
    void reached.then((outcome) => {
      timer.cancel();
      resolve(outcome);
    });
  });
}
