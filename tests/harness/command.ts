/** Runs commands in this process: on the real disk and network, with streams that are kept. */

import { main } from "../../src/cli/main.ts";
import { currentPlatform } from "../../src/platform/adapters/current.ts";
import { FakeProcess, type Ran } from "../unit/cli/fake_process.ts";

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Output goes to a terminal of 80 columns; to a pipe unless told. */
  readonly isTerminal?: boolean;
  /** Whoever reads the output goes away when there are so many characters. */
  readonly readerTakes?: number;
}

export type CommandResult = Ran;

/** Runs `sluice WORDS...` and resolves when it has ended. */
export async function runCommand(
  words: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { env: environment = {}, isTerminal = false } = options;
  const process = new FakeProcess({ args: words, environment, isTerminal, input: "" });
  process.stdout.breaksAfter = options.readerTakes ?? Infinity;
  const code = await main(process, currentPlatform);
  return { code, stdout: process.stdout.text, stderr: process.stderr.text };
}
