/** The conformance suite against the node adapter on Bun: the one installed, or else the one that npx gets. */

import assert from "node:assert/strict";
import type { Verdict } from "./bun_run.ts";
import { suite } from "./cases.ts";
import { bun, mountSmallDirectory, silentListener } from "./surroundings.ts";

Deno.test("the node adapter on Bun conforms", async (test) => {
  const surroundings = { ...await silentListener(), ...mountSmallDirectory() };
  const [command, ...before] = bun.command;
  const runner = new URL("bun_run.ts", import.meta.url).pathname;
  const args = [...before, runner, JSON.stringify(surroundings)];
  const { stdout, stderr } = await new Deno.Command(command, { args }).output();
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.startsWith("{"));
  const verdicts = lines.map((line) => JSON.parse(line) as Verdict);
  for (const { name, outcome, error } of verdicts) {
    await test.step({
      name,
      ignore: outcome === "ignored",
      fn: () => assert.equal(outcome, "passed", error ?? ""),
    });
  }
  const rules = Object.values(suite).reduce((sum, part) => sum + part.length, 0);
  assert.equal(verdicts.length, rules, `the runner stopped early: ${new TextDecoder().decode(stderr)}`);
});
