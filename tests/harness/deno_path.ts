/**
 * The runtimes that tests and scripts start. `npx -y deno@... task test` runs on a machine where no `deno` is on the
 * PATH, so the one that runs this program is used; Bun is taken from the PATH or from npm.
 */

/** The path of the Deno executable that runs this program. */
export function denoPath(): string {
  return Deno.execPath();
}

/** The Bun version that everything is tested and compiled with. */
export const BUN_VERSION = "1.4.5";

function runs(command: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** The words that start Bun, such as `["bun"]` or `["npx", "-y", "bun@..."]`. */
export function bunCommand(): readonly [string, ...string[]] {
  return runs("bun", ["--version"]) ? ["bun"] : ["npx", "-y", `bun@${BUN_VERSION}`];
}

/** Whether a client that a test needs is there. On CI (the variable CI is set) a missing one fails the test. */
export function hasProgram(command: string, args: readonly string[] = ["--version"]): boolean {
  if (runs(command, args)) return true;
  if (Deno.env.get("CI")) {
    throw new Error(`${command} ${args.join(" ")} does not run; on CI every client must be there`);
  }
  return false;
}
