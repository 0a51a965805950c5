/**
 * Damaged compressed payloads. Invariants: nothing but DecompressError is thrown; the output never exceeds the limit;
 * a sound payload still comes back right after a damaged one.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compress,
  compressionNames,
  decompress,
  DecompressError,
} from "../../src/records/compression/codec.ts";
import { noise, text } from "../unit/records/compression/samples.ts";

const sources = [text(200), text(5000), new Uint8Array(3000), noise(400), text(70_000)];

for (const codec of compressionNames) {
  if (codec === "none") continue;
  const sound = sources.map((bytes) => compress(codec, bytes));

  Deno.test(`${codec}: damaged payloads give a DecompressError or at most the bytes allowed`, () => {
    fc.assert(
      fc.property(
        fc.nat(sound.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
        fc.nat(50),
        fc.nat(100_000),
        (which, changes, cut, limit) => {
          const bytes = sound[which]!.slice(0, Math.max(0, sound[which]!.length - cut));
          // Damage gathers near the front, where headers and lengths are.
          for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 1 + (at % 400))] = value;
          try {
            assert.ok(decompress(codec, bytes, limit).length <= limit);
          } catch (error) {
            if (!(error instanceof DecompressError)) throw error;
            assert.notEqual(error.reason, "unsupported");
          }
          assert.deepEqual(decompress(codec, sound[1]!, 5000), sources[1]);
        },
      ),
      { numRuns: 1500 },
    );
  });

  Deno.test(`${codec}: random bytes give a DecompressError or at most the bytes allowed`, () => {
    const magic = sound[0]!.subarray(0, 8);
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), (hasMagic, rest) => {
        const bytes = hasMagic ? new Uint8Array([...magic, ...rest]) : rest;
        try {
          assert.ok(decompress(codec, bytes, 10_000).length <= 10_000);
        } catch (error) {
          if (!(error instanceof DecompressError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
}
