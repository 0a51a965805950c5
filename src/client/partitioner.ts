/**
 * Which partition a record goes to. A key always goes to the same one, the one that Kafka's Java client chooses;
 * records without a key stay with one partition for about a batch and then move on (KIP-480, KIP-794).
 */

import type { Random } from "../platform/platform.ts";
import { murmur2 } from "./murmur2.ts";

/** The partition of a key among `count`. */
export function partitionOfKey(key: Uint8Array, count: number): number {
  return (murmur2(key) & 0x7fffffff) % count;
}

/** Chooses partitions for the records of one topic that have no key. */
export class StickyPartitioner {
  readonly #random: Random;
  readonly #stickyBytes: number;
  #partition = -1;
  #bytesLeft = 0;

  /** Moves on after `stickyBytes` bytes of records. */
  constructor(random: Random, stickyBytes: number) {
    this.#random = random;
    this.#stickyBytes = stickyBytes;
  }

  /**
   * The partition for a record of `bytes` bytes. `usable` are the partitions that have a leader; when there is none,
   * `count` are all.
   */
  next(bytes: number, usable: readonly number[], count: number): number {
    if (this.#bytesLeft <= 0) {
      this.#partition = usable.length > 0
        ? usable[this.#random.below(usable.length)]!
        : this.#random.below(count);
      this.#bytesLeft = this.#stickyBytes;
    }
    this.#bytesLeft -= bytes;
    return this.#partition;
  }

  /** Moves on with the next record: the topic's partitions have changed. */
  moveOn(): void {
    this.#bytesLeft = 0;
  }
}
