/** One flush for many callers, without telling any of them that something is safe before it is. */

/**
 * Shares flushes between concurrent callers. One flush serves every call made before it began; a call made while one
 * runs may be about bytes that were written after it began, so it waits for the next. A failure stays: the system may
 * have dropped the pages it could not write, and would call the next flush a success.
 */
export class SharedFlush {
  readonly #task: () => Promise<void>;
  #running = false;
  /** The flush that begins when the running one ends, for all who wait for it. */
  #next: { readonly done: Promise<void>; readonly start: () => void } | null = null;
  #failure: { readonly error: unknown } | null = null;

  /** `task` makes everything written before it is called safe. */
  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  /** Resolves when everything written before this call is safe. */
  flush(): Promise<void> {
    if (!this.#running) return this.#run();
    this.#next ??= this.#later();
    return this.#next.done;
  }

  async #run(): Promise<void> {
    if (this.#failure !== null) throw this.#failure.error;
    this.#running = true;
    try {
      await this.#task();
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      this.#running = false;
      const next = this.#next;
      this.#next = null;
      next?.start();
    }
  }

  #later(): { readonly done: Promise<void>; readonly start: () => void } {
    let start = () => {};
    const done = new Promise<void>((resolve) => start = () => resolve(this.#run()));
    return { done, start };
  }
}
