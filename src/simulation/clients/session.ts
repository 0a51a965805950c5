/**
 * A client's way to the cluster: connections to its nodes, made again whenever they are lost, and what it has been
 * told of who leads what. A client believes the highest leader epoch that it has heard of (KIP-320).
 */

import { ClientConnection, type SendOptions } from "../../client/connection.ts";
import { DecodeError, messageOf } from "../../core/errors.ts";
import type { Prng } from "../../core/prng.ts";
import { ZERO_UUID } from "../../core/uuid.ts";
import { type Address, NetworkError } from "../../platform/network.ts";
import type { Platform } from "../../platform/platform.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { metadata } from "../../protocol/messages/03_metadata.ts";
import { findCoordinator } from "../../protocol/messages/10_find_coordinator.ts";
import type { Api, Decoded, Encodable } from "../../protocol/schema.ts";
import { addressKey } from "../network/fabric.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import type { ClientContext, ClientOptions } from "./client_context.ts";

/** How long a client of a simulation waits for an answer, in milliseconds. */
const REQUEST_TIMEOUT_MS = 4000;

/** A way to the leader of a partition. */
export interface LeaderPlace {
  readonly connection: ClientConnection;
  readonly nodeId: number;
  readonly leaderEpoch: number;
}

interface KnownLeader {
  readonly nodeId: number;
  readonly leaderEpoch: number;
}

export class Session {
  readonly #context: ClientContext;
  readonly #platform: Platform;
  readonly #prng: Prng;
  readonly #name: string;
  readonly #connections = new Map<string, ClientConnection>();
  readonly #connecting = new Map<string, Promise<ClientConnection | null>>();
  readonly #brokers = new Map<number, Address>();
  /** By topic id and partition. */
  readonly #leaders = new Map<string, KnownLeader>();
  /** What may be wrong of that, and must be asked again. */
  readonly #stale = new Set<string>();
  #bootstrap: Address | null = null;
  #coordinator: { readonly nodeId: number; readonly address: Address } | null = null;

  constructor({ name, context, platform, prng }: ClientOptions) {
    this.#name = name;
    this.#context = context;
    this.#platform = platform;
    this.#prng = prng;
  }

  /** An open connection to any node, or null when there is none at the moment; then some time has passed. */
  async connection(): Promise<ClientConnection | null> {
    this.#bootstrap ??= this.#prng.pick(this.#context.addresses);
    const connection = await this.#connectionTo(this.#bootstrap);
    if (connection === null) this.#bootstrap = null;
    return connection;
  }

  async #connectionTo(address: Address): Promise<ClientConnection | null> {
    const key = addressKey(address);
    const open = this.#connections.get(key);
    if (open?.closed === false) return open;
    let connecting = this.#connecting.get(key);
    if (connecting === undefined) {
      connecting = this.#connect(address).finally(() => this.#connecting.delete(key));
      this.#connecting.set(key, connecting);
    }
    return await connecting;
  }

  async #connect(address: Address): Promise<ClientConnection | null> {
    const { network, timers } = this.#platform;
    try {
      const connection = await ClientConnection.open(address, {
        network,
        timers,
        clientId: this.#name,
        softwareVersion: "1",
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
      });
      this.#connections.set(addressKey(address), connection);
      return connection;
    } catch (error) {
      this.#onFailure("connect", error);
      await this.#pause();
      return null;
    }
  }

  async #pause(): Promise<void> {
    await this.#platform.timers.sleep(50 + this.#prng.below(300));
  }

  /** Sends a request to any node; null when no answer came, and nobody knows whether it was done. */
  async send<A extends Api>(
    api: A,
    request: Encodable<A["request"]>,
    options?: SendOptions,
  ): Promise<Decoded<A["response"]> | null> {
    const connection = await this.connection();
    if (connection === null) return null;
    const response = await this.sendOn(connection, api, request, options);
    if (response === null || this.#prng.chance(0.05)) this.#bootstrap = null;
    return response;
  }

  /** The same on one connection, whatever has become of it. */
  async sendOn<A extends Api>(
    connection: ClientConnection,
    api: A,
    request: Encodable<A["request"]>,
    options?: SendOptions,
  ): Promise<Decoded<A["response"]> | null> {
    const { healedUs, world } = this.#context;
    const isWell = world.scheduler.nowUs >= healedUs;
    try {
      return await connection.send(api, request, options);
    } catch (error) {
      this.#onFailure(api.name, error);
      // No request asks a node to wait for as long as its client does. When all is over the nodes stop, one by one.
      const isOverdue = error instanceof NetworkError && error.code === "timeout" &&
        this.#context.phase !== "over";
      world.findings.require(
        !isOverdue || !isWell || this.#context.healedUs !== healedUs,
        "without faults requests are answered in time",
        () => `${this.#name}: ${messageOf(error)}`,
      );
      // Nobody knows whether what comes late would still be of use.
      connection.close();
      return null;
    }
  }

  /** Who leads a partition as far as this client knows, without asking. */
  knownLeader(topic: KnownTopic, partition: number): KnownLeader | null {
    return this.#leaders.get(leaderKey(topic, partition)) ?? null;
  }

  /** A connection to the leader of a partition; null when there is none at the moment; then some time has passed. */
  async leader(topic: KnownTopic, partition: number): Promise<LeaderPlace | null> {
    const key = leaderKey(topic, partition);
    if (this.#stale.has(key) || !this.#leaders.has(key)) await this.#askForLeaders(topic);
    const known = this.#leaders.get(key);
    const address = known === undefined ? undefined : this.#brokers.get(known.nodeId);
    if (known === undefined || address === undefined) {
      await this.#pause();
      return null;
    }
    const connection = await this.#connectionTo(address);
    if (connection === null) this.#stale.add(key);
    return connection === null ? null : { connection, ...known };
  }

  /** A connection to a node that the cluster has told of; null when there is none at the moment. */
  async node(nodeId: number): Promise<ClientConnection | null> {
    const address = this.#brokers.get(nodeId);
    return address === undefined ? null : await this.#connectionTo(address);
  }

  /** Something went wrong with the leader of a partition: ask who it is before the next try. */
  async onLeaderTrouble(topic: KnownTopic, partition: number): Promise<void> {
    this.#stale.add(leaderKey(topic, partition));
    await this.#platform.timers.sleep(20 + this.#prng.below(150));
  }

  async #askForLeaders(topic: KnownTopic): Promise<void> {
    const topics = [{ topicId: ZERO_UUID, name: topic.name }];
    const response = await this.send(metadata, { topics, allowAutoTopicCreation: false });
    if (response === null) return;
    for (const { nodeId, host, port } of response.brokers) this.#brokers.set(nodeId, { host, port });
    const told = response.topics[0];
    if (told === undefined || told.errorCode !== ErrorCode.NONE || told.topicId !== topic.id) return;
    for (const { partitionIndex, leaderId, leaderEpoch } of told.partitions) {
      const key = leaderKey(topic, partitionIndex);
      const known = this.#leaders.get(key);
      if (known !== undefined && known.leaderEpoch > leaderEpoch) continue;
      if (leaderId < 0) {
        this.#stale.add(key);
        continue;
      }
      this.#leaders.set(key, { nodeId: leaderId, leaderEpoch });
      this.#stale.delete(key);
    }
  }

  /** Sends a request to the coordinator of a group; null when there was no answer, or nobody to ask. */
  async sendToCoordinator<A extends Api>(
    groupId: string,
    api: A,
    request: Encodable<A["request"]>,
    options?: SendOptions,
  ): Promise<Decoded<A["response"]> | null> {
    const coordinator = this.#coordinator ?? await this.#findCoordinator(groupId);
    const connection = coordinator === null ? null : await this.#connectionTo(coordinator.address);
    const response = connection === null ? null : await this.sendOn(connection, api, request, options);
    if (response === null) this.forgetCoordinator();
    return response;
  }

  /** The node that coordinates the group as far as this client knows; -1 when it does not. */
  get coordinatorId(): number {
    return this.#coordinator?.nodeId ?? -1;
  }

  forgetCoordinator(): void {
    this.#coordinator = null;
  }

  async #findCoordinator(key: string): Promise<{ nodeId: number; address: Address } | null> {
    const response = await this.send(findCoordinator, { key, coordinatorKeys: [key] });
    const found = response?.coordinators[0];
    if (found === undefined || found.errorCode !== ErrorCode.NONE) {
      await this.#pause();
      return null;
    }
    const { nodeId, host, port } = found;
    return this.#coordinator = { nodeId, address: { host, port } };
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  #onFailure(action: string, error: unknown): void {
    if (error instanceof NetworkError) return this.#context.note(this.#name, action, error.code);
    if (error instanceof DecodeError) {
      return this.#context.world.findings.report("answers can be decoded", `${action}: ${messageOf(error)}`);
    }
    throw error;
  }
}

function leaderKey({ id }: KnownTopic, partition: number): string {
  return `${id}-${partition}`;
}
