/** Reading a Node stream into the caller's own buffer, as much at a time as the caller has room for. */

import type { Readable } from "node:stream";
import { assert } from "../../core/assert.ts";

const NOTHING = new Uint8Array(0);

/** Pulls from a stream that is otherwise left alone, so that it takes no more from the system than it buffers. */
export class ReadableSource {
  readonly #stream: Readable;
  /** What the stream gave beyond the last reader's target. */
  #rest: Uint8Array = NOTHING;
  #ended = false;
  #failure: Error | null = null;
  #wakeReader: (() => void) | null = null;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("readable", () => this.#wake());
    stream.on("close", () => this.#wake());
    stream.on("end", () => this.#onEnd());
    stream.on("error", (error) => this.#failure = error);
  }

  /** Why the stream failed, if it did. */
  get failure(): Error | null {
    return this.#failure;
  }

  #onEnd(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const wake = this.#wakeReader;
    this.#wakeReader = null;
    wake?.();
  }

  /** Reads at least one byte; 0 at the end, -1 when the stream was cut or failed before. */
  async read(target: Uint8Array): Promise<number> {
    assert(target.length > 0, "a read needs room for at least one byte");
    while (this.#rest.length === 0) {
      const chunk = this.#stream.destroyed ? null : this.#stream.read() as Uint8Array | null;
      if (chunk !== null) this.#rest = chunk;
      else if (this.#ended) return 0;
      else if (this.#stream.destroyed) return -1;
      else await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const length = Math.min(target.length, this.#rest.length);
    target.set(this.#rest.subarray(0, length));
    this.#rest = this.#rest.subarray(length);
    return length;
  }

  /** Forgets what was not read yet, and the end: the stream has been destroyed on purpose. */
  discard(): void {
    this.#rest = NOTHING;
    this.#ended = false;
    this.#wake();
  }
}
