/**
 * The records layer under Bun and in an executable that Bun compiled: node:zlib and WebAssembly differ by runtime.
 * Bun comes from the PATH or from npm.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bunCommand } from "../harness/deno_path.ts";

const program = fileURLToPath(new URL("./compression_roundtrip.ts", import.meta.url));
const [bun, ...bunArgs] = bunCommand();

function run(command: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, [...args], { encoding: "utf8" });
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

Deno.test({
  name: "every codec and Kafka's batches work under Bun",
  fn: () => assert.match(run(bun, [...bunArgs, program]), /records/),
});

Deno.test({
  name: "every codec works in an executable that Bun compiled",
  fn: () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-compiled-"));
    try {
      const executable = join(directory, "roundtrip");
      run(bun, [...bunArgs, "build", "--compile", "--outfile", executable, program]);
      assert.match(run(executable, []), /records/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
});
