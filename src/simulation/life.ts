/** One run of a process on a simulated machine, from its start to its end. */

/**
 * Everything that a process holds (files, connections, timers) knows its life. Once that has ended, nothing it does
 * has an effect any more, and nothing that it waits for comes.
 */
export class Life {
  readonly name: string;
  /** Until when the whole process stands still, in virtual microseconds. */
  pausedUntilUs = 0;
  /** How many files it holds open. */
  openFiles = 0;
  #alive = true;

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  end(): void {
    this.#alive = false;
  }
}

/** A killed process leaves its files in the system's cache and its peers a closed connection; a power cut neither. */
export type Death = "process" | "power";

/** What a dead process waits for: it never settles. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
