/** Hundreds of clusters under attack; `run.ts` beside this file does as many as you like and traces one. */

import assert from "node:assert/strict";
import { simulate, type SimulationResult } from "./sim_cluster.ts";

const SEEDS = 500;

Deno.test("raft simulation: 500 clusters keep Raft's promises under faults and serve again once healed (Raft figure 3)", () => {
  const results: SimulationResult[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      results.push(simulate({ seed }));
    } catch (error) {
      throw new Error(`seed ${seed}; see it with: deno run -A tests/simulation/raft/run.ts --trace ${seed}`, {
        cause: error,
      });
    }
  }
  // A run in which nothing happens proves nothing.
  const total = (name: keyof SimulationResult) => results.reduce((sum, result) => sum + result[name], 0);
  assert.ok(total("committed") > SEEDS * 20, `${total("committed")} records committed`);
  assert.ok(total("elections") > SEEDS * 2, `${total("elections")} elections`);
  assert.ok(total("crashes") > SEEDS * 5, `${total("crashes")} crashes`);
  assert.ok(total("voterChanges") > SEEDS / 4, `${total("voterChanges")} voter changes`);
  assert.ok(total("snapshotsInstalled") > SEEDS / 4, `${total("snapshotsInstalled")} snapshots`);
});

Deno.test("raft simulation: a seed tells the same story each time", () => {
  const story = (seed: number) => {
    const lines: string[] = [];
    simulate({ seed, trace: (line) => lines.push(line) });
    return lines;
  };
  assert.deepEqual(story(4), story(4));
  assert.notDeepEqual(story(4), story(5));
});
