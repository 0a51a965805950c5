/** The platform of the runtime that runs this. */

import type { Platform } from "../platform.ts";

/** Only the adapter of this runtime is loaded: the other one may not even load here. */
export async function currentPlatform(): Promise<Platform> {
  if ("Deno" in globalThis) {
    const { denoPlatform } = await import("./deno.ts");
    return denoPlatform();
  }
  const { nodePlatform } = await import("./node.ts");
  return nodePlatform();
}
