/**
 * Many seeds by hand: `deno run tests/simulation/raft/run.ts COUNT [FIRST]`. One seed with everything that
 * happened: `deno run tests/simulation/raft/run.ts --trace SEED`.
 */

import { simulate } from "./sim_cluster.ts";

const [first, second] = Deno.args;
if (first === "--trace") {
  console.log(simulate({ seed: Number(second), trace: (line) => console.log(line) }));
} else {
  const from = Number(second ?? 1);
  const totals: Record<string, number> = {};
  let failures = 0;
  for (let seed = from; seed < from + Number(first ?? 1000); seed++) {
    try {
      for (const [name, value] of Object.entries(simulate({ seed }))) {
        totals[name] = (totals[name] ?? 0) + value;
      }
    } catch (error) {
      failures++;
      if (failures <= 10) console.log(`seed ${seed}: ${error instanceof Error ? error.message : error}`);
    }
  }
  console.log({ failures, totals });
}
