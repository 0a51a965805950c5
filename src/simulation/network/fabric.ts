/** The network between all machines of a simulation. */

import type { Prng } from "../../core/prng.ts";
import type { Address } from "../../platform/network.ts";
import type { Death, Life } from "../life.ts";
import type { Scheduler } from "../scheduler.ts";
import { Link } from "./link.ts";
import { ConnectionPair, type PairEnds } from "./sim_connection.ts";
import type { SimListener } from "./sim_listener.ts";

/** A machine's place in the network. */
export interface HostState {
  readonly host: string;
  /** Whether it has power; what is sent to a machine without it is lost. */
  powered: boolean;
}

export class Fabric {
  readonly scheduler: Scheduler;
  readonly hosts = new Map<string, HostState>();
  readonly listeners = new Map<string, SimListener>();
  /** Connections that at least one end still holds, in the order in which they were made. */
  readonly pairs = new Set<ConnectionPair>();
  /** Called with each connection that is made. */
  onConnect: (pair: ConnectionPair) => void = () => {};
  readonly #links = new Map<string, Link>();
  readonly #prng: Prng;
  readonly #nextPort = new Map<string, number>();

  constructor(scheduler: Scheduler, prng: Prng) {
    this.scheduler = scheduler;
    this.#prng = prng;
  }

  addHost(host: string): HostState {
    const state = { host, powered: true };
    this.hosts.set(host, state);
    return state;
  }

  /** The way from one host to another. */
  link(from: string, to: string): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Link(this.#prng.fork());
      this.#links.set(key, link);
    }
    return link;
  }

  /** All links that were used so far, by `from>to`. */
  links(): Iterable<[string, Link]> {
    return this.#links;
  }

  /** A port of a host that nobody listens on. */
  freePort(host: string): number {
    let port = this.#nextPort.get(host) ?? 49152;
    while (this.listeners.has(addressKey({ host, port }))) port++;
    this.#nextPort.set(host, port === 65535 ? 49152 : port + 1);
    return port;
  }

  connect(ends: PairEnds): ConnectionPair {
    const pair = new ConnectionPair(this.scheduler, ends, (gone) => this.pairs.delete(gone));
    this.pairs.add(pair);
    this.onConnect(pair);
    return pair;
  }

  /** Who listens at an address, if that process still runs. */
  listenerAt(address: Address): SimListener | undefined {
    const listener = this.listeners.get(addressKey(address));
    return listener?.life.alive === true ? listener : undefined;
  }

  /** Ends the connections of a process that has ended, as its system would. */
  onDeath(life: Life, how: Death): void {
    for (const pair of [...this.pairs]) {
      for (const end of [pair.client, pair.server]) if (end.life === life) pair.onDeath(end, how);
    }
  }
}

export function addressKey({ host, port }: Address): string {
  return `${host}:${port}`;
}
