/**
 * What a client knows of a cluster: one connection to each broker it talks to, and the metadata of the topics it
 * uses, refreshed when a broker says that it is out of date.
 */

import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/logger.ts";
import { type Address, type Network, NetworkError } from "../platform/network.ts";
import type { Clock, Random, Timers } from "../platform/platform.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { metadata, type MetadataResponse } from "../protocol/messages/03_metadata.ts";
import type { Api, Decoded, Encodable } from "../protocol/schema.ts";
import { backoffMs } from "./backoff.ts";
import { ClientConnection, type SendOptions } from "./connection.ts";
import { BrokerError, isConnectionError, UnreachableError } from "./errors.ts";

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

const BACKOFF = { firstMs: 20, maxMs: 1_000 };
/** How long a topic that exists is given to have a leader everywhere, in milliseconds. */
const LEADERS_WAIT_MS = 2_000;
/** How long brokers are given to create a topic that was asked for, in milliseconds. */
const CREATION_WAIT_MS = 5_000;

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
   * A topic and its partitions, asking again while they are being made; some may stay without a leader. Throws
   * {@link BrokerError} with what is wrong when the topic is not to be had, or not within `timeoutMs`.
   */
  async topic(
    name: string,
    options: { allowAutoCreate?: boolean; timeoutMs?: number } = {},
  ): Promise<TopicMetadata> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    const { clock, timers, random, requestTimeoutMs } = this.options;
    const startMs = clock.monotonicMs();
    for (let attempt = 1;; attempt++) {
      const response = await this.refresh([name], options);
      const found = this.#topics.get(name);
      const waitMs = backoffMs(attempt, BACKOFF, random);
      const waitedMs = clock.monotonicMs() - startMs + waitMs;
      const isReady = found !== undefined && found.partitions.every((one) => one.leaderId >= 0);
      if (found !== undefined && (isReady || waitedMs > LEADERS_WAIT_MS)) return found;
      const code = response.topics[0]?.errorCode || ErrorCode.LEADER_NOT_AVAILABLE;
      const mayCome = options.allowAutoCreate === true && waitedMs < CREATION_WAIT_MS;
      const missing = code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && !mayCome;
      const refusal = new BrokerError(`topic "${name}"`, code, missing ? "there is no such topic" : null);
      if (missing || !refusal.retriable || waitedMs > (options.timeoutMs ?? requestTimeoutMs)) throw refusal;
      await timers.sleep(waitMs);
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
  sendToAny<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options: SendOptions = {},
  ): Promise<Decoded<A["response"]>> {
    return this.#sendToFirst(() => this.#candidates(), api, request, options);
  }

  /** Sends a request to the controller, or to any broker, which passes it on, when nobody knows the controller. */
  sendToController<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options: SendOptions = {},
  ): Promise<Decoded<A["response"]>> {
    const candidates = () => {
      const controller = this.#brokers.get(this.controllerId);
      return controller === undefined ? this.#candidates() : [controller, ...this.#candidates()];
    };
    return this.#sendToFirst(candidates, api, request, options);
  }

  async #sendToFirst<A extends Api>(
    candidates: () => readonly Address[],
    api: A,
    request: Encodable<A["request"]>,
    options: SendOptions,
  ): Promise<Decoded<A["response"]>> {
    const { clock, timers, random, connectTimeoutMs, logger } = this.options;
    const deadlineMs = clock.monotonicMs() + connectTimeoutMs;
    for (let attempt = 1;; attempt++) {
      let reason = "no broker is known";
      for (const address of candidates()) {
        try {
          const connection = await this.#connect(address);
          return await connection.send(api, request, options);
        } catch (error) {
          if (!isConnectionError(error)) throw error;
          reason = messageOf(error);
          logger.debug("a broker did not answer", { address: keyOf(address), reason });
        }
      }
      const waitMs = backoffMs(attempt, BACKOFF, random);
      if (this.#closed || clock.monotonicMs() + waitMs > deadlineMs) throw new UnreachableError(reason);
      await timers.sleep(waitMs);
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.then((open) => open.close(), () => {});
    this.#connections.clear();
  }

  /** The brokers that the metadata told of, then the bootstrap addresses. */
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
      if (topic.errorCode !== ErrorCode.NONE) this.#topics.delete(topic.name);
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
