/** Starts the real program on a free port with a temporary directory, for scripts that ask it something. */

import { root } from "./checks/check.ts";

export interface StartedBroker {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
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
      ...["broker", ...words, "--listen", "127.0.0.1:0", "--http", "off"],
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
    const address = /127\.0\.0\.1:(\d+)/.exec(printed);
    if (address === null) continue;
    clearTimeout(timer);
    return { host: "127.0.0.1", port: Number(address[1]), pid: child.pid, stop };
  }
  clearTimeout(timer);
  await stop();
  throw new Error(`the broker did not start:\n${printed}${await errors}`);
}
