/** The platform and the process of the runtime that runs this. */

import type { Platform } from "../platform.ts";
import type { Process } from "../process.ts";

/** Only the adapter of this runtime is loaded: the other one may not even load here. */
export async function currentPlatform(): Promise<Platform> {
  if ("Deno" in globalThis) {
    const { denoPlatform } = await import("./deno.ts");
    return denoPlatform();
  }
  const { nodePlatform } = await import("./node.ts");
  return nodePlatform();
}

/** The same for the process. */
export async function currentProcess(): Promise<Process> {
  if ("Deno" in globalThis) {
    const { denoProcess } = await import("./deno_process.ts");
    return denoProcess();
  }
  const { nodeProcess } = await import("./node_process.ts");
  return nodeProcess();
}
