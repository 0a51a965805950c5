/** What a simulation has found to be wrong. The first finding ends the run: what comes after may only follow from it. */

/** Something that must not be. */
export interface Finding {
  /** Which rule was broken, in a few words that stay the same. */
  readonly rule: string;
  /** What exactly was seen. */
  readonly detail: string;
  readonly atUs: number;
}

export class Findings {
  readonly #now: () => number;
  #first: Finding | null = null;

  constructor(nowUs: () => number) {
    this.#now = nowUs;
  }

  /** What was found first; null while nothing is wrong. */
  get first(): Finding | null {
    return this.#first;
  }

  report(rule: string, detail: string): void {
    this.#first ??= { rule, detail, atUs: this.#now() };
  }

  /** Reports unless `holds`. */
  require(holds: boolean, rule: string, detail: () => string): void {
    if (!holds) this.report(rule, detail());
  }
}
