/** Starts the real program on a free port with a temporary directory, for scripts that ask it something. */

import { root } from "./checks/check.ts";

export interface StartedBroker {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Where its HTTP is; null when the words do not say `--http`. */
  readonly httpPort: number | null;
  stop(): Promise<void>;
}

/**
 * Starts `broker` from the sources, or the executable that SLUICE_BINARY names, and waits, at most 30 s, for the line
 * that says it serves. It keeps nothing unless `words`, which go on its command line, name a directory.
 */
export async function startBroker(words: readonly string[] = ["--ephemeral"]): Promise<StartedBroker> {
  const binary = Deno.env.get("SLUICE_BINARY");
  const child = new Deno.Command(binary ?? Deno.execPath(), {
    args: [
      ...(binary === undefined ? ["run", "-A", `${root}main.ts`] : []),
      ...["broker", ...words, "--listen", "127.0.0.1:0"],
      ...(words.includes("--http") ? [] : ["--http", "off"]),
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stop = async () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await child.status;
  };
  const errors = new Response(child.stderr).text();
  const timer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  let printed = "";
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  for await (const part of lines.values({ preventCancel: true })) {
    printed += part;
    if (!printed.includes("\n")) continue;
    clearTimeout(timer);
    const port = Number(/(?<!http:\/\/)127\.0\.0\.1:(\d+)/.exec(printed)?.[1]);
    const http = /http:\/\/127\.0\.0\.1:(\d+)/.exec(printed);
    const httpPort = http === null ? null : Number(http[1]);
    return { host: "127.0.0.1", port, pid: child.pid, httpPort, stop };
  }
  clearTimeout(timer);
  await stop();
  throw new Error(`the broker did not start:\n${printed}${await errors}`);
}
