/**
 * The way to a group's coordinator: finds the broker, and looks again when the group has moved. Members have
 * connections of their own, because a JoinGroup or a Fetch that waits would hold back everything behind it.
 */

import { messageOf } from "../../core/errors.ts";
import { type Address, NetworkError } from "../../platform/network.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { findCoordinator } from "../../protocol/messages/10_find_coordinator.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";
import { ClientConnection } from "../connection.ts";
import { BrokerError, isConnectionError, UnreachableError } from "../errors.ts";

/** Requests of one lane wait for each other; those of different lanes do not. */
export type Lane = "membership" | "offsets";

/** How to ask the coordinator. */
export interface AskOptions<R> {
  readonly lane: Lane;
  /** What an answer says of the coordinator itself, or NONE. */
  readonly errorOf: (response: R) => number;
  /** How long one request may take, in milliseconds; the cluster's request timeout when left out. */
  readonly requestTimeoutMs?: number;
  /** How long to keep trying, in milliseconds. */
  readonly timeoutMs: number;
  /** A version lower than what both sides know. */
  readonly version?: number;
}

const BACKOFF = { firstMs: 20, maxMs: 1_000 };
const GROUP_KEY_TYPE = 0;

/** Codes that say: this broker is not the coordinator, or not yet. */
const moved: ReadonlySet<number> = new Set([
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
]);

export class CoordinatorClient {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  readonly #isShared: boolean;
  readonly #connections = new Map<Lane, Promise<ClientConnection>>();
  /** How often each lane was abandoned. */
  readonly #abandoned = { membership: 0, offsets: 0 };
  #coordinator: (Address & { readonly nodeId: number }) | null = null;
  #closed = false;

  /** `shared`: who only asks and never waits uses the connections of the cluster. */
  constructor(cluster: Cluster, groupId: string, options: { readonly shared?: boolean } = {}) {
    this.#cluster = cluster;
    this.#groupId = groupId;
    this.#isShared = options.shared ?? false;
  }

  /** The broker that coordinates the group, as far as is known; -1 otherwise. */
  get nodeId(): number {
    return this.#coordinator?.nodeId ?? -1;
  }

  /**
   * Asks the coordinator, wherever it is, and asks again while it moves or loads. Throws {@link UnreachableError}
   * when no answer comes in time and {@link BrokerError} when the coordinator cannot be found for another reason.
   */
  async ask<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options: AskOptions<Decoded<A["response"]>>,
  ): Promise<Decoded<A["response"]>> {
    const { clock, timers, random } = this.#cluster.options;
    const deadlineMs = clock.monotonicMs() + options.timeoutMs;
    const abandoned = this.#abandoned[options.lane];
    for (let attempt = 1;; attempt++) {
      let problem: Error;
      try {
        const response = await this.#askOnce(api, request, options);
        const code = options.errorOf(response);
        if (!moved.has(code) && code !== ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return response;
        if (moved.has(code)) this.forget();
        problem = new BrokerError(`ask the coordinator of group "${this.#groupId}"`, code);
      } catch (error) {
        const mayPass = isConnectionError(error) || (error instanceof BrokerError && error.retriable);
        if (!mayPass || this.#closed || abandoned !== this.#abandoned[options.lane]) throw error;
        this.forget();
        problem = error instanceof BrokerError ? error : new UnreachableError(messageOf(error));
      }
      const waitMs = backoffMs(attempt, BACKOFF, random);
      if (clock.monotonicMs() + waitMs > deadlineMs) throw problem;
      await timers.sleep(waitMs);
      if (abandoned !== this.#abandoned[options.lane]) throw problem;
    }
  }

  /** Makes the next request look for the coordinator again. */
  forget(): void {
    this.#coordinator = null;
    this.#dropConnections();
  }

  /** Gives up what waits for an answer and is tried again: it rejects. The next request connects anew. */
  abandon(lane: Lane): void {
    this.#abandoned[lane]++;
    this.#drop(lane);
  }

  #drop(lane: Lane): void {
    const connection = this.#connections.get(lane);
    this.#connections.delete(lane);
    connection?.then((open) => open.close(), () => {});
  }

  close(): void {
    this.#closed = true;
    this.#dropConnections();
  }

  #dropConnections(): void {
    for (const lane of [...this.#connections.keys()]) this.#drop(lane);
  }

  async #askOnce<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    { lane, version, requestTimeoutMs }: AskOptions<never>,
  ): Promise<Decoded<A["response"]>> {
    if (this.#closed) throw new NetworkError("closed", `group "${this.#groupId}": the client was closed`);
    const connection = await this.#connect(lane);
    return await connection.send(api, request, {
      ...(version === undefined ? {} : { version }),
      ...(requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs }),
    });
  }

  async #connect(lane: Lane): Promise<ClientConnection> {
    if (this.#isShared) return await this.#connectShared();
    const known = this.#connections.get(lane);
    if (known !== undefined) {
      const connection = await known.catch(() => undefined);
      if (connection !== undefined && !connection.closed) return connection;
      if (this.#connections.get(lane) === known) this.#connections.delete(lane);
    }
    const address = this.#coordinator ??= await this.#find();
    let opening = this.#connections.get(lane);
    if (opening === undefined) {
      opening = ClientConnection.open(address, this.#cluster.options);
      this.#connections.set(lane, opening);
    }
    return await opening;
  }

  async #connectShared(): Promise<ClientConnection> {
    const { nodeId } = this.#coordinator ??= await this.#find();
    if (!this.#cluster.brokers.has(nodeId)) await this.#cluster.refresh([]);
    return await this.#cluster.connectionTo(nodeId);
  }

  async #find(): Promise<Address & { readonly nodeId: number }> {
    const groupId = this.#groupId;
    const response = await this.#cluster.sendToAny(findCoordinator, {
      key: groupId,
      keyType: GROUP_KEY_TYPE,
      coordinatorKeys: [groupId],
    });
    // Up to version 3 there is a single answer and no list.
    const found = response.coordinators?.[0] ?? response;
    const { errorCode = ErrorCode.NONE, errorMessage, nodeId = -1, host = "", port = -1 } = found;
    if (errorCode !== ErrorCode.NONE) {
      throw new BrokerError(`find the coordinator of group "${groupId}"`, errorCode, errorMessage);
    }
    return { nodeId, host, port };
  }
}
