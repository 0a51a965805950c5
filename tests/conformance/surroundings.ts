/** What the suite needs of the machine and no interface gives: a peer that never answers, a disk that is full. */

import type { Address } from "../../src/platform/network.ts";

/**
 * An address where connection attempts wait for ever: a listener with the shortest queue, filled by connections that
 * nobody accepts, so that the kernel drops what comes after. Empty where the kernel does otherwise.
 */
export async function silentListener(): Promise<{ silentAddress?: Address }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { hostname, port } = listener.addr;
  const fillers: Deno.Conn[] = [];
  addEventListener("unload", () => {
    for (const filler of fillers) filler.close();
    listener.close();
  });
  for (let tried = 0; tried < 10; tried++) {
    try {
      fillers.push(await Deno.connect({ hostname, port, signal: AbortSignal.timeout(200) }));
    } catch {
      return { silentAddress: { host: hostname, port } };
    }
  }
  return {};
}

/** A file system of 256 KiB in memory; empty where this process may not mount one. */
export function mountSmallDirectory(): { smallDirectory?: string } {
  if (Deno.build.os !== "linux") return {};
  const smallDirectory = Deno.makeTempDirSync({ prefix: "sluice-small-" });
  const mounted = run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", smallDirectory);
  addEventListener("unload", () => {
    if (mounted) run("umount", "-l", smallDirectory);
    Deno.removeSync(smallDirectory);
  });
  return mounted ? { smallDirectory } : {};
}

function run(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A runtime as a command. */
export interface Runtime {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/** Bun as installed, or else from npm: its own path, so that what is started is Bun and not something before it. */
function findBun(): string {
  if (run("bun", "--version")) return "bun";
  const find = ["--yes", "--package", "bun@1.4.5", "--", "sh", "-c", "command -v bun"];
  const { success, stdout } = new Deno.Command("npx", { args: find, stderr: "inherit" }).outputSync();
  if (!success) throw new Error("these tests need Bun: install it, or npm to get it with");
  return new TextDecoder().decode(stdout).trim();
}

/** Bun, for the tests that run on both runtimes. */
export const bun: Runtime = { name: "bun", command: [findBun()] };

/** What Sluice runs on. */
export const runtimes: readonly Runtime[] = [
  { name: "deno", command: [Deno.execPath(), "run", "-A"] },
  bun,
];

/** Starts `child.ts` on `runtime` with its streams piped. */
export function startChild(
  { command: [command, ...before] }: Runtime,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.ChildProcess {
  const script = new URL("child.ts", import.meta.url).pathname;
  return new Deno.Command(command, {
    args: [...before, script, ...args],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
