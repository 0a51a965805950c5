/**
 * A network that can be cut, for the failure laboratory: while it is, nothing passes in either direction, as if a
 * switch had died. Connections stay open and wait, as those of TCP do; new ones are not made. Listeners for clients
 * are left alone, so that one can see what a node that is cut off answers them.
 */

import {
  type Address,
  type Connection,
  type Listener,
  type Network,
  NetworkError,
} from "../../platform/network.ts";
import type { Timers } from "../../platform/platform.ts";

/** How long an attempt to connect waits when its caller does not say, in milliseconds. */
const CONNECT_TIMEOUT_MS = 30_000;

/** Lets things pass, or makes them wait. */
class Gate {
  #cut: PromiseWithResolvers<void> | null = null;

  get isCut(): boolean {
    return this.#cut !== null;
  }

  /** Resolves once things may pass. */
  async passes(): Promise<void> {
    while (this.#cut !== null) await this.#cut.promise;
  }

  cut(): void {
    this.#cut ??= Promise.withResolvers();
  }

  heal(): void {
    this.#cut?.resolve();
    this.#cut = null;
  }
}

/** A connection whose bytes wait at a gate. */
class GatedConnection implements Connection {
  readonly #inner: Connection;
  readonly #gate: Gate;
  readonly #closed = Promise.withResolvers<void>();

  constructor(inner: Connection, gate: Gate) {
    this.#inner = inner;
    this.#gate = gate;
  }

  get local(): Address {
    return this.#inner.local;
  }

  get remote(): Address {
    return this.#inner.remote;
  }

  async read(target: Uint8Array): Promise<number> {
    const length = await this.#inner.read(target);
    // What came in the meantime has not got through yet.
    if (this.#gate.isCut) await this.#wait();
    return length;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#gate.isCut) await this.#wait();
    await this.#inner.write(bytes);
  }

  async closeWrite(): Promise<void> {
    if (this.#gate.isCut) await this.#wait();
    await this.#inner.closeWrite();
  }

  close(): void {
    this.#closed.resolve();
    this.#inner.close();
  }

  async #wait(): Promise<void> {
    await Promise.race([this.#gate.passes(), this.#closed.promise]);
  }
}

class GatedListener implements Listener {
  readonly #inner: Listener;
  readonly #gate: Gate;

  constructor(inner: Listener, gate: Gate) {
    this.#inner = inner;
    this.#gate = gate;
  }

  get address(): Address {
    return this.#inner.address;
  }

  async accept(): Promise<Connection | null> {
    const connection = await this.#inner.accept();
    return connection === null ? null : new GatedConnection(connection, this.#gate);
  }

  close(): void {
    this.#inner.close();
  }
}

export class SeverableNetwork implements Network {
  readonly #inner: Network;
  readonly #timers: Timers;
  readonly #gate = new Gate();
  readonly #peerPorts: ReadonlySet<number>;

  /** `peerPorts` are the ports where other nodes connect. */
  constructor(inner: Network, timers: Timers, peerPorts: readonly number[]) {
    this.#inner = inner;
    this.#timers = timers;
    this.#peerPorts = new Set(peerPorts);
  }

  listen(address: Address): Listener {
    const listener = this.#inner.listen(address);
    return this.#peerPorts.has(address.port) ? new GatedListener(listener, this.#gate) : listener;
  }

  async connect(address: Address, options: { readonly timeoutMs?: number } = {}): Promise<Connection> {
    if (this.#gate.isCut) await this.#waitToConnect(address, options.timeoutMs ?? CONNECT_TIMEOUT_MS);
    return new GatedConnection(await this.#inner.connect(address, options), this.#gate);
  }

  async #waitToConnect(address: Address, timeoutMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#timers.after(timeoutMs, late.resolve);
    await Promise.race([this.#gate.passes(), late.promise]);
    timer.cancel();
    if (this.#gate.isCut) {
      throw new NetworkError("timeout", `connect to ${address.host}:${address.port}: timed out`);
    }
  }

  /** Lets nothing pass any more. */
  cut(): void {
    this.#gate.cut();
  }

  heal(): void {
    this.#gate.heal();
  }
}
