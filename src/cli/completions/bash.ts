/** Completions for bash, of any version from 3.2 on and without further packages. */

import { groupsOf, type LeafPath, leavesOf, type Values, type WordOption, type WordTree } from "./tree.ts";

export function bashScript(tree: WordTree): string {
  const names = (commands: readonly { readonly name: string }[]) => commands.map((one) => one.name).join(" ");
  const groups = groupsOf(tree).map(({ name, commands }) =>
    `    2:${name}) words="${names(commands)} --help" ;;`
  );
  const leaves = leavesOf(tree).flatMap(leafCase);
  return `# Completions of sluice for bash. Written by "sluice completions bash".

__sluice_topics() {
  local i options=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in -b | --bootstrap) options=(--bootstrap "\${COMP_LINE#*\${COMP_WORDS[i]}}") ;; esac
  done
  if ((\${#options[@]})); then
    options[1]=\${options[1]#[= ]}
    options[1]=\${options[1]%% *}
  fi
  sluice topic list --timeout 500ms "\${options[@]}" 2>/dev/null | cut -f1
}

_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  if [[ $prev == "=" ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  if [[ $cur == "=" ]]; then cur=; fi
  case $COMP_CWORD:\${COMP_WORDS[1]} in
    1:*) words="${names(tree.commands)} help --help --version" ;;
${groups.join("\n")}
    *) __sluice_words ;;
  esac
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}

# Sets words, or COMPREPLY for files.
__sluice_words() {
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${leaves.join("\n")}
  esac
}

complete -o default -F _sluice sluice
`;
}

function leafCase({ path, leaf }: LeafPath): string[] {
  const pattern = path.length === 1 ? `"${path[0]} "*` : `"${path.join(" ")}"`;
  const valued = leaf.options.filter((one) => one.values !== null).map(optionCase);
  const names = leaf.options.flatMap((one) => one.names).join(" ");
  const options = `words="${names}"`;
  const argument = leaf.argument === null ? [] : [`          *) ${action(leaf.argument)} ;;`];
  return [
    `    ${pattern})`,
    "      case $prev in",
    ...valued,
    "        *) case $cur in",
    `          -*) ${options} ;;`,
    ...argument,
    "        esac ;;",
    "      esac ;;",
  ];
}

function optionCase({ names, values }: WordOption): string {
  return `        ${names.join(" | ")}) ${action(values!)} ;;`;
}

function action(values: Values): string {
  switch (values.kind) {
    case "choices":
      return `words="${values.choices.join(" ")}"`;
    case "files":
      return `COMPREPLY=($(compgen -f -- "$cur"))`;
    case "directories":
      return `COMPREPLY=($(compgen -d -- "$cur"))`;
    case "topics":
      return "words=$(__sluice_topics)";
    case "anything":
      return ":";
  }
}
