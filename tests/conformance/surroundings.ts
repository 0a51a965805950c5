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

/** The command that starts Bun: as installed, or from npm. */
export function bunCommand(): [string, ...string[]] {
  return run("bun", "--version") ? ["bun"] : ["npx", "--yes", "bun@1.4.5"];
}
