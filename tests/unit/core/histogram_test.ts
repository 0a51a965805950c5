import assert from "node:assert/strict";
import { Histogram } from "../../../src/core/histogram.ts";

Deno.test("a duration counts in the first bucket whose bound it does not exceed", () => {
  const histogram = new Histogram([1, 10]);
  for (const ms of [0, 1, 1.01, 10, 10.01, 1e9]) histogram.observe(ms);
  assert.deepEqual([...histogram.counts], [2, 2, 2]);
  assert.equal(histogram.sumMs, 0 + 1 + 1.01 + 10 + 10.01 + 1e9);
});
