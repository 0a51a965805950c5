/** The pages that `--help` prints. */

import { type DocPage, formatDocPage } from "@optique/core/doc";
import { formatMessage } from "@optique/core/message";
import { getDocPageSync } from "@optique/core/parser";
import type { Group } from "./catalog.ts";
import type { Command } from "./command.ts";

/** Where the descriptions of options begin. */
const TERM_WIDTH = 26;

/** The page of a command, at most `width` characters wide. */
export function commandHelp(name: string, command: Command, width: number): string {
  const page = getDocPageSync(command.parser as never) as DocPage | undefined;
  const format = { maxWidth: width, colors: false };
  const options = formatDocPage(name, { sections: [], ...page }, {
    ...format,
    termWidth: TERM_WIDTH,
    showDefault: true,
    showChoices: true,
    sectionOrder: () => 0,
  });
  const description = formatMessage(command.description, { ...format, quotes: false });
  const examples = command.examples.map(([line, effect]) => `  # ${effect}\n  ${line}`).join("\n");
  const [usage = "", ...rest] = options.split("\n\n");
  return [usage, description, ...rest, `Examples:\n${examples}`].join("\n\n").trimEnd() + "\n";
}

/** The page of a word that only has commands below it. */
export function groupHelp(name: string, group: Group): string {
  const width = Math.max(...group.commands.map((one) => one.name.length));
  const lines = group.commands.map((one) => `  ${one.name.padEnd(width)}  ${one.brief}`);
  const page = [
    `${group.brief}`,
    `Usage: ${name} COMMAND [OPTION]...`,
    `Commands:\n${lines.join("\n")}`,
    `"${name} COMMAND --help" says more about a command.`,
  ];
  return page.join("\n\n") + "\n";
}
