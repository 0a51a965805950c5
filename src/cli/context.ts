/** What a command runs in: injected, so that tests run commands without a process. */

import type { Platform } from "../platform/platform.ts";
import type { Process } from "../platform/process.ts";

export interface CliContext {
  readonly process: Process;
  readonly platform: Platform;
}

/** What the process says when it ends. */
export const ExitCode = {
  DONE: 0,
  FAILED: 1,
  WRONG_USAGE: 2,
  UNREACHABLE: 3,
  INTERRUPTED: 130,
} as const;

const encoder = new TextEncoder();

/** Prints text to standard output. */
export function print(context: CliContext, text: string): Promise<void> {
  return context.process.stdout.write(encoder.encode(text));
}

/** Says something to the person, on standard error. */
export function say(context: CliContext, text: string): Promise<void> {
  return context.process.stderr.write(encoder.encode(text));
}
