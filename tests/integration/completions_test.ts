/** The completions in the shells that they are for; shells that are not installed are left out. */

import assert from "node:assert/strict";
import { hasProgram } from "../harness/deno_path.ts";

const completions = new URL("../../completions/", import.meta.url).pathname;

/** A `sluice` that knows two topics, for the completion of their names. */
const stub = `#!/bin/sh
case "$*" in "topic list"*) printf 'orders\\t3\\t1\\t0\\npayments\\t1\\t1\\t0\\n' ;; esac
`;

/** What each shell must offer: a part of a line, and words that must be among the candidates. */
const cases: readonly (readonly [line: string, wanted: readonly string[], unwanted: readonly string[]])[] = [
  ["sluice ", ["broker", "consume", "produce", "topic", "completions"], ["create"]],
  ["sluice topic ", ["create", "describe", "trim"], ["broker"]],
  ["sluice topic create --re", ["--replication-factor"], ["--partitions"]],
  ["sluice topic list -o ", ["json", "table"], ["orders"]],
  ["sluice broker --log-level ", ["debug", "warning"], ["json"]],
  ["sluice consume ", ["orders", "payments"], ["create"]],
  ["sluice completions ", ["bash", "fish", "zsh"], ["orders"]],
];

async function inShell(shell: string, script: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-test-" });
  try {
    await Deno.writeTextFile(`${directory}/sluice`, stub, { mode: 0o755 });
    await Deno.writeTextFile(`${directory}/script`, script);
    const { stdout, stderr } = await new Deno.Command(shell, {
      args: shell === "fish" ? ["--no-config", `${directory}/script`] : [`${directory}/script`],
      env: { PATH: `${directory}:${Deno.env.get("PATH")}`, TERM: "dumb" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const errors = new TextDecoder().decode(stderr);
    assert.equal(errors, "", `${shell} says`);
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function assertOffers(printed: string, [line, wanted, unwanted]: (typeof cases)[number]): void {
  const words = printed.split(/\s+/);
  for (const word of wanted) {
    assert.ok(words.includes(word), `"${line}" offers ${word}, not only: ${printed}`);
  }
  for (const word of unwanted) {
    assert.ok(!words.includes(word), `"${line}" does not offer ${word}: ${printed}`);
  }
}

Deno.test({
  name: "completions: bash offers commands, options, values and topics",
  ignore: !hasProgram("bash"),
  fn: async () => {
    for (const one of cases) {
      const words = one[0].split(" ").map((word) => `"${word}"`).join(" ");
      assertOffers(
        await inShell(
          "bash",
          `source ${completions}sluice.bash
           COMP_WORDS=(${words}) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMP_LINE="${one[0]}"
           _sluice
           printf '%s\\n' "\${COMPREPLY[@]}"`,
        ),
        one,
      );
    }
  },
});

Deno.test({
  name: "completions: fish offers commands, options, values and topics",
  ignore: !hasProgram("fish"),
  fn: async () => {
    for (const one of cases) {
      const script = `source ${completions}sluice.fish; complete -C "${one[0]}" | string split -f1 \\t`;
      assertOffers(await inShell("fish", script), one);
    }
  },
});

Deno.test({
  name: "completions: zsh offers commands, options, values and topics",
  ignore: !hasProgram("zsh"),
  fn: async () => {
    for (const one of cases) assertOffers(await inShell("zsh", zshScript(one)), one);
  },
});

/** What zsh completes shows only at a terminal: one inside zsh, with Tabs behind the line, until all is there. */
function zshScript([line, wanted]: (typeof cases)[number]): string {
  return `zmodload zsh/zpty
zpty z "PATH=$PATH zsh -f -i"
zpty -w z 'PROMPT=; stty -echo cols 200; setopt no_list_beep; fpath=(${completions} $fpath)'
zpty -w z 'autoload -U compinit; compinit -u -D; bindkey "^I" complete-word; echo REA""DY'
while zpty -r z out; do [[ $out == *READY* ]] && break; done
zpty -n -w z "${line}"$'\\t\\t'
all=
for try in {1..200}; do
  sleep 0.05
  while zpty -rt z out; do all+=$out; done
  missing=0
  for word in ${wanted.join(" ")}; do [[ $all == *$word* ]] || missing=1; done
  ((missing)) || break
done
zpty -d z
print -r -- \${all//=/ }
`;
}
