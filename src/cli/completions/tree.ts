/** All words of the program, for the scripts that complete them. */

import type { Group, Leaf } from "../command_tree.ts";
import { manualOf, type OptionManual } from "../manual.ts";

/** What the value of an option or an argument can be completed with. */
export type Values =
  | { readonly kind: "choices"; readonly choices: readonly string[] }
  | { readonly kind: "files" | "directories" | "topics" | "anything" };

export interface WordOption {
  readonly names: readonly string[];
  /** One short sentence without a full stop. */
  readonly brief: string;
  readonly repeats: boolean;
  readonly metavar: string | undefined;
  /** Null for an option that takes no value. */
  readonly values: Values | null;
}

/** A command and what may follow it. */
export interface WordLeaf {
  readonly name: string;
  readonly brief: string;
  readonly options: readonly WordOption[];
  /** Null for a command without arguments. */
  readonly argument: Values | null;
}

export interface WordGroup {
  readonly name: string;
  readonly brief: string;
  readonly commands: readonly (WordLeaf | WordGroup)[];
}

/** The program, with the commands right below it. */
export type WordTree = WordGroup;

/** A leaf and the words that lead to it, without the program's name. */
export interface LeafPath {
  readonly path: readonly string[];
  readonly leaf: WordLeaf;
}

const help: WordOption = {
  names: ["-h", "--help"],
  brief: "Say more about the command",
  repeats: false,
  metavar: undefined,
  values: null,
};

/** Everything that can be typed. Loads every command. */
export async function wordTree({ name, brief, commands }: Group): Promise<WordGroup> {
  const words: (WordLeaf | WordGroup)[] = [];
  for (const one of commands) words.push("load" in one ? await leafWords(one) : await wordTree(one));
  return { name, brief, commands: words };
}

async function leafWords({ name, brief, load }: Leaf): Promise<WordLeaf> {
  const manual = manualOf(await load());
  const options = manual.sections.flatMap((section) => section.options).map(optionWords);
  const [argument] = manual.arguments;
  return {
    name,
    brief,
    options: [...options, help],
    argument: argument === undefined ? null : valuesNamed(argument.metavar, argument.choices),
  };
}

function optionWords({ names, metavar, description, choices, repeats }: OptionManual): WordOption {
  const [brief = ""] = description.split(/[.;:,(](?:\s|$)|\s\(/);
  return {
    names,
    brief: brief.trim(),
    repeats,
    metavar,
    values: metavar === undefined ? null : valuesNamed(metavar, choices),
  };
}

function valuesNamed(metavar: string, choices: readonly string[]): Values {
  if (choices.length > 0) return { kind: "choices", choices };
  if (metavar === "FILE") return { kind: "files" };
  if (metavar === "DIR") return { kind: "directories" };
  return { kind: metavar === "TOPIC" ? "topics" : "anything" };
}

/** The leaves of a tree in order. */
export function leavesOf({ commands }: WordGroup, path: readonly string[] = []): LeafPath[] {
  return commands.flatMap((one) =>
    "commands" in one ? leavesOf(one, [...path, one.name]) : [{ path: [...path, one.name], leaf: one }]
  );
}

/** The groups below the program. */
export function groupsOf({ commands }: WordGroup): WordGroup[] {
  return commands.filter((one): one is WordGroup => "commands" in one);
}
