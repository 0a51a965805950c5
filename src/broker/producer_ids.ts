/** Producer ids for InitProducerId, taken from blocks that the controller hands out (KIP-730), each id once. */

import { assert } from "../core/assert.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { allocateProducerIds } from "../protocol/messages/67_allocate_producer_ids.ts";
import type { ControllerChannel } from "./controller_channel.ts";

export class ProducerIds {
  readonly #channel: ControllerChannel;
  readonly #broker: () => { readonly id: number; readonly epoch: number };
  #next = 0;
  #end = 0;
  #refill: Promise<number> | undefined;

  constructor(channel: ControllerChannel, broker: () => { readonly id: number; readonly epoch: number }) {
    this.#channel = channel;
    this.#broker = broker;
  }

  /** A producer id that nobody has had, or the error code of why there is none now. */
  async next(): Promise<{ readonly producerId: number } | { readonly errorCode: number }> {
    while (this.#next >= this.#end) {
      this.#refill ??= this.#takeBlock().finally(() => this.#refill = undefined);
      const errorCode = await this.#refill;
      if (errorCode !== ErrorCode.NONE) return { errorCode };
    }
    return { producerId: this.#next++ };
  }

  async #takeBlock(): Promise<number> {
    const { id, epoch } = this.#broker();
    try {
      const block = await this.#channel.send(allocateProducerIds, { brokerId: id, brokerEpoch: epoch });
      if (block.errorCode !== ErrorCode.NONE) return block.errorCode;
      assert(block.producerIdLen > 0, "a block of producer ids is not empty");
      this.#next = block.producerIdStart;
      this.#end = block.producerIdStart + block.producerIdLen;
      return ErrorCode.NONE;
    } catch {
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }
  }
}
