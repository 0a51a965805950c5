/** Since when records can be read, from looks at how far partitions were. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { EndOffsetHistory } from "../../../../src/broker/metrics/end_offset_history.ts";

Deno.test("a record came between the two looks that its offset lies between", () => {
  const partition = { highWatermark: 100 };
  const history = new EndOffsetHistory(0);
  history.look([partition], 1_000);
  partition.highWatermark = 200;
  history.look([partition], 2_000);
  history.look([partition], 9_000);
  partition.highWatermark = 300;
  history.look([partition], 10_000);
  assert.equal(history.readableSince(partition, 99), null, "it was there before anybody looked");
  assert.equal(history.readableSince(partition, 100), 1_000);
  assert.equal(history.readableSince(partition, 150), 1_500);
  assert.equal(history.readableSince(partition, 200), 9_000, "nothing came while nothing moved");
  assert.equal(history.readableSince(partition, 250), 9_500);
  assert.equal(history.readableSince(partition, 300), 10_000, "it came after the last look");
});

Deno.test("what was known of a log that is cut is forgotten", () => {
  const partition = { highWatermark: 0 };
  const history = new EndOffsetHistory(0);
  history.look([partition], 1_000);
  partition.highWatermark = 100;
  history.look([partition], 2_000);
  partition.highWatermark = 50;
  history.look([partition], 3_000);
  assert.equal(history.readableSince(partition, 10), null);
  partition.highWatermark = 60;
  history.look([partition], 4_000);
  assert.equal(history.readableSince(partition, 50), 3_000);
});

Deno.test("times never go back with growing offsets, and are never off by more than the looks they fell between", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 700 }), (steps) => {
      const partition = { highWatermark: 0 };
      const history = new EndOffsetHistory(0);
      history.look([partition], 0);
      /** When the record at each offset was first seen. */
      const seenMs: number[] = [];
      steps.forEach((step, index) => {
        const nowMs = (index + 1) * 1_000;
        for (let added = 0; added < step; added++) seenMs.push(nowMs);
        partition.highWatermark += step;
        history.look([partition], nowMs);
      });
      const endMs = steps.length * 1_000;
      let before = 0;
      for (let offset = 0; offset < seenMs.length; offset++) {
        const sinceMs = history.readableSince(partition, offset)!;
        assert(sinceMs >= before, "times do not go back");
        before = sinceMs;
        // Recent looks are kept as they are; older ones are merged, the more the longer ago.
        const isRecent = endMs - seenMs[offset]! < 30_000;
        if (isRecent) assert(Math.abs(sinceMs - seenMs[offset]!) <= 1_000);
      }
    }),
    { numRuns: 60 },
  );
});
