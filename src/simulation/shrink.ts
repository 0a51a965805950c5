/** Makes a failing run simpler: fewer nodes, fewer kinds of faults, less time. */

import type { Host } from "./scheduler.ts";
import { type RunOptions, type RunResult, simulate } from "./simulation.ts";

/** A run and how it went. */
export interface FailingRun {
  readonly options: RunOptions;
  readonly result: RunResult;
}

/** With fewer, a cluster is another kind of thing. */
const FEWEST_NODES = 3;

/** The simplest run found in at most `tries` that breaks the same rule. */
export async function shrink(
  host: Host,
  options: RunOptions,
  result: RunResult,
  tries: number,
): Promise<FailingRun> {
  let least: FailingRun = { options, result };
  let left = tries;
  const attempt = async (simpler: RunOptions): Promise<boolean> => {
    if (left-- <= 0) return false;
    const outcome = await simulate(host, simpler);
    if (outcome.finding?.rule !== result.finding?.rule) return false;
    least = { options: simpler, result: outcome };
    return true;
  };
  for (let nodes = FEWEST_NODES; nodes < (options.nodes ?? 1); nodes++) {
    if (await attempt({ ...least.options, nodes })) break;
  }
  for (const kind of result.kinds) {
    const exactly = (least.options.exactly ?? []).filter((each) => each !== kind);
    await attempt({ ...least.options, exactly });
  }
  while (least.options.seconds > 1) {
    if (!await attempt({ ...least.options, seconds: Math.ceil(least.options.seconds / 2) })) break;
  }
  return least;
}
