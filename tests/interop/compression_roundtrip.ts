/**
 * A program without a test runner, so that any runtime can run it: every codec and Kafka's golden batches. It prints
 * one line and exits with 0, or throws.
 */

import assert from "node:assert/strict";
import { batches, verifyBatch } from "../../src/records/batch.ts";
import {
  compress,
  compressionNames,
  decompress,
  DecompressError,
} from "../../src/records/compression/codec.ts";
import { crc32c, loadWasm } from "../../src/records/crc32c.ts";
import { recordsOf } from "../../src/records/record.ts";
import { samples } from "../unit/records/compression/samples.ts";
import { goldens } from "../unit/records/golden.ts";

loadWasm();
assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);

for (const codec of compressionNames) {
  for (const [name, bytes] of samples) {
    const compressed = compress(codec, bytes);
    assert.deepEqual(decompress(codec, compressed, bytes.length), bytes, `${codec}: ${name}`);
    if (bytes.length === 0) continue;
    assert.throws(
      () => decompress(codec, compressed, bytes.length - 1),
      DecompressError,
      `${codec}: ${name}`,
    );
    if (codec === "none") continue;
    const cut = compressed.subarray(0, compressed.length - 1);
    assert.throws(() => decompress(codec, cut, bytes.length), DecompressError, `${codec}: ${name}, cut`);
  }
}

let records = 0;
for (const { name, bytes, batches: expected } of goldens) {
  if (expected.length === 0) continue;
  for (const batch of batches(bytes)) {
    assert.equal(verifyBatch(bytes, batch.at), null, name);
    for (const { offset } of recordsOf(batch)) {
      assert.ok(offset >= batch.baseOffset);
      records++;
    }
  }
}
console.log(`${samples.length} samples, ${goldens.length} goldens, ${records} records`);
