/** The production node under virtual time: short runs with everything that can go wrong, and the runs that found bugs. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import { type RunOptions, simulate } from "../../src/simulation/simulation.ts";

async function passes(options: RunOptions): Promise<void> {
  const { finding, kinds } = await simulate(realHost, options);
  const { seed, seconds } = options;
  const replay =
    `deno run -A scripts/simulate.ts --replay ${seed} --nodes 1 --seconds ${seconds} --exactly "${
      kinds.join(",")
    }"`;
  assert(finding === null, `${finding?.rule}: ${finding?.detail}\n${replay}`);
}

const SEEDS = 90;
const BATCH = 15;

for (let from = 1; from <= SEEDS; from += BATCH) {
  Deno.test(`a node and its clients keep all promises, seeds ${from} to ${from + BATCH - 1}`, async () => {
    for (let seed = from; seed < from + BATCH; seed++) await passes({ seed, seconds: 4 });
  });
}

Deno.test("a seed always gives the same run", async () => {
  const options: RunOptions = {
    seed: 7,
    seconds: 4,
    exactly: ["kill", "power-cut", "reset", "slow-network"],
  };
  const first = await simulate(realHost, options);
  const second = await simulate(realHost, options);
  assert.equal(second.hash, first.hash);
  const other = await simulate(realHost, { ...options, seed: 8 });
  assert.notEqual(other.hash, first.hash);
});

/** Runs that once found a bug, named after it. They may have lost their aim since, as the code they ran has changed. */
const regressions: Readonly<Record<string, RunOptions>> = {
  "records of a log that is offline were said to be deleted": {
    seed: 3,
    seconds: 10,
    exactly: ["disk-errors"],
  },
  "a segment removed while it was flushed took its log offline": {
    seed: 123,
    seconds: 10,
    exactly: ["kill", "power-cut", "crash-in-operation", "reset", "slow-network", "disk-errors"],
  },
  "a start that failed on a full disk shut down a quorum that was never started": {
    seed: 248,
    seconds: 10,
    exactly: ["kill", "power-cut", "crash-in-operation", "restart", "partition", "reset", "disk-full"],
  },
  "a topic created while the node stopped was opened after the logs were closed": {
    seed: 295,
    seconds: 10,
    exactly: ["restart", "partition", "reset", "disk-full", "pause"],
  },
  "a producer whose last records were deleted was refused after a restart": {
    seed: 53,
    seconds: 15,
    exactly: [
      "kill",
      "power-cut",
      "crash-in-operation",
      "partition",
      "slow-disk",
      "disk-errors",
      "disk-full",
      "pause",
    ],
  },
  "a log that had lost its topic's id was taken for that of the next topic": {
    seed: 2185,
    seconds: 15,
    exactly: ["crash-after-answer", "disk-errors"],
  },
  "a search by time passed over a segment whose index was being built": {
    seed: 5012,
    seconds: 60,
    exactly: ["crash-after-answer", "partition", "slow-disk", "disk-full"],
  },
};

for (const [name, options] of Object.entries(regressions)) {
  Deno.test(`regression: ${name}`, () => passes(options));
}
