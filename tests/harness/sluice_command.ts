/** Commands as people run them: processes of their own, from the sources or the executable of SLUICE_BINARY. */

import { denoPath } from "./deno_path.ts";

const main = new URL("../../main.ts", import.meta.url).pathname;

export interface SluiceOptions {
  /** What standard input holds; nothing unless told. */
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export interface SluiceResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program and the words before a command's own. */
export function sluiceProgram(): readonly [string, ...string[]] {
  const binary = Deno.env.get("SLUICE_BINARY");
  return binary === undefined ? [denoPath(), "run", "-A", main] : [binary];
}

/** Starts `sluice WORDS...` with all its streams piped. */
export function spawnCommand(words: readonly string[], env: SluiceOptions["env"] = {}): Deno.ChildProcess {
  const [program, ...before] = sluiceProgram();
  return new Deno.Command(program, {
    args: [...before, ...words],
    env: { NO_COLOR: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs `sluice WORDS...` until it ends. */
export async function runSluice(
  words: readonly string[],
  options: SluiceOptions = {},
): Promise<SluiceResult> {
  const child = spawnCommand(words, options.env);
  const { input = "" } = options;
  const writer = child.stdin.getWriter();
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const fed = writer.write(bytes).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  await fed;
  const text = (part: Uint8Array) => new TextDecoder().decode(part);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
