/** The memory that serves the ends of logs, against a model that keeps everything. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { createSegment } from "../../../src/log/log_segments.ts";
import { LoadedBytes } from "../../../src/log/log_read.ts";
import { LogTail, TailCache, type TailSlice } from "../../../src/log/tail_cache.ts";
import { BatchView } from "../../../src/records/batch.ts";
import { setBaseOffset } from "../../../src/records/batch.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { batchOf, bytesOf, logContext } from "../../harness/log_world.ts";

/** A log of one segment whose appends go to the file and to the tail. */
function makeLog(cache: TailCache, disk: CrashDisk, name: string) {
  disk.makeDirectory(`/${name}`);
  const segment = createSegment(logContext(disk).context, `/${name}`, 0);
  const tail = new LogTail(cache);
  const batches: { baseOffset: number; lastOffset: number; position: number; bytes: Uint8Array }[] = [];
  const state = { segment, tail, batches, end: 0 };
  return {
    ...state,
    append(values: readonly string[]) {
      const bytes = batchOf(values);
      setBaseOffset(bytes, 0, state.end);
      const position = segment.sizeBytes;
      segment.write(bytes);
      const { baseOffset, lastOffset } = new BatchView(bytes);
      if (tail.append(bytes, segment, { position, baseOffset })) tail.noteBatch(position, lastOffset);
      batches.push({ baseOffset, lastOffset, position, bytes });
      state.end = lastOffset + 1;
    },
    /** What a read must give: whole batches from the one that holds `offset` on. */
    expected(offset: number, maxBytes: number, upTo: number, minOneBatch: boolean): Uint8Array {
      const parts: Uint8Array[] = [];
      let size = 0;
      for (const batch of batches) {
        if (batch.lastOffset < offset) continue;
        const fits = size + batch.bytes.length <= maxBytes || (size === 0 && minOneBatch);
        if (batch.lastOffset >= upTo || !fits) break;
        parts.push(batch.bytes);
        size += batch.bytes.length;
        if (size > maxBytes) break;
      }
      return new Uint8Array(parts.flatMap((part) => [...part]));
    },
  };
}

const append = fc.record({
  log: fc.nat(1),
  values: fc.array(fc.nat(900).map((length) => "x".repeat(length)), { minLength: 1, maxLength: 4 }),
});
const read = fc.record({
  offset: fc.nat(100),
  maxBytes: fc.nat(12_000),
  upTo: fc.nat(110),
  minOneBatch: fc.boolean(),
});

Deno.test("slices are the whole batches asked for, now and when they are written later", () => {
  fc.assert(
    fc.property(
      fc.array(append, { maxLength: 40 }),
      fc.array(read, { maxLength: 30 }),
      fc.constantFrom(0, 3000, 20_000, 1 << 20),
      (appends, reads, budget) => {
        const cache = new TailCache(budget);
        const disk = new CrashDisk();
        const logs = [makeLog(cache, disk, "a"), makeLog(cache, disk, "b")];
        const later: { slice: TailSlice; expected: Uint8Array }[] = [];
        for (const { log, values } of appends) {
          logs[log]!.append(values);
          equal(cache.usedBytes <= budget, true);
          for (const { offset, ...options } of reads.slice(0, 5)) {
            const { tail, end } = { tail: logs[log]!.tail, end: logs[log]!.batches.at(-1)!.lastOffset + 1 };
            if (offset < tail.firstOffset || offset >= Math.min(end, options.upTo)) continue;
            const { maxBytes, upTo, minOneBatch } = options;
            const slice = tail.slice(offset, maxBytes, { upTo: Math.min(upTo, end), minOneBatch });
            const expected = logs[log]!.expected(offset, maxBytes, upTo, minOneBatch);
            equal(slice?.byteLength ?? 0, expected.length);
            if (slice !== null) later.push({ slice, expected });
          }
        }
        for (const { slice, expected } of later) {
          deepEqual(bytesOf(slice), expected);
          equal(slice.endOffset, new LoadedBytes(expected).endOffset);
        }
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("the oldest chunk makes room, whosever it is, and is read from the file by who still needs it", () => {
  const cache = new TailCache(8 * 1024);
  const disk = new CrashDisk();
  const [a, b] = [makeLog(cache, disk, "a"), makeLog(cache, disk, "b")];
  a.append(["first"]);
  const slice = a.tail.slice(0, 1000, { upTo: 1, minOneBatch: true })!;
  while (a.tail.firstOffset === 0) b.append(["x".repeat(500)]);
  equal(a.tail.firstOffset, Infinity);
  deepEqual(bytesOf(slice), a.batches[0]!.bytes);
});

Deno.test("what was read is written although the log is cut, or its file gone, before that", () => {
  // A replica that moved away took the file from under an answer that waited for its turn. Found by the simulator.
  const log = makeLog(new TailCache(64 * 1024), new CrashDisk(), "cut");
  log.append(["kept"]);
  const slice = log.tail.slice(0, 1000, { upTo: 1, minOneBatch: true })!;
  log.tail.clear();
  log.segment.close();
  const target = new Uint8Array(slice.byteLength);
  slice.writeTo(target);
  deepEqual(target, log.batches[0]!.bytes);
});

Deno.test("an append larger than the budget is not kept, and nothing before it", () => {
  const cache = new TailCache(5000);
  const log = makeLog(cache, new CrashDisk(), "a");
  log.append(["small"]);
  log.append(["x".repeat(6000)]);
  equal(log.tail.firstOffset, Infinity);
  log.append(["again"]);
  equal(log.tail.firstOffset, 2);
});

Deno.test("what nobody reads is not kept, from the first read on it is again", () => {
  const cache = new TailCache(64 << 20);
  const log = makeLog(cache, new CrashDisk(), "a");
  const value = "x".repeat(1 << 20);
  for (let count = 0; count < 20; count++) log.append([value]);
  equal(log.tail.firstOffset, Infinity);
  equal(cache.usedBytes, 0);
  log.tail.onReader();
  log.append([value]);
  equal(log.tail.firstOffset, log.batches.at(-1)!.baseOffset);
});
