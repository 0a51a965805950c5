/** Lets one part of a program wait until another has something new. */

export class Gate {
  #waiting: (() => void)[] = [];

  /** Resolves at the next {@link open}. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets everyone through who waits now. */
  open(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
