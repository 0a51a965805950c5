/** A client's way to the node: connects again whenever the connection is lost. */

import { ClientConnection, type SendOptions } from "../../client/connection.ts";
import { DecodeError, messageOf } from "../../core/errors.ts";
import type { Prng } from "../../core/prng.ts";
import { NetworkError } from "../../platform/network.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import type { ClientContext, ClientOptions } from "./client_context.ts";

/** How long a client of a simulation waits for an answer, in milliseconds. */
const REQUEST_TIMEOUT_MS = 4000;

export class Session {
  readonly #context: ClientContext;
  readonly #platform: Platform;
  readonly #prng: Prng;
  readonly #name: string;
  #connection: ClientConnection | null = null;
  #connecting: Promise<ClientConnection | null> | null = null;

  constructor({ name, context, platform, prng }: ClientOptions) {
    this.#name = name;
    this.#context = context;
    this.#platform = platform;
    this.#prng = prng;
  }

  /** The open connection, or null when there is none at the moment; then some time has passed. */
  async connection(): Promise<ClientConnection | null> {
    if (this.#connection?.closed === false) return this.#connection;
    this.#connecting ??= this.#connect().finally(() => this.#connecting = null);
    return await this.#connecting;
  }

  async #connect(): Promise<ClientConnection | null> {
    const { network, timers } = this.#platform;
    try {
      this.#connection = await ClientConnection.open(this.#context.node.address, {
        network,
        timers,
        clientId: this.#name,
        softwareVersion: "1",
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
      });
      return this.#connection;
    } catch (error) {
      this.#onFailure("connect", error);
      await timers.sleep(50 + this.#prng.below(300));
      return null;
    }
  }

  /** Sends a request; null when no answer came, and nobody knows whether it was done. */
  async send<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options?: SendOptions,
  ): Promise<Decoded<A["response"]> | null> {
    const connection = await this.connection();
    return connection === null ? null : await this.sendOn(connection, api, request, options);
  }

  /** The same on one connection, whatever has become of it. */
  async sendOn<A extends Api>(
    connection: ClientConnection,
    api: A,
    request: Encodable<A["request"]>,
    options?: SendOptions,
  ): Promise<Decoded<A["response"]> | null> {
    try {
      return await connection.send(api, request, options);
    } catch (error) {
      this.#onFailure(api.name, error);
      return null;
    }
  }

  close(): void {
    this.#connection?.close();
  }

  #onFailure(action: string, error: unknown): void {
    if (error instanceof NetworkError) return this.#context.note(this.#name, action, error.code);
    if (error instanceof DecodeError) {
      return this.#context.world.findings.report("answers can be decoded", `${action}: ${messageOf(error)}`);
    }
    throw error;
  }
}
