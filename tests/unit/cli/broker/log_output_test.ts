import assert from "node:assert/strict";
import { LogOutput, type LogOutputOptions } from "../../../../src/cli/broker/log_output.ts";

const clock = { wallMs: () => 1767225600000, monotonicMs: () => 0 };

class Stream {
  readonly lines: string[] = [];
  /** Resolves the writes when given; otherwise they are done at once. */
  blocked: Promise<void> | undefined;
  readonly isTerminal = false;
  columns = () => null;
  writeNow = () => {};

  async write(bytes: Uint8Array): Promise<void> {
    const line = new TextDecoder().decode(bytes);
    await this.blocked;
    this.lines.push(line);
  }
}

function output(options: Partial<LogOutputOptions> = {}) {
  const stream = new Stream();
  return { stream, output: new LogOutput({ stream, clock, level: "info", format: "text", ...options }) };
}

Deno.test("a line has the time, the level, the message and the fields, quoted where they must be", async () => {
  const { stream, output: log } = output();
  log.logger.with({ node: 1 }).warn("cannot write", { path: "a b", left: 0, why: undefined });
  await log.flush();
  assert.deepEqual(stream.lines, [
    '2026-01-01T00:00:00.000Z WARNING cannot write node=1 path="a b" left=0\n',
  ]);
});

Deno.test("JSON has one object a line", async () => {
  const { stream, output: log } = output({ format: "json" });
  log.logger.error("two\nlines", { node: 1 });
  await log.flush();
  assert.equal(stream.lines.length, 1);
  assert.deepEqual(JSON.parse(stream.lines[0]!), {
    time: "2026-01-01T00:00:00.000Z",
    level: "error",
    message: "two\nlines",
    node: 1,
  });
});

Deno.test("messages below the level are left out", async () => {
  const { stream, output: log } = output({ level: "warning" });
  log.logger.debug("a");
  log.logger.info("b");
  log.logger.warn("c");
  await log.flush();
  assert.equal(stream.lines.length, 1);
});

Deno.test("a reader that stalls costs bounded memory, and is told what it missed", async () => {
  const { stream, output: log } = output();
  const gate = Promise.withResolvers<void>();
  stream.blocked = gate.promise;
  const text = "x".repeat(1000);
  for (let index = 0; index < 5000; index++) log.logger.info(text);
  gate.resolve();
  await log.flush();
  assert.ok(stream.lines.length < 1100, `${stream.lines.length} lines were kept`);
  const kept = stream.lines.length;
  log.logger.info("again");
  await log.flush();
  assert.match(stream.lines[kept]!, /dropped messages that nobody read in time lines=\d+\n/);
  assert.equal(Number(/lines=(\d+)/.exec(stream.lines[kept]!)![1]), 5000 - kept);
  assert.match(stream.lines[kept + 1]!, /again/);
});
