/** Writes what `sluice completions SHELL` prints into completions/. `--check` only says what is stale. */

import { exists, root } from "./checks/check.ts";
import { writeOrCheck } from "./generated_files.ts";

const paths: Readonly<Record<string, string>> = {
  bash: "completions/sluice.bash",
  zsh: "completions/_sluice",
  fish: "completions/sluice.fish",
};

async function printedFor(shell: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}main.ts`, "completions", shell],
    stdout: "piped",
    stderr: "inherit",
  });
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`sluice completions ${shell} failed`);
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  if (exists("main.ts")) {
    const files = new Map<string, string>();
    for (const [shell, path] of Object.entries(paths)) files.set(path, await printedFor(shell));
    writeOrCheck(files);
  } else {
    console.log("skipped: main.ts is absent");
  }
}
