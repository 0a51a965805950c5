/**
 * Shows that the simulator bites: plants each of the bugs in mutations.ts and cluster_mutations.ts in a copy of the
 * last commit and runs seeds until one fails. `deno run -A scripts/mutate.ts [--seeds N] [--seconds S] [--from N]
 * [WORD...]`: a table of bug, seeds it took and the rule that was broken; words pick the bugs whose names have them,
 * `--from` leaves out the first of them. Fails when a bug is not found.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { clusterMutations } from "./cluster_mutations.ts";
import { type Mutation, mutations } from "./mutations.ts";

const root = new URL("..", import.meta.url).pathname;

/** How it went with one bug. */
interface Outcome {
  readonly name: string;
  readonly seeds: number | null;
  readonly rule: string;
}

/** A copy of the sources as they were committed. */
function copySources(): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-mutate-"));
  const archive = execFileSync("git", ["archive", "HEAD", "src", "scripts", "deno.json", "deno.lock"], {
    cwd: root,
    maxBuffer: 1 << 28,
  });
  execFileSync("tar", ["-x", "-C", directory], { input: archive });
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/** Plants a bug; returns the file as it was. */
function plant({ name, file, find, replace }: Mutation, directory: string): string {
  const source = readFileSync(join(directory, file), "utf8");
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`${name}: ${file} has its text ${count} times, wanted once`);
  writeFileSync(join(directory, file), source.replace(find, () => replace));
  return source;
}

function simulate(
  directory: string,
  nodes: string,
  { seeds, seconds }: { readonly seeds: number; readonly seconds: number },
): { status: number | null; output: string } {
  const args = [
    "run",
    "-A",
    "--no-check",
    "scripts/simulate.ts",
    "--nodes",
    nodes,
    "--seeds",
    `${seeds}`,
    "--seconds",
    `${seconds}`,
  ];
  const command = "Deno" in globalThis ? process.execPath : "deno";
  const { status, stdout, stderr } = spawnSync(command, [...args, "--no-shrink", "--stop"], {
    cwd: directory,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

function judge(name: string, { status, output }: { status: number | null; output: string }): Outcome {
  if (status === 0) return { name, seeds: null, rule: "" };
  const match = /^FAILED seed (\d+) at \S+ s: (.*)$/m.exec(output);
  if (match === null) throw new Error(`${name}: the simulator did not run:\n${output}`);
  return { name, seeds: Number(match[1]), rule: match[2]!.slice(0, 90) };
}

function option(args: string[], name: string, fallback: number): number {
  const at = args.indexOf(name);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
}

function main(): void {
  const args = process.argv.slice(2);
  const seeds = option(args, "--seeds", 60);
  const seconds = option(args, "--seconds", 10);
  const from = option(args, "--from", 1);
  const chosen = [...mutations, ...clusterMutations].filter(({ name }) =>
    args.every((word) => name.includes(word))
  ).slice(from - 1);
  const directory = copySources();
  let missed = 0;
  try {
    // A list that does not fit the sources any more should not be found out in the middle of the night.
    for (const mutation of chosen) writeFileSync(join(directory, mutation.file), plant(mutation, directory));
    for (const mutation of chosen) {
      const source = plant(mutation, directory);
      const { name, seeds: found, rule } = judge(
        mutation.name,
        simulate(directory, mutation.nodes ?? "1", { seeds, seconds }),
      );
      writeFileSync(join(directory, mutation.file), source);
      if (found === null) missed++;
      console.log(`${name.padEnd(58)} ${found === null ? "NOT FOUND" : String(found).padStart(9)}  ${rule}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  console.log(`${chosen.length - missed} of ${chosen.length} found within ${seeds} seeds of ${seconds} s`);
  process.exit(missed === 0 ? 0 : 1);
}

main();
