/** How old a record is by what segments and their indexes in memory say. */

import assert from "node:assert/strict";
import { timestampBefore } from "../../../../src/broker/metrics/record_age.ts";
import { TimeIndex } from "../../../../src/log/time_index.ts";
import type { PartitionLog } from "../../../../src/log/partition_log.ts";

interface FakeSegment {
  readonly baseOffset: number;
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly indexes: { readonly times: TimeIndex } | null;
}

function logOf(...list: FakeSegment[]): PartitionLog {
  const indexOf = (offset: number) => list.findLastIndex(({ baseOffset }) => baseOffset <= offset);
  return { segments: { list, indexOf } } as unknown as PartitionLog;
}

Deno.test("the time index tells where it has an entry, else the segment before, else the first batch", () => {
  const times = new TimeIndex(100);
  times.maybeAppend(5_000, 110);
  times.maybeAppend(6_000, 120);
  const first = { baseOffset: 0, firstTimestamp: 1_000, maxTimestamp: 4_000, indexes: null };
  const second = { baseOffset: 100, firstTimestamp: 4_500, maxTimestamp: 7_000, indexes: { times } };
  const log = logOf(first, second);
  assert.equal(timestampBefore(log, 50), 1_000);
  assert.equal(timestampBefore(log, 105), 4_000, "not before the segment that came before");
  assert.equal(timestampBefore(log, 115), 5_000);
  assert.equal(timestampBefore(log, 130), 6_000);
});

Deno.test("segments that have not read their times say nothing", () => {
  assert.equal(
    timestampBefore(logOf({ baseOffset: 0, firstTimestamp: -2, maxTimestamp: NaN, indexes: null }), 5),
    null,
  );
  const oldest = { baseOffset: 0, firstTimestamp: -2, maxTimestamp: 9_000, indexes: null };
  assert.equal(timestampBefore(logOf(oldest), 5), 9_000);
});
