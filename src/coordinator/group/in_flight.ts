/**
 * Appends that the log has not settled yet, in the order of the log, and the replies that wait for them. A reply
 * that waits too long is given up (`offsets.commit.timeout.ms`); its records may still be committed later and then
 * take effect as if nothing had happened.
 */

import { assert } from "../../core/assert.ts";
import { Deque } from "../../core/deque.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { ClassicGroup } from "./classic_group.ts";
import type { GroupRecord } from "./types.ts";

/** Called once with NONE, with the error of the log, with REQUEST_TIMED_OUT, or with NOT_COORDINATOR on unload. */
export type OnSettled = (errorCode: number) => void;

export interface InFlightAppend {
  readonly appendId: number;
  /** Whose records these are; null when the group has no state but its offsets. */
  readonly group: ClassicGroup | null;
  readonly records: readonly GroupRecord[];
  readonly dueMs: number;
  /** Whoever still waits for this append. */
  waiters: OnSettled[];
  /** Undoes what was done in expectation of the append; called when it failed, however late. */
  readonly undo: (() => void) | null;
  settled: boolean;
}

export class InFlightAppends {
  /** Ids are consecutive, so the place of an append follows from its id. */
  readonly #queue = new Deque<InFlightAppend>();
  /** The first append whose waiters have not been given up. */
  #firstWaitingId = 1;
  #nextId = 1;

  get size(): number {
    return this.#queue.size;
  }

  /** When {@link giveUp} has something to do, in milliseconds; Infinity when nothing is in flight. */
  get nextDueMs(): number {
    return this.#at(this.#firstWaitingId)?.dueMs ?? Infinity;
  }

  /** The append that the log will settle last, or undefined when nothing is in flight. */
  get last(): InFlightAppend | undefined {
    for (let index = this.#queue.size - 1; index >= 0; index--) {
      const append = this.#queue.at(index);
      if (append !== undefined && !append.settled) return append;
    }
    return undefined;
  }

  add(append: Omit<InFlightAppend, "appendId" | "settled">): number {
    const appendId = this.#nextId++;
    this.#queue.pushLast({ ...append, appendId, settled: false });
    if (this.#queue.size === 1) this.#firstWaitingId = appendId;
    return appendId;
  }

  /** Takes out the append with this id; undefined when it was settled before. */
  take(appendId: number): InFlightAppend | undefined {
    const append = this.#at(appendId);
    if (append === undefined || append.settled) return undefined;
    append.settled = true;
    this.#trim();
    return append;
  }

  /** Takes out the first append if its id is not above `appendId`. */
  takeUpTo(appendId: number): InFlightAppend | undefined {
    const first = this.#queue.first();
    if (first === undefined || first.appendId > appendId) return undefined;
    assert(!first.settled, "settled appends leave the front of the queue");
    return this.take(first.appendId);
  }

  /** Gives up waiting for appends that are overdue; they stay in flight. */
  giveUp(nowMs: number): void {
    for (let append = this.#at(this.#firstWaitingId); append !== undefined && append.dueMs <= nowMs;) {
      notify(append, ErrorCode.REQUEST_TIMED_OUT);
      append = this.#at(++this.#firstWaitingId);
    }
  }

  *[Symbol.iterator](): Generator<InFlightAppend> {
    for (const append of this.#queue) {
      if (!append.settled) yield append;
    }
  }

  clear(): void {
    this.#queue.clear();
  }

  #at(appendId: number): InFlightAppend | undefined {
    const first = this.#queue.first();
    return first === undefined ? undefined : this.#queue.at(appendId - first.appendId);
  }

  #trim(): void {
    while (this.#queue.first()?.settled) this.#queue.takeFirst();
    const first = this.#queue.first();
    if (first !== undefined) this.#firstWaitingId = Math.max(this.#firstWaitingId, first.appendId);
  }
}

/** Tells everybody who waits for `append` how it ended; each is told once. */
export function notify(append: InFlightAppend, errorCode: number): void {
  const { waiters } = append;
  append.waiters = [];
  for (const onSettled of waiters) onSettled(errorCode);
}
