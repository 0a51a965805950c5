/** A listening socket of a simulated process. */

import { AcceptQueue } from "../../platform/accept_queue.ts";
import type { Address, Connection, Listener } from "../../platform/network.ts";
import { type Life, never } from "../life.ts";

/** Connections that wait to be accepted; more are refused. */
const BACKLOG = 511;

export class SimListener implements Listener {
  readonly address: Address;
  readonly life: Life;
  readonly #queue = new AcceptQueue();
  readonly #onClose: () => void;

  constructor(address: Address, life: Life, onClose: () => void) {
    this.address = address;
    this.life = life;
    this.#onClose = onClose;
  }

  get isFull(): boolean {
    return this.#queue.size >= BACKLOG;
  }

  offer(connection: Connection): void {
    this.#queue.offer(connection);
  }

  accept(): Promise<Connection | null> {
    return this.life.alive ? this.#queue.accept() : never();
  }

  close(): void {
    if (!this.life.alive) return;
    this.#onClose();
    this.#queue.close();
  }
}
