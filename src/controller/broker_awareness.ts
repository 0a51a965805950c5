/**
 * Waits until the live brokers know what was committed. Clients that are told that a topic is there ask any broker for
 * it next, and one that has not heard of it would say that there is none.
 */

import type { ControllerContext } from "./context.ts";

/** A broker that takes longer hears of it later: nobody is to wait for one that hangs. */
const PATIENCE_MS = 100;
const LOOK_MS = 2;

/** Resolves when every unfenced broker knows the metadata as they are now, or after a short while. */
export async function untilBrokersKnow({ quorum, platform }: ControllerContext): Promise<void> {
  const { image } = quorum;
  const deadlineMs = platform.clock.monotonicMs() + PATIENCE_MS;
  const behind = () => {
    const { voters, observers } = quorum.describe();
    const known = new Map([...voters, ...observers].map(({ id, highWatermark }) => [id, highWatermark]));
    return [...image.brokers.values()].some(({ id, fenced }) => {
      const highWatermark = known.get(id) ?? -1;
      // One that has not fetched from this leader yet, or does not say what it knows, is not waited for.
      return !fenced && highWatermark >= 0 && highWatermark <= image.offset;
    });
  };
  while (quorum.leadership.isActive && behind() && platform.clock.monotonicMs() < deadlineMs) {
    await platform.timers.sleep(LOOK_MS);
  }
}
