/** Tells operators when a node knows no leader of the metadata quorum for long: without one it cannot serve. */

import type { PeerTransport } from "../controller/quorum/peer_transport.ts";
import type { Logger } from "../core/logger.ts";
import type { Timer, Timers } from "../platform/platform.ts";
import type { QuorumMember } from "./quorum_member.ts";

/** How long nobody leads before the first warning; each next one waits twice as long, up to the last. */
const FIRST_WARNING_MS = 5_000;
const LAST_WARNING_MS = 60_000;

export class LeaderWatch {
  readonly #member: QuorumMember;
  readonly #transport: PeerTransport;
  readonly #timers: Timers;
  readonly #logger: Logger;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(
    watched: { readonly member: QuorumMember; readonly transport: PeerTransport },
    tools: { readonly timers: Timers; readonly logger: Logger },
  ) {
    this.#member = watched.member;
    this.#transport = watched.transport;
    this.#timers = tools.timers;
    this.#logger = tools.logger;
    watched.member.quorum.onLeadership(() => this.#look());
    this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #look(): void {
    const isLed = this.#member.quorum.leadership.leaderId >= 0;
    if (isLed || this.#isStopped) {
      this.#timer?.cancel();
      this.#timer = null;
    } else if (this.#timer === null) this.#arm(FIRST_WARNING_MS);
  }

  #arm(delayMs: number): void {
    this.#timer = this.#timers.after(delayMs, () => {
      const voters = this.#member.quorum.voters.map(({ id }) => id).join();
      const reasons = this.#transport.troubles.join("; ");
      this.#logger.warn("no controller leads the cluster, as far as this node knows", { voters, reasons });
      this.#arm(Math.min(delayMs * 2, LAST_WARNING_MS));
    });
  }
}
