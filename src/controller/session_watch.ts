/** Fences brokers that the active controller has not heard of for `broker.session.timeout.ms` (KIP-631). */

import type { Timer } from "../platform/platform.ts";
import { fenceBroker } from "./broker_changes.ts";
import type { ControllerContext } from "./context.ts";

export class SessionWatch {
  readonly #controller: ControllerContext;
  readonly #sessionTimeoutMs: number;
  #timer: Timer | null = null;
  #dueMs = 0;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
    this.#sessionTimeoutMs = controller.config.get("broker.session.timeout.ms");
  }

  start(): void {
    this.stop();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Looks again when the next session can end, at the latest after one whole session: more brokers may come. */
  #arm(): void {
    const { heartbeats, platform: { clock, timers } } = this.#controller;
    const nowMs = clock.monotonicMs();
    const delayMs = Math.max(1, Math.min(heartbeats.nextExpiryMs() - nowMs, this.#sessionTimeoutMs));
    this.#dueMs = nowMs + delayMs;
    this.#timer = timers.after(delayMs, () => void this.#check());
  }

  async #check(): Promise<void> {
    const { heartbeats, platform: { clock } } = this.#controller;
    const nowMs = clock.monotonicMs();
    const lateMs = nowMs - this.#dueMs;
    // While this process itself stood still (a laptop asleep), nobody could be heard.
    if (lateMs > this.#sessionTimeoutMs / 4) heartbeats.forgive(lateMs);
    const timer = this.#timer;
    for (const id of heartbeats.expired(nowMs)) await this.#fence(id);
    if (this.#timer === timer && timer !== null) this.#arm();
  }

  async #fence(id: ReturnType<ControllerContext["heartbeats"]["expired"]>[number]): Promise<void> {
    const { heartbeats, logger } = this.#controller;
    logger.warn("fencing a broker whose heartbeats have stopped", { broker: id });
    await this.#controller.write(({ image, view, nowMs }) => {
      const broker = image.brokers.get(id);
      const isDue = broker !== undefined && !broker.fenced && !heartbeats.hasValidSession(broker, nowMs) &&
        heartbeats.expired(nowMs).includes(id);
      if (isDue) heartbeats.touch(broker, { fenced: true, metadataOffset: -1, shutdownOffset: -1 }, nowMs);
      return { records: isDue ? fenceBroker(view, broker) : [], result: null };
    });
  }
}
