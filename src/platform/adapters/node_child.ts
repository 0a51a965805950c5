/** Child processes in Bun and Node. */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import type { Readable } from "node:stream";
import type { ChildProcess, ChildSignal } from "../process.ts";

/** Where the files of a program that Bun compiled seem to be. */
const COMPILED = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN)/;

/** The words that start this program: the executable, or the runtime with the module that it began with. */
function thisProgram(): readonly string[] {
  const [runtime = process.execPath, script = ""] = process.argv;
  return COMPILED.test(script) || script === "" ? [process.execPath] : [runtime, ...process.execArgv, script];
}

/** See `Process.startAgain`. */
export function startNodeAgain(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const [command = process.execPath, ...first] = thisProgram();
  const child = spawn(command, [...first, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // What is written to a process that has ended is nobody's trouble.
  child.stdin.on("error", () => {});
  const ended = new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on(
      "exit",
      (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  return {
    pid: child.pid ?? -1,
    stdout: readerOf(child.stdout),
    stderr: readerOf(child.stderr),
    ended,
    write: (bytes) =>
      new Promise((resolve) => {
        child.stdin.write(bytes, () => resolve());
      }),
    signal: (signal: ChildSignal) => void child.kill(signal),
  };
}

function readerOf(stream: Readable): ChildProcess["stdout"] {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(target) {
      while (rest.length === 0) {
        const { done, value } = await chunks.next();
        if (done === true) return 0;
        rest = value;
      }
      const part = rest.subarray(0, target.length);
      target.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}
