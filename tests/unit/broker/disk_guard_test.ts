/** Producers are refused before the disk is full, and admitted when there is space again (issue: full disks). */

import assert from "node:assert/strict";
import { DiskGuard } from "../../../src/broker/disk_guard.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import type { Timers } from "../../../src/platform/platform.ts";

const MiB = 1024 * 1024;

/** A guard over a disk whose free space the test sets; `look` is what the timer does. */
function guardOver(disk: { totalBytes: number; freeBytes: number }, reservedBytes: number) {
  let task = () => {};
  let looks = 0;
  const timers: Timers = {
    after(_delayMs, next) {
      task = next;
      return { cancel: () => task = () => {} };
    },
    sleep: () => Promise.resolve(),
    yield: () => Promise.resolve(),
  };
  const space = () => {
    looks++;
    return { ...disk };
  };
  const parts = { disk: { space }, timers, logger: silentLogger, reservedBytes: () => reservedBytes };
  const guard = new DiskGuard(parts, ["/data"]);
  return { guard, look: () => task(), looks: () => looks };
}

Deno.test("producers are refused below the reserve, and admitted well above it", () => {
  const disk = { totalBytes: 10_000 * MiB, freeBytes: 500 * MiB };
  const { guard, look } = guardOver(disk, 64 * MiB);
  assert.equal(guard.admits("/data", 100), true);
  disk.freeBytes = 63 * MiB;
  look();
  assert.equal(guard.admits("/data", 100), false);
  disk.freeBytes = 70 * MiB;
  look();
  assert.equal(guard.admits("/data", 100), false, "just above the mark is not enough to go on");
  disk.freeBytes = 81 * MiB;
  look();
  assert.equal(guard.admits("/data", 100), true);
});

Deno.test("a fast producer does not run past the reserve between two looks of the timer", () => {
  const disk = { totalBytes: 10_000 * MiB, freeBytes: 500 * MiB };
  const { guard } = guardOver(disk, 64 * MiB);
  let refused = false;
  for (let count = 0; count < 1000 && !refused; count++) {
    refused = !guard.admits("/data", MiB);
    if (!refused) disk.freeBytes -= MiB;
  }
  assert.equal(refused, true);
  assert.ok(disk.freeBytes > 40 * MiB, `${disk.freeBytes / MiB} MiB were left of a reserve of 64`);
});

Deno.test("a small disk reserves at most a twentieth of itself, and 0 reserves nothing", () => {
  const small = guardOver({ totalBytes: 64 * MiB, freeBytes: 4 * MiB }, 64 * MiB);
  assert.equal(small.guard.admits("/data", 100), true);
  const off = guardOver({ totalBytes: 64 * MiB, freeBytes: 0 }, 0);
  assert.equal(off.guard.admits("/data", 100), true);
});

Deno.test("with much space the disk is asked seldom", () => {
  const { guard, looks } = guardOver({ totalBytes: 10_000 * MiB, freeBytes: 5_000 * MiB }, 64 * MiB);
  for (let count = 0; count < 1000; count++) guard.admits("/data", MiB);
  assert.ok(looks() < 10, `the disk was asked ${looks()} times`);
});
