/** Text that is written in large pieces. */

import { ByteWriter } from "../../core/bytes.ts";
import type { CliContext } from "../context.ts";

const PIECE_BYTES = 64 * 1024;
const encoder = new TextEncoder();

export class TextOutput {
  readonly #context: CliContext;
  readonly #waiting = new ByteWriter(2 * PIECE_BYTES);

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** Adds text; what does not wait for {@link flush} needs no promise, so ask {@link isFull} between lines. */
  add(text: string): void {
    this.#waiting.writeRaw(encoder.encode(text));
  }

  /** Whether it is time to flush. */
  get isFull(): boolean {
    return this.#waiting.position >= PIECE_BYTES;
  }

  /** Writes what waits. Fails with BrokenPipeError when nobody reads. */
  async flush(): Promise<void> {
    if (this.#waiting.position === 0) return;
    const bytes = this.#waiting.toBytes();
    this.#waiting.reset();
    await this.#context.process.stdout.write(bytes);
  }
}
