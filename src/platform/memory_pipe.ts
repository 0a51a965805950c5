/** A bounded pipe of bytes inside one process: a writer waits while it is full, a reader while it is empty. */

/** What a pipe holds before its writer must wait. */
const CAPACITY_BYTES = 65536;

/** One direction of a connection: one reader, one writer. */
export class Pipe {
  readonly #ring = new Uint8Array(CAPACITY_BYTES);
  #from = 0;
  #held = 0;
  #state: "open" | "ended" | "broken" = "open";
  /** Called at the next change; at most one reader and one writer wait. */
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  /** The writer is done: the reader gets what is held and then the end. */
  end(): void {
    if (this.#state === "open") this.#state = "ended";
    this.#wake();
  }

  /** The reader is gone: what is held is lost and writing fails. */
  break(): void {
    this.#state = "broken";
    this.#held = 0;
    this.#wake();
  }

  #wake(): void {
    const reader = this.#wakeReader;
    const writer = this.#wakeWriter;
    this.#wakeReader = this.#wakeWriter = null;
    reader?.();
    writer?.();
  }

  /** Resolves with the bytes read, 0 at the end, or -1 once the pipe is broken. */
  async read(target: Uint8Array): Promise<number> {
    while (this.#held === 0) {
      if (this.#state !== "open") return this.#state === "ended" ? 0 : -1;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const length = Math.min(target.length, this.#held);
    const straight = Math.min(length, CAPACITY_BYTES - this.#from);
    target.set(this.#ring.subarray(this.#from, this.#from + straight));
    target.set(this.#ring.subarray(0, length - straight), straight);
    this.#from = (this.#from + length) % CAPACITY_BYTES;
    this.#held -= length;
    this.#wake();
    return length;
  }

  /** Resolves with true when all of `bytes` are in the pipe, or false when nobody will read them. */
  async write(bytes: Uint8Array): Promise<boolean> {
    let done = 0;
    while (done < bytes.length) {
      if (this.#state !== "open") return false;
      if (this.#held === CAPACITY_BYTES) await new Promise<void>((resolve) => this.#wakeWriter = resolve);
      else done += this.#put(bytes, done);
    }
    return this.#state === "open";
  }

  #put(bytes: Uint8Array, from: number): number {
    const at = (this.#from + this.#held) % CAPACITY_BYTES;
    const length = Math.min(bytes.length - from, CAPACITY_BYTES - this.#held, CAPACITY_BYTES - at);
    this.#ring.set(bytes.subarray(from, from + length), at);
    this.#held += length;
    this.#wake();
    return length;
  }
}
