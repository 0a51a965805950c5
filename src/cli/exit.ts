/** The one place where what went wrong becomes a line for the person and an exit code for the script. */

import { DecodeError, messageOf, UsageError } from "../core/errors.ts";
import { DiskError } from "../platform/disk.ts";
import { NetworkError } from "../platform/network.ts";
import { BrokenPipeError } from "../platform/process.ts";
import { type CliContext, ExitCode, say } from "./context.ts";

/** A command failed in a way that its message says all about. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = ExitCode.FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Says what went wrong with the command `name` and returns the exit code for it. */
export async function exitCodeOf(error: unknown, name: string, context: CliContext): Promise<number> {
  // Nobody reads any more, as in `sluice consume orders | head`: that is no failure.
  if (error instanceof BrokenPipeError) return ExitCode.DONE;
  const { text, code } = described(error, name);
  try {
    await say(context, `${text}\n`);
  } catch {
    // There is nowhere left to say so.
  }
  return code;
}

function described(error: unknown, name: string): { readonly text: string; readonly code: number } {
  const line = `${name}: ${messageOf(error)}`;
  if (error instanceof CommandError) return { text: line, code: error.exitCode };
  if (error instanceof UsageError) {
    return { text: `${line}\nTry "${name} --help".`, code: ExitCode.WRONG_USAGE };
  }
  if (error instanceof DiskError || error instanceof NetworkError || error instanceof DecodeError) {
    return { text: line, code: ExitCode.FAILED };
  }
  // Broker errors of the client layer carry their code; they are told by name so that a broker need not load it.
  if (error instanceof Error && error.name === "UnreachableError") {
    return { text: line, code: ExitCode.UNREACHABLE };
  }
  if (error instanceof Error && error.name === "BrokerError") return { text: line, code: ExitCode.FAILED };
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return { text: `${line}\nThis is a bug in Sluice.\n${stack}`, code: ExitCode.FAILED };
}
