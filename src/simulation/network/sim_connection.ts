/** A connection between two processes: its two ends, and everything that can end it. */

import { assert } from "../../core/assert.ts";
import {
  type Address,
  type Connection,
  NetworkError,
  type NetworkErrorCode,
} from "../../platform/network.ts";
import { type Death, type Life, never } from "../life.ts";
import type { Scheduler } from "../scheduler.ts";
import { Flow } from "./flow.ts";
import type { Link } from "./link.ts";

/** One end, as the process sees it that holds it. */
export class SimConnection implements Connection {
  readonly local: Address;
  readonly remote: Address;
  readonly life: Life;
  /** Set once both ends are there. */
  peer!: SimConnection;
  outgoing!: Flow;
  incoming!: Flow;
  /** Called with what the process writes, before that is under way; a listener must not keep it. */
  onWrite: ((bytes: Uint8Array) => void) | null = null;
  /** The end is gone: closed, reset, or its process has ended. */
  gone = false;
  /** Why reading and writing fails. */
  #failure: NetworkErrorCode | null = null;
  #writeEnded = false;
  #reading: ((length: number | Error) => void) | null = null;
  readonly #pair: ConnectionPair;

  constructor(pair: ConnectionPair, life: Life, ends: { local: Address; remote: Address }) {
    this.#pair = pair;
    this.life = life;
    this.local = ends.local;
    this.remote = ends.remote;
  }

  async read(target: Uint8Array): Promise<number> {
    assert(target.length > 0, "a read needs room for at least one byte");
    while (true) {
      if (!this.life.alive) return await never();
      if (this.#failure === "closed") throw this.#error("read from", "closed");
      const got = this.incoming.take(target);
      if (typeof got === "number") return got;
      if (got === "broken" || this.#failure !== null) {
        throw this.#error("read from", this.#failure ?? "reset");
      }
      const woken = await new Promise<number | Error>((resolve) => {
        this.#reading = resolve;
        this.incoming.onReadable(() => this.#endRead(-1));
      });
      if (woken instanceof Error) throw woken;
      if (woken === 0) return 0;
    }
  }

  #endRead(outcome: number | Error): void {
    const reading = this.#reading;
    this.#reading = null;
    // A process that has ended takes nothing any more.
    if (this.life.alive) reading?.(outcome);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.life.alive) return await never();
    if (this.#failure !== null || this.#writeEnded) {
      throw this.#error("write to", this.#failure ?? "closed");
    }
    if (bytes.length === 0) return;
    this.onWrite?.(bytes);
    await this.outgoing.write(bytes);
  }

  closeWrite(): Promise<void> {
    if (this.life.alive && this.#failure === null) {
      this.#writeEnded = true;
      this.outgoing.end();
    }
    return Promise.resolve();
  }

  close(): void {
    if (this.life.alive) this.#pair.close(this);
  }

  /** This end is closed: by its process, or by the system when that has ended. */
  onClosed(): void {
    this.gone = true;
    this.#failure = "closed";
    this.outgoing.failWrite(() => this.#error("write to", "closed"));
    this.#endRead(0);
  }

  /** This end learns that the connection is no more. */
  onBroken(code: NetworkErrorCode, options: { readonly keepArrived: boolean }): void {
    if (this.gone) return;
    this.gone = true;
    this.#failure = code;
    this.incoming.break(options);
    this.outgoing.break({ keepArrived: true });
    if (this.life.alive) this.outgoing.failWrite(() => this.#error("write to", code));
  }

  #error(action: string, code: NetworkErrorCode): NetworkError {
    const reasons: Partial<Record<NetworkErrorCode, string>> = {
      closed: "the connection is closed",
      reset: "the other end has reset the connection",
      timeout: "the other end does not answer",
    };
    const { host, port } = this.remote;
    return new NetworkError(code, `${action} ${host}:${port}: ${reasons[code] ?? code}`);
  }
}

/** Both ends and what is between them. */
export class ConnectionPair {
  readonly client: SimConnection;
  readonly server: SimConnection;
  readonly #scheduler: Scheduler;
  readonly #links: Links;
  readonly #onGone: (pair: ConnectionPair) => void;

  constructor(scheduler: Scheduler, ends: PairEnds, onGone: (pair: ConnectionPair) => void) {
    const { client, server, links } = ends;
    this.#scheduler = scheduler;
    this.#links = links;
    this.#onGone = onGone;
    this.client = new SimConnection(this, client.life, { local: client.address, remote: server.address });
    this.server = new SimConnection(this, server.life, { local: server.address, remote: client.address });
    this.client.peer = this.server;
    this.server.peer = this.client;
    this.client.outgoing = this.server.incoming = this.#flow(this.client, links.there, server.reachable);
    this.server.outgoing = this.client.incoming = this.#flow(this.server, links.back, client.reachable);
  }

  #flow(from: SimConnection, link: Link, reachable: () => boolean): Flow {
    const to = from === this.client ? this.server : this.client;
    return new Flow(this.#scheduler, link, {
      label: `${from.local.host}:${from.local.port} > ${from.remote.host}:${from.remote.port}`,
      reachable,
      accepts: () => !to.gone && to.life.alive,
      onRefused: () => this.#resetLater(from),
      onLost: () => from.onBroken("timeout", { keepArrived: true }),
    });
  }

  /** One end closes: its peer reads what was written and then the end, or hears of a reset. */
  close(end: SimConnection): void {
    if (end.gone) return this.#forget(end);
    const unread = end.incoming.unreadBytes > 0;
    end.onClosed();
    if (unread) this.#resetLater(end.peer);
    else end.outgoing.end();
    this.#forget(end);
  }

  /** Breaks the connection in the middle, for both ends. */
  reset(options: { readonly keepArrived: boolean }): void {
    this.client.onBroken("reset", options);
    this.server.onBroken("reset", options);
    this.#onGone(this);
  }

  /** Breaks the connection within what is sent next in one direction, at any of its bytes. */
  resetWithin(options: { readonly toServer: boolean; readonly share: number }): void {
    const flow = options.toServer ? this.server.incoming : this.client.incoming;
    flow.cutNext(options.share, () => this.reset({ keepArrived: true }));
  }

  /** The process that holds `end` has ended. */
  onDeath(end: SimConnection, how: Death): void {
    if (end.gone) return;
    if (how === "process") return this.close(end);
    // Nobody tells the peer: it notices when it sends something.
    end.onClosed();
    end.outgoing.fallSilent();
    this.#forget(end);
  }

  /** `end` hears, as late as of everything else, that its peer does not know the connection any more. */
  #resetLater(end: SimConnection): void {
    const link = end === this.client ? this.#links.back : this.#links.there;
    this.#scheduler.after(link.latencyUs(0), "reset", end.life, () => {
      end.onBroken("reset", { keepArrived: false });
      this.#forget(end);
    });
  }

  #forget(end: SimConnection): void {
    if (end.peer.gone) this.#onGone(this);
  }
}

/** The links between the two ends, seen from the client. */
export interface Links {
  readonly there: Link;
  readonly back: Link;
}

/** What a pair is made of. */
export interface PairEnds {
  readonly client: PairEnd;
  readonly server: PairEnd;
  readonly links: Links;
}

export interface PairEnd {
  readonly life: Life;
  readonly address: Address;
  /** Whether the machine has power. */
  readonly reachable: () => boolean;
}
