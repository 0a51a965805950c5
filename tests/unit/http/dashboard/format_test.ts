/** Numbers, sizes and durations as the dashboard writes them. */

import assert from "node:assert/strict";
import {
  byteRate,
  bytes,
  compact,
  count,
  duration,
  plural,
  rate,
  timestamp,
} from "../../../../src/http/dashboard/client/format.ts";

Deno.test("what is not known is a dash", () => {
  for (const format of [bytes, byteRate, compact, count, duration, rate, timestamp]) {
    assert.deepEqual([format(null), format(undefined)], ["–", "–"], format.name);
  }
  assert.deepEqual([count(-1), bytes(-1), duration(-1), timestamp(-1)], ["–", "–", "–", "–"]);
});

Deno.test("sizes count in powers of 1024, numbers in powers of 1000", () => {
  assert.deepEqual([bytes(0), bytes(1023), bytes(1536), bytes(10 * 2 ** 20)], [
    "0 B",
    "1023 B",
    "1.5 KiB",
    "10 MiB",
  ]);
  assert.deepEqual([compact(0), compact(1234), compact(98.64), compact(2.5e6)], [
    "0",
    "1.23K",
    "98.6",
    "2.5M",
  ]);
  assert.deepEqual([count(1234567), rate(12), byteRate(2048)], ["1,234,567", "12/s", "2.0 KiB/s"]);
});

Deno.test("durations take the unit that suits them", () => {
  assert.deepEqual(
    [0.456, 3.21, 120.4, 4_200, 180_000, 7_200_000, 4 * 86_400_000].map(duration),
    ["0.46 ms", "3.2 ms", "120 ms", "4.2 s", "3 min", "2 h", "4 d"],
  );
});

Deno.test("one thing is not many", () => {
  assert.deepEqual([plural(1, "topic"), plural(1200, "topic"), plural(0, "copy", "copies")], [
    "1 topic",
    "1,200 topics",
    "0 copies",
  ]);
});
