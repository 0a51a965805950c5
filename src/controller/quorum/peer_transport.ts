/**
 * Reaches other controllers over the network, on two connections each: a Fetch waits at the leader for news, and
 * what the quorum has to settle meanwhile (a vote, a new leader, a change of voters) must not wait behind it.
 */

import { ClientConnection, type ClientConnectionOptions } from "../../client/connection.ts";
import { messageOf } from "../../core/errors.ts";
import { type Address, NetworkError } from "../../platform/network.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch } from "../../protocol/messages/01_fetch.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import type { Endpoint } from "../../raft/types.ts";
import type { QuorumTransport } from "./options.ts";

export class PeerTransport implements QuorumTransport {
  readonly #options: ClientConnectionOptions;
  readonly #connections = new Map<string, Promise<ClientConnection>>();
  /** Those of them that have been made. */
  readonly #open = new Map<string, ClientConnection>();
  /** Why the last request to an address failed; nothing for those that answered. */
  readonly #troubles = new Map<string, string>();
  #isClosed = false;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
  }

  async send<A extends Api>(
    endpoints: readonly Endpoint[],
    api: A,
    request: Encodable<A["request"]>,
    timeoutMs: number,
  ): Promise<Decoded<A["response"]>> {
    const [endpoint] = endpoints;
    if (endpoint === undefined) throw new NetworkError("unresolved", `ask ${api.name}: no address is known`);
    if (this.#isClosed) throw new NetworkError("closed", `ask ${api.name}: this node is stopping`);
    const address = `${endpoint.host}:${endpoint.port}`;
    const lane = `${address}/${api.key === fetch.key ? "fetch" : "other"}`;
    const connecting = this.#current(lane) ?? this.#connect(lane, endpoint);
    try {
      const connection = await connecting;
      const response = await connection.send(api, request, { timeoutMs });
      this.#note(address, response);
      return response;
    } catch (error) {
      this.#troubles.set(address, messageOf(error));
      connecting.then(({ closed }) => closed && this.#forget(lane, connecting), () => {});
      throw error;
    }
  }

  /** What keeps this node from its peers, a sentence for each; empty when all that were asked answered. */
  get troubles(): readonly string[] {
    return [...this.#troubles].map(([address, reason]) => `${address}: ${reason}`);
  }

  #note(address: string, response: unknown): void {
    const { errorCode } = response as { readonly errorCode?: number };
    if (errorCode === ErrorCode.INCONSISTENT_CLUSTER_ID) {
      this.#troubles.set(address, "it belongs to another cluster (INCONSISTENT_CLUSTER_ID)");
    } else this.#troubles.delete(address);
  }

  /** Ends all connections; requests that wait reject. */
  close(): void {
    this.#isClosed = true;
    for (const connecting of this.#connections.values()) {
      connecting.then((connection) => connection.close(), () => {});
    }
    this.#connections.clear();
    this.#open.clear();
  }

  /** The connection that is there or on its way; one that the peer closed for being idle says nothing of the peer. */
  #current(lane: string): Promise<ClientConnection> | undefined {
    const open = this.#open.get(lane);
    if (open?.closed === true) {
      this.#open.delete(lane);
      this.#connections.delete(lane);
    }
    return this.#connections.get(lane);
  }

  #connect(lane: string, { host, port }: Address): Promise<ClientConnection> {
    const connecting = ClientConnection.open({ host, port }, this.#options);
    this.#connections.set(lane, connecting);
    connecting.then(
      (connection) => {
        if (this.#isClosed) connection.close();
        if (this.#connections.get(lane) === connecting) this.#open.set(lane, connection);
      },
      () => this.#forget(lane, connecting),
    );
    return connecting;
  }

  #forget(lane: string, connecting: Promise<ClientConnection>): void {
    if (this.#connections.get(lane) !== connecting) return;
    this.#connections.delete(lane);
    this.#open.delete(lane);
  }
}
