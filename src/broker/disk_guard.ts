/**
 * Keeps some space of each log directory's disk free: producers are refused, with an error that they try again on,
 * before the disk is full. What is left lets the broker itself go on: commits of groups, metadata, checkpoints,
 * retention and compaction, and a start.
 */

import type { Logger } from "../core/logger.ts";
import { messageOf } from "../core/errors.ts";
import type { Disk } from "../platform/disk.ts";
import type { Timer, Timers } from "../platform/platform.ts";

/** What the guard works with. */
export interface DiskGuardParts {
  readonly disk: Pick<Disk, "space">;
  readonly timers: Timers;
  readonly logger: Logger;
  /** `log.reserved.disk.bytes`, asked anew at each look because it can change; 0 turns the guard off. */
  readonly reservedBytes: () => number;
}

interface Guarded {
  readonly directory: string;
  isFull: boolean;
  /** How much may be appended before the next look. */
  trustedBytes: number;
}

const LOOK_INTERVAL_MS = 1_000;
/** A small disk cannot spare more than this part of it. */
const LARGEST_PART = 1 / 20;
/** Producers may go on once there is so much more space than where they were stopped. */
const RESUME_FACTOR = 1.25;

export class DiskGuard {
  readonly #parts: DiskGuardParts;
  readonly #directories = new Map<string, Guarded>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: DiskGuardParts, directories: readonly string[]) {
    this.#parts = parts;
    for (const directory of directories) {
      const guarded = { directory, isFull: false, trustedBytes: 0 };
      this.#directories.set(directory, guarded);
      this.#look(guarded);
    }
    this.#arm();
  }

  /** Whether a producer may append `bytes` in a directory. */
  admits(directory: string, bytes: number): boolean {
    const guarded = this.#directories.get(directory);
    if (guarded === undefined) return true;
    if (!guarded.isFull) {
      guarded.trustedBytes -= bytes;
      if (guarded.trustedBytes < 0) this.#look(guarded);
    }
    return !guarded.isFull;
  }

  /** Whether producers are refused in a directory. */
  isFull(directory: string): boolean {
    return this.#directories.get(directory)?.isFull === true;
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#parts.timers.after(LOOK_INTERVAL_MS, () => {
      for (const guarded of this.#directories.values()) this.#look(guarded);
      if (!this.#stopped) this.#arm();
    });
  }

  #look(guarded: Guarded): void {
    const { disk, logger, reservedBytes } = this.#parts;
    const { directory } = guarded;
    try {
      const { totalBytes, freeBytes } = disk.space(directory);
      const reserved = Math.min(reservedBytes(), totalBytes * LARGEST_PART);
      // Between two looks no more is trusted than half of the way to the mark, or a quarter of what is reserved.
      guarded.trustedBytes = Math.max((freeBytes - reserved) / 2, reserved / 4);
      const wasFull = guarded.isFull;
      guarded.isFull = reserved > 0 && freeBytes < (wasFull ? reserved * RESUME_FACTOR : reserved);
      if (guarded.isFull === wasFull) return;
      const fields = { directory, freeBytes, reservedBytes: Math.round(reserved) };
      if (guarded.isFull) logger.warn("the disk is nearly full: producers are refused", fields);
      else logger.warn("the disk has space again: producers are admitted", fields);
    } catch (error) {
      logger.warn("could not see how full the disk is", { directory, reason: messageOf(error) });
    }
  }
}
