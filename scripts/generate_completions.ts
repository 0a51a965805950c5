/** Writes what `sluice completions SHELL` prints into completions/. `--check` only says what is stale. */

import { exists, root } from "./checks/check.ts";

const files: Readonly<Record<string, string>> = {
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
  const checking = Deno.args.includes("--check");
  if (!exists("main.ts")) {
    console.log("skipped: main.ts is absent");
    Deno.exit(0);
  }
  const stale: string[] = [];
  for (const [shell, path] of Object.entries(files)) {
    const text = await printedFor(shell);
    const before = exists(path) ? Deno.readTextFileSync(root + path) : null;
    if (before === text) continue;
    stale.push(path);
    if (!checking) Deno.writeTextFileSync(root + path, text);
  }
  if (stale.length > 0) console.log(`${checking ? "stale" : "written"}: ${stale.join(", ")}`);
  if (checking && stale.length > 0) Deno.exit(1);
}
