/** How fast positions move, from where they were at some moments. */

interface Interval {
  readonly seconds: number;
  /** How far what counts for each series moved. */
  readonly moved: ReadonlyMap<string, number>;
}

export class Speed {
  readonly #intervals: number;
  readonly #totalsOf: (position: string) => readonly string[];
  #last: { readonly atMs: number; readonly positions: ReadonlyMap<string, number> } | null = null;
  #recent: Interval[] = [];
  #rates: ReadonlyMap<string, number> = new Map();

  /** Averages over so many intervals; `totalsOf` names the series that a position counts for. */
  constructor(intervals: number, totalsOf: (position: string) => readonly string[]) {
    this.#intervals = intervals;
    this.#totalsOf = totalsOf;
  }

  /** A second, by series. */
  get rates(): ReadonlyMap<string, number> {
    return this.#rates;
  }

  /** Where everything is at a moment; one that was told of before tells nothing. What was not there before, and what went back, has not moved. */
  add(atMs: number, positions: ReadonlyMap<string, number>): void {
    const last = this.#last;
    if (last !== null && atMs <= last.atMs) return;
    this.#last = { atMs, positions };
    if (last === null) return;
    const moved = new Map<string, number>();
    for (const [name, value] of positions) {
      const before = last.positions.get(name);
      if (before === undefined) continue;
      for (const total of this.#totalsOf(name)) {
        moved.set(total, (moved.get(total) ?? 0) + Math.max(0, value - before));
      }
    }
    const interval = { seconds: (atMs - last.atMs) / 1_000, moved };
    this.#recent = [...this.#recent.slice(1 - this.#intervals), interval];
    this.#rates = new Map([...moved.keys()].map((name) => [name, this.#average(name)]));
  }

  /** Forgets everything, after a time that nothing is known of. */
  reset(): void {
    this.#last = null;
    this.#recent = [];
    this.#rates = new Map();
  }

  #average(name: string): number {
    let moved = 0;
    let seconds = 0;
    for (const interval of this.#recent) {
      const one = interval.moved.get(name);
      if (one === undefined) continue;
      moved += one;
      seconds += interval.seconds;
    }
    return seconds === 0 ? 0 : moved / seconds;
  }
}
