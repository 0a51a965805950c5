/**
 * Runs seeds of the simulator for mutate.ts until one fails, in a process of its own: what is planted may make it
 * hang or crash. The one argument is a {@link MutantRun} as JSON; writes a {@link SeedReport} as a line for each seed.
 */

import process from "node:process";
import { Prng } from "../src/core/prng.ts";
import type { FaultKind } from "../src/simulation/faults/fault_kinds.ts";
import { simulate } from "../src/simulation/simulation.ts";
import { realHost } from "./simulation_host.ts";

/** Which seeds are run, and how. */
export interface MutantRun {
  readonly from: number;
  readonly seeds: number;
  readonly seconds: number;
  /** The least and the most nodes. */
  readonly nodes: readonly [number, number];
  readonly kinds?: readonly FaultKind[];
  readonly exactly?: readonly FaultKind[];
}

/** How a seed went; the first report, of seed -1, says that the simulator could be loaded. */
export interface SeedReport {
  readonly seed: number;
  readonly virtualSeconds: number;
  /** The rule that was broken, and how; null when none was. */
  readonly finding: { readonly rule: string; readonly detail: string } | null;
}

function report(line: SeedReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function main(): Promise<void> {
  const { from, seeds, seconds, nodes: [least, most], kinds, exactly } = JSON.parse(
    process.argv[2] ?? "",
  ) as MutantRun;
  report({ seed: -1, virtualSeconds: 0, finding: null });
  for (let seed = from; seed < from + seeds; seed++) {
    const nodes = least + new Prng(seed).below(most - least + 1);
    const options = { seed, seconds, nodes, ...(kinds ? { kinds } : {}), ...(exactly ? { exactly } : {}) };
    const { finding, virtualUs } = await simulate(realHost, options);
    report({ seed, virtualSeconds: virtualUs / 1e6, finding });
    if (finding !== null) break;
  }
  process.exit(0);
}

if (import.meta.main) await main();
