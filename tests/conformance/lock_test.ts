/** Two brokers on one data directory: the second is refused, on whichever runtime, and a dead one holds nothing. */

import assert from "node:assert/strict";
import { textOf } from "./case.ts";
import { type Runtime, runtimes, startChild } from "./surroundings.ts";

async function withDirectory(task: (directory: string) => Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync({ prefix: "sluice-lock-" });
  try {
    await task(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Starts a child that tries to take the lock, and what it said. */
async function claim(
  runtime: Runtime,
  directory: string,
): Promise<{ child: Deno.ChildProcess; said: string }> {
  const child = startChild(runtime, ["lock", directory]);
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { child, said: textOf(value ?? new Uint8Array(0)) };
}

async function end(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
  await child.stdin.close().catch(() => {});
  await child.stderr.cancel();
  return await child.status;
}

for (const holder of runtimes) {
  for (const challenger of runtimes) {
    Deno.test(`lock held on ${holder.name}, wanted on ${challenger.name}`, () =>
      withDirectory(async (directory) => {
        const first = await claim(holder, directory);
        assert.equal(first.said, "held\n");
        const second = await claim(challenger, directory);
        assert.match(second.said, /^locked: lock .*: process \d+ is using it\n$/);
        assert(second.said.includes(`process ${first.child.pid} `), second.said);
        assert.equal((await end(second.child)).code, 1);
        assert.equal((await end(first.child)).code, 0);
        const third = await claim(challenger, directory);
        assert.equal(third.said, "held\n");
        await end(third.child);
      }));
  }
}

for (const runtime of runtimes) {
  Deno.test(`a lock held on ${runtime.name} ends with kill -9`, () =>
    withDirectory(async (directory) => {
      const killed = await claim(runtime, directory);
      assert.equal(killed.said, "held\n");
      killed.child.kill("SIGKILL");
      await end(killed.child);
      for (const next of runtimes) {
        const { child, said } = await claim(next, directory);
        assert.equal(said, "held\n");
        await end(child);
      }
    }));
}
