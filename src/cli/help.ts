/** The pages that `--help` prints. */

import type { Group } from "./command_tree.ts";
import type { Command } from "./command.ts";
import { type ArgumentManual, manualOf, type OptionManual, plainText } from "./manual.ts";
import type { Style } from "./style.ts";

/** Where descriptions begin; longer terms stand on a line of their own. */
const TERM_WIDTH = 28;

const helpOption: OptionManual = {
  names: ["-h", "--help"],
  metavar: undefined,
  description: "Print this page.",
  choices: [],
  repeats: false,
  isRequired: false,
};

export interface PageOptions {
  /** In characters. */
  readonly width: number;
  readonly style: Style;
}

/** The page of a command. */
export function commandHelp(name: string, command: Command, { width, style }: PageOptions): string {
  const manual = manualOf(command);
  const usage = [
    name,
    ...manual.arguments.map(argumentUsage),
    ...manual.sections.flatMap(({ options }) => options.filter((one) => one.isRequired)).map(optionUsage),
    ...(manual.sections.length > 0 ? ["[OPTION]..."] : []),
  ].join(" ");
  const examples = command.examples.map(([line, effect]) => `  ${style.dim(`# ${effect}`)}\n  ${line}`);
  const parts = [
    `${style.bold("Usage:")} ${usage}`,
    wrapped(plainText(command.description), width).join("\n"),
    ...manual.sections.map(({ title, options }, index) => {
      const shown = index === manual.sections.length - 1 ? [...options, helpOption] : options;
      return [style.bold(`${title}:`), ...shown.flatMap((one) => optionLines(one, width))].join("\n");
    }),
    [style.bold("Examples:"), ...examples].join("\n"),
  ];
  return parts.join("\n\n") + "\n";
}

/** The page of a word that only has commands below it. */
export function groupHelp(name: string, group: Group, { style }: PageOptions): string {
  const width = Math.max(...group.commands.map((one) => one.name.length));
  const lines = group.commands.map((one) => `  ${one.name.padEnd(width)}  ${one.brief}`);
  const parts = [
    group.brief.replace(/[^.]$/, "$&."),
    `${style.bold("Usage:")} ${name} COMMAND [OPTION]...`,
    [style.bold("Commands:"), ...lines].join("\n"),
    `"${name} COMMAND --help" says more about a command.`,
  ];
  return parts.join("\n\n") + "\n";
}

function argumentUsage({ metavar, isOptional, repeats, choices }: ArgumentManual): string {
  const word = choices.length > 0 ? choices.join("|") : metavar;
  const term = repeats ? `${word}...` : word;
  return isOptional ? `[${term}]` : term;
}

function optionUsage({ names, metavar }: OptionManual): string {
  return [names.at(-1), metavar].filter((part) => part !== undefined).join(" ");
}

function optionLines({ names, metavar, description, choices }: OptionManual, width: number): string[] {
  const hasShort = names.some((one) => !one.startsWith("--"));
  const indent = hasShort ? "  " : "      ";
  const term = `${indent}${names.join(", ")}${metavar === undefined ? "" : ` ${metavar}`}`;
  const values = choices.length > 0 ? ` One of ${choices.join(", ")}.` : "";
  const text = wrapped(description + values, width - TERM_WIDTH);
  const lines = text.map((line) => " ".repeat(TERM_WIDTH) + line);
  if (term.length + 2 > TERM_WIDTH) return [term, ...lines];
  return [term.padEnd(TERM_WIDTH) + (text[0] ?? ""), ...lines.slice(1)];
}

/** The lines of a text, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
