/** The pace of a compaction: short slices, naps while there are clients, a limit on bytes, and a quick stop. */

import { deepEqual, equal, rejects } from "node:assert/strict";
import { Pace, type PaceOptions, Stopped } from "../../../../src/log/compaction/pace.ts";
import type { Timer, Timers } from "../../../../src/platform/platform.ts";

/** Time that passes only while somebody sleeps, and what was slept. */
class SleepTime implements Timers {
  nowMs = 1000;
  readonly sleeps: number[] = [];
  readonly clock = { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs };

  after(): Timer {
    throw new Error("nobody needs a timer");
  }
  sleep(delayMs: number): Promise<void> {
    this.sleeps.push(delayMs);
    this.nowMs += delayMs;
    return Promise.resolve();
  }
  yield(): Promise<void> {
    this.sleeps.push(0);
    return Promise.resolve();
  }
}

function paceOf(options: PaceOptions = {}) {
  const time = new SleepTime();
  const activity = { operations: 0 };
  return { time, activity, pace: new Pace({ clock: time.clock, timers: time, activity }, options) };
}

Deno.test("a slice ends with its time or its bytes; the time that a read takes is not part of it", async () => {
  const { time, pace } = paceOf();
  equal(pace.isDue, false);
  time.nowMs += 0.2;
  await pace.waitFor(Promise.resolve().then(() => time.sleep(50)));
  equal(pace.isDue, false);
  time.nowMs += 0.2;
  equal(pace.isDue, true);
  await pace.rest();
  equal(pace.isDue, false);
  pace.spend(512 * 1024);
  equal(pace.isDue, true, "also where the clock stands still");
});

Deno.test("while logs are used it naps after each slice, and no longer than that; never when it is urgent", async () => {
  const { time, activity, pace } = paceOf();
  await pace.rest();
  activity.operations++;
  await pace.rest();
  await pace.rest();
  time.nowMs += 300;
  await pace.rest();
  activity.operations++;
  pace.isUrgent = true;
  await pace.rest();
  deepEqual(time.sleeps, [0, 1, 1, 0, 0]);
});

Deno.test("no more than the limit is read and written, and what was not used is not saved up", async () => {
  let maxBytesPerSecond = 1000;
  const { time, pace } = paceOf({ maxBytesPerSecond: () => maxBytesPerSecond });
  const tookMs = async (bytes: number) => {
    const fromMs = time.nowMs;
    pace.spend(bytes);
    await pace.rest();
    return Math.round(time.nowMs - fromMs);
  };
  equal(await tookMs(1000), 1000);
  equal(await tookMs(500), 500);
  time.nowMs += 60_000;
  // The minute before allowed as much as this, but it is over.
  equal(await tookMs(1), 0);
  equal(await tookMs(2000), 2000);
  maxBytesPerSecond = 1_000_000;
  equal(await tookMs(2000), 2);
  equal(Math.max(...time.sleeps) <= 500, true, "a change of the limit is noticed soon");
});

Deno.test("a stop ends the work at the end of the slice, and while it waits", async () => {
  let isStopped = false;
  const { time, pace } = paceOf({ isStopped: () => isStopped, maxBytesPerSecond: () => 1 });
  pace.spend(1000);
  const resting = pace.rest();
  isStopped = true;
  await rejects(resting, Stopped);
  equal(time.sleeps.length, 1);
});
