/** Runs `deno test` and counts what it says. */

import { exists, root } from "./checks/check.ts";

/** How many tests passed, failed and were skipped. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the line that Deno's reporter ends with; null when the text holds none. */
export function parseSummary(output: string): TestCounts | null {
  let counts: TestCounts | null = null;
  for (const match of output.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(.*)$/gm)) {
    const ignored = /\| (\d+) ignored/.exec(match[3] ?? "")?.[1] ?? "0";
    counts = { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(ignored) };
  }
  return counts;
}

/** The plain line that says how it went. */
export function summaryLine({ passed, failed, skipped }: TestCounts): string {
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}

/** Copies a stream to ours while keeping the last part of its text, where the summary is. */
async function tee(
  from: ReadableStream<Uint8Array>,
  to: { writeSync(bytes: Uint8Array): number },
): Promise<string> {
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of from) {
    for (let at = 0; at < chunk.length;) at += to.writeSync(chunk.subarray(at));
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-65536);
  }
  return tail;
}

/** Runs the tests that the arguments name, or all of them. Types are checked by the gate, not here. */
export async function runTests(args: readonly string[]): Promise<TestCounts> {
  const hasPath = args.some((arg) => exists(arg));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...args, ...(hasPath ? [] : ["tests/"])],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  Deno.addSignalListener("SIGTERM", () => child.kill("SIGTERM"));
  const output = await tee(child.stdout, Deno.stdout);
  const { success } = await child.status;
  const counts = parseSummary(output) ?? { passed: 0, failed: 0, skipped: 0 };
  // A file that cannot be loaded fails the run without failing a test.
  return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}
