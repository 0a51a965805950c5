/**
 * Accepts connections on the listeners of a node and keeps them within their limits. Modelled on small async
 * servers: the listener is injected, errors of accepting back off, and stopping drains.
 */

import { assert } from "../core/assert.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import type { Address, Connection, Listener, Network } from "../platform/network.ts";
import type { Clock, Timer, Timers } from "../platform/platform.ts";
import { BufferPool } from "./buffer_pool.ts";
import { type ConnectionShared, ServerConnection } from "./connection.ts";
import type { Registry } from "./registry.ts";
import { ServerStats } from "./stats.ts";

/** Bounds on what clients may make the server do. Names follow Kafka's configs. */
export interface ServerLimits {
  /** socket.request.max.bytes */
  readonly maxRequestBytes: number;
  /** max.connections */
  readonly maxConnections: number;
  /** max.connections.per.ip */
  readonly maxConnectionsPerIp: number;
  /** connections.max.idle.ms */
  readonly maxIdleMs: number;
  /** Requests of one connection whose responses are not yet written. */
  readonly maxInFlight: number;
}

/** What a server needs. */
export interface ServerOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly limits: ServerLimits;
}

const MAX_ACCEPT_BACKOFF_MS = 1000;

export class Server {
  readonly stats = new ServerStats();
  readonly #options: ServerOptions;
  readonly #buffers = new BufferPool();
  readonly #listeners = new Map<string, Listener>();
  readonly #connections = new Set<ServerConnection>();
  readonly #perIp = new Map<string, number>();
  readonly #unlimited = new Set<string>();
  /** Connections that the limits count. */
  #limited = 0;
  #nextId = 1;
  #stopping = false;
  #sweep: Timer | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#armSweep();
  }

  /**
   * Takes an address and returns it with its real port. Clients may connect from now on and are served once
   * {@link serve} is called. Throws `NetworkError` when the address cannot be had.
   */
  bind(name: string, address: Address): Address {
    const listener = this.#options.network.listen(address);
    this.#listeners.set(name, listener);
    return listener.address;
  }

  /**
   * Begins to serve the connections of a listener. Those of an `unlimited` one are neither refused nor counted for the
   * connection limits: it is for the node's own parts.
   */
  serve(name: string, registry: Registry, options: { readonly unlimited?: boolean } = {}): void {
    if (options.unlimited === true) this.#unlimited.add(name);
    const { clock, logger, limits } = this.#options;
    const shared: ConnectionShared = {
      registry,
      clock,
      logger,
      stats: this.stats,
      buffers: this.#buffers,
      maxRequestBytes: limits.maxRequestBytes,
      maxInFlight: limits.maxInFlight,
    };
    const listener = this.#listeners.get(name);
    assert(listener !== undefined, `listener ${name} must be bound before it is served`);
    void this.#acceptAll(name, listener, shared);
  }

  /** Stops to listen, answers what has been received, and closes; after `graceMs` it closes what is left. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#sweep?.cancel();
    for (const listener of this.#listeners.values()) listener.close();
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    const emptied = new Promise<void>((resolve) => this.#whenEmpty = resolve);
    const timer = this.#options.timers.after(graceMs, () => {
      for (const connection of this.#connections) connection.close();
    });
    await emptied;
    timer.cancel();
  }

  async #acceptAll(name: string, listener: Listener, shared: ConnectionShared): Promise<void> {
    let backoffMs = 1;
    while (!this.#stopping) {
      try {
        const stream = await listener.accept();
        if (stream === null) return;
        // It came while the listener was being closed: what stops by now would not see it.
        if (this.#stopping) return stream.close();
        backoffMs = 1;
        this.#admit(name, stream, shared);
      } catch (error) {
        // Most often the process is out of descriptors: connections that end will free some.
        this.#options.logger.warn("could not accept a connection", {
          listener: name,
          reason: messageOf(error),
        });
        await this.#options.timers.sleep(backoffMs);
        backoffMs = Math.min(backoffMs * 2, MAX_ACCEPT_BACKOFF_MS);
      }
    }
  }

  #admit(name: string, stream: Connection, shared: ConnectionShared): void {
    const { limits, logger } = this.#options;
    const ip = stream.remote.host;
    const fromIp = (this.#perIp.get(ip) ?? 0) + 1;
    const isLimited = !this.#unlimited.has(name);
    const isTooMuch = this.#limited >= limits.maxConnections || fromIp > limits.maxConnectionsPerIp;
    if (isLimited && isTooMuch) {
      this.stats.connectionsRefused++;
      const limit = fromIp > limits.maxConnectionsPerIp ? "max.connections.per.ip" : "max.connections";
      logger.warn("refused a connection", { client: `${ip}:${stream.remote.port}`, limit });
      return stream.close();
    }
    this.#perIp.set(ip, fromIp);
    const connection = new ServerConnection(stream, { id: this.#nextId++, listener: name }, shared);
    this.#connections.add(connection);
    if (isLimited) this.#limited++;
    this.stats.connectionsOpened++;
    this.stats.connectionsOpen = this.#connections.size;
    void connection.run().then(() => this.#forget(connection));
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection);
    if (!this.#unlimited.has(connection.listener)) this.#limited--;
    this.stats.connectionsOpen = this.#connections.size;
    const ip = connection.remote.host;
    const left = (this.#perIp.get(ip) ?? 1) - 1;
    if (left === 0) this.#perIp.delete(ip);
    else this.#perIp.set(ip, left);
    if (this.#connections.size === 0) this.#whenEmpty?.();
  }

  /** One timer for all connections closes those that have been idle too long. */
  #armSweep(): void {
    const { timers, clock, limits } = this.#options;
    if (limits.maxIdleMs <= 0) return;
    const periodMs = Math.min(Math.max(limits.maxIdleMs / 10, 100), 30_000);
    this.#sweep = timers.after(periodMs, () => {
      const oldest = clock.monotonicMs() - limits.maxIdleMs;
      for (const connection of this.#connections) {
        // A client that does not read is as absent as one that does not write; one that waits for an answer is not.
        const isAbsent = connection.idle || connection.isWriting;
        if (isAbsent && connection.lastActiveMs < oldest) connection.close();
      }
      if (!this.#stopping) this.#armSweep();
    });
  }
}
