/** The platform of Bun, and of Node 20 or later. */

import type { Platform } from "../platform.ts";
import { bunHttp, type BunServe } from "./bun_http.ts";
import { bunNetwork } from "./bun_network.ts";
import type { BunSockets } from "./bun_sockets.ts";
import { FsDisk } from "./fs_disk.ts";
import { isCached } from "./linux_calls.ts";
import { nodeHttp } from "./node_http.ts";
import { nodeLockDirectory } from "./node_lock.ts";
import { nodeNetwork } from "./node_network.ts";
import { systemRandom } from "./system_random.ts";
import { systemClock, systemTimers } from "./system_time.ts";

/** The machine as Bun or Node gives it. */
export function nodePlatform(): Platform {
  const { Bun: bun } = globalThis as { Bun?: BunSockets & BunServe };
  return {
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    disk: new FsDisk(nodeLockDirectory, bun === undefined ? null : isCached),
    network: bun === undefined ? nodeNetwork : bunNetwork(bun),
    http: bun === undefined ? nodeHttp : bunHttp(bun),
  };
}
