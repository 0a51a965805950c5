/**
 * A network inside one process. A combined node's broker and controller talk over it in the same protocol as over
 * TCP, without sockets. Each direction is a pipe of bounded size, so a slow reader holds its writer back.
 */

import { assert } from "../core/assert.ts";
import { AcceptQueue } from "./accept_queue.ts";
import { Pipe } from "./memory_pipe.ts";
import { type Address, type Connection, type Listener, type Network, NetworkError } from "./network.ts";

/** Connections that wait to be accepted; more are refused. */
const BACKLOG = 511;
const FIRST_EPHEMERAL_PORT = 49152;
const LAST_PORT = 65535;

class MemoryConnection implements Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly #incoming: Pipe;
  readonly #outgoing: Pipe;
  #writeEnded = false;

  constructor(ends: { local: Address; remote: Address }, pipes: { incoming: Pipe; outgoing: Pipe }) {
    this.local = ends.local;
    this.remote = ends.remote;
    this.#incoming = pipes.incoming;
    this.#outgoing = pipes.outgoing;
  }

  async read(target: Uint8Array): Promise<number> {
    assert(target.length > 0, "a read needs room for at least one byte");
    const length = await this.#incoming.read(target);
    if (length === -1) throw this.#error("closed", "read from", "the connection is closed");
    return length;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (await this.#outgoing.write(bytes)) return;
    if (this.#writeEnded) throw this.#error("closed", "write to", "this side has ended");
    throw this.#error("reset", "write to", "nobody reads at the other end");
  }

  closeWrite(): Promise<void> {
    this.#writeEnded = true;
    this.#outgoing.end();
    return Promise.resolve();
  }

  close(): void {
    this.#writeEnded = true;
    this.#incoming.break();
    this.#outgoing.end();
  }

  #error(code: "closed" | "reset", action: string, reason: string): NetworkError {
    return new NetworkError(code, `${action} ${this.remote.host}:${this.remote.port}: ${reason}`);
  }
}

class MemoryListener implements Listener {
  readonly address: Address;
  readonly #onClose: () => void;
  readonly #queue = new AcceptQueue();
  #closed = false;

  constructor(address: Address, onClose: () => void) {
    this.address = address;
    this.#onClose = onClose;
  }

  /** Takes a new connection; false when too many wait. */
  offer(connection: Connection): boolean {
    if (this.#queue.size >= BACKLOG) return false;
    this.#queue.offer(connection);
    return true;
  }

  accept(): Promise<Connection | null> {
    return this.#queue.accept();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#queue.close();
  }
}

/** Listeners and connections that live in this process and never leave it. Hosts are only names. */
export class MemoryNetwork implements Network {
  readonly #listeners = new Map<number, MemoryListener>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  listen(address: Address): Listener {
    const port = address.port === 0 ? this.#freePort() : address.port;
    if (this.#listeners.has(port)) {
      throw new NetworkError("address-in-use", `listen on ${address.host}:${port}: the address is in use`);
    }
    const listener = new MemoryListener({ host: address.host, port }, () => this.#listeners.delete(port));
    this.#listeners.set(port, listener);
    return listener;
  }

  #freePort(): number {
    for (let tried = FIRST_EPHEMERAL_PORT; tried <= LAST_PORT; tried++) {
      const port = this.#takePort();
      if (!this.#listeners.has(port)) return port;
    }
    throw new NetworkError("address-in-use", "listen on port 0: no port is free");
  }

  #takePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === LAST_PORT ? FIRST_EPHEMERAL_PORT : port + 1;
    return port;
  }

  connect(address: Address): Promise<Connection> {
    const listener = this.#listeners.get(address.port);
    if (listener === undefined) return Promise.reject(refused(address, "nobody listens"));
    const local = { host: address.host, port: this.#takePort() };
    const [there, back] = [new Pipe(), new Pipe()];
    const theirs = { local: listener.address, remote: local };
    const ours = { local, remote: listener.address };
    if (!listener.offer(new MemoryConnection(theirs, { incoming: there, outgoing: back }))) {
      return Promise.reject(refused(address, `${BACKLOG} connections wait to be accepted`));
    }
    return Promise.resolve(new MemoryConnection(ours, { incoming: back, outgoing: there }));
  }
}

function refused({ host, port }: Address, reason: string): NetworkError {
  return new NetworkError("refused", `connect to ${host}:${port}: ${reason}`);
}
