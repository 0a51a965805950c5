/**
 * Makes a quorum that was started with a fixed list of voters (`controller.quorum.voters`) one whose voters can
 * change: kraft.version 1 (KIP-853). Kafka waits for an administrator to ask for it, and until then no controller
 * can be added or replaced. Here the active controller does it as soon as every voter has said that it can.
 */

import { KRAFT_VERSION } from "../metadata/features.ts";
import type { Timer } from "../platform/platform.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { ControllerContext } from "./context.ts";
import { type Refusal, refuse } from "./outcome.ts";

const DYNAMIC = 1;
const RETRY_MS = 500;
const TIMEOUT_MS = 5_000;

/** Asks raft to finalize a kraft.version; null when that is committed. */
export async function upgradeKRaftVersion(
  { quorum }: ControllerContext,
  kraftVersion: number,
  timeoutMs: number,
): Promise<Refusal | null> {
  const { reply } = await quorum.request({ type: "upgradeKRaftVersion", kraftVersion, timeoutMs });
  if (reply.errorCode === ErrorCode.NONE) return null;
  const message = "errorMessage" in reply ? reply.errorMessage : null;
  return refuse(reply.errorCode, message ?? "The quorum could not change kraft.version.");
}

export class KRaftUpgrade {
  readonly #controller: ControllerContext;
  #timer: Timer | null = null;
  #isActive = false;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  /** Keeps trying until it is done, or until {@link stop}. */
  start(): void {
    this.#isActive = true;
    void this.#try();
  }

  stop(): void {
    this.#isActive = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #try(): Promise<void> {
    const { quorum, logger, platform } = this.#controller;
    if (quorum.kraftVersion >= DYNAMIC) return;
    if (this.#isSupportedByAll) {
      const refusal = await upgradeKRaftVersion(this.#controller, DYNAMIC, TIMEOUT_MS);
      if (refusal === null) return logger.info("controllers can be added and removed from now on");
      logger.debug("kraft.version cannot be raised yet", { reason: refusal.message });
    }
    if (this.#isActive) this.#timer = platform.timers.after(RETRY_MS, () => void this.#try());
  }

  get #isSupportedByAll(): boolean {
    const { quorum } = this.#controller;
    const { controllers } = quorum.image;
    return quorum.voters.every(({ id }) =>
      (controllers.get(id)?.features.get(KRAFT_VERSION)?.max ?? 0) >= DYNAMIC
    );
  }
}
