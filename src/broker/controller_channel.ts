/**
 * How a broker asks the active controller: over one connection, which in a combined node is in memory. Requests
 * that meet no controller, or one that is no longer active, are tried again until their time is up, at once when
 * another controller is known.
 */

import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { ClientConnection, type ClientConnectionOptions } from "../client/connection.ts";
import type { Address } from "../platform/network.ts";
import { NetworkError } from "../platform/network.ts";
import type { Clock, Timers } from "../platform/platform.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { Api, Decoded, Encodable } from "../protocol/schema.ts";

/** What the channel needs. */
export interface ControllerChannelOptions extends ClientConnectionOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Where the active controller listens, as far as this node knows; null while there is none. */
  readonly controllerAddress: () => Address | null;
  /** Calls `listener` whenever that address may be another one. Without it the address is looked up again and again. */
  readonly onControllerChange?: (listener: () => void) => void;
}

const FIRST_BACKOFF_MS = 5;
const MAX_BACKOFF_MS = 160;
/** How long a controller may take to accept a connection and tell its API versions. */
const CONNECT_TIMEOUT_MS = 3_000;

/** A connection that is being made, or is there. */
interface Link {
  readonly address: Address;
  /** Rejects when the link is given up before the connection is there. */
  readonly connection: Promise<ClientConnection>;
  readonly giveUp: (reason: NetworkError) => void;
}

export class ControllerChannel {
  readonly #options: ControllerChannelOptions;
  #link: Link | undefined;
  #closed = false;
  readonly #pauses = new Set<() => void>();
  readonly #listeners = new Set<() => void>();

  constructor(options: ControllerChannelOptions) {
    this.#options = options;
    options.onControllerChange?.(() => this.#onChange());
  }

  /** Calls `listener` whenever another controller may be active; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Sends `request` and resolves with the response of an active controller. Rejects with `NetworkError` when none
   * answered within `timeoutMs`.
   */
  async send<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options: { readonly version?: number; readonly timeoutMs?: number } = {},
  ): Promise<Decoded<A["response"]>> {
    const { clock, requestTimeoutMs } = this.#options;
    const deadlineMs = clock.monotonicMs() + (options.timeoutMs ?? requestTimeoutMs);
    for (let backoffMs = FIRST_BACKOFF_MS;; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      const link = this.#connect();
      let reason: unknown = "no controller is known yet";
      if (link !== null) {
        try {
          const connection = await link.connection;
          const timeoutMs = Math.max(1, deadlineMs - clock.monotonicMs());
          const version = options.version === undefined ? {} : { version: options.version };
          const response = await connection.send(api, request, { ...version, timeoutMs });
          if (!isNotController(response)) return response;
          reason = "it is not the active controller";
        } catch (error) {
          reason = error;
          this.#drop(link);
        }
      }
      if (this.#closed || clock.monotonicMs() + backoffMs > deadlineMs) {
        throw new NetworkError("timeout", `ask the controller (${api.name}): ${messageOf(reason)}`);
      }
      this.#options.logger.debug("asking the controller again", { api: api.name, reason: messageOf(reason) });
      if (!this.#hasMoved(link)) await this.#pause(backoffMs);
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#link !== undefined) this.#drop(this.#link);
    for (const wake of [...this.#pauses]) wake();
  }

  /** Another controller is active, or none: whoever waits for the old one asks the new one. */
  #onChange(): void {
    if (this.#closed) return;
    const address = this.#options.controllerAddress();
    const link = this.#link;
    if (address !== null && link !== undefined && !isSame(address, link.address)) this.#drop(link);
    if (address !== null) { for (const wake of [...this.#pauses]) wake(); }
    for (const listener of [...this.#listeners]) listener();
  }

  /** Whether another controller has become known since somebody was asked. */
  #hasMoved(link: Link | null): boolean {
    const address = this.#options.controllerAddress();
    return address !== null && (link === null || !isSame(address, link.address));
  }

  /** Lets time pass, less when the controller is another one. */
  #pause(durationMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        timer.cancel();
        this.#pauses.delete(wake);
        resolve();
      };
      const timer = this.#options.timers.after(durationMs, wake);
      this.#pauses.add(wake);
    });
  }

  #connect(): Link | null {
    const address = this.#closed ? null : this.#options.controllerAddress();
    if (address === null) return null;
    if (this.#link !== undefined && !isSame(address, this.#link.address)) this.#drop(this.#link);
    return this.#link ??= this.#open(address);
  }

  #open(address: Address): Link {
    const requestTimeoutMs = Math.min(this.#options.requestTimeoutMs, CONNECT_TIMEOUT_MS);
    const opening = ClientConnection.open(address, { ...this.#options, requestTimeoutMs });
    let giveUp: Link["giveUp"] = () => {};
    const connection = new Promise<ClientConnection>((resolve, reject) => {
      giveUp = reject;
      opening.then(resolve, reject);
    });
    // Whoever waits for it hears of it; there may be nobody.
    connection.catch(() => {});
    return {
      address,
      connection,
      giveUp: (reason) => {
        giveUp(reason);
        opening.then((open) => open.close(reason), () => {});
      },
    };
  }

  #drop(link: Link): void {
    if (this.#link === link) this.#link = undefined;
    link.giveUp(new NetworkError("closed", "another controller is asked"));
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.host === other.host && one.port === other.port;
}

/** Responses say NOT_CONTROLLER at the top, or in every one of their results. */
function isNotController(response: unknown): boolean {
  const fields = Object.values(response as Record<string, unknown>);
  if ((response as { errorCode?: number }).errorCode === ErrorCode.NOT_CONTROLLER) return true;
  return fields.some((field) =>
    Array.isArray(field) && field.length > 0 &&
    field.every((one: { errorCode?: number } | null) => one?.errorCode === ErrorCode.NOT_CONTROLLER)
  );
}
