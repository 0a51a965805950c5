/** Requests on their way: at most one for each peer, with back-off after failures and a limit on waiting. */

import type { NodeId } from "../core/ids.ts";
import type { RaftRequest } from "./messages.ts";
import type { RaftConfig } from "./types.ts";

/** A request without its answer yet. */
export interface Outstanding {
  readonly requestId: number;
  readonly to: NodeId;
  readonly request: RaftRequest;
  readonly deadlineMs: number;
}

interface Peer {
  failures: number;
  retryAtMs: number;
  outstanding: Outstanding | null;
}

export class Peers {
  readonly #config: RaftConfig;
  readonly #peers = new Map<NodeId, Peer>();
  #nextRequestId = 1;

  constructor(config: RaftConfig) {
    this.#config = config;
  }

  /** Whether nothing is on its way to `id` and no back-off is running. */
  isReady(id: NodeId, nowMs: number): boolean {
    const peer = this.#peers.get(id);
    return peer === undefined || (peer.outstanding === null && peer.retryAtMs <= nowMs);
  }

  /** When `id` can be asked next if nothing comes from it. */
  readyAtMs(id: NodeId): number {
    const peer = this.#peers.get(id);
    if (peer === undefined) return 0;
    return peer.outstanding === null ? peer.retryAtMs : peer.outstanding.deadlineMs;
  }

  newRequestId(): number {
    return this.#nextRequestId++;
  }

  /** Numbers a request that is being sent. */
  sent(to: NodeId, request: RaftRequest, nowMs: number): number {
    const requestId = this.newRequestId();
    const deadlineMs = nowMs + this.#config.requestTimeoutMs;
    this.#peer(to).outstanding = { requestId, to, request, deadlineMs };
    return requestId;
  }

  /** Takes the request that was answered; null when nobody waits for it any more. */
  answered(requestId: number): Outstanding | null {
    const peer = this.#holding(requestId);
    if (peer === null) return null;
    const outstanding = peer.outstanding;
    peer.outstanding = null;
    peer.failures = 0;
    peer.retryAtMs = 0;
    return outstanding;
  }

  /** Takes the request that failed and makes its peer wait. */
  failed(requestId: number, nowMs: number): Outstanding | null {
    const peer = this.#holding(requestId);
    if (peer === null) return null;
    const outstanding = peer.outstanding;
    peer.outstanding = null;
    this.#backOff(peer, nowMs);
    return outstanding;
  }

  /** Makes `id` wait because what it answered helps nobody right now. */
  backOff(id: NodeId, nowMs: number): void {
    this.#backOff(this.#peer(id), nowMs);
  }

  /** Gives up requests that have waited too long. */
  expire(nowMs: number): void {
    for (const peer of this.#peers.values()) {
      if (peer.outstanding === null || peer.outstanding.deadlineMs > nowMs) continue;
      peer.outstanding = null;
    }
  }

  /** Nobody waits for any answer any more: the replica's role or epoch is another one. */
  forgetAll(): void {
    this.#peers.clear();
  }

  #peer(id: NodeId): Peer {
    let peer = this.#peers.get(id);
    if (peer === undefined) this.#peers.set(id, peer = { failures: 0, retryAtMs: 0, outstanding: null });
    return peer;
  }

  #holding(requestId: number): Peer | null {
    for (const peer of this.#peers.values()) {
      if (peer.outstanding?.requestId === requestId) return peer;
    }
    return null;
  }

  /** Doubles the wait with each failure in a row, up to a quarter of the fetch timeout, less a random part. */
  #backOff(peer: Peer, nowMs: number): void {
    const { retryBackoffMs, fetchTimeoutMs, random } = this.#config;
    const mostMs = Math.max(retryBackoffMs, fetchTimeoutMs / 4);
    const waitMs = Math.min(mostMs, retryBackoffMs * 2 ** Math.min(peer.failures, 16));
    peer.failures++;
    peer.retryAtMs = nowMs + waitMs - random(Math.floor(waitMs / 2) + 1);
  }
}
