/**
 * Runs the simulator: `deno run -A scripts/simulate.ts --seeds N [--from S] [--nodes N | --nodes N..M]
 * [--minutes M | --seconds S] [--kinds kill,reset] [--exactly kill,reset] [--replay SEED] [--lines N] [--no-shrink]
 * [--stop]`. A line for each seed that fails, with the command that replays it. `--replay` shows the transcript up to
 * where it fails. A range of nodes lets each seed draw how many there are.
 */

import process from "node:process";
import { type FaultKind, faultKinds, isFaultKind } from "../src/simulation/faults/fault_kinds.ts";
import { Prng } from "../src/core/prng.ts";
import { shrink } from "../src/simulation/shrink.ts";
import { simulate } from "../src/simulation/simulation.ts";
import type { RunOptions, RunResult } from "../src/simulation/simulation.ts";
import { currentCommit, realHost } from "./simulation_host.ts";

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
    const isSwitch = name === "--no-shrink" || name === "--stop";
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

async function report(options: RunOptions, result: RunResult, commit: string, tries: number): Promise<void> {
  const all = { ...options, exactly: result.kinds };
  const least = tries === 0 ? { options: all, result } : await shrink(realHost, all, result, tries);
  console.log(`FAILED ${describe(least.result)}`);
  console.log(`  commit ${commit}; replay: ${replayCommand(least.options)}`);
}

async function main(): Promise<void> {
  const settings = parseArgs(process.argv.slice(2));
  if (settings.replay !== null) return await replay(settings, settings.replay);
  const commit = currentCommit();
  const startMs = performance.now();
  let failed = 0;
  let virtualUs = 0;
  let events = 0;
  for (let seed = settings.from; seed < settings.from + settings.seeds; seed++) {
    const options = optionsOf(settings, seed);
    const result = await simulate(realHost, options);
    virtualUs += result.virtualUs;
    events += result.events;
    if ((seed - settings.from + 1) % PROGRESS_SEEDS === 0) {
      console.error(`${seed - settings.from + 1} of ${settings.seeds} seeds, ${failed} failed`);
    }
    if (result.finding === null) continue;
    failed++;
    await report(options, result, commit, settings.shrink ? 12 : 0);
    if (settings.stop) break;
  }
  const ms = performance.now() - startMs;
  console.log(
    `${settings.seeds} seeds, ${failed} failed; ${(virtualUs / 1e6).toFixed(0)} virtual seconds in ` +
      `${(ms / 1000).toFixed(1)} s (${(virtualUs / 1000 / ms).toFixed(0)} times real time), ` +
      `${(events / ms).toFixed(0)} events a millisecond`,
  );
  process.exit(failed === 0 ? 0 : 1);
}

await main();
