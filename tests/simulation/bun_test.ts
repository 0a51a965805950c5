/** A seed gives the same run, byte for byte, on Deno and on Bun: a failure can be replayed on either. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import { type RunOptions, simulate } from "../../src/simulation/simulation.ts";
import { bun } from "../conformance/surroundings.ts";

Deno.test("a seed gives the same run on Deno and on Bun", async () => {
  const options: RunOptions = {
    seed: 11,
    seconds: 5,
    exactly: ["kill", "power-cut", "partition", "reset", "slow-network", "disk-full", "clock-jump", "pause"],
  };
  const { hash } = await simulate(realHost, options);
  const [command, ...before] = bun.command;
  const script = new URL("../../scripts/simulate.ts", import.meta.url).pathname;
  const { seed, seconds, exactly } = options;
  const args = [
    script,
    "--replay",
    `${seed}`,
    "--nodes",
    "1",
    "--seconds",
    `${seconds}`,
    "--exactly",
    exactly!.join(","),
  ];
  const { stdout } = await new Deno.Command(command, { args: [...before, ...args], stderr: "inherit" })
    .output();
  const theirs = /; hash ([0-9a-f]{16})$/m.exec(new TextDecoder().decode(stdout))?.[1];
  assert.equal(theirs, hash);
});
