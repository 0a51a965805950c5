/**
 * Many deadlines of which almost none are ever reached: sessions are extended by every heartbeat. Moving a deadline
 * later costs a single store; the heap learns of it when the old time comes.
 */

import { Heap } from "../../core/heap.ts";

/** Something that is due once, at a time that may move. Armed and disarmed through {@link Deadlines}. */
export class Deadline<T> {
  readonly what: T;
  /** When it is due, in milliseconds; Infinity while disarmed. */
  dueMs = Infinity;
  /** Where the heap has it: never after `dueMs` while armed, Infinity when nowhere. */
  queuedMs = Infinity;

  constructor(what: T) {
    this.what = what;
  }
}

interface Entry<T> {
  readonly atMs: number;
  /** Breaks ties, so that the order of equal deadlines does not depend on the heap. */
  readonly order: number;
  readonly deadline: Deadline<T>;
}

/** Below this many entries the heap is not worth tidying. */
const TIDY_FROM = 1024;

export class Deadlines<T> {
  #heap = newHeap<T>();
  #order = 0;
  #armed = 0;

  /** How many deadlines are armed. */
  get armed(): number {
    return this.#armed;
  }

  /** How many entries the heap has; more than are armed, but not many more. */
  get queued(): number {
    return this.#heap.size;
  }

  /** Sets when `deadline` is due, whether or not it was armed before. */
  arm(deadline: Deadline<T>, dueMs: number): void {
    if (deadline.dueMs === Infinity) this.#armed++;
    deadline.dueMs = dueMs;
    if (dueMs >= deadline.queuedMs) return;
    deadline.queuedMs = dueMs;
    this.#heap.push({ atMs: dueMs, order: this.#order++, deadline });
    if (this.#heap.size > TIDY_FROM && this.#heap.size > 3 * this.#armed) this.#tidy();
  }

  /** Makes sure `deadline` is not reached; nothing happens when it is not armed. */
  disarm(deadline: Deadline<T>): void {
    if (deadline.dueMs !== Infinity) this.#armed--;
    deadline.dueMs = Infinity;
  }

  /** When {@link takeDue} should be called again: never after the first deadline, perhaps before it. */
  get nextMs(): number {
    while (true) {
      const top = this.#heap.peek();
      if (top === undefined) return Infinity;
      if (isCurrent(top)) return top.atMs;
      this.#dropTop();
    }
  }

  /** Takes one deadline that is due at `nowMs`, disarmed; undefined when there is none. */
  takeDue(nowMs: number): Deadline<T> | undefined {
    while (true) {
      const top = this.#heap.peek();
      if (top === undefined || top.atMs > nowMs) return undefined;
      const current = isCurrent(top);
      this.#dropTop();
      if (!current) continue;
      const { deadline } = top;
      if (deadline.dueMs <= nowMs) {
        this.disarm(deadline);
        return deadline;
      }
      deadline.queuedMs = deadline.dueMs;
      this.#heap.push({ atMs: deadline.dueMs, order: this.#order++, deadline });
    }
  }

  clear(): void {
    this.#heap.clear();
    this.#armed = 0;
  }

  #dropTop(): void {
    const top = this.#heap.pop();
    if (top !== undefined && top.deadline.queuedMs === top.atMs) top.deadline.queuedMs = Infinity;
  }

  /** Forgets entries that mean nothing any more, so that members that come and go do not pile up. */
  #tidy(): void {
    const kept = newHeap<T>();
    for (let entry = this.#heap.pop(); entry !== undefined; entry = this.#heap.pop()) {
      if (isCurrent(entry)) kept.push(entry);
      else if (entry.deadline.queuedMs === entry.atMs) entry.deadline.queuedMs = Infinity;
    }
    this.#heap = kept;
  }
}

/** Whether an entry is the one that stands for its deadline, and the deadline is armed. */
function isCurrent<T>(entry: Entry<T>): boolean {
  return entry.deadline.queuedMs === entry.atMs && entry.deadline.dueMs !== Infinity;
}

function newHeap<T>(): Heap<Entry<T>> {
  return new Heap<Entry<T>>((a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order));
}
