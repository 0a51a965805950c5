/** What every source of randomness must do. */

import assert from "node:assert/strict";
import type { Case } from "./case.ts";

export const randomCases: readonly Case[] = [
  {
    name: "next stays in [0, 1) and reaches all of it",
    run({ platform: { random } }) {
      const hits = new Array(10).fill(0);
      for (let draw = 0; draw < 10_000; draw++) {
        const value = random.next();
        assert(value >= 0 && value < 1, `${value}`);
        hits[Math.floor(value * 10)]++;
      }
      // Each tenth has 1000 hits on average with a deviation of 30: 700 is ten deviations off.
      for (const count of hits) assert(count > 700 && count < 1300, hits.join(" "));
    },
  },
  {
    name: "below gives whole numbers up to its bound, and every one of them",
    run({ platform: { random } }) {
      const seen = new Set<number>();
      for (let draw = 0; draw < 1000; draw++) seen.add(random.below(7));
      assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
      assert.equal(random.below(1), 0);
      const wide = random.below(2 ** 53 - 1);
      assert(Number.isSafeInteger(wide) && wide >= 0);
    },
  },
  {
    name: "below refuses a bound that leaves no choice",
    run({ platform: { random } }) {
      for (const bound of [0, -1, 1.5, NaN]) assert.throws(() => random.below(bound), `bound ${bound}`);
    },
  },
  {
    name: "bytes gives the length asked for, with every value, never the same twice",
    run({ platform: { random } }) {
      for (const length of [0, 1, 16, 65536, 200_001]) assert.equal(random.bytes(length).length, length);
      const bytes = random.bytes(200_001);
      assert.equal(new Set(bytes).size, 256);
      // The end is as random as the start, though some sources fill only 64 KiB at once.
      assert(new Set(bytes.subarray(-1000)).size > 200);
      assert.notDeepEqual(random.bytes(16), random.bytes(16));
    },
  },
];
