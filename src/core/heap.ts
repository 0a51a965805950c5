/** A binary heap: the smallest of many, where most are never looked at (timers, merges, the oldest first). */

/** Keeps items so that the smallest by `before` comes out first. Not stable: equals come out in any order. */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];

  /** `before` says whether `a` must come out before `b`; false for equals. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The smallest item, which stays; undefined when empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    this.#items.push(item);
    this.#rise(this.#items.length - 1, item);
  }

  /** Takes the smallest item out; undefined when empty. */
  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last !== undefined && items.length > 0) this.#sink(last);
    return top;
  }

  /** All items, in no order. */
  values(): Iterable<T> {
    return this.#items.values();
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** Moves `item` from `index` towards the root until its parent is not after it. */
  #rise(index: number, item: T): void {
    const items = this.#items;
    let at = index;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt]!;
      if (!this.#before(item, parent)) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = item;
  }

  /** Puts `item` at the root and moves it down until neither child comes before it. */
  #sink(item: T): void {
    const items = this.#items;
    const size = items.length;
    let at = 0;
    while (true) {
      let childAt = 2 * at + 1;
      if (childAt >= size) break;
      if (childAt + 1 < size && this.#before(items[childAt + 1]!, items[childAt]!)) childAt++;
      const child = items[childAt]!;
      if (!this.#before(child, item)) break;
      items[at] = child;
      at = childAt;
    }
    items[at] = item;
  }
}
