/** A queue with two ends over a ring buffer: no shifting of elements, no garbage per element. */

import { assert } from "./assert.ts";

const SMALLEST_CAPACITY = 8;

/** A double-ended queue. Adding and taking at either end takes constant time. */
export class Deque<T> {
  /** The capacity is always a power of two, so that a mask wraps an index. */
  #ring: (T | undefined)[] = new Array(SMALLEST_CAPACITY).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The element `index` places behind the first; undefined outside the queue. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#size) return undefined;
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)];
  }

  first(): T | undefined {
    return this.at(0);
  }

  last(): T | undefined {
    return this.at(this.#size - 1);
  }

  pushLast(value: T): void {
    if (this.#size === this.#ring.length) this.#resize(this.#size * 2);
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = value;
    this.#size++;
  }

  pushFirst(value: T): void {
    if (this.#size === this.#ring.length) this.#resize(this.#size * 2);
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = value;
    this.#size++;
  }

  /** Takes the first element out; undefined when empty. */
  takeFirst(): T | undefined {
    if (this.#size === 0) return undefined;
    const value = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size--;
    this.#shrink();
    return value;
  }

  /** Takes the last element out; undefined when empty. */
  takeLast(): T | undefined {
    if (this.#size === 0) return undefined;
    const at = (this.#head + this.#size - 1) & (this.#ring.length - 1);
    const value = this.#ring[at];
    this.#ring[at] = undefined;
    this.#size--;
    this.#shrink();
    return value;
  }

  clear(): void {
    this.#ring = new Array(SMALLEST_CAPACITY).fill(undefined);
    this.#head = 0;
    this.#size = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.#size; index++) yield this.at(index) as T;
  }

  /** Gives memory back once three quarters are empty, so that one burst does not cost for ever. */
  #shrink(): void {
    const capacity = this.#ring.length;
    if (capacity > SMALLEST_CAPACITY && this.#size * 4 < capacity) this.#resize(capacity / 2);
  }

  #resize(capacity: number): void {
    assert(capacity >= this.#size, "a ring must hold what is in it");
    const ring: (T | undefined)[] = new Array(capacity).fill(undefined);
    for (let index = 0; index < this.#size; index++) ring[index] = this.at(index);
    this.#ring = ring;
    this.#head = 0;
  }
}
