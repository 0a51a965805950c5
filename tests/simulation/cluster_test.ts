/** Production nodes as a cluster under virtual time: short runs with everything that can go wrong between nodes. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import { type RunOptions, simulate } from "../../src/simulation/simulation.ts";

async function passes(options: RunOptions): Promise<void> {
  const { finding, kinds } = await simulate(realHost, options);
  const { seed, seconds, nodes } = options;
  const replay = `deno run -A scripts/simulate.ts --replay ${seed} --nodes ${nodes} --seconds ${seconds} ` +
    `--exactly "${kinds.join(",")}"`;
  assert(finding === null, `${finding?.rule}: ${finding?.detail}\n${replay}`);
}

const SEEDS = 40;
const BATCH = 10;

for (let from = 1; from <= SEEDS; from += BATCH) {
  Deno.test(`a cluster keeps its promises, seeds ${from} to ${from + BATCH - 1}`, async () => {
    for (let seed = from; seed < from + BATCH; seed++) {
      await passes({ seed, seconds: 5, nodes: 3 + seed % 5 });
    }
  });
}

Deno.test("what a disk has spoiled is neither served nor spread, and fetched anew", async () => {
  for (let seed = 1; seed <= 4; seed++) {
    await passes({
      seed,
      seconds: 8,
      nodes: 3,
      exactly: ["bit-rot", "restart", "cut-leader", "kill-leader"],
    });
  }
});

Deno.test("a seed always gives the same run of a cluster", async () => {
  const options: RunOptions = {
    seed: 5,
    seconds: 3,
    nodes: 3,
    exactly: ["kill", "power-cut", "split", "cut-leader", "reset", "slow-network"],
  };
  const first = await simulate(realHost, options);
  const second = await simulate(realHost, options);
  assert.equal(second.hash, first.hash);
});

/** Runs that once found a bug, named after it. They may have lost their aim since, as the code they ran has changed. */
const regressions: Readonly<Record<string, RunOptions>> = {
  "a newcomer fetched the metadata log again and again because its segments were smaller than a fetch": {
    seed: 7,
    seconds: 3,
    nodes: 5,
    exactly: [],
  },
  "a follower went back and forth between its leader's log start and the batch that holds it": {
    seed: 21,
    seconds: 10,
    nodes: 3,
    exactly: ["kill", "power-cut", "restart", "disk-errors", "pause", "kill-all", "wipe"],
  },
  "a follower whose log ended where its leader's begins, within a batch, could not go on": {
    seed: 25,
    seconds: 5,
    nodes: 3,
    exactly: ["pause", "cut-leader"],
  },
  "nobody remembered who was last in sync when the leader had gone before": {
    seed: 2,
    seconds: 10,
    nodes: 4,
    exactly: [
      "crash-after-answer",
      "restart",
      "partition",
      "slow-network",
      "disk-errors",
      "clock-jump",
      "forgotten-sync",
      "split",
      "cut-leader",
      "kill-leader",
      "wipe",
      "election-race",
    ],
  },
  "a deletion of records told less than what was deleted": {
    seed: 7148,
    seconds: 10,
    nodes: 3,
    exactly: ["kill", "disk-errors", "forgotten-sync", "cut-link", "leader-after-leader"],
  },
  "a log was closed in the middle of being cut": {
    seed: 8106,
    seconds: 10,
    nodes: 4,
    exactly: ["power-cut", "restart", "reset", "cut-leader", "kill-leader"],
  },
  "an answer that waited for its turn was looked for in a file that was gone": {
    seed: 3041,
    seconds: 15,
    nodes: 7,
    exactly: [
      "kill",
      "crash-in-operation",
      "crash-after-answer",
      "restart",
      "slow-network",
      "disk-full",
      "clock-jump",
      "pause",
      "cut-link",
      "cut-leader",
      "rolling-restart",
      "wipe",
    ],
  },
};

for (const [name, options] of Object.entries(regressions)) {
  Deno.test(`regression: ${name}`, () => passes(options));
}
