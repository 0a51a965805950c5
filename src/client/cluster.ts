/**
 * What a client knows of a cluster: one connection to each broker it talks to, and the metadata of the topics it
 * uses, refreshed when a broker says that it is out of date.
 */

import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { type Address, type Network, NetworkError } from "../platform/network.ts";
import type { Clock, Random, Timers } from "../platform/platform.ts";
import { ErrorCode, errorInfo } from "../protocol/error_codes.ts";
import { metadata, type MetadataResponse } from "../protocol/messages/03_metadata.ts";
import type { Api, Decoded, Encodable } from "../protocol/schema.ts";
import { ClientConnection, type SendOptions } from "./connection.ts";

/** What a client needs of its surroundings, and how patient it is. */
export interface ClusterOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  /** Any brokers of the cluster; the first that answers tells of the others. */
  readonly bootstrap: readonly Address[];
  readonly clientId: string;
  readonly softwareVersion: string;
  /** How long a request may take, connecting included, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** How long to keep trying to reach any broker at all, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** No broker could be reached: exit code 3 of the command line. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** A broker refused what it was asked: `code` is Kafka's. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
  readonly code: number;
  readonly retriable: boolean;

  /** `action` says what was attempted, `detail` what the broker said about it. */
  constructor(action: string, code: number, detail?: string | null) {
    const info = errorInfo(code);
    super(`${action}: ${info.name}${detail ? ` (${detail})` : ""}`);
    this.code = code;
    this.retriable = info.retriable;
  }
}

/** A topic as its client sees it. */
export interface TopicMetadata {
  readonly name: string;
  readonly topicId: string;
  readonly isInternal: boolean;
  /** By partition index. */
  readonly partitions: readonly PartitionMetadata[];
}

export interface PartitionMetadata {
  readonly index: number;
  /** -1 when there is none. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly offlineReplicas: readonly number[];
}

const FIRST_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1_000;

export class Cluster {
  readonly options: ClusterOptions;
  readonly #brokers = new Map<number, Address>();
  readonly #connections = new Map<string, Promise<ClientConnection>>();
  readonly #topics = new Map<string, TopicMetadata>();
  clusterId: string | null = null;
  controllerId = -1;
  #closed = false;

  constructor(options: ClusterOptions) {
    this.options = options;
  }

  /** The brokers that the last metadata told of, by id. */
  get brokers(): ReadonlyMap<number, Address> {
    return this.#brokers;
  }

  /** What is known of a topic, without asking. */
  known(topic: string): TopicMetadata | undefined {
    return this.#topics.get(topic);
  }

  /**
   * Asks for the metadata of `topics` (null for all). Throws {@link UnreachableError} when no broker answers in
   * time. Topics that have an error are in the response and nowhere else.
   */
  async refresh(
    topics: readonly string[] | null,
    options: { allowAutoCreate?: boolean } = {},
  ): Promise<Decoded<typeof metadata.response>> {
    const response = await this.sendToAny(metadata, {
      topics: topics === null ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation: options.allowAutoCreate ?? false,
    });
    this.#take(response);
    return response;
  }

  /**
   * A topic whose partitions all have a leader, asking again until it is so. Throws {@link BrokerError} with what
   * is wrong when that is not to be, or when `timeoutMs` have passed.
   */
  async topic(
    name: string,
    options: { allowAutoCreate?: boolean; timeoutMs?: number } = {},
  ): Promise<TopicMetadata> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const { clock, timers } = this.options;
    const deadlineMs = clock.monotonicMs() + (options.timeoutMs ?? this.options.requestTimeoutMs);
    for (let backoffMs = FIRST_BACKOFF_MS;; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      const response = await this.refresh([name], options);
      const found = this.#topics.get(name);
      if (found !== undefined) return found;
      const code = response.topics[0]?.errorCode || ErrorCode.LEADER_NOT_AVAILABLE;
      const missing = code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && options.allowAutoCreate !== true;
      if (missing || !errorInfo(code).retriable || clock.monotonicMs() + backoffMs > deadlineMs) {
        throw new BrokerError(`topic "${name}"`, code, missing ? "there is no such topic" : null);
      }
      await timers.sleep(backoffMs);
    }
  }

  /** Forgets what is known of a topic, so that the next use asks anew. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Sends a request to a broker by id. Rejects with `NetworkError` when it cannot be reached. */
  async send<A extends Api>(
    brokerId: number,
    api: A,
    request: Encodable<A["request"]>,
    options: SendOptions = {},
  ): Promise<Decoded<A["response"]>> {
    const connection = await this.connectionTo(brokerId);
    return await connection.send(api, request, options);
  }

  /** The connection to a broker, opened on first use and again after it was lost. */
  connectionTo(brokerId: number): Promise<ClientConnection> {
    const address = this.#brokers.get(brokerId);
    if (address === undefined) {
      return Promise.reject(
        new NetworkError("unresolved", `broker ${brokerId} is not in the cluster's metadata`),
      );
    }
    return this.#connect(address);
  }

  /** Sends a request to any broker that answers. Throws {@link UnreachableError} when none does in time. */
  async sendToAny<A extends Api>(api: A, request: Encodable<A["request"]>): Promise<Decoded<A["response"]>> {
    const { clock, timers, connectTimeoutMs } = this.options;
    const deadlineMs = clock.monotonicMs() + connectTimeoutMs;
    for (let backoffMs = FIRST_BACKOFF_MS;; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      let reason = "no broker is known";
      for (const address of this.#candidates()) {
        try {
          const connection = await this.#connect(address);
          return await connection.send(api, request);
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          reason = messageOf(error);
          this.options.logger.debug("a broker did not answer", {
            address: `${address.host}:${address.port}`,
            reason,
          });
        }
      }
      if (this.#closed || clock.monotonicMs() + backoffMs > deadlineMs) throw new UnreachableError(reason);
      await timers.sleep(backoffMs);
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.then((open) => open.close(), () => {});
    this.#connections.clear();
  }

  /** Brokers with an open connection first, then those the metadata told of, then the bootstrap addresses. */
  #candidates(): Address[] {
    const seen = new Set<string>();
    return [...this.#brokers.values(), ...this.options.bootstrap].filter((address) => {
      const key = keyOf(address);
      return !seen.has(key) && seen.add(key);
    });
  }

  async #connect(address: Address): Promise<ClientConnection> {
    const key = keyOf(address);
    const known = this.#connections.get(key);
    if (known !== undefined) {
      const connection = await known.catch(() => undefined);
      if (connection !== undefined && !connection.closed) return connection;
      if (this.#connections.get(key) === known) this.#connections.delete(key);
    }
    let opening = this.#connections.get(key);
    if (opening === undefined) {
      opening = ClientConnection.open(address, this.options);
      this.#connections.set(key, opening);
    }
    return await opening;
  }

  #take(response: MetadataResponse): void {
    this.clusterId = response.clusterId ?? null;
    this.controllerId = response.controllerId ?? -1;
    this.#brokers.clear();
    for (const { nodeId, host, port } of response.brokers) this.#brokers.set(nodeId, { host, port });
    for (const topic of response.topics) {
      if (topic.name === null) continue;
      const partitions = topic.partitions
        .map((one): PartitionMetadata => ({
          index: one.partitionIndex,
          leaderId: one.leaderId,
          leaderEpoch: one.leaderEpoch ?? -1,
          replicas: one.replicaNodes,
          isr: one.isrNodes,
          offlineReplicas: one.offlineReplicas ?? [],
        }))
        .sort((a, b) => a.index - b.index);
      const isUsable = topic.errorCode === ErrorCode.NONE && partitions.every((one) => one.leaderId >= 0);
      if (!isUsable) this.#topics.delete(topic.name);
      else {
        const { name, topicId = "", isInternal = false } = topic;
        this.#topics.set(name, { name, topicId, isInternal, partitions });
      }
    }
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
