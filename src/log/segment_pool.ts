/**
 * Bounds what segments hold open: file descriptors, and the indexes of segments that are no longer written. Both
 * come back on the next use, so a broker with ten thousand partitions needs neither ten thousand of them.
 */

import { ReadBuffers } from "./read_buffers.ts";

/** What the pool needs to know of a segment. */
export interface Poolable {
  /** Set on every use, cleared when the pool passes by: the second chance of a clock cache. */
  used: boolean;
  /** While positive, an operation is under way and nothing may be given up. */
  pins: number;
  /** Closes the file and, where that loses nothing, drops the indexes. Returns the bytes that are still held. */
  giveUp(): void;
}

export interface SegmentPoolLimits {
  readonly maxOpenFiles: number;
  readonly maxIndexBytes: number;
}

export class SegmentPool {
  /** For reads of the segments' files. */
  readonly readBuffers = new ReadBuffers();
  readonly #limits: SegmentPoolLimits;
  /** Index bytes by segment that holds something, in the order in which they were last passed by. */
  readonly #holders = new Map<Poolable, number>();
  #indexBytes = 0;

  constructor(limits: SegmentPoolLimits) {
    this.#limits = limits;
  }

  get openCount(): number {
    return this.#holders.size;
  }

  get indexBytes(): number {
    return this.#indexBytes;
  }

  /** Notes that `segment` holds its file open or `indexBytes` of indexes, and makes room for it. */
  hold(segment: Poolable, indexBytes: number): void {
    this.#indexBytes += indexBytes - (this.#holders.get(segment) ?? 0);
    this.#holders.set(segment, indexBytes);
    segment.used = true;
    this.#makeRoom(segment);
  }

  /** Forgets a segment that has given up what it held. */
  drop(segment: Poolable): void {
    this.#indexBytes -= this.#holders.get(segment) ?? 0;
    this.#holders.delete(segment);
  }

  #makeRoom(newcomer: Poolable): void {
    // Each holder is looked at twice at most: once to take its second chance away.
    let looks = this.#holders.size * 2;
    for (const [segment, indexBytes] of this.#holders) {
      const full = this.#holders.size > this.#limits.maxOpenFiles ||
        this.#indexBytes > this.#limits.maxIndexBytes;
      if (!full || looks-- === 0) return;
      if (segment === newcomer || segment.used || segment.pins > 0) {
        segment.used = false;
        this.#holders.delete(segment);
        this.#holders.set(segment, indexBytes);
        continue;
      }
      segment.giveUp();
    }
  }
}
