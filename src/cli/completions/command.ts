/** `sluice completions`: prints what makes a shell complete the words of this program. */

import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { argument } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { type Command, defineCommand } from "../command.ts";
import type { Group } from "../command_tree.ts";
import { type CliContext, ExitCode, print } from "../context.ts";
import type { WordTree } from "./tree.ts";

const parser = object("Options", {
  shell: argument(choice(["bash", "zsh", "fish"], { metavar: "SHELL" })),
});

async function scriptFor(
  shell: "bash" | "zsh" | "fish",
  tree: WordTree,
): Promise<string> {
  switch (shell) {
    case "bash":
      return (await import("./bash.ts")).bashScript(tree);
    case "zsh":
      return (await import("./zsh.ts")).zshScript(tree);
    case "fish":
      return (await import("./fish.ts")).fishScript(tree);
  }
}

/** The command that completes the words of the tree below `root`. */
export function completionsCommand(root: Group): Command {
  async function run({ shell }: InferValue<typeof parser>, context: CliContext): Promise<number> {
    const { wordTree } = await import("./tree.ts");
    await print(context, await scriptFor(shell, await wordTree(root)));
    return ExitCode.DONE;
  }
  return defineCommand({
    parser,
    description:
      message`Prints completions of commands, options, their values and topics for bash, zsh or fish.`,
    examples: [
      ["source <(sluice completions bash)", "In ~/.bashrc"],
      ["source <(sluice completions zsh)", "In ~/.zshrc, after compinit"],
      ["sluice completions fish > ~/.config/fish/completions/sluice.fish", "Once; fish finds it there"],
    ],
    run,
  });
}
