/** What the process adapters of Deno and Bun must do, seen from outside. */

import assert from "node:assert/strict";
import { textOf } from "./case.ts";
import { type Runtime, runtimes, startChild } from "./surroundings.ts";

const decodeOutput = async (child: Deno.ChildProcess) => {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: textOf(stdout), stderr: textOf(stderr), bytes: stdout };
};

function eachRuntime(name: string, check: (runtime: Runtime) => Promise<void>): void {
  for (const runtime of runtimes) Deno.test(`process on ${runtime.name}: ${name}`, () => check(runtime));
}

eachRuntime("stdin reaches stdout unchanged and the exit code arrives", async (runtime) => {
  const child = startChild(runtime, ["echo"]);
  const sent = new Uint8Array(1_000_000).map((_, index) => index * 31);
  const writer = child.stdin.getWriter();
  const writing = writer.write(sent).then(() => writer.close());
  const { code, bytes } = await decodeOutput(child);
  await writing;
  assert.equal(code, 7);
  assert.deepEqual(bytes, sent);
});

eachRuntime("arguments, environment, terminals and a temporary directory", async (runtime) => {
  const child = startChild(runtime, ["describe", "--flag=ä", ""], { SLUICE_TEST: "value" });
  await child.stdin.close();
  const { stdout, stderr } = await decodeOutput(child);
  const { args, pid, terminals, variables, made, memory, cpu, columns } = JSON.parse(stdout || stderr);
  assert.deepEqual(args, ["describe", "--flag=ä", ""]);
  assert.equal(pid, child.pid);
  assert.deepEqual(terminals, [false, false, false]);
  assert.equal(columns, null);
  assert.deepEqual(variables, ["value", null, "value"]);
  assert.equal(made.empty, true);
  assert.match(made.name, /sluice-child-/);
  assert(memory.residentBytes > 1e6 && memory.residentBytes < 1e9);
  for (const part of ["heapUsedBytes", "heapTotalBytes", "externalBytes"]) assert(memory[part] >= 0, part);
  assert(cpu.userMs > 0 && cpu.userMs < 60_000 && cpu.systemMs >= 0);
});

eachRuntime("a reader that goes away is a broken pipe, not a crash", async (runtime) => {
  const child = startChild(runtime, ["flood"]);
  await child.stdin.close();
  const reader = child.stdout.getReader();
  assert.equal((await reader.read()).value?.[0], 120);
  await reader.cancel();
  const stderr = textOf(new Uint8Array(await new Response(child.stderr).arrayBuffer()));
  assert.deepEqual([stderr, (await child.status).code], ["broken pipe", 5]);
});

eachRuntime("a signal reaches its handler as often as it comes", async (runtime) => {
  const child = startChild(runtime, ["signal"]);
  const reader = child.stdout.getReader();
  for (const word of ["ready\n", "once\n"]) {
    assert.equal(textOf((await reader.read()).value!), word);
    child.kill("SIGTERM");
  }
  assert.equal((await child.status).code, 3);
  await Promise.all([reader.cancel(), child.stdin.close(), child.stderr.cancel()]);
});

for (const way of ["throw", "reject"]) {
  eachRuntime(`an error that nobody caught reaches its handler (${way})`, async (runtime) => {
    const child = startChild(runtime, ["uncaught", way]);
    await child.stdin.close();
    const { code, stderr } = await decodeOutput(child);
    assert.equal(code, 4, stderr);
  });
}

eachRuntime("a program starts itself again, talks to its child and kills it", async (runtime) => {
  const child = startChild(runtime, ["again"]);
  await child.stdin.close();
  const { stdout, stderr } = await decodeOutput(child);
  const { copied, codes } = JSON.parse(stdout || stderr);
  assert(copied.length > 0 && "again: through".startsWith(copied), copied);
  assert.deepEqual(codes, [9, 137]);
});
