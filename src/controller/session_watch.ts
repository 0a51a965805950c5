/** Fences brokers that the active controller has not heard of for `broker.session.timeout.ms` (KIP-631). */

import type { Timer } from "../platform/platform.ts";
import { fenceBroker } from "./broker_changes.ts";
import type { ControllerContext } from "./context.ts";

/** How often sessions are looked at: often enough to notice when this process itself stood still. */
const CHECKS_PER_SESSION = 6;

export class SessionWatch {
  readonly #controller: ControllerContext;
  readonly #sessionTimeoutMs: number;
  /** How long a broker may be silent before somebody asks after it. */
  readonly #patienceMs: number;
  #timer: Timer | null = null;
  #dueMs = 0;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
    this.#sessionTimeoutMs = controller.config.get("broker.session.timeout.ms");
    this.#patienceMs = controller.config.get("broker.heartbeat.interval.ms") * 1.5;
  }

  start(): void {
    this.stop();
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arm(): void {
    const { clock, timers } = this.#controller.platform;
    const delayMs = this.#sessionTimeoutMs / CHECKS_PER_SESSION;
    this.#dueMs = clock.monotonicMs() + delayMs;
    this.#timer = timers.after(delayMs, () => void this.#check());
  }

  async #check(): Promise<void> {
    const { heartbeats, platform: { clock } } = this.#controller;
    const nowMs = clock.monotonicMs();
    const lateMs = nowMs - this.#dueMs;
    // While this process itself stood still (a laptop asleep), nobody could be heard.
    if (lateMs > this.#sessionTimeoutMs / CHECKS_PER_SESSION) heartbeats.forgive(lateMs);
    // A session that runs late may be one whose process is gone; then nobody needs to wait for its end.
    for (const id of heartbeats.silentSince(nowMs - this.#patienceMs)) this.#controller.probes.suspect(id);
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
      if (isDue) heartbeats.fence(id);
      return { records: isDue ? fenceBroker(view, broker) : [], result: null };
    });
  }
}
