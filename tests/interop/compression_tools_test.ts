/**
 * The codecs against the C programs, both ways: gzip, zstd, lz4 and Debian's python3-snappy. On CI a missing program
 * fails the tests; elsewhere its tests are skipped and say so.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { compress, type CompressionName, decompress } from "../../src/records/compression/codec.ts";
import { samples } from "../unit/records/compression/samples.ts";

type Command = readonly [program: string, ...args: string[]];

/** Standard input is a file: Deno's spawnSync blocks when a pipe to and from the program fill up together. */
function run(command: Command, input: Uint8Array): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), "sluice-compression-"));
  try {
    const path = join(directory, "input");
    writeFileSync(path, input);
    const { status, error, stdout, stderr } = spawnSync("sh", ["-c", 'exec "$@" < "$0"', path, ...command], {
      maxBuffer: 64 * 1024 * 1024,
    });
    if (error !== undefined) throw error;
    assert.equal(status, 0, `${command.join(" ")}: ${stderr}`);
    return new Uint8Array(stdout);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function works(command: Command): boolean {
  const [program, ...args] = command;
  return spawnSync(program, args, { input: "" }).status === 0;
}

/** Debian's modules are those of /usr/bin/python3, whatever another python3 comes first in the path. */
const PYTHON = "/usr/bin/python3";
const snappyProgram = (call: string): Command => [
  PYTHON,
  "-c",
  `import sys, snappy; sys.stdout.buffer.write(snappy.${call}(sys.stdin.buffer.read()))`,
];

interface Tool {
  readonly codec: CompressionName;
  /** Debian's package, for the message. */
  readonly aptPackage: string;
  readonly probe: Command;
  readonly compressors: readonly Command[];
  readonly decompressor: Command;
}

const tools: readonly Tool[] = [
  {
    codec: "gzip",
    aptPackage: "gzip",
    probe: ["gzip", "--version"],
    compressors: [["gzip", "-1"], ["gzip", "-9"]],
    decompressor: ["gzip", "-d"],
  },
  {
    codec: "zstd",
    aptPackage: "zstd",
    probe: ["zstd", "--version"],
    compressors: [["zstd", "-3"], ["zstd", "-19", "--no-check"], ["zstd", "--fast=5"], [
      "zstd",
      "-5",
      "--long",
    ]],
    decompressor: ["zstd", "-d"],
  },
  {
    codec: "lz4",
    aptPackage: "lz4",
    probe: ["lz4", "--version"],
    compressors: [
      ["lz4", "-1"],
      ["lz4", "-9", "-B7"],
      ["lz4", "-BD", "-B4"],
      ["lz4", "-BX", "-B5", "-BI"],
      ["lz4", "--no-frame-crc"],
    ],
    decompressor: ["lz4", "-d", "-c"],
  },
];

const mayMiss = process.env["CI"] !== "true";

for (const { codec, aptPackage, probe, compressors, decompressor } of tools) {
  const ignore = mayMiss && !works(probe);
  const note = ignore ? ` (skipped: install ${aptPackage})` : "";

  Deno.test({
    name: `${decompressor.join(" ")} reads what Sluice compresses with ${codec}${note}`,
    ignore,
    fn: () => {
      for (const [name, bytes] of samples) {
        assert.deepEqual(run(decompressor, compress(codec, bytes)), bytes, name);
      }
    },
  });

  for (const compressor of compressors) {
    Deno.test({
      name: `Sluice reads what ${compressor.join(" ")} compresses${note}`,
      ignore,
      fn: () => {
        for (const [name, bytes] of samples) {
          const compressed = run([...compressor, "-c"], bytes);
          assert.deepEqual(decompress(codec, compressed, bytes.length), bytes, name);
        }
      },
    });
  }
}

const ignoreSnappy = mayMiss && !works([PYTHON, "-c", "import snappy"]);
const snappyNote = ignoreSnappy ? " (skipped: install python3-snappy)" : "";

/** The raw snappy of a xerial stream's chunks. */
function chunksOf(stream: Uint8Array): Uint8Array[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const chunks: Uint8Array[] = [];
  for (let at = 16; at < stream.length; at += 4 + view.getInt32(at)) {
    chunks.push(stream.subarray(at + 4, at + 4 + view.getInt32(at)));
  }
  return chunks;
}

Deno.test({
  name: `libsnappy reads the chunks of Sluice's xerial streams${snappyNote}`,
  ignore: ignoreSnappy,
  fn: () => {
    for (const [name, bytes] of samples) {
      const parts = chunksOf(compress("snappy", bytes)).map((
        chunk,
      ) => [...run(snappyProgram("uncompress"), chunk)]);
      assert.deepEqual(new Uint8Array(parts.flat()), bytes, name);
    }
  },
});

Deno.test({
  name: `Sluice reads raw snappy of libsnappy${snappyNote}`,
  ignore: ignoreSnappy,
  fn: () => {
    for (const [name, bytes] of samples) {
      assert.deepEqual(
        decompress("snappy", run(snappyProgram("compress"), bytes), bytes.length),
        bytes,
        name,
      );
    }
  },
});
