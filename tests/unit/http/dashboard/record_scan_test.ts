/** How the dashboard looks through records: newest first in pages from the end, or forward from a position. */

import assert from "node:assert/strict";
import {
  type RecordPage,
  RecordScan,
  type ScanWish,
  type StoredRecord,
} from "../../../../src/http/dashboard/client/records/scan.ts";

const wish: ScanWish = { partitions: [0], from: "newest", key: "", value: "", wanted: 10 };
const never = new AbortController().signal;

/** Partitions that hold `count` records from `start` on, but those for which `hasGap` says so. */
function topic(
  partitions: readonly { readonly start: number; readonly count: number }[],
  hasGap: (offset: number) => boolean = () => false,
) {
  const reads: string[] = [];
  const read = (partition: number, position: string, limit: number): Promise<RecordPage> => {
    reads.push(`${partition}@${position}+${limit}`);
    const { start, count } = partitions[partition]!;
    const end = start + count;
    const from = position === "latest" ? end : position === "earliest" ? start : Number(position);
    const records: StoredRecord[] = [];
    let next = from;
    for (; next < end && records.length < limit; next++) {
      if (hasGap(next)) continue;
      const value = `{"n":${next},"Name":"Value ${next}"}`;
      records.push({
        partition,
        offset: next,
        timestamp: next * 10 + partition,
        key: `k${next}`,
        value,
        headers: [],
      });
    }
    return Promise.resolve({ records, nextOffset: next, startOffset: start, endOffset: end });
  };
  return { read, reads };
}

const offsets = (scan: RecordScan) => scan.found.map(({ partition, offset }) => `${partition}:${offset}`);

Deno.test("the newest records of all partitions come first, by time", async () => {
  const { read } = topic([{ start: 0, count: 100 }, { start: 50, count: 50 }]);
  const scan = new RecordScan({ ...wish, partitions: [0, 1], wanted: 6 }, read);
  await scan.run(never, () => {});
  assert.deepEqual(offsets(scan), ["1:99", "0:99", "1:98", "0:98", "1:97", "0:97"]);
  await scan.run(never, () => {});
  assert.deepEqual(offsets(scan).slice(6, 8), ["1:96", "0:96"]);
  assert.equal(scan.isDone, false);
});

Deno.test("a search goes back to the first record and says that this was all", async () => {
  const { read } = topic([{ start: 7, count: 1_800 }]);
  const scan = new RecordScan({ ...wish, value: "value 9" }, read);
  await scan.run(never, () => {});
  while (!scan.isDone) await scan.run(never, () => {});
  assert.equal(scan.lookedAt, 1_800);
  assert(scan.found.length > 100 && scan.found.every(({ value }) => value!.includes("Value 9")));
});

Deno.test("offsets that are missing are stepped over, and no record comes twice", async () => {
  const { read } = topic([{ start: 0, count: 300 }], (offset) => offset % 3 !== 0);
  const scan = new RecordScan({ ...wish, wanted: 40 }, read);
  while (!scan.isDone) await scan.run(never, () => {});
  assert.equal(scan.found.length, 100);
  assert.equal(new Set(offsets(scan)).size, 100);
});

Deno.test("from a position on, the oldest come first and reading ends at the end", async () => {
  const { read, reads } = topic([{ start: 0, count: 25 }]);
  const scan = new RecordScan({ ...wish, from: "earliest", wanted: 20 }, read);
  await scan.run(never, () => {});
  assert.deepEqual(offsets(scan).slice(0, 2), ["0:0", "0:1"]);
  assert.equal(scan.isDone, false);
  await scan.run(never, () => {});
  assert.equal(scan.found.length, 25);
  assert.equal(scan.isDone, true);
  assert.deepEqual(reads, ["0@earliest+20", "0@20+20"]);
});

Deno.test("a scan pauses when it has looked at many records", async () => {
  const { read } = topic([{ start: 0, count: 100_000 }]);
  const scan = new RecordScan({ ...wish, key: "nowhere" }, read);
  await scan.run(never, () => {});
  assert.equal(scan.lookedAt, 20_000);
  assert.equal(scan.isDone, false);
});

Deno.test("an empty partition is done at once", async () => {
  const { read } = topic([{ start: 5, count: 0 }]);
  const scan = new RecordScan(wish, read);
  await scan.run(never, () => {});
  assert.deepEqual([scan.isDone, scan.found.length], [true, 0]);
});

Deno.test("a scan that was stopped asks no more", async () => {
  const { read, reads } = topic([{ start: 0, count: 100_000 }]);
  const stop = new AbortController();
  const scan = new RecordScan({ ...wish, key: "nowhere" }, read);
  await scan.run(stop.signal, () => stop.abort());
  assert.equal(reads.length, 2);
});
