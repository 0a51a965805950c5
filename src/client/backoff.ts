/** How long to wait before trying again: exponentially longer, with jitter so that clients do not act as one (KIP-580). */

import type { Random } from "../platform/platform.ts";

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** The share of the wait that is random, in either direction. */
const JITTER = 0.2;

/** The wait in milliseconds before attempt number `attempt`; the first that is repeated has number 1. */
export function backoffMs(attempt: number, { firstMs, maxMs }: BackoffOptions, random: Random): number {
  const wait = Math.min(firstMs * 2 ** Math.min(attempt - 1, 30), maxMs);
  return wait * (1 - JITTER + 2 * JITTER * random.next());
}
