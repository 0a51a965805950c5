/** Virtual time: things that happen later, in order. */

import { Heap } from "../../../src/core/heap.ts";

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Tasks of the same moment run in the order in which they were added. */
export class Schedule {
  nowMs = 0;
  readonly #tasks = new Heap<Task>((left, right) =>
    left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
  );
  #order = 0;

  after(delayMs: number, run: () => void): void {
    this.#tasks.push({ atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run });
  }

  /** Runs everything that is due up to `untilMs`, or until `isDone`. */
  runUntil(untilMs: number, isDone: () => boolean = () => false): void {
    let tasksAtOnce = 0;
    while (!isDone()) {
      const next = this.#tasks.peek();
      if (next === undefined || next.atMs > untilMs) break;
      this.#tasks.pop();
      tasksAtOnce = next.atMs > this.nowMs ? 0 : tasksAtOnce + 1;
      if (tasksAtOnce > 100_000) throw new Error(`time stands still at ${this.nowMs}`);
      this.nowMs = next.atMs;
      next.run();
    }
    if (!isDone()) this.nowMs = untilMs;
  }
}
