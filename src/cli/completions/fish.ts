/** Completions for fish. */

import { groupsOf, type LeafPath, leavesOf, type Values, type WordOption, type WordTree } from "./tree.ts";

export function fishScript(tree: WordTree): string {
  const top = tree.commands.map(({ name, brief }) => line("__sluice_at", `-a ${name} -d ${quoted(brief)}`));
  const groups = groupsOf(tree).flatMap((group) =>
    group.commands.map(({ name, brief }) =>
      line(`__sluice_at ${group.name}`, `-a ${name} -d ${quoted(brief)}`)
    )
  );
  return `# Completions of sluice for fish. Written by "sluice completions fish".

# Whether the words before the cursor are these and no others.
function __sluice_at
    set -l words (commandline -opc)
    test "$words[2..]" = "$argv"
end

# Whether the words before the cursor begin with these.
function __sluice_in
    set -l words (commandline -opc)
    test (count $words) -gt (count $argv); and test "$words[2..$(math (count $argv) + 1)]" = "$argv"
end

function __sluice_topics
    set -l words (commandline -opc)
    set -l options
    for option in -b --bootstrap
        if set -l at (contains -i -- $option $words)
            set options --bootstrap $words[$(math $at + 1)]
        end
    end
    sluice topic list --timeout 500ms $options 2>/dev/null | string split -f1 \\t
end

complete -c sluice -f
${[...top, ...groups].join("\n")}
${line("__sluice_at", "-l version -d 'Print the version'")}
${line("__sluice_at", "-s h -l help -d 'Say more'")}
${leavesOf(tree).flatMap(leafLines).join("\n")}
`;
}

function line(condition: string, rest: string): string {
  return `complete -c sluice -n ${quoted(condition)} ${rest}`;
}

function leafLines({ path, leaf }: LeafPath): string[] {
  const condition = `__sluice_in ${path.join(" ")}`;
  const lines = leaf.options.map((one) => line(condition, optionSpec(one)));
  return leaf.argument === null ? lines : [...lines, line(condition, argumentSpec(leaf.argument))];
}

function optionSpec({ names, brief, values }: WordOption): string {
  const flags = names.map((name) => name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`);
  const value = values === null ? "" : ` ${valueSpec(values)}`;
  return `${flags.join(" ")}${value} -d ${quoted(brief)}`;
}

function valueSpec(values: Values): string {
  switch (values.kind) {
    case "choices":
      return `-x -a ${quoted(values.choices.join(" "))}`;
    case "files":
      return "-r -F";
    case "directories":
      return "-x -a '(__fish_complete_directories)'";
    case "topics":
      return "-x -a '(__sluice_topics)'";
    case "anything":
      return "-x";
  }
}

function argumentSpec(values: Values): string {
  return values.kind === "choices" ? `-a ${quoted(values.choices.join(" "))}` : "-a '(__sluice_topics)'";
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
