/** The network as one process sees it. */

import {
  type Address,
  type Connection,
  type Listener,
  type Network,
  NetworkError,
} from "../../platform/network.ts";
import { type Life, never } from "../life.ts";
import { addressKey, type Fabric, type HostState } from "./fabric.ts";
import { GIVE_UP_US } from "./link.ts";
import { SimListener } from "./sim_listener.ts";

/** A connection attempt under way. */
interface Attempt {
  readonly address: Address;
  readonly deadlineUs: number;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: unknown) => void;
}

export class SimNetwork implements Network {
  readonly #fabric: Fabric;
  readonly #self: HostState;
  readonly #life: Life;

  constructor(fabric: Fabric, self: HostState, life: Life) {
    this.#fabric = fabric;
    this.#self = self;
    this.#life = life;
  }

  listen({ host, port }: Address): Listener {
    if (!this.#fabric.hosts.has(host)) throw unresolved("listen on", { host, port });
    if (host !== this.#self.host) {
      throw new NetworkError("denied", `listen on ${host}:${port}: the address is not of this machine`);
    }
    const address = { host, port: port === 0 ? this.#fabric.freePort(host) : port };
    const key = addressKey(address);
    if (this.#fabric.listenerAt(address) !== undefined) {
      throw new NetworkError("address-in-use", `listen on ${key}: the address is in use`);
    }
    const listener: SimListener = new SimListener(address, this.#life, () => {
      if (this.#fabric.listeners.get(key) === listener) this.#fabric.listeners.delete(key);
    });
    this.#fabric.listeners.set(key, listener);
    return listener;
  }

  connect(address: Address, options: { readonly timeoutMs?: number } = {}): Promise<Connection> {
    if (!this.#life.alive) return never();
    const { scheduler } = this.#fabric;
    if (!this.#fabric.hosts.has(address.host)) return Promise.reject(unresolved("connect to", address));
    const timeoutUs = Math.ceil((options.timeoutMs ?? GIVE_UP_US / 1000) * 1000);
    return new Promise((resolve, reject) => {
      const attempt = { address, deadlineUs: scheduler.nowUs + timeoutUs, resolve, reject };
      this.#knock(attempt, 0);
    });
  }

  #after(us: number, kind: string, task: () => void): void {
    this.#fabric.scheduler.after(us, kind, this.#life, task);
  }

  /** Sends the first packet of an attempt, for the `tries`th time. */
  #knock(attempt: Attempt, tries: number): void {
    const { scheduler } = this.#fabric;
    const there = this.#fabric.link(this.#self.host, attempt.address.host);
    const latencyUs = there.latencyUs(0);
    if (scheduler.nowUs + latencyUs > attempt.deadlineUs) return this.#giveUp(attempt);
    this.#after(latencyUs, "connect", () => {
      if (this.#isCutOff(attempt.address.host)) return this.#knockAgain(attempt, tries);
      this.#arrive(attempt);
    });
  }

  #isCutOff(host: string): boolean {
    const reachable = this.#fabric.hosts.get(host)?.powered === true;
    return !reachable || this.#fabric.link(this.#self.host, host).cut ||
      this.#fabric.link(host, this.#self.host).cut;
  }

  #knockAgain(attempt: Attempt, tries: number): void {
    const { scheduler } = this.#fabric;
    const delayUs = this.#fabric.link(this.#self.host, attempt.address.host).resendUs(tries);
    if (scheduler.nowUs + delayUs > attempt.deadlineUs) return this.#giveUp(attempt);
    this.#after(delayUs, "connect again", () => this.#knock(attempt, tries + 1));
  }

  #giveUp({ address, deadlineUs, reject }: Attempt): void {
    const leftUs = Math.max(0, deadlineUs - this.#fabric.scheduler.nowUs);
    const message = `connect to ${addressKey(address)}: no answer in time`;
    this.#after(leftUs, "connect timeout", () => reject(new NetworkError("timeout", message)));
  }

  #arrive({ address, resolve, reject }: Attempt): void {
    const fabric = this.#fabric;
    const { host } = this.#self;
    const links = { there: fabric.link(host, address.host), back: fabric.link(address.host, host) };
    const listener = fabric.listenerAt(address);
    const answerUs = links.back.latencyUs(0);
    if (listener === undefined || listener.isFull) {
      const reason = listener === undefined ? "nobody listens" : "too many connections wait";
      const error = new NetworkError("refused", `connect to ${addressKey(address)}: ${reason}`);
      return this.#after(answerUs, "refused", () => reject(error));
    }
    const local = { host, port: fabric.freePort(host) };
    const pair = fabric.connect({
      client: { life: this.#life, address: local, reachable: () => fabric.hosts.get(host)!.powered },
      server: {
        life: listener.life,
        address: listener.address,
        reachable: () => fabric.hosts.get(address.host)!.powered,
      },
      links,
    });
    listener.offer(pair.server);
    this.#after(answerUs, "connected", () => resolve(pair.client));
  }
}

function unresolved(action: string, { host, port }: Address): NetworkError {
  return new NetworkError("unresolved", `${action} ${host}:${port}: the name cannot be resolved`);
}
