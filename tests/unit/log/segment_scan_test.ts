/** Scanning segment files: every sound batch, in bounded memory, up to the first that is not. */

import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { scanSegment } from "../../../src/log/segment_scan.ts";
import { CrashDisk } from "../../harness/crash_disk.ts";
import { batchOf } from "../../harness/log_world.ts";

async function scan(bytes: Uint8Array, checkCrc = true) {
  const file = new CrashDisk().open("/segment", { create: true });
  file.write(bytes, 0);
  const found: [number, number, boolean][] = [];
  const result = await scanSegment(file, {
    from: 0,
    to: bytes.length,
    checkCrc,
    onBatch: (batch, position, whole) => void found.push([position, batch.sizeBytes, whole]),
  });
  return { ...result, found };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 0);
  return bytes;
}

Deno.test("batches smaller and larger than the window of 1 MiB are found, with their checksums", async () => {
  const sizes = [100, 600_000, 500_000, 1_048_576, 3_000_000, 10, 1_048_500, 200];
  const parts = sizes.map((size) => batchOf(["x".repeat(size)]));
  const bytes = concat(parts);
  let position = 0;
  const expected = parts.map((part) => [(position += part.length) - part.length, part.length]);
  const { end, fault, found } = await scan(bytes);
  deepEqual([end, fault], [bytes.length, null]);
  deepEqual(found.map(([at, size]) => [at, size]), expected);
  deepEqual(found.filter(([, , whole]) => !whole).map(([, size]) => size > 1_048_576), [true, true]);
});

Deno.test("a flipped bit anywhere in a large batch is found", async () => {
  const bytes = concat([batchOf(["a"]), batchOf(["x".repeat(2_500_000)])]);
  const first = batchOf(["a"]).length;
  for (const at of [first + 30, first + 1_000_000, first + 2_400_000, bytes.length - 1]) {
    const damaged = bytes.slice();
    damaged[at]! ^= 4;
    const { end, fault } = await scan(damaged);
    deepEqual([end, fault], [first, "crc mismatch"], `at ${at}`);
  }
});

Deno.test("whatever the bytes are, a scan ends at a batch and what it accepts scans again the same", async () => {
  const good = concat([batchOf(["a", "b"]), batchOf(["c"]), batchOf(["d".repeat(50)])]);
  const damage = fc.array(fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(good.length), fc.boolean(), async (changes, length, checkCrc) => {
      const bytes = good.slice(0, length);
      for (const { at, value } of changes) if (at < length) bytes[at] = value;
      const { end, fault, found } = await scan(bytes, checkCrc);
      equal(end <= length, true);
      equal(fault === null, end === length);
      equal(found.reduce((sum, [, size]) => sum + size, 0), end);
      const again = await scan(bytes.slice(0, end), checkCrc);
      deepEqual([again.end, again.fault, again.found], [end, null, found]);
    }),
  );
});
