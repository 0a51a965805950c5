/**
 * Writes a record that says nothing when nothing else is written (KIP-835), so that everybody who follows the
 * metadata log can see how far behind it is. A node that nobody follows has no use for it and writes none.
 */

import type { ControllerContext } from "../context.ts";
import type { UpkeepTask } from "./task.ts";

export class IdleRecords implements UpkeepTask {
  readonly firstMs = Infinity;
  readonly #controller: ControllerContext;
  #lastOffset = -1;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  intervalMs(): number {
    return this.#controller.config.get("metadata.max.idle.interval.ms") || Infinity;
  }

  onChange(): null {
    return null;
  }

  async run(): Promise<null> {
    const { quorum } = this.#controller;
    const { voters, observers } = quorum.describe();
    const isIdle = quorum.image.offset === this.#lastOffset;
    if (isIdle && voters.length + observers.length > 1) {
      await this.#controller.write(() => ({ records: [{ type: "NoOpRecord", data: {} }], result: null }));
    }
    this.#lastOffset = quorum.image.offset;
    return null;
  }
}
