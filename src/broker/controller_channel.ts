/**
 * How a broker asks the active controller: over one connection, which in a combined node is in memory. Requests
 * that meet no controller, or one that is no longer active, are tried again until their time is up.
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
}

const FIRST_BACKOFF_MS = 5;
const MAX_BACKOFF_MS = 500;

export class ControllerChannel {
  readonly #options: ControllerChannelOptions;
  #connection: Promise<ClientConnection> | undefined;
  #address: Address | undefined;
  #closed = false;

  constructor(options: ControllerChannelOptions) {
    this.#options = options;
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
    const { clock, timers, requestTimeoutMs } = this.#options;
    const deadlineMs = clock.monotonicMs() + (options.timeoutMs ?? requestTimeoutMs);
    for (let backoffMs = FIRST_BACKOFF_MS;; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      let reason: unknown;
      try {
        const connection = await this.#connect();
        const timeoutMs = Math.max(1, deadlineMs - clock.monotonicMs());
        const version = options.version === undefined ? {} : { version: options.version };
        const response = await connection.send(api, request, { ...version, timeoutMs });
        if (!isNotController(response)) return response;
        reason = "it is not the active controller";
        this.#drop();
      } catch (error) {
        reason = error;
        this.#drop();
      }
      if (this.#closed || clock.monotonicMs() + backoffMs > deadlineMs) {
        throw new NetworkError("timeout", `ask the controller (${api.name}): ${messageOf(reason)}`);
      }
      this.#options.logger.debug("asking the controller again", { api: api.name, reason: messageOf(reason) });
      await timers.sleep(backoffMs);
    }
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #connect(): Promise<ClientConnection> {
    const address = this.#options.controllerAddress();
    if (address === null) throw new NetworkError("refused", "no controller is known yet");
    const moved = address.host !== this.#address?.host || address.port !== this.#address.port;
    if (moved) this.#drop();
    this.#address = address;
    this.#connection ??= ClientConnection.open(address, this.#options);
    return this.#connection;
  }

  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.then((open) => open.close(), () => {});
  }
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
