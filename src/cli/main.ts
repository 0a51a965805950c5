/** From the words of the command line to a command that runs, and from what it throws to an exit code. */

import { nearest } from "../config/suggest.ts";
import { UsageError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import type { Platform } from "../platform/platform.ts";
import type { Process } from "../platform/process.ts";
import { catalog } from "./catalog.ts";
import { type Group, type Leaf, type Route, route } from "./command_tree.ts";
import { type CliContext, ExitCode, print, say } from "./context.ts";
import { exitCodeOf } from "./exit.ts";
import type { PageOptions } from "./help.ts";

/** Runs what the process was asked to and resolves with its exit code. Never rejects. */
export async function main(process: Process, loadPlatform: () => Promise<Platform>): Promise<number> {
  const words = withoutHelpCommand(process.args);
  const found = route(words, catalog);
  const context: CliContext = { process, platform: await loadPlatform() };
  try {
    return "load" in found.target
      ? await runLeaf(found.target, found, context)
      : await runGroup(found.target, found, context);
  } catch (error) {
    return await exitCodeOf(error, found.path.join(" "), context);
  }
}

/** `sluice help topic create` is `sluice topic create --help`. */
function withoutHelpCommand(words: readonly string[]): readonly string[] {
  return words[0] === "help" ? [...words.slice(1), "--help"] : words;
}

async function runLeaf(leaf: Leaf, { path, rest }: Route, context: CliContext): Promise<number> {
  const command = await leaf.load();
  const { parseOptions, wantsHelp } = await import("./parse.ts");
  if (wantsHelp(rest)) {
    const { commandHelp } = await import("./help.ts");
    await print(context, commandHelp(path.join(" "), command, await pageOptions(context)));
    return ExitCode.DONE;
  }
  return await command.run(parseOptions(command, rest) as never, context);
}

async function runGroup(group: Group, { path, rest }: Route, context: CliContext): Promise<number> {
  const name = path.join(" ");
  const [word] = rest;
  if (word === undefined || word === "--help" || word === "-h") {
    const { groupHelp } = await import("./help.ts");
    const help = groupHelp(name, group, await pageOptions(context));
    await (word === undefined ? say(context, help) : print(context, help));
    return word === undefined ? ExitCode.WRONG_USAGE : ExitCode.DONE;
  }
  if (path.length === 1 && (word === "--version" || word === "-V")) {
    await print(context, `sluice ${VERSION}\n`);
    return ExitCode.DONE;
  }
  if (word.startsWith("-")) {
    throw new UsageError(`"${word}" comes before a command; options follow the command they belong to`);
  }
  const near = nearest(word, group.commands.map((one) => one.name));
  throw new UsageError(
    `"${word}" is not a command` + (near === null ? "" : `; did you mean "${name} ${near}"?`),
  );
}

/** Lines beyond a hundred characters are hard to read. */
async function pageOptions({ process }: CliContext): Promise<PageOptions> {
  const { styleFor } = await import("./style.ts");
  const width = Math.min(process.stdout.columns() ?? 80, 100);
  return { width, style: styleFor(process.stdout, process) };
}
