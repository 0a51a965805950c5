/**
 * How fast the records layer is here: checksums, verification, building and reading batches, each codec.
 *
 *   deno run -A scripts/bench/records.ts        bun scripts/bench/records.ts
 */

import { BatchView, verifyBatch } from "../../src/records/batch.ts";
import { BatchBuilder } from "../../src/records/batch_builder.ts";
import { compress, compressionNames, decompress } from "../../src/records/compression/codec.ts";
import { crc32c, updateByTables } from "../../src/records/crc32c.ts";
import { RecordCursor } from "../../src/records/record.ts";

const ROUNDS = 5;
const ROUND_MS = 120;

/** Runs `work` for some rounds and prints the best: bytes and calls per second. */
function measure(name: string, bytes: number, work: () => unknown): void {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now();
    let calls = 0;
    let elapsedMs = 0;
    while (elapsedMs < ROUND_MS) {
      for (let index = 0; index < 8; index++) work();
      calls += 8;
      elapsedMs = performance.now() - startedAt;
    }
    best = Math.max(best, calls / elapsedMs * 1000);
  }
  const megabytes = (best * bytes / 1e6).toFixed(0).padStart(8);
  console.log(`${name.padEnd(44)} ${megabytes} MB/s ${best.toFixed(0).padStart(10)} calls/s`);
}

/** Lines of JSON, as much of the world's traffic is. */
function text(length: number): Uint8Array {
  const lines: string[] = [];
  for (let index = 0, size = 0; size < length; index++) {
    const line = JSON.stringify({
      id: index,
      name: `user-${(index * 7919) % 1000}`,
      at: 1700000000000 + index * 13,
      tags: ["a", "b", `${index % 10}`],
      share: Math.sin(index),
    });
    lines.push(line);
    size += line.length;
  }
  return new TextEncoder().encode(lines.join("\n")).subarray(0, length);
}

function batchOf(recordBytes: number, totalBytes: number): Uint8Array {
  const builder = new BatchBuilder();
  const value = text(recordBytes);
  while (builder.uncompressedBytes < totalBytes) {
    builder.append({ timestamp: 1700000000000, key: null, value });
  }
  return builder.build();
}

const noise = Uint8Array.from({ length: 1 << 20 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24);
for (const size of [64, 256, 1024, 4096, 16384, 65536, 1 << 20]) {
  measure(`crc32c, ${size} bytes`, size, () => crc32c(noise, 0, size));
}
measure("crc32c by tables, 16384 bytes", 16384, () => updateByTables(-1, noise, 0, 16384));

const small = batchOf(100, 16384);
const few = batchOf(1024, 16384);
measure("verifyBatch, 16 KiB", small.length, () => verifyBatch(small, 0, { dense: true }));
for (const [what, batch] of [["100-byte", small], ["1 KiB", few]] as const) {
  measure(`read 16 KiB of ${what} records`, batch.length, () => {
    const cursor = new RecordCursor(new BatchView(batch));
    let bytes = 0;
    while (cursor.next()) bytes += cursor.value!.length;
    return bytes;
  });
}
const builder = new BatchBuilder();
for (const size of [100, 1024]) {
  const record = { timestamp: 1700000000000, key: null, value: text(size) };
  measure(`build 16 KiB of ${size}-byte records`, 16384, () => {
    builder.reset();
    while (builder.uncompressedBytes < 16384) builder.append(record);
    return builder.build();
  });
}

for (const size of [1024, 16384, 1 << 20]) {
  const bytes = text(size);
  for (const codec of compressionNames) {
    if (codec === "none") continue;
    const compressed = compress(codec, bytes);
    const ratio = (size / compressed.length).toFixed(1);
    measure(`${codec} compress ${size} (to 1/${ratio})`, size, () => compress(codec, bytes));
    measure(`${codec} decompress ${size}`, size, () => decompress(codec, compressed, size));
  }
}
