/**
 * Sends the batches of a producer: finds the leaders, keeps a bounded number of requests with each, and decides what
 * an answer means for the order, the sequences and another attempt.
 */

import { messageOf } from "../../core/errors.ts";
import type { Timer } from "../../platform/platform.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { produce } from "../../protocol/messages/00_produce.ts";
import type { MetadataResponse } from "../../protocol/messages/03_metadata.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";
import type { ClientConnection } from "../connection.ts";
import { BrokerError, isConnectionError } from "../errors.ts";
import type { ProducerBatch } from "./batch.ts";
import type { ProducerOptions } from "./options.ts";
import { type IdentityFailure, IdentitySource } from "./identity.ts";
import type { PartitionQueue } from "./queue.ts";
import {
  answersIn,
  type BatchAnswer,
  produceRequestOf,
  type RequestSettings,
  unanswered,
} from "./request.ts";

/** What a sender tells its producer. */
export interface SenderEvents {
  /** A batch takes no more records and is compressed: its builder may be used again. */
  seal(batch: ProducerBatch): void;
  /** A batch that was too large has become two. */
  onSplit(batch: ProducerBatch, halves: readonly ProducerBatch[]): void;
  /** A batch is done: stored at `answer`'s offset when `error` is null. */
  onDone(batch: ProducerBatch, error: Error | null, answer: BatchAnswer): void;
  /** Leaders or partitions may have changed. */
  onMetadata(): void;
  /** A topic was deleted: what waited for it has failed. */
  onTopicGone(topic: string): void;
}

const MAX_BACKOFF_MS = 1_000;
/** How old metadata may get while records are sent (metadata.max.age.ms), in milliseconds. */
const METADATA_MAX_AGE_MS = 300_000;
/** A topic that is gone this many times in a row when its leaders are looked up is gone. */
const MISSING_LIMIT = 5;

/** Errors after which the leaders must be looked up anew. */
const staleLeaderCodes: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.REPLICA_NOT_AVAILABLE,
]);

/** Errors after which the sequences of a partition begin anew, when nothing earlier is on its way (KIP-360). */
const lostSequenceCodes: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
]);

/** Errors for which one record of a batch is enough. */
const wrongRecordCodes: ReadonlySet<number> = new Set([
  ErrorCode.INVALID_RECORD,
  ErrorCode.INVALID_TIMESTAMP,
]);

/** A broker that batches go to. */
interface Leader {
  connection: ClientConnection | null;
  opening: boolean;
  failures: number;
  notBeforeMs: number;
  inFlight: number;
}

export class Sender {
  readonly #cluster: Cluster;
  readonly #options: ProducerOptions;
  readonly #events: SenderEvents;
  readonly #settings: RequestSettings;
  /** Queues with batches that wait, those that have waited longest first. */
  readonly #active = new Set<PartitionQueue>();
  /** The queues of the batches that are in flight. */
  readonly #queues = new Map<ProducerBatch, PartitionQueue>();
  readonly #leaders = new Map<number, Leader>();
  readonly #identity: IdentitySource;
  #metadataMs: number;
  #metadataIsStale = false;
  #metadataFailures = 0;
  #askingMetadata = false;
  #askingIdentity = false;
  #pumpIsComing = false;
  readonly #missing = new Map<string, number>();
  #timer: Timer | null = null;
  #timerMs = Infinity;
  #closed = false;
  /** Leaves no batch waiting for more records. */
  hurry = false;

  constructor(cluster: Cluster, options: ProducerOptions, events: SenderEvents) {
    this.#cluster = cluster;
    this.#options = options;
    this.#events = events;
    this.#identity = new IdentitySource(cluster, options.idempotent);
    this.#metadataMs = cluster.options.clock.monotonicMs();
    this.#settings = {
      acks: options.acks,
      timeoutMs: options.requestTimeoutMs,
      topicIdOf: (topic) => cluster.known(topic)?.topicId,
    };
  }

  /** A queue has a new batch. */
  wake(queue: PartitionQueue): void {
    this.#active.add(queue);
    const dueMs = queue.dueMs(this.hurry);
    if (dueMs > this.#nowMs()) this.#arm(dueMs);
    else if (this.#options.isShared) this.#pumpNextTurn();
    else this.pump();
  }

  /** Lets everything that arrives in this turn of the loop join the batches first. */
  #pumpNextTurn(): void {
    if (this.#pumpIsComing) return;
    this.#pumpIsComing = true;
    void this.#cluster.options.timers.yield().then(() => {
      this.#pumpIsComing = false;
      this.pump();
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #nowMs(): number {
    return this.#cluster.options.clock.monotonicMs();
  }

  /** Sends what may be sent now and arms the timer for what may be sent later. */
  pump(): void {
    if (this.#closed) return;
    const nowMs = this.#nowMs();
    const ready = new Map<number, PartitionQueue[]>();
    let wakeMs = Infinity;
    for (const queue of this.#active) {
      this.#expire(queue, nowMs);
      if (queue.waiting.size === 0) {
        this.#active.delete(queue);
        continue;
      }
      const dueMs = queue.dueMs(this.hurry);
      wakeMs = Math.min(wakeMs, queue.expiresMs);
      if (dueMs > nowMs) {
        wakeMs = Math.min(wakeMs, dueMs);
        continue;
      }
      const leaderId = this.#leaderOf(queue);
      if (leaderId < 0) this.#metadataIsStale = true;
      else if (ready.has(leaderId)) ready.get(leaderId)!.push(queue);
      else ready.set(leaderId, [queue]);
    }
    if (this.#metadataIsStale || nowMs - this.#metadataMs > METADATA_MAX_AGE_MS) void this.#refreshMetadata();
    if (ready.size > 0 && this.#identity.isMissing) void this.#askIdentity();
    else {for (const [leaderId, queues] of ready) {
        wakeMs = Math.min(wakeMs, this.#feed(leaderId, queues, nowMs));
      }}
    this.#arm(wakeMs);
  }

  #leaderOf(queue: PartitionQueue): number {
    return this.#cluster.known(queue.topic)?.partitions[queue.partition]?.leaderId ?? -1;
  }

  /** Sends requests to one broker while it may have more; returns when to look again. */
  #feed(leaderId: number, queues: readonly PartitionQueue[], nowMs: number): number {
    let leader = this.#leaders.get(leaderId);
    if (leader === undefined) {
      leader = { connection: null, opening: false, failures: 0, notBeforeMs: 0, inFlight: 0 };
      this.#leaders.set(leaderId, leader);
    }
    if (leader.connection === null || leader.connection.closed) {
      if (leader.notBeforeMs > nowMs) return leader.notBeforeMs;
      if (!leader.opening) void this.#open(leaderId, leader);
      return Infinity;
    }
    let ready = [...queues];
    while (leader.inFlight < this.#options.maxInFlight && ready.length > 0) {
      const batches = this.#takeBatches(ready);
      void this.#transmit(leader, leader.connection, batches);
      ready = ready.filter((queue) => queue.dueMs(this.hurry) <= nowMs);
    }
    return Infinity;
  }

  /** One batch of each queue as far as they fit a request; queues that were served go to the end of the line. */
  #takeBatches(queues: readonly PartitionQueue[]): ProducerBatch[] {
    const batches: ProducerBatch[] = [];
    let bytes = 0;
    for (const queue of queues) {
      const head = queue.waiting.first()!;
      if (batches.length > 0 && bytes + head.sizeBytes > this.#options.maxRequestBytes) break;
      if (head.isOpen) this.#events.seal(head);
      bytes += head.sizeBytes;
      batches.push(queue.take(this.#identity.current));
      this.#active.delete(queue);
      if (queue.waiting.size > 0) this.#active.add(queue);
      this.#queues.set(head, queue);
    }
    return batches;
  }

  async #transmit(
    leader: Leader,
    connection: ClientConnection,
    batches: readonly ProducerBatch[],
  ): Promise<void> {
    leader.inFlight++;
    try {
      const { request, maxVersion, sizeBytes } = produceRequestOf(batches, this.#settings);
      const response = await connection.send(produce, request, {
        version: maxVersion,
        sizeHintBytes: sizeBytes,
        noResponse: this.#options.acks === 0,
      });
      leader.failures = 0;
      const answers = this.#options.acks === 0 ? null : answersIn(response, batches, this.#settings);
      batches.forEach((batch, index) => {
        const answer = answers === null ? unanswered : answers[index];
        if (answer) this.#onAnswer(batch, answer);
        else this.#onRefusal(batch, new Error("the broker's answer leaves it out"), { retriable: true });
      });
    } catch (error) {
      this.#onLostConnection(leader, batches, error);
    } finally {
      leader.inFlight--;
    }
    this.pump();
  }

  #onLostConnection(leader: Leader, batches: readonly ProducerBatch[], error: unknown): void {
    const reason = error instanceof Error ? error : new Error(messageOf(error));
    const retriable = isConnectionError(error);
    if (retriable) {
      this.#cluster.options.logger.warn("lost the connection to a broker", { reason: reason.message });
      this.#backOff(leader);
    }
    for (const batch of batches) this.#onRefusal(batch, reason, { retriable });
  }

  #backOff(leader: Leader): void {
    leader.failures++;
    leader.notBeforeMs = this.#nowMs() + this.#waitMs(leader.failures);
    this.#metadataIsStale = true;
  }

  #waitMs(attempt: number): number {
    const firstMs = this.#options.retryBackoffMs;
    return backoffMs(
      attempt,
      { firstMs, maxMs: Math.max(firstMs, MAX_BACKOFF_MS) },
      this.#cluster.options.random,
    );
  }

  #onAnswer(batch: ProducerBatch, answer: BatchAnswer): void {
    const { errorCode } = answer;
    // Stored by an earlier attempt whose answer was lost: all is well.
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      this.#queueOf(batch).answered(batch);
      this.#events.onDone(batch, null, answer);
      return;
    }
    if (batch.count > 1 && this.#mayHelpToSplit(errorCode)) return this.#split(batch);
    if (staleLeaderCodes.has(errorCode)) this.#metadataIsStale = true;
    const error = new BrokerError(`${batch.topic}-${batch.partition}`, errorCode, answer.errorMessage);
    const lostSequence = this.#options.idempotent && lostSequenceCodes.has(errorCode);
    this.#onRefusal(batch, error, { retriable: error.retriable || lostSequence, lostSequence, answer });
  }

  /** In halves, a batch may be small enough; or the half without the wrong record is taken. */
  #mayHelpToSplit(errorCode: number): boolean {
    return errorCode === ErrorCode.MESSAGE_TOO_LARGE ||
      (this.#options.isShared && wrongRecordCodes.has(errorCode));
  }

  #queueOf(batch: ProducerBatch): PartitionQueue {
    const queue = this.#queues.get(batch)!;
    this.#queues.delete(batch);
    return queue;
  }

  #onRefusal(
    batch: ProducerBatch,
    error: Error,
    why: { readonly retriable: boolean; readonly lostSequence?: boolean; readonly answer?: BatchAnswer },
  ): void {
    const queue = this.#queueOf(batch);
    queue.answered(batch);
    batch.lastError = error;
    batch.attempts++;
    if (!why.retriable || this.#closed) return this.#fail(queue, batch, error, why.answer);
    // Behind an earlier batch that was not stored, every later one is out of order: that alone is no loss.
    if (why.lostSequence === true && !queue.hasEarlier(batch)) queue.restartSequences();
    queue.notBeforeMs = this.#nowMs() + this.#waitMs(batch.attempts);
    this.#putBack(queue, [batch]);
  }

  #putBack(queue: PartitionQueue, batches: readonly ProducerBatch[]): void {
    queue.putBack(batches);
    if (queue.needsIdentity) {
      queue.needsIdentity = false;
      this.#identity.renew();
    }
    this.#active.add(queue);
  }

  #split(batch: ProducerBatch): void {
    const queue = this.#queueOf(batch);
    queue.answered(batch);
    const halves = batch.split(this.#options.compression);
    // Sent one after the other, so that nothing comes between them.
    for (const half of halves) half.attempts = Math.max(half.attempts, 1);
    this.#events.onSplit(batch, halves);
    this.#putBack(queue, halves);
  }

  #fail(queue: PartitionQueue, batch: ProducerBatch, error: Error, answer: BatchAnswer = unanswered): void {
    // The broker will miss the sequences of these records.
    if (batch.sequence !== null) queue.restartSequences();
    this.#events.onDone(batch, error, answer);
  }

  /** Gives up on batches that have waited too long. */
  #expire(queue: PartitionQueue, nowMs: number): void {
    while (queue.expiresMs <= nowMs) {
      const batch = queue.waiting.takeFirst()!;
      if (batch.isOpen) this.#events.seal(batch);
      const reason = batch.lastError === null ? "no leader was found" : messageOf(batch.lastError);
      const { deliveryTimeoutMs } = this.#options;
      const action = `${batch.topic}-${batch.partition}: not stored within ${deliveryTimeoutMs} ms`;
      this.#fail(queue, batch, new BrokerError(action, ErrorCode.REQUEST_TIMED_OUT, reason));
    }
  }

  async #open(leaderId: number, leader: Leader): Promise<void> {
    leader.opening = true;
    try {
      leader.connection = await this.#cluster.connectionTo(leaderId);
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(messageOf(error));
      this.#cluster.options.logger.warn("cannot connect to a broker", {
        broker: leaderId,
        reason: reason.message,
      });
      for (const queue of this.#active) {
        const head = queue.waiting.first();
        if (head !== undefined && this.#leaderOf(queue) === leaderId) head.lastError = reason;
      }
      this.#backOff(leader);
    } finally {
      leader.opening = false;
    }
    this.pump();
  }

  async #askIdentity(): Promise<void> {
    if (this.#askingIdentity) return;
    this.#askingIdentity = true;
    const failure = await this.#identity.ask(this.#options.requestTimeoutMs);
    if (failure !== null) {
      this.#onNoIdentity(failure);
      if (!failure.isFinal) await this.#cluster.options.timers.sleep(this.#waitMs(this.#identity.failures));
    }
    this.#askingIdentity = false;
    this.pump();
  }

  #onNoIdentity({ reason, isFinal }: IdentityFailure): void {
    for (const queue of [...this.#active]) {
      for (let head = queue.waiting.first(); head !== undefined; head = queue.waiting.first()) {
        head.lastError = reason;
        if (!isFinal) break;
        queue.waiting.takeFirst();
        if (head.isOpen) this.#events.seal(head);
        this.#fail(queue, head, reason);
      }
    }
  }

  async #refreshMetadata(): Promise<void> {
    if (this.#askingMetadata) return;
    this.#askingMetadata = true;
    const topics = new Set([...this.#active].map((queue) => queue.topic));
    try {
      if (topics.size > 0) this.#countMissing(await this.#cluster.refresh([...topics]));
      this.#metadataMs = this.#nowMs();
      this.#metadataIsStale = false;
      this.#events.onMetadata();
      const isComplete = [...this.#active].every((queue) => this.#leaderOf(queue) >= 0);
      if (isComplete) this.#metadataFailures = 0;
      else await this.#cluster.options.timers.sleep(this.#waitMs(++this.#metadataFailures));
    } catch (error) {
      this.#cluster.options.logger.warn("cannot look up the leaders", { reason: messageOf(error) });
      await this.#cluster.options.timers.sleep(this.#waitMs(++this.#metadataFailures));
    } finally {
      this.#askingMetadata = false;
    }
    this.pump();
  }

  #countMissing({ topics }: MetadataResponse): void {
    for (const { name, errorCode } of topics) {
      if (name === null) continue;
      const times = (this.#missing.get(name) ?? 0) + 1;
      if (errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) this.#missing.delete(name);
      else if (times < MISSING_LIMIT) this.#missing.set(name, times);
      else this.#giveUpTopic(name);
    }
  }

  #giveUpTopic(topic: string): void {
    this.#missing.delete(topic);
    this.#events.onTopicGone(topic);
    const code = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const error = new BrokerError(`topic "${topic}"`, code, "the topic is not there any more");
    for (const queue of [...this.#active]) {
      if (queue.topic !== topic) continue;
      for (let head = queue.waiting.takeFirst(); head !== undefined; head = queue.waiting.takeFirst()) {
        if (head.isOpen) this.#events.seal(head);
        this.#fail(queue, head, error);
      }
    }
  }

  #arm(atMs: number): void {
    if (this.#closed || atMs >= this.#timerMs) return;
    this.#timer?.cancel();
    this.#timerMs = atMs;
    this.#timer = this.#cluster.options.timers.after(Math.max(0, atMs - this.#nowMs()), () => {
      this.#timerMs = Infinity;
      this.#timer = null;
      this.pump();
    });
  }
}
