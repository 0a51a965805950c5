/** Bounds how many of something are under way. */

import { Problem } from "./problem.ts";

export class Limiter {
  readonly #most: number;
  readonly #what: string;
  #count = 0;

  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** Takes a place, or throws a {@link Problem} with status 429. What it returns gives the place back, once. */
  enter(): () => void {
    if (this.#count >= this.#most) {
      throw new Problem(429, `${this.#most} ${this.#what} are under way; try again when some are done`);
    }
    this.#count++;
    let entered = true;
    return () => {
      if (entered) this.#count--;
      entered = false;
    };
  }
}
