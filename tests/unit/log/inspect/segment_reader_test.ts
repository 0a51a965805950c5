import assert from "node:assert/strict";
import fc from "fast-check";
import { type Damage, SegmentReader } from "../../../../src/log/inspect/segment_reader.ts";
import type { DiskFile } from "../../../../src/platform/disk.ts";
import { BATCH_HEADER_BYTES } from "../../../../src/records/batch.ts";
import { batch } from "../../../harness/batches.ts";

const MEBIBYTE = 1024 * 1024;

/** A file of which each read gives what a disk may give: all that was asked for. */
function fileOf(bytes: Uint8Array): DiskFile {
  const readNow = (target: Uint8Array, position: number) => {
    const part = bytes.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  };
  return {
    path: "/segment",
    size: bytes.length,
    readNow,
    read: async (target, position) => {
      await Promise.resolve();
      return readNow(target, position);
    },
  } as DiskFile;
}

interface Seen {
  readonly batches: { position: number; baseOffset: number; size: number; isWhole: boolean; first: number }[];
  readonly damages: Damage[];
}

async function readAll(bytes: Uint8Array): Promise<Seen> {
  const seen: Seen = { batches: [], damages: [] };
  const reader = new SegmentReader(fileOf(bytes), { onDamage: (damage) => seen.damages.push(damage) });
  do {
    while (reader.take()) {
      const { batch, position, isWhole } = reader;
      const { baseOffset, sizeBytes } = batch;
      seen.batches.push({
        position,
        baseOffset,
        size: sizeBytes,
        isWhole,
        first: isWhole ? batch.payload[0]! : -1,
      });
    }
  } while (await reader.more());
  return seen;
}

/** A batch of about `size` bytes. */
function batchOfSize(baseOffset: number, size: number): Uint8Array {
  const value = new Uint8Array(Math.max(0, size - BATCH_HEADER_BYTES - 12)).fill(baseOffset);
  return batch([{ value, timestamp: 1 }], { baseOffset });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Sizes around the bounds of what is read at a time. */
const sizes = fc.array(
  fc.oneof(
    fc.integer({ min: 80, max: 5000 }),
    fc.integer({ min: MEBIBYTE - 200, max: MEBIBYTE + 200 }),
    fc.integer({ min: 2 * MEBIBYTE - 200, max: 2 * MEBIBYTE + 200 }),
    fc.integer({ min: 400_000, max: 700_000 }),
  ),
  { minLength: 1, maxLength: 6 },
);

Deno.test("segment reader: every batch is seen once, whole and in order, wherever chunks end", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (sizes) => {
      const parts = sizes.map((size, index) => batchOfSize(index, size));
      const { batches, damages } = await readAll(joined(parts));
      assert.deepEqual(damages, []);
      let position = 0;
      const expected = parts.map((part, baseOffset) => {
        const one = {
          position,
          baseOffset,
          size: part.length,
          isWhole: true,
          first: part[BATCH_HEADER_BYTES]!,
        };
        position += part.length;
        return one;
      });
      assert.deepEqual(batches, expected);
    }),
    { numRuns: 30 },
  );
});

Deno.test("segment reader: a changed byte costs only the batch it is in, and a cut only the last", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (sizes, chosen, where) => {
      const parts = sizes.map((size, index) => batchOfSize(index, size));
      const hit = chosen % parts.length;
      const bytes = joined(parts);
      const start = parts.slice(0, hit).reduce((sum, part) => sum + part.length, 0);
      // Behind the length, which says where the next one begins, and in what the checksum covers.
      const offset = 21 + where % (parts[hit]!.length - 21);
      bytes[start + offset]! ^= 0x40;
      const { batches, damages } = await readAll(bytes);
      assert.deepEqual(
        batches.map((one) => one.baseOffset),
        parts.map((_, index) => index).filter((one) => one !== hit),
      );
      assert.equal(damages.length, 1);
      assert.equal(damages[0]!.position, start);
      assert.match(damages[0]!.what, /^crc mismatch \(stored [0-9a-f]{8}\) in a batch of \d+ bytes/);

      const lost = 1 + where % (parts.at(-1)!.length - 1);
      const cut = await readAll(joined(parts).subarray(0, -lost));
      assert.equal(cut.batches.length, parts.length - 1);
      assert.equal(cut.damages.length, 1);
      assert.match(cut.damages[0]!.what, /^truncated; the last \d+ bytes are not batches$/);
    }),
    { numRuns: 20 },
  );
});

Deno.test("segment reader: a batch that is too large to hold is checked in pieces", async () => {
  const huge = batchOfSize(1, 129 * MEBIBYTE);
  const bytes = joined([batchOfSize(0, 100), huge, batchOfSize(2, 100)]);
  const whole = await readAll(bytes);
  assert.deepEqual(whole.batches.map((one) => [one.baseOffset, one.isWhole]), [[0, true], [1, false], [
    2,
    true,
  ]]);
  assert.deepEqual(whole.damages, []);
  bytes[bytes.length - 200]! ^= 1;
  const damaged = await readAll(bytes);
  assert.deepEqual(damaged.batches.map((one) => one.baseOffset), [0, 2]);
  assert.equal(damaged.damages.length, 1);
});

Deno.test("segment reader: whatever the bytes are, it ends and what it shows lies within them", async () => {
  const sound = joined([batchOfSize(0, 200), batchOfSize(1, 300), batchOfSize(2, 100)]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 20 }),
      fc.nat(sound.length),
      async (changes, length) => {
        const bytes = sound.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        const { batches, damages } = await readAll(bytes);
        let end = 0;
        for (const one of batches) {
          assert.ok(one.position >= end && one.position + one.size <= length);
          end = one.position + one.size;
        }
        assert.ok(end === length || damages.length > 0, "what is no batch is said to be none");
      },
    ),
    { numRuns: 300 },
  );
});
