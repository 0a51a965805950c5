/** The conformance suite against the simulated platform, in virtual time. */

import assert from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { Machine } from "../../src/simulation/machine.ts";
import { Fabric } from "../../src/simulation/network/fabric.ts";
import { Scheduler } from "../../src/simulation/scheduler.ts";
import { Transcript } from "../../src/simulation/transcript.ts";
import type { Case, Subject } from "../conformance/case.ts";
import { suite } from "../conformance/cases.ts";
import { sendFileCases } from "../conformance/send_file.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const HOST = "10.0.0.1";
const SILENT_HOST = "10.0.0.2";
/** No rule takes longer, in virtual microseconds. */
const PATIENCE_US = 600e6;

async function runInVirtualTime(rule: Case, seed: number): Promise<void> {
  const prng = new Prng(seed);
  const scheduler = new Scheduler({ turn, onUncaught() {} }, new Transcript(200));
  const fabric = new Fabric(scheduler, prng.fork());
  const clock = { driftPpm: prng.below(400) - 200, wallMs: 1_760_000_000_000, monotonicMs: prng.below(1e6) };
  const isSmall = rule.needs === "smallDirectory";
  const machine = new Machine({
    host: HOST,
    scheduler,
    fabric,
    prng: prng.fork(),
    clock,
    diskBytes: isSmall ? 262_144 : 2 ** 40,
  });
  fabric.addHost(SILENT_HOST).powered = false;
  const { platform } = machine.boot();
  platform.disk.makeDirectory("/test");
  await Promise.all([platform.disk.syncDirectory("/"), scheduler.run(1e6)]);
  const subject: Subject = {
    platform,
    directory: "/test",
    host: HOST,
    silentAddress: { host: SILENT_HOST, port: 9092 },
    smallDirectory: "/test",
    crash: () => {
      machine.crash("power");
      return machine.boot().platform.disk;
    },
  };
  let outcome: { readonly error?: unknown } | null = null;
  const running = (async () => await rule.run(subject))();
  running.then(() => outcome = {}, (error: unknown) => outcome = { error });
  await scheduler.run(scheduler.nowUs + PATIENCE_US, () => outcome !== null);
  assert(outcome !== null, `nothing is left to happen, and the rule has not ended:\n${lines(scheduler)}`);
  const { error } = outcome as { readonly error?: unknown };
  if (error !== undefined) throw error;
}

function lines(scheduler: Scheduler): string {
  return scheduler.transcript.lines().join("\n");
}

// A simulated platform has no HTTP (Platform.http): what is reached over it is no part of a simulation.
const { http: _notSimulated, ...simulated } = suite;

for (const [part, rules] of Object.entries(simulated)) {
  for (const rule of rules) {
    // A simulated network makes no system calls, so that nothing is sent past the process.
    if (sendFileCases.includes(rule)) continue;
    Deno.test(`simulated, ${part}: ${rule.name}`, async () => {
      // What a crash leaves, and how long everything takes, depends on the seed.
      const seeds = rule.needs === "crash" ? 40 : 2;
      for (let seed = 1; seed <= seeds; seed++) await runInVirtualTime(rule, seed);
    });
  }
}
