/**
 * Who of the registered brokers is alive, as the active controller sees it (KIP-631). Soft state: it begins anew with
 * each active controller. Pure: times are monotonic milliseconds given from outside.
 */

import type { NodeId } from "../core/ids.ts";
import type { BrokerImage } from "../metadata/image.ts";

interface Session {
  readonly epoch: number;
  lastContactMs: number;
  /** The broker has spoken to this controller: another process with its id is a mistake until the session ends. */
  isSeen: boolean;
  fenced: boolean;
  /** Up to where the broker has applied the metadata log. */
  metadataOffset: number;
  /** What the others must have applied before the broker may stop; -1 when it does not stop. */
  shutdownOffset: number;
}

/** What a heartbeat says. */
export interface HeartbeatState {
  readonly fenced: boolean;
  readonly metadataOffset: number;
  /** The end of the log when the broker's leaderships were moved away; -1 when it does not stop. */
  readonly shutdownOffset: number;
}

export class BrokerHeartbeats {
  readonly #sessions = new Map<NodeId, Session>();
  readonly #sessionTimeoutMs: number;

  constructor(sessionTimeoutMs: number) {
    this.#sessionTimeoutMs = sessionTimeoutMs;
  }

  /** Begins anew: every broker gets the whole time to find the new controller. */
  reset(brokers: Iterable<BrokerImage>, nowMs: number): void {
    this.#sessions.clear();
    for (const broker of brokers) this.register(broker, nowMs, false);
  }

  /** A broker registers. */
  register(broker: Pick<BrokerImage, "id" | "epoch" | "fenced">, nowMs: number, isSeen = true): void {
    this.#sessions.set(broker.id, {
      epoch: broker.epoch,
      lastContactMs: nowMs,
      isSeen,
      fenced: broker.fenced,
      metadataOffset: -1,
      shutdownOffset: -1,
    });
  }

  remove(id: NodeId): void {
    this.#sessions.delete(id);
  }

  /** A heartbeat of a registered broker. */
  touch(broker: Pick<BrokerImage, "id" | "epoch">, state: HeartbeatState, nowMs: number): void {
    let session = this.#sessions.get(broker.id);
    if (session === undefined || session.epoch !== broker.epoch) {
      this.register({ ...broker, fenced: state.fenced }, nowMs);
      session = this.#sessions.get(broker.id)!;
    }
    session.lastContactMs = nowMs;
    session.isSeen = true;
    session.fenced = state.fenced;
    session.metadataOffset = state.metadataOffset;
    session.shutdownOffset = Math.max(session.shutdownOffset, state.shutdownOffset);
  }

  /** Whether the registered process of a broker has been heard of lately. */
  hasValidSession(broker: Pick<BrokerImage, "id" | "epoch">, nowMs: number): boolean {
    const session = this.#sessions.get(broker.id);
    return session !== undefined && session.isSeen && session.epoch === broker.epoch &&
      nowMs < session.lastContactMs + this.#sessionTimeoutMs;
  }

  /** Whether the registered process of a broker has been heard of after a moment. */
  isHeardSince(broker: Pick<BrokerImage, "id" | "epoch">, sinceMs: number): boolean {
    const session = this.#sessions.get(broker.id);
    return session !== undefined && session.isSeen && session.epoch === broker.epoch &&
      session.lastContactMs > sinceMs;
  }

  /** The registered process of a broker is known to be gone: nothing of it is waited for. */
  markGone(broker: Pick<BrokerImage, "id" | "epoch">): void {
    const session = this.#sessions.get(broker.id);
    if (session?.epoch !== broker.epoch) return;
    session.isSeen = false;
    session.fenced = true;
  }

  /** Unfenced brokers that have been silent for a while. */
  silentSince(sinceMs: number): NodeId[] {
    return [...this.#sessions]
      .filter(([, session]) => !session.fenced && session.lastContactMs < sinceMs)
      .map(([id]) => id);
  }

  /** Unfenced brokers that have been silent for too long. */
  expired(nowMs: number): NodeId[] {
    return [...this.#sessions]
      .filter(([, session]) => !session.fenced && nowMs >= session.lastContactMs + this.#sessionTimeoutMs)
      .map(([id]) => id);
  }

  /** Adds time in which nobody could be heard to all sessions, in milliseconds. */
  forgive(durationMs: number): void {
    for (const session of this.#sessions.values()) session.lastContactMs += durationMs;
  }

  /** The broker is fenced without having asked for it. */
  fence(id: NodeId): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) session.fenced = true;
  }

  /** Whether every other unfenced broker knows that a stopping broker leads nothing any more. */
  othersKnowOfShutdown(id: NodeId): boolean {
    const shutdownOffset = this.#sessions.get(id)?.shutdownOffset ?? -1;
    for (const [other, session] of this.#sessions) {
      if (other !== id && !session.fenced && session.metadataOffset < shutdownOffset) return false;
    }
    return true;
  }
}
