/** Completions for zsh: a file for $fpath that can be sourced too. */

import {
  groupsOf,
  type LeafPath,
  leavesOf,
  type Values,
  type WordGroup,
  type WordOption,
  type WordTree,
} from "./tree.ts";

export function zshScript(tree: WordTree): string {
  const groups = groupsOf(tree).map((group) =>
    `  if ((CURRENT == 3)) && [[ $words[2] == ${group.name} ]]; then
${commandList(group, "    ")}
    return
  fi`
  );
  return `#compdef sluice
# Completions of sluice for zsh. Written by "sluice completions zsh".

_sluice_topics() {
  local -a topics options
  local at=$words[(I)(-b|--bootstrap)]
  ((at)) && options=(--bootstrap $words[at + 1])
  topics=(\${(f)"$(sluice topic list --timeout 500ms $options 2>/dev/null | cut -f1)"})
  compadd -a topics
}

_sluice() {
  local -a commands
  if ((CURRENT == 2)); then
${commandList(tree, "    ")}
    return
  fi
${groups.join("\n")}
  case "$words[2] $words[3]" in
${leavesOf(tree).map(leafCase).join("\n")}
  esac
}

if [[ $funcstack[1] == _sluice ]]; then _sluice "$@"; else compdef _sluice sluice; fi
`;
}

function commandList({ commands }: WordGroup, indent: string): string {
  const lines = commands.map(({ name, brief }) =>
    `${indent}  ${quoted(`${name}:${brief.replaceAll(":", "\\:")}`)}`
  );
  return `${indent}commands=(\n${lines.join("\n")}\n${indent})\n${indent}_describe command commands`;
}

function leafCase({ path, leaf }: LeafPath): string {
  const pattern = path.length === 1 ? `"${path[0]} "*` : `"${path.join(" ")}"`;
  const specs = leaf.options.map(optionSpec);
  if (leaf.argument !== null) specs.push(quoted(`*:${leaf.argument.kind}:${action(leaf.argument)}`));
  // _arguments takes the first word for the command.
  return `    ${pattern})
      shift ${path.length} words
      ((CURRENT -= ${path.length}))
      _arguments -S \\
${specs.map((spec) => `        ${spec}`).join(" \\\n")}
      ;;`;
}

function optionSpec({ names, brief, repeats, metavar, values }: WordOption): string {
  const text = `[${brief.replaceAll(/[[\]:\\]/g, "\\$&")}]`;
  const value = values === null ? "" : `:${(metavar ?? "").replaceAll(":", "\\:")}:${action(values)}`;
  const spec = (name: string) =>
    name + (values === null ? "" : name.startsWith("--") ? "=" : "") + text + value;
  if (repeats) return names.map((name) => quoted(`*${spec(name)}`)).join(" ");
  return names.map((name) => quoted(`(${names.join(" ")})${spec(name)}`)).join(" ");
}

function action(values: Values): string {
  switch (values.kind) {
    case "choices":
      return `(${values.choices.join(" ")})`;
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "topics":
      return "_sluice_topics";
    case "anything":
      return " ";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
