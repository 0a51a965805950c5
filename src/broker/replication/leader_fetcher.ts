/**
 * Copies the partitions that one other broker leads: over one connection, in one incremental fetch session. The next
 * request goes out as soon as what came is appended, because it is also what tells the leader that it was. A request
 * that waits at the leader is overtaken by another when a partition comes to be followed, so that nobody waits for
 * the idle ones.
 */

import { ClientConnection, type ClientConnectionOptions } from "../../client/connection.ts";
import { messageOf } from "../../core/errors.ts";
import type { NodeId, Uuid } from "../../core/ids.ts";
import type { Logger } from "../../core/logger.ts";
import type { Address } from "../../platform/network.ts";
import type { Timer } from "../../platform/platform.ts";
import { ErrorCode, errorInfo } from "../../protocol/error_codes.ts";
import { fetch } from "../../protocol/messages/01_fetch.ts";
import type { Decoded } from "../../protocol/schema.ts";
import type { Partition } from "../partition.ts";
import { FetchRequests } from "./fetch_requests.ts";
import { type FetchedData, FollowedPartition } from "./followed_partition.ts";
import { backoffAfter, LogRepairs } from "./log_repairs.ts";
import type { ReplicationQuotas } from "./replication_quota.ts";

/** What a fetcher works with. */
export interface LeaderFetcherParts {
  readonly leaderId: NodeId;
  readonly connection: ClientConnectionOptions;
  readonly logger: Logger;
  /** This broker as the leader should know it. */
  readonly self: () => { readonly id: NodeId; readonly epoch: number };
  /** Where the leader can be reached, as far as is known. */
  readonly address: () => Address | null;
  readonly settings: FetcherSettings;
  /** What throttled replicas may fetch. */
  readonly quotas: ReplicationQuotas;
}

/** The `replica.fetch.*` configs. */
export interface FetcherSettings {
  readonly maxBytes: number;
  readonly maxResponseBytes: number;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly backoffMs: number;
}

/** Requests that may be under way: one that waits at the leader, and one that overtakes it. */
export const MAX_IN_FLIGHT = 2;
/** How long to wait for a log that is still being cut. */
const RETRY_MS = 10;

export class LeaderFetcher {
  readonly #parts: LeaderFetcherParts;
  readonly #requests: FetchRequests;
  readonly #repairs: LogRepairs;
  /** By topic id and index. */
  readonly #followed = new Map<Uuid, Map<number, FollowedPartition>>();
  #size = 0;
  #readyCount = 0;
  #connection: ClientConnection | null = null;
  #isConnecting = false;
  #inFlight = 0;
  /** The epoch of this broker that the session was begun with. */
  #sessionOf = -1;
  #failures = 0;
  #backoff: Timer | null = null;
  #closed = false;

  constructor(parts: LeaderFetcherParts) {
    this.#parts = parts;
    this.#requests = new FetchRequests(parts.settings.maxBytes);
    this.#repairs = new LogRepairs({
      leaderId: parts.leaderId,
      localId: parts.self().id,
      logger: parts.logger,
      backoffMs: parts.settings.backoffMs,
      connection: () => this.#connection,
      hold: (followed) => this.#hold(followed),
      resume: (followed, delayMs) => this.#resume(followed, delayMs),
    });
  }

  /** How many partitions are followed. */
  get size(): number {
    return this.#size;
  }

  /** Follows a partition from now on, or again in another epoch of its leader. */
  follow(partition: Partition): void {
    const known = this.#find(partition.topicId, partition.index);
    if (known?.partition === partition && known.leaderEpoch === partition.leaderEpoch) return;
    if (known !== undefined) this.#remove(known);
    const followed = new FollowedPartition(partition);
    let ofTopic = this.#followed.get(partition.topicId);
    if (ofTopic === undefined) this.#followed.set(partition.topicId, ofTopic = new Map());
    ofTopic.set(partition.index, followed);
    this.#size++;
    this.#readyCount++;
    this.#begin(followed);
  }

  /** Follows a partition no longer. */
  unfollow(partition: Partition): void {
    const known = this.#find(partition.topicId, partition.index);
    if (known?.partition === partition) this.#remove(known);
  }

  /** Tells the leader anew what this replica has, although nothing has come. */
  tell(partition: Partition): void {
    const known = this.#find(partition.topicId, partition.index);
    if (known?.partition !== partition || !known.isReady) return;
    this.#requests.onChanged(known);
    this.#pump();
  }

  /** The leader may be reached somewhere else now, or is another process. */
  onAddressChanged(): void {
    this.#failures = 0;
    const address = this.#parts.address();
    const known = this.#connection?.address;
    if (known !== undefined && (known.host !== address?.host || known.port !== address.port)) {
      this.#connection?.close();
    }
    this.#backoff?.cancel();
    this.#backoff = null;
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.#backoff?.cancel();
    this.#connection?.close();
    for (const followed of this.#all()) followed.isActive = false;
    this.#followed.clear();
    this.#size = 0;
    this.#readyCount = 0;
  }

  #find(topicId: Uuid, index: number): FollowedPartition | undefined {
    return this.#followed.get(topicId)?.get(index);
  }

  *#all(): Generator<FollowedPartition> {
    for (const ofTopic of this.#followed.values()) yield* ofTopic.values();
  }

  *#ready(): Generator<FollowedPartition> {
    for (const followed of this.#all()) if (followed.isReady) yield followed;
  }

  #remove(followed: FollowedPartition): void {
    const { topicId, index } = followed.partition;
    const ofTopic = this.#followed.get(topicId);
    if (followed.isReady) this.#readyCount--;
    followed.isActive = false;
    this.#requests.onUnready(followed);
    ofTopic?.delete(index);
    if (ofTopic?.size === 0) this.#followed.delete(topicId);
    this.#size--;
  }

  #begin(followed: FollowedPartition): void {
    if (!this.#repairs.prepare(followed)) return;
    this.#requests.onChanged(followed);
    this.#pump();
  }

  /** Sends the next request if it is time for one. */
  #pump(): void {
    // A request that names nothing would be answered at once, again and again.
    if (this.#closed || this.#readyCount === 0 || this.#backoff !== null) return;
    const connection = this.#connection;
    if (connection === null) return this.#connect();
    const mayOvertake = this.#requests.hasNews && this.#requests.isEstablished &&
      this.#inFlight < MAX_IN_FLIGHT;
    if (this.#inFlight > 0 && !mayOvertake) return;
    this.#inFlight++;
    const { settings, self } = this.#parts;
    const { id, epoch } = self();
    // A broker that is registered anew says everything again: the leader knows it by its epoch (KIP-903).
    if (epoch !== this.#sessionOf && this.#inFlight === 1) this.#requests.restart(this.#ready());
    this.#sessionOf = epoch;
    const request = {
      replicaId: id,
      replicaState: { replicaId: id, replicaEpoch: epoch },
      maxWaitMs: settings.maxWaitMs,
      minBytes: settings.minBytes,
      maxBytes: settings.maxResponseBytes,
      isolationLevel: 0,
      ...this.#requests.next(),
    };
    const number = this.#requests.lastNumber;
    connection.send(fetch, request).then(
      (response) => this.#onResponse({ connection, number }, response),
      (error) => this.#onLost(connection, error),
    );
  }

  #connect(): void {
    if (this.#isConnecting) return;
    const address = this.#parts.address();
    // The next metadata say where it is.
    if (address === null) return;
    this.#isConnecting = true;
    ClientConnection.open(address, this.#parts.connection).then(
      (connection) => {
        this.#isConnecting = false;
        if (this.#closed) return connection.close();
        this.#connection = connection;
        this.#inFlight = 0;
        this.#requests.restart(this.#ready());
        this.#pump();
      },
      (error) => {
        this.#isConnecting = false;
        this.#backOff(error);
      },
    );
  }

  #onLost(connection: ClientConnection, error: unknown): void {
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.#inFlight = 0;
    connection.close();
    this.#requests.restart(this.#ready());
    this.#backOff(error);
  }

  #backOff(reason: unknown): void {
    if (this.#closed || this.#backoff !== null) return;
    const { logger, leaderId, connection, settings } = this.#parts;
    const delayMs = backoffAfter(this.#failures++, settings.backoffMs);
    const log = this.#failures === 1 ? logger.warn : logger.debug;
    log.call(logger, "could not fetch from a leader", { leader: leaderId, reason: messageOf(reason) });
    this.#backoff = connection.timers.after(delayMs, () => {
      this.#backoff = null;
      this.#pump();
    });
  }

  #onResponse(
    { connection, number }: { readonly connection: ClientConnection; readonly number: number },
    response: Decoded<typeof fetch["response"]>,
  ): void {
    if (this.#connection !== connection || this.#closed) return;
    this.#inFlight--;
    if (response.errorCode !== ErrorCode.NONE) return this.#onRefused(connection, response.errorCode);
    this.#failures = 0;
    this.#requests.onAnswer(response.sessionId, () => this.#ready());
    for (const { topicId, partitions } of response.responses) {
      const ofTopic = this.#followed.get(topicId as Uuid);
      if (ofTopic === undefined) continue;
      for (const data of partitions) {
        const followed = ofTopic.get(data.partitionIndex);
        // What was asked before the log was cut, or in another epoch, is no answer any more.
        if (followed?.awaits(number) === true) this.#take(followed, data);
        else followed?.takeProgress(data);
      }
    }
    this.#pump();
  }

  #onRefused(connection: ClientConnection, errorCode: number): void {
    switch (errorCode) {
      case ErrorCode.FETCH_SESSION_ID_NOT_FOUND:
      case ErrorCode.INVALID_FETCH_SESSION_EPOCH:
      case ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR:
        // A request that overtook this one is refused as well; begin anew when it is back.
        if (this.#inFlight > 0) return;
        this.#requests.restart(this.#ready());
        return this.#pump();
      default:
        this.#onLost(connection, new Error(errorInfo(errorCode).name));
    }
  }

  #take(followed: FollowedPartition, data: FetchedData): void {
    const { errorCode, divergingEpoch } = data;
    if (errorCode !== ErrorCode.NONE) return this.#repairs.onError(followed, errorCode);
    if (divergingEpoch.epoch >= 0 || divergingEpoch.endOffset >= 0) {
      return this.#repairs.cut(followed, divergingEpoch);
    }
    const taken = followed.take(data);
    switch (taken) {
      case "grown":
        followed.failures = 0;
        if (followed.partition.acksNeedFlush) return this.#repairs.flush(followed);
        return this.#askOn(followed, data);
      case "idle":
        followed.failures = 0;
        return;
      case "failed":
        return this.#hold(followed);
      case "retry":
        return this.#repairs.onUnfit(followed, data);
    }
  }

  /** Asks for what follows: at once, or after a while when this replica is throttled and has not caught up. */
  #askOn(followed: FollowedPartition, { records, highWatermark }: FetchedData): void {
    const bytes = records?.length ?? 0;
    const isBehind = followed.partition.log.logEndOffset < highWatermark;
    const waitMs = isBehind
      ? Math.max(...followed.quotas(this.#parts.quotas).map((one) => one.take(bytes)), 0)
      : 0;
    if (waitMs > 0) this.#resume(followed, waitMs);
    else this.#requests.onChanged(followed);
  }

  /** Asks for nothing more of a partition. */
  #hold(followed: FollowedPartition): void {
    if (followed.isReady && followed.isActive) this.#readyCount--;
    followed.isReady = false;
    this.#requests.onUnready(followed);
  }

  #resume(followed: FollowedPartition, delayMs: number): void {
    if (delayMs > 0) {
      this.#hold(followed);
      this.#parts.connection.timers.after(delayMs, () => this.#resume(followed, 0));
      return;
    }
    const { log, isCutting } = followed.partition;
    if (!followed.isActive || log.offline !== null) return;
    // In an earlier epoch it began to be cut; that must end first.
    if (isCutting) return this.#resume(followed, RETRY_MS);
    if (!followed.isReady) this.#readyCount++;
    followed.isReady = true;
    this.#requests.onChanged(followed);
    this.#pump();
  }
}
