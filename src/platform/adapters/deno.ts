/** The platform of Deno. */

import type { Platform } from "../platform.ts";
import { denoHttp } from "./deno_http.ts";
import { denoLockDirectory } from "./deno_lock.ts";
import { denoNetwork } from "./deno_network.ts";
import { FsDisk } from "./fs_disk.ts";
import { systemRandom } from "./system_random.ts";
import { systemClock, systemTimers } from "./system_time.ts";

/** The machine as Deno gives it. */
export function denoPlatform(): Platform {
  return {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    disk: new FsDisk(denoLockDirectory),
    network: denoNetwork,
    http: denoHttp,
  };
}
