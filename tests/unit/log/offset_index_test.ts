/** The offset index in Kafka's format: int32 relative offset, int32 position. */

import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { InvariantError } from "../../../src/core/assert.ts";
import { OffsetIndex } from "../../../src/log/offset_index.ts";

function indexOf(baseOffset: number, ...entries: readonly (readonly [number, number])[]): OffsetIndex {
  const index = new OffsetIndex(baseOffset);
  for (const [offset, position] of entries) index.append(offset, position);
  return index;
}

Deno.test("a search finds the last entry at or below the offset", () => {
  const index = indexOf(1000, [1009, 4100], [1020, 8300], [1021, 12500]);
  deepEqual([999, 1000, 1008, 1009, 1019, 1020, 1021, 9999].map((offset) => index.positionFor(offset)), [
    0,
    0,
    0,
    4100,
    4100,
    8300,
    12500,
    12500,
  ]);
  equal(index.floor(1008), -1);
});

Deno.test("the file holds big-endian pairs", () => {
  const bytes = indexOf(1000, [1009, 4100], [1020, 8300]).encode();
  deepEqual([...bytes], [0, 0, 0, 9, 0, 0, 16, 4, 0, 0, 0, 20, 0, 0, 32, 108]);
});

Deno.test("what was written is read back, whatever the entries", () => {
  const entry = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 5000 }));
  fc.assert(fc.property(fc.nat(1e12), fc.array(entry, { maxLength: 60 }), (baseOffset, steps) => {
    const index = new OffsetIndex(baseOffset);
    let offset = baseOffset;
    let position = 0;
    const entries: [number, number][] = [];
    for (const [offsetStep, positionStep] of steps) {
      entries.push([offset += offsetStep, position += positionStep]);
      index.append(offset, position);
    }
    const again = OffsetIndex.decode(baseOffset, index.encode(), position + 1)!;
    deepEqual(
      Array.from({ length: again.count }, (_, at) => [again.offsetAt(at), again.positionAt(at)]),
      entries,
    );
    for (const probe of [baseOffset, ...entries.flatMap(([each]) => [each - 1, each, each + 1])]) {
      const expected = entries.filter(([each]) => each <= probe).at(-1)?.[1] ?? 0;
      equal(again.positionFor(probe), expected);
    }
  }));
});

Deno.test("a file that cannot be the segment's index is refused", () => {
  const good = indexOf(5, [9, 100], [12, 300]).encode();
  equal(OffsetIndex.decode(5, good, 301)?.count, 2);
  equal(OffsetIndex.decode(5, good, 300), null, "a position at the end of the segment");
  equal(OffsetIndex.decode(5, good.subarray(0, 12), 301), null, "a torn entry");
  equal(OffsetIndex.decode(5, new Uint8Array(24), 301), null, "zeros of an index that was preallocated");
  const falling = good.slice();
  falling[11] = 3;
  equal(OffsetIndex.decode(5, falling, 301), null, "offsets that fall");
});

Deno.test("entries behind a cut go", () => {
  const index = indexOf(0, [9, 100], [12, 300], [20, 500]);
  index.truncateToPosition(300);
  deepEqual([index.count, index.positionFor(99)], [1, 100]);
  index.append(11, 301);
  equal(index.positionFor(11), 301);
});

Deno.test("offsets that do not ascend are a bug of ours", () => {
  throws(() => indexOf(0, [9, 100], [9, 300]), InvariantError);
  throws(() => indexOf(10, [9, 100]), InvariantError);
});
