/** Child processes in Deno. */

import type { ChildProcess, ChildSignal } from "../process.ts";

/** The words that start this program: the executable, or Deno with the module that it began with. */
function thisProgram(): readonly [string, ...string[]] {
  return Deno.build.standalone ? [Deno.execPath()] : [Deno.execPath(), "run", "-A", Deno.mainModule];
}

/** See `Process.startAgain`. */
export function startDenoAgain(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const [command, ...first] = thisProgram();
  const child = new Deno.Command(command, {
    args: [...first, ...args],
    env: environment,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  let hasEnded = false;
  const ended = child.status.then(({ code }) => {
    hasEnded = true;
    return code;
  });
  return {
    pid: child.pid,
    stdout: readerOf(child.stdout),
    stderr: readerOf(child.stderr),
    ended,
    write: (bytes) => input.write(bytes).catch(() => {}),
    signal(signal: ChildSignal) {
      try {
        if (!hasEnded) child.kill(signal);
      } catch {
        // It ended a moment ago.
      }
    },
  };
}

function readerOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ChildProcess["stdout"] {
  const reader = stream.getReader();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async read(target) {
      while (rest.length === 0) {
        const { done, value } = await reader.read();
        if (done) return 0;
        rest = value;
      }
      const part = rest.subarray(0, target.length);
      target.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}
