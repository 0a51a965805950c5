/**
 * Runs the simulator: `deno run -A scripts/simulate.ts --seeds N [--from S] [--nodes N | --nodes N..M]
 * [--minutes M | --seconds S] [--kinds kill,reset] [--exactly kill,reset] [--replay SEED] [--lines N] [--no-shrink]
 * [--stop] [--jobs N]`. A line for each seed that fails, with the command that replays it. `--replay` shows the
 * transcript up to where it fails. A range of nodes lets each seed draw how many there are. `--jobs` shares the seeds
 * among so many processes, 0 among as many as there are cores.
 */

import { availableParallelism } from "node:os";
import process from "node:process";
import { type FaultKind, faultKinds, isFaultKind } from "../src/simulation/faults/fault_kinds.ts";
import { Prng } from "../src/core/prng.ts";
import { shrink } from "../src/simulation/shrink.ts";
import { simulate } from "../src/simulation/simulation.ts";
import type { RunOptions, RunResult } from "../src/simulation/simulation.ts";
import { currentCommit, realHost } from "./simulation_host.ts";
import { runHandedSeeds, type SeedOutcome, shareSeeds, WORKER } from "./simulation_jobs.ts";

/** How often whoever waits is told how far it is. */
const PROGRESS_SEEDS = 50;

/** The words of the command line. */
interface Settings {
  readonly seeds: number;
  readonly from: number;
  readonly seconds: number;
  readonly lines: number;
  readonly replay: number | null;
  /** The least and the most nodes. */
  readonly nodes: readonly [number, number];
  readonly kinds: readonly FaultKind[] | null;
  readonly exactly: readonly FaultKind[] | null;
  readonly shrink: boolean;
  /** Whether the first seed that fails is the last. */
  readonly stop: boolean;
  /** How many processes share the seeds. */
  readonly jobs: number;
  /** Whether this process is one of those, and is handed its seeds. */
  readonly isWorker: boolean;
}

function usage(problem: string): never {
  console.error(`simulate: ${problem}`);
  process.exit(2);
}

function parseArgs(args: readonly string[]): Settings {
  const values = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const name = args[index]!;
    if (!name.startsWith("--")) usage(`"${name}" is not an option`);
    const isSwitch = name === "--no-shrink" || name === "--stop" || name === WORKER;
    values.set(name.slice(2), isSwitch ? "true" : args[++index] ?? usage(`${name} needs a value`));
  }
  const number = (name: string, fallback: number): number => {
    const text = values.get(name);
    const value = Number(text ?? fallback);
    return Number.isFinite(value) && value >= 0 ? value : usage(`--${name} "${text}" is not a number`);
  };
  const kinds = (name: string): FaultKind[] | null =>
    values.get(name)?.split(",").filter((word) => word !== "").map((word) =>
      isFaultKind(word) ? word : usage(`--${name}: "${word}" is none of ${faultKinds.join(", ")}`)
    ) ?? null;
  return {
    seeds: number("seeds", 10),
    from: number("from", 1),
    seconds: values.has("minutes") ? number("minutes", 1) * 60 : number("seconds", 20),
    lines: number("lines", 300),
    replay: values.has("replay") ? number("replay", 0) : null,
    nodes: parseRange(values.get("nodes") ?? "3..7"),
    kinds: kinds("kinds"),
    exactly: kinds("exactly"),
    shrink: !values.has("no-shrink"),
    stop: values.has("stop"),
    jobs: number("jobs", 1) || availableParallelism(),
    isWorker: values.has(WORKER.slice(2)),
  };
}

function parseRange(text: string): [number, number] {
  const match = /^(\d)(?:\.\.(\d))?$/.exec(text);
  if (match === null) usage(`--nodes "${text}" is neither a number nor a range such as 3..7`);
  return [Number(match[1]), Number(match[2] ?? match[1])];
}

/** How many nodes a seed has, in the range that was asked for. */
function nodesOf(seed: number, [from, to]: readonly [number, number]): number {
  return from + new Prng(seed).below(to - from + 1);
}

function optionsOf(settings: Settings, seed: number): RunOptions {
  const { seconds, kinds, exactly } = settings;
  return {
    seed,
    seconds,
    nodes: nodesOf(seed, settings.nodes),
    ...(kinds === null ? {} : { kinds }),
    ...(exactly === null ? {} : { exactly }),
  };
}

/** The command that does the same again. */
function replayCommand({ seed, seconds, nodes, exactly }: RunOptions): string {
  const exact = exactly === undefined ? "" : ` --exactly "${exactly.join(",")}"`;
  return `deno run -A scripts/simulate.ts --replay ${seed} --nodes ${nodes} --seconds ${seconds}${exact}`;
}

function describe({ finding, seed }: RunResult): string {
  if (finding === null) return `seed ${seed}: nothing is wrong`;
  return `seed ${seed} at ${(finding.atUs / 1e6).toFixed(3)} s: ${finding.rule}: ${finding.detail}`;
}

async function replay(settings: Settings, seed: number): Promise<void> {
  const result = await simulate(realHost, { ...optionsOf(settings, seed), keepLines: settings.lines });
  for (const line of result.lines) console.log(line);
  console.log(`${result.shape}; faults: ${result.kinds.join(", ")}; hash ${result.hash}`);
  console.log(describe(result));
  process.exit(result.finding === null ? 0 : 1);
}

async function report(options: RunOptions, result: RunResult, tries: number): Promise<string[]> {
  const all = { ...options, exactly: result.kinds };
  const least = tries === 0 ? { options: all, result } : await shrink(realHost, all, result, tries);
  return [
    `FAILED ${describe(least.result)}`,
    `  commit ${currentCommit()}; replay: ${replayCommand(least.options)}`,
  ];
}

async function runSeed(settings: Settings, seed: number): Promise<SeedOutcome> {
  const options = optionsOf(settings, seed);
  const result = await simulate(realHost, options);
  const failed = result.finding !== null;
  const { virtualUs, events } = result;
  const lines = failed ? await report(options, result, settings.shrink ? 12 : 0) : [];
  return { seed, failed, virtualUs, events, report: lines };
}

/** What all seeds have come to so far. */
class Tally {
  failed = 0;
  #done = 0;
  #virtualUs = 0;
  #events = 0;
  readonly #startMs = performance.now();
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Counts a seed in and says what is to say; whether to go on. */
  onOutcome({ failed, virtualUs, events, report }: SeedOutcome): boolean {
    this.#done++;
    this.#virtualUs += virtualUs;
    this.#events += events;
    if (failed) this.failed++;
    if (this.#done % PROGRESS_SEEDS === 0) {
      console.error(`${this.#done} of ${this.#settings.seeds} seeds, ${this.failed} failed`);
    }
    for (const line of report) console.log(line);
    return !failed || !this.#settings.stop;
  }

  print(): void {
    const ms = performance.now() - this.#startMs;
    const { jobs, seeds } = this.#settings;
    console.log(
      `${this.#done === seeds ? seeds : `${this.#done} of ${seeds}`} seeds, ${this.failed} failed; ` +
        `${(this.#virtualUs / 1e6).toFixed(0)} virtual seconds in ` +
        `${(ms / 1000).toFixed(1)} s (${(this.#virtualUs / 1000 / ms).toFixed(0)} times real time` +
        `${jobs > 1 ? `, ${jobs} jobs` : ""}), ${(this.#events / ms).toFixed(0)} events a millisecond`,
    );
  }
}

async function runAll(settings: Settings, tally: Tally): Promise<void> {
  let seed = settings.from;
  const next = () => seed < settings.from + settings.seeds ? seed++ : null;
  const onOutcome = (outcome: SeedOutcome) => tally.onOutcome(outcome);
  if (settings.jobs > 1) {
    return await shareSeeds({ jobs: settings.jobs, args: process.argv.slice(2), next, onOutcome });
  }
  for (let each = next(); each !== null; each = next()) {
    if (!onOutcome(await runSeed(settings, each))) return;
  }
}

async function main(): Promise<void> {
  const settings = parseArgs(process.argv.slice(2));
  if (settings.replay !== null) return await replay(settings, settings.replay);
  if (settings.isWorker) return await runHandedSeeds((seed) => runSeed(settings, seed));
  const tally = new Tally(settings);
  process.on("SIGINT", () => {
    tally.print();
    process.exit(130);
  });
  await runAll(settings, tally);
  tally.print();
  process.exit(tally.failed === 0 ? 0 : 1);
}

await main();
