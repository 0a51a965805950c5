/** The time index in Kafka's format (KIP-33): int64 timestamp, int32 relative offset. */

import { deepEqual, equal } from "node:assert/strict";
import { TimeIndex } from "../../../src/log/time_index.ts";

function indexOf(baseOffset: number, ...entries: readonly (readonly [number, number])[]): TimeIndex {
  const index = new TimeIndex(baseOffset);
  for (const [timestamp, offset] of entries) index.maybeAppend(timestamp, offset);
  return index;
}

Deno.test("a search begins where every record before is older", () => {
  const index = indexOf(100, [5000, 110], [6000, 120], [7000, 130]);
  deepEqual([4000, 5000, 5001, 6000, 6001, 8000].map((timestamp) => index.offsetBefore(timestamp)), [
    100,
    100,
    110,
    110,
    120,
    130,
  ]);
});

Deno.test("an entry is added only for a larger timestamp", () => {
  const index = indexOf(0, [5000, 1], [5000, 2], [4000, 3], [5001, 4]);
  deepEqual([index.count, index.lastTimestamp, index.lastOffset], [2, 5001, 4]);
  deepEqual([new TimeIndex(7).lastTimestamp, new TimeIndex(7).lastOffset], [-1, 7]);
});

Deno.test("the file holds big-endian entries that are read back", () => {
  const bytes = indexOf(100, [1_700_000_000_000, 110]).encode();
  deepEqual([...bytes], [0, 0, 1, 139, 207, 229, 104, 0, 0, 0, 0, 10]);
  const again = TimeIndex.decode(100, bytes)!;
  deepEqual([again.count, again.timestampAt(0), again.offsetAt(0)], [1, 1_700_000_000_000, 110]);
  again.maybeAppend(1_700_000_000_001, 111);
  equal(again.count, 2);
});

Deno.test("a file that cannot be an index is refused", () => {
  const good = indexOf(0, [1000, 1], [2000, 2]).encode();
  equal(TimeIndex.decode(0, good.subarray(0, 20)), null, "a torn entry");
  equal(TimeIndex.decode(0, new Uint8Array(24)), null, "zeros of an index that was preallocated");
  const huge = good.slice();
  huge[0] = 0x7f;
  equal(TimeIndex.decode(0, huge), null, "a timestamp beyond 2^53");
});

Deno.test("entries behind a cut go", () => {
  const index = indexOf(0, [1000, 5], [2000, 9]);
  index.truncateToOffset(9);
  deepEqual([index.count, index.lastTimestamp], [1, 1000]);
});
