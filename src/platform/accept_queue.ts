/** Connections that have come and calls that wait for one: what a listener has in between. */

import { Deque } from "../core/deque.ts";
import type { Connection } from "./network.ts";

/** Hands connections to the callers of `accept`, both in the order in which they came. */
export class AcceptQueue {
  readonly #waiting = new Deque<Connection>();
  readonly #accepts = new Deque<(connection: Connection | null) => void>();
  #closed = false;

  /** Connections that nobody has accepted yet. */
  get size(): number {
    return this.#waiting.size;
  }

  /** A connection has come; after {@link close} it is closed at once. */
  offer(connection: Connection): void {
    if (this.#closed) return connection.close();
    const accept = this.#accepts.takeFirst();
    if (accept === undefined) this.#waiting.pushLast(connection);
    else accept(connection);
  }

  /** The next connection, or null once closed. */
  accept(): Promise<Connection | null> {
    const connection = this.#waiting.takeFirst();
    if (connection !== undefined || this.#closed) return Promise.resolve(connection ?? null);
    return new Promise((resolve) => this.#accepts.pushLast(resolve));
  }

  /** Closes what nobody accepted and ends the calls that wait. */
  close(): void {
    this.#closed = true;
    for (const accept of this.#accepts) accept(null);
    for (const connection of this.#waiting) connection.close();
    this.#accepts.clear();
    this.#waiting.clear();
  }
}
