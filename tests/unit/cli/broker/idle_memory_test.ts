import { equal } from "node:assert/strict";
import { releaseCodeWhileIdle } from "../../../../src/cli/broker/idle_memory.ts";
import { ManualTime } from "../../../harness/log_world.ts";

Deno.test("code is let go of while the process is idle, and not while it works", () => {
  const time = new ManualTime();
  let usedMs = 100;
  let asked = 0;
  let released = 0;
  const end = releaseCodeWhileIdle({
    cpu: () => ({ userMs: usedMs, systemMs: 0 }),
    codeRelease: () => {
      asked++;
      return () => released++;
    },
  }, { clock: time.clock, timers: time });
  usedMs += 50;
  time.advance(2000);
  equal(asked, 0, "a busy process is not even prepared");
  time.advance(2000);
  usedMs += 10;
  time.advance(2000);
  equal(released, 2);
  usedMs += 1000;
  time.advance(2000);
  equal(released, 2);
  time.advance(2000);
  equal(released, 3);
  equal(asked, 1);
  end();
  time.advance(60_000);
  equal(released, 3);
});

Deno.test("where code cannot be let go of, nobody looks again", () => {
  const time = new ManualTime();
  let looks = 0;
  const cpu = () => {
    looks++;
    return { userMs: 0, systemMs: 0 };
  };
  releaseCodeWhileIdle({ cpu, codeRelease: () => null }, { clock: time.clock, timers: time });
  for (let turn = 0; turn < 3; turn++) time.advance(2000);
  equal(looks, 2);
});
