/** What every clock must do. */

import assert from "node:assert/strict";
import type { Case } from "./case.ts";

const MOMENT_IN_2020_MS = 1577836800000;
const MOMENT_IN_2200_MS = 7258118400000;

export const clockCases: readonly Case[] = [
  {
    name: "the wall clock tells whole Unix milliseconds",
    run({ platform }) {
      const now = platform.clock.wallMs();
      assert(Number.isSafeInteger(now), `${now}`);
      assert(now > MOMENT_IN_2020_MS && now < MOMENT_IN_2200_MS, `${now}`);
    },
  },
  {
    name: "the monotonic clock never moves back",
    run({ platform: { clock } }) {
      let before = clock.monotonicMs();
      for (let read = 0; read < 10_000; read++) {
        const now = clock.monotonicMs();
        assert(now >= before, `${before} then ${now}`);
        before = now;
      }
    },
  },
  {
    name: "both clocks advance while time passes",
    async run({ platform: { clock, timers } }) {
      const [wallBefore, monotonicBefore] = [clock.wallMs(), clock.monotonicMs()];
      await timers.sleep(20);
      assert(clock.monotonicMs() - monotonicBefore >= 20);
      assert(clock.wallMs() > wallBefore);
    },
  },
];
