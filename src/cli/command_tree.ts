/** What a tree of commands is, and how the words of a command line lead through it. */

import type { Command } from "./command.ts";

interface NodeOfTree {
  readonly name: string;
  /** One short line for lists of commands. */
  readonly brief: string;
}

/** A command that runs. */
export interface Leaf extends NodeOfTree {
  load(): Promise<Command>;
}

/** A word that only has commands below it, such as `topic`. */
export interface Group extends NodeOfTree {
  readonly commands: readonly (Leaf | Group)[];
}

/** Where the words of a command line lead. */
export interface Route {
  /** The words that named it, `sluice` first. */
  readonly path: readonly string[];
  readonly target: Leaf | Group;
  /** What the words leave for the command. */
  readonly rest: readonly string[];
}

/** Follows the words down the tree as far as they name commands. */
export function route(words: readonly string[], from: Group): Route {
  let target: Leaf | Group = from;
  const path = [from.name];
  let used = 0;
  while ("commands" in target) {
    const next: Leaf | Group | undefined = target.commands.find(({ name }) => name === words[used]);
    if (next === undefined) break;
    path.push(next.name);
    target = next;
    used++;
  }
  return { path, target, rest: words.slice(used) };
}
