/**
 * Shows that the simulator bites: plants each of the bugs in mutations.ts and cluster_mutations.ts in a copy of the
 * last commit and runs seeds until one fails that passes without the bug. Fails when a bug is not found.
 *
 * `deno run -A scripts/mutate.ts [--seeds N] [--seconds S] [--from N] [--jobs N] [--timeout S] [--out FILE] [WORD...]`:
 * words pick the bugs whose names have them all, `--from` leaves out the first of them, `--jobs` looks for several at
 * once, `--timeout` is how many real seconds a seed may take until the simulator counts as hanging, which a planted
 * bug may well cause. Each result goes into the table of `--out` at once, beside those that are there.
 */

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { clusterMutations } from "./cluster_mutations.ts";
import type { MutantRun, SeedReport } from "./mutant.ts";
import { updateTable } from "./mutation_table.ts";
import { type Edit, type Mutation, mutations } from "./mutations.ts";
import { currentCommit } from "./simulation_host.ts";

const root = new URL("..", import.meta.url).pathname;
const all = [...mutations, ...clusterMutations];

/** What is the same for all bugs of a run. */
interface Settings {
  readonly seeds: number;
  readonly seconds: number;
  readonly timeoutMs: number;
  readonly out: string;
}

/** How it went with one bug. */
interface Outcome {
  /** The number of seeds until one failed; null when none did. */
  readonly seeds: number | null;
  readonly virtualSeconds: number;
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

function editsOf(mutation: Mutation): readonly Edit[] {
  return [mutation, ...mutation.and ?? []];
}

/** Plants a bug; returns what takes it out again. */
function plant(mutation: Mutation, directory: string): () => void {
  const undo: (() => void)[] = [];
  for (const { file, find, replace } of editsOf(mutation)) {
    const path = join(directory, file);
    const source = readFileSync(path, "utf8");
    const count = source.split(find).length - 1;
    if (count !== 1) throw new Error(`${mutation.name}: ${file} has its text ${count} times, wanted once`);
    writeFileSync(path, source.replace(find, () => replace));
    undo.unshift(() => writeFileSync(path, source));
  }
  return () => undo.forEach((step) => step());
}

function runOf({ nodes = "1", kinds, exactly, ...mutation }: Mutation, settings: Settings): MutantRun {
  const [least, most = least] = nodes.split("..").map(Number);
  return {
    from: 1,
    seeds: mutation.seeds ?? settings.seeds,
    seconds: mutation.seconds ?? settings.seconds,
    nodes: [least!, most!],
    ...(kinds ? { kinds } : {}),
    ...(exactly ? { exactly } : {}),
  };
}

/** Runs seeds in the copy of the sources until one fails, hangs or crashes. */
function runSeeds(directory: string, run: MutantRun, timeoutMs: number): Promise<SeedReport[]> {
  const command = "Deno" in globalThis ? process.execPath : "deno";
  const child = spawn(command, ["run", "-A", "--no-check", "scripts/mutant.ts", JSON.stringify(run)], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const reports: SeedReport[] = [];
  let text = "";
  let errors = "";
  let hangs = false;
  const hang = () => {
    hangs = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(hang, timeoutMs);
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (text + chunk).split("\n");
    text = lines.pop()!;
    // The program may write lines of its own.
    for (const line of lines) if (line.startsWith('{"seed":')) reports.push(JSON.parse(line));
    clearTimeout(timer);
    timer = setTimeout(hang, timeoutMs);
  });
  child.stderr.setEncoding("utf8").on(
    "data",
    (chunk: string) => void (errors = (errors + chunk).slice(-2000)),
  );
  return new Promise((resolve, reject) => {
    child.on("close", (status) => {
      clearTimeout(timer);
      const last = reports.at(-1);
      if (last === undefined) return reject(new Error(`the simulator does not run:\n${errors}`));
      if (status !== 0) reports.push(abnormalEnd(Math.max(run.from, last.seed + 1), hangs, errors));
      resolve(reports.slice(1));
    });
  });
}

function abnormalEnd(seed: number, hangs: boolean, errors: string): SeedReport {
  const detail = errors.split("\n").find((line) => /error/i.test(line)) ?? "";
  const finding = hangs
    ? { rule: "the simulator does not hang", detail: "" }
    : { rule: "the simulator does not crash", detail };
  return { seed, virtualSeconds: 0, finding };
}

/** Errors that speak for themselves only with their message. */
const VAGUE = /^(no assertion fires|an error is caught|the simulator|nothing goes wrong|a node starts)/;

function describe({ rule, detail }: NonNullable<SeedReport["finding"]>): string {
  const [first = ""] = detail.split("\n");
  return VAGUE.test(rule) && first !== "" ? `${rule}: ${first.slice(0, 70)}` : rule;
}

/** One after the other of the bugs, in copies of the sources of its own. */
class Hunter {
  readonly #settings: Settings;
  readonly #planted = copySources();
  readonly #clean: string;
  /** Whether seeds pass without any bug, by what is run. */
  readonly #passes: Map<string, Promise<boolean>>;

  constructor(settings: Settings, clean: string, passes: Map<string, Promise<boolean>>) {
    this.#settings = settings;
    this.#clean = clean;
    this.#passes = passes;
  }

  async hunt(mutation: Mutation): Promise<Outcome> {
    const undo = plant(mutation, this.#planted);
    try {
      return await this.#search(runOf(mutation, this.#settings));
    } finally {
      undo();
    }
  }

  async #search(run: MutantRun): Promise<Outcome> {
    let virtualSeconds = 0;
    for (let from = 1; from <= run.seeds;) {
      const rest = { ...run, from, seeds: run.seeds - from + 1 };
      const reports = await runSeeds(this.#planted, rest, this.#settings.timeoutMs);
      virtualSeconds += reports.reduce((sum, report) => sum + report.virtualSeconds, 0);
      const { seed, finding } = reports.at(-1)!;
      if (finding === null) break;
      if (await this.#passesCleanly({ ...run, from: seed, seeds: 1 })) {
        return { seeds: seed, virtualSeconds, rule: describe(finding) };
      }
      console.error(`seed ${seed} fails without the bug too: ${JSON.stringify(run)}`);
      from = seed + 1;
    }
    return { seeds: null, virtualSeconds, rule: "" };
  }

  #passesCleanly(run: MutantRun): Promise<boolean> {
    const key = JSON.stringify(run);
    let passes = this.#passes.get(key);
    if (passes === undefined) {
      passes = runSeeds(this.#clean, run, this.#settings.timeoutMs)
        .then((reports) => reports.every(({ finding }) => finding === null));
      this.#passes.set(key, passes);
    }
    return passes;
  }

  end(): void {
    rmSync(this.#planted, { recursive: true, force: true });
  }
}

function note(mutation: Mutation, outcome: Outcome, commit: string, settings: Settings): void {
  const { seeds, virtualSeconds, rule } = outcome;
  const limit = mutation.seeds ?? settings.seeds;
  console.log(
    `${mutation.name.padEnd(62)} ${seeds === null ? "NOT FOUND" : String(seeds).padStart(9)}  ${rule}`,
  );
  updateTable(settings.out, all.map(({ name }) => name), {
    name: mutation.name,
    file: mutation.file,
    seeds: seeds === null ? `not within ${limit}` : String(seeds),
    virtualSeconds: virtualSeconds.toFixed(0),
    rule,
    commit,
  });
}

function option(args: string[], name: string, fallback: string): string {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1] ?? fallback;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const settings: Settings = {
    seeds: Number(option(args, "--seeds", "60")),
    seconds: Number(option(args, "--seconds", "10")),
    timeoutMs: 1000 * Number(option(args, "--timeout", "180")),
    out: option(args, "--out", join(root, "src/simulation/MUTATIONS.md")),
  };
  const from = Number(option(args, "--from", "1"));
  const jobs = Number(option(args, "--jobs", "1"));
  const unknown = args.find((word) => word.startsWith("--"));
  if (unknown !== undefined) throw new Error(`"${unknown}" is not an option`);
  const chosen = all.filter(({ name }) => args.every((word) => name.includes(word))).slice(from - 1);
  const commit = currentCommit().replace("+changes", "");
  const clean = copySources();
  // A list that does not fit the sources any more should not be found out in the middle of the night.
  for (const mutation of chosen) plant(mutation, clean)();
  const passes = new Map<string, Promise<boolean>>();
  const left = chosen.values();
  let found = 0;
  const work = async () => {
    const hunter = new Hunter(settings, clean, passes);
    for (const mutation of left) {
      const outcome = await hunter.hunt(mutation);
      if (outcome.seeds !== null) found++;
      note(mutation, outcome, commit, settings);
    }
    hunter.end();
  };
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, chosen.length) }, work));
  } finally {
    rmSync(clean, { recursive: true, force: true });
  }
  console.log(`${found} of ${chosen.length} found`);
  process.exit(found === chosen.length ? 0 : 1);
}

await main();
