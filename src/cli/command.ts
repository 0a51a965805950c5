/** A command: a parser that makes an options structure of flags, and what runs with it. */

import type { Message } from "@optique/core/message";
import type { InferValue, Parser } from "@optique/core/parser";
import type { CliContext } from "./context.ts";

/** What a command's own module says about it. */
export interface CommandDefinition<P extends Parser> {
  readonly parser: P;
  /** One or more sentences under the usage line. */
  readonly description: Message;
  /** Whole command lines, each with what it does. */
  readonly examples: readonly (readonly [commandLine: string, effect: string])[];
  /** Resolves with the exit code. What it throws is mapped to an exit code in one place (exit.ts). */
  run(options: InferValue<P>, context: CliContext): Promise<number>;
}

/** Any command. */
export type Command = CommandDefinition<Parser>;

/** Declares a command; the options of `run` follow from the parser. */
export function defineCommand<P extends Parser>(definition: CommandDefinition<P>): Command {
  return definition as unknown as Command;
}
