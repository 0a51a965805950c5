/** A node with nothing to do gives back the memory of the code that it does not use. */

import type { Clock, Timers } from "../../platform/platform.ts";
import type { Process } from "../../platform/process.ts";

/** How often it is looked whether the node is idle. */
const INTERVAL_MS = 2_000;
/** A node that takes less of a processor is idle: its own upkeep takes about 0.4 %. */
const IDLE_SHARE = 0.01;

/**
 * Lets go of the program's code from time to time while the process does next to nothing; what the upkeep uses is
 * mapped again at once, which costs about half a millisecond each time. The result ends it.
 */
export function releaseCodeWhileIdle(
  process: Pick<Process, "cpu" | "codeRelease">,
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
): () => void {
  const usedMs = () => {
    const { userMs, systemMs } = process.cpu();
    return userMs + systemMs;
  };
  let release: (() => void) | null | undefined;
  let beforeMs = clock.monotonicMs();
  let usedBeforeMs = usedMs();
  const look = () => {
    const nowMs = clock.monotonicMs();
    const nowUsedMs = usedMs();
    const isIdle = nowUsedMs - usedBeforeMs < (nowMs - beforeMs) * IDLE_SHARE;
    beforeMs = nowMs;
    usedBeforeMs = nowUsedMs;
    if (isIdle) {
      // Getting ready for it costs some milliseconds, which nobody who is busy should pay.
      release ??= process.codeRelease?.() ?? null;
      release?.();
    }
    if (release !== null) timer = timers.after(INTERVAL_MS, look);
  };
  let timer = timers.after(INTERVAL_MS, look);
  return () => timer.cancel();
}
