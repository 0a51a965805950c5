/** Randomness over the globals that every runtime shares. */

import { assert } from "../../core/assert.ts";
import type { Random } from "../platform.ts";

/** `crypto.getRandomValues` refuses more than this at once. */
const MOST_BYTES_AT_ONCE = 65536;

/** The runtime's randomness; the bytes are fit for ids and secrets. */
export const systemRandom: Random = {
  next: () => Math.random(),

  below(bound) {
    assert(
      Number.isSafeInteger(bound) && bound > 0,
      `the bound of a random number must be positive, got ${bound}`,
    );
    return Math.floor(Math.random() * bound);
  },

  bytes(length) {
    const bytes = new Uint8Array(length);
    for (let from = 0; from < length; from += MOST_BYTES_AT_ONCE) {
      crypto.getRandomValues(bytes.subarray(from, from + MOST_BYTES_AT_ONCE));
    }
    return bytes;
  },
};
