/** Makes the options structure of a command from the words behind its name. */

import { formatMessage } from "@optique/core/message";
import { parseSync } from "@optique/core/parser";
import { UsageError } from "../core/errors.ts";
import type { Command } from "./command.ts";

/** Whether help is asked for; what follows `--` is not looked at. */
export function wantsHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  const options = end < 0 ? words : words.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

/** The options structure. Throws {@link UsageError} with what is wrong. */
export function parseOptions(command: Command, words: readonly string[]): unknown {
  const result = parseSync(command.parser as never, words);
  if (result.success) return result.value;
  throw new UsageError(formatMessage(result.error, { quotes: true, colors: false }).replace(/\n+/g, " "));
}
