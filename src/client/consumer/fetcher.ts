/**
 * Reads partitions that it is given, from all their leaders at once: one long poll at each broker, and the answers in
 * a queue of bounded size. It knows nothing of groups; whoever does gives it partitions and takes them away.
 */

import { Deque } from "../../core/deque.ts";
import { DecodeError, messageOf } from "../../core/errors.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { fetch } from "../../protocol/messages/01_fetch.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";
import { BrokerError, isConnectionError, UnreachableError } from "../errors.ts";
import { Gate } from "../gate.ts";
import type { TopicPartition } from "../leaders.ts";
import { EARLIEST, findOffsets, LATEST } from "../offsets.ts";
import { answerFor, type FetchPlace, fetchRequestOf, type PartitionAnswer } from "./fetch_request.ts";
import { FetchedRecords } from "./fetched.ts";
import { defaultFetcherOptions, type FetcherOptions } from "./options.ts";

/** A partition that is read. */
interface Reading extends FetchPlace {
  offset: number;
  leaderEpoch: number;
  leaderId: number;
  /** Not asked for before, on the monotonic clock. */
  notBeforeMs: number;
  failures: number;
}

const MAX_BACKOFF_MS = 1_000;
/** A topic that is gone this many times in a row when its leaders are looked up is gone. */
const MISSING_LIMIT = 5;

export class Fetcher {
  readonly #cluster: Cluster;
  readonly #options: FetcherOptions;
  readonly #readings = new Map<string, Reading>();
  /** The brokers that are being asked. */
  readonly #asking = new Set<number>();
  readonly #queue = new Deque<FetchedRecords>();
  readonly #news = new Gate();
  readonly #room = new Gate();
  #bufferedBytes = 0;
  #failure: Error | null = null;
  #closed = false;
  #lookingUp = false;
  #failingSinceMs: number | null = null;
  readonly #missing = new Map<string, number>();

  constructor(cluster: Cluster, options: Partial<FetcherOptions> = {}) {
    this.#cluster = cluster;
    this.#options = { ...defaultFetcherOptions, ...options };
  }

  /** Begins to read a partition at `offset`. */
  add({ topic, partition }: TopicPartition, offset: number): void {
    const place = this.#cluster.known(topic)?.partitions[partition];
    this.#readings.set(keyOf({ topic, partition }), {
      topic,
      partition,
      offset,
      leaderEpoch: place?.leaderEpoch ?? -1,
      leaderId: place?.leaderId ?? -1,
      notBeforeMs: 0,
      failures: 0,
    });
    this.#askAll();
  }

  /** Stops reading a partition; what was fetched of it is not given out any more. */
  remove(place: TopicPartition): void {
    this.#readings.delete(keyOf(place));
  }

  /**
   * The next records of any partition, waiting for them. Null once the fetcher is closed. Rejects when a partition
   * cannot be read: `BrokerError`, `UnreachableError`, or `DecodeError` for damaged batches.
   */
  async next(): Promise<FetchedRecords | null> {
    while (true) {
      if (this.#closed) return null;
      const fetched = this.#queue.takeFirst();
      if (fetched !== undefined) {
        this.#bufferedBytes -= fetched.sizeBytes;
        this.#room.open();
        if (this.#readings.has(keyOf(fetched))) return fetched;
        continue;
      }
      if (this.#failure !== null) throw this.#failure;
      await this.#news.wait();
    }
  }

  close(): void {
    this.#closed = true;
    this.#queue.clear();
    this.#news.open();
    this.#room.open();
  }

  get #ended(): boolean {
    return this.#closed || this.#failure !== null;
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(messageOf(error));
    this.#news.open();
    this.#room.open();
  }

  /** Sees to it that every leader of a partition is asked. */
  #askAll(): void {
    if (this.#ended) return;
    let needsLeaders = false;
    for (const { leaderId } of this.#readings.values()) {
      if (leaderId < 0) needsLeaders = true;
      else if (!this.#asking.has(leaderId)) {
        this.#asking.add(leaderId);
        this.#askBroker(leaderId).catch((error) => this.#fail(error));
      }
    }
    if (needsLeaders) this.#findLeaders();
  }

  /** Asks one broker again and again, as long as it leads a partition that is read. */
  async #askBroker(brokerId: number): Promise<void> {
    const { timers } = this.#cluster.options;
    try {
      while (!this.#ended) {
        if (this.#bufferedBytes >= this.#options.maxBufferedBytes) {
          await this.#room.wait();
          continue;
        }
        const nowMs = this.#nowMs();
        const led = [...this.#readings.values()].filter((one) => one.leaderId === brokerId);
        if (led.length === 0) return;
        const due = led.filter((one) => one.notBeforeMs <= nowMs);
        if (due.length > 0) await this.#fetchFrom(brokerId, due);
        else await timers.sleep(Math.min(...led.map((one) => one.notBeforeMs)) - nowMs);
      }
    } finally {
      this.#asking.delete(brokerId);
    }
    this.#askAll();
  }

  #nowMs(): number {
    return this.#cluster.options.clock.monotonicMs();
  }

  async #fetchFrom(brokerId: number, places: readonly Reading[]): Promise<void> {
    const topicIdOf = (topic: string) => this.#cluster.known(topic)?.topicId;
    const { request, maxVersion } = fetchRequestOf(places, topicIdOf, this.#options);
    const asked = places.map((reading) => ({ reading, offset: reading.offset }));
    let response;
    try {
      response = await this.#cluster.send(brokerId, fetch, request, {
        version: maxVersion,
        timeoutMs: this.#options.maxWaitMs + this.#cluster.options.requestTimeoutMs,
      });
      this.#failingSinceMs = null;
    } catch (error) {
      if (this.#ended) return;
      if (!isConnectionError(error)) throw error;
      return this.#onLostBroker(brokerId, error);
    }
    if (response.errorCode !== ErrorCode.NONE) throw new BrokerError("fetch", response.errorCode);
    const stale: Reading[] = [];
    for (const { reading, offset } of asked) {
      const answer = answerFor(reading, response, topicIdOf);
      const isStillRead = this.#readings.get(keyOf(reading)) === reading && reading.offset === offset;
      if (answer === undefined || !isStillRead) continue;
      if (answer.errorCode === ErrorCode.NONE) this.#take(reading, answer);
      else if (answer.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) await this.#reset(reading);
      else this.#onRefusal(reading, answer, stale);
    }
    if (stale.length > 0) this.#findLeaders();
  }

  #take(reading: Reading, answer: PartitionAnswer): void {
    reading.failures = 0;
    if (answer.records === null || answer.records.length === 0) return;
    const isCommitted = this.#options.isolation === "read_committed";
    const fetched = new FetchedRecords(reading, {
      records: answer.records,
      fromOffset: reading.offset,
      highWatermark: answer.highWatermark,
      abortedTransactions: isCommitted ? answer.abortedTransactions ?? [] : null,
    });
    if (fetched.isEmpty) throw new DecodeError(`read ${keyOf(reading)}: an answer without a whole batch`);
    reading.offset = fetched.nextOffset;
    // Partitions that gave something stand behind the others when the next answer is full before all had a turn.
    this.#readings.delete(keyOf(reading));
    this.#readings.set(keyOf(reading), reading);
    this.#queue.pushLast(fetched);
    this.#bufferedBytes += fetched.sizeBytes;
    this.#news.open();
  }

  #onRefusal(reading: Reading, { errorCode }: PartitionAnswer, stale: Reading[]): void {
    const refusal = new BrokerError(`fetch ${keyOf(reading)}`, errorCode);
    if (!refusal.retriable) throw refusal;
    this.#cluster.options.logger.debug("a fetch was refused", { reason: refusal.message });
    this.#backOff(reading);
    reading.leaderId = -1;
    stale.push(reading);
  }

  #backOff(reading: Reading): void {
    reading.failures++;
    reading.notBeforeMs = this.#nowMs() + this.#waitMs(reading.failures);
  }

  #waitMs(attempt: number): number {
    const firstMs = this.#options.retryBackoffMs;
    return backoffMs(
      attempt,
      { firstMs, maxMs: Math.max(firstMs, MAX_BACKOFF_MS) },
      this.#cluster.options.random,
    );
  }

  /** The offset is not there: goes on where the options say. */
  async #reset(reading: Reading): Promise<void> {
    const from = reading.offset;
    const { outOfRange, isolation } = this.#options;
    const timestamp = outOfRange === "end" ? LATEST : EARLIEST;
    const [found] = await findOffsets(this.#cluster, [{ ...reading, timestamp }], { isolation });
    if (outOfRange === "fail" || found === undefined) {
      throw new BrokerError(
        `fetch ${keyOf(reading)}`,
        ErrorCode.OFFSET_OUT_OF_RANGE,
        `offset ${from} is not there`,
      );
    }
    reading.offset = found.offset;
    this.#options.onReset?.(reading, from, found.offset);
  }

  #onLostBroker(brokerId: number, error: unknown): void {
    const reason = messageOf(error);
    this.#failingSinceMs ??= this.#nowMs();
    if (this.#nowMs() - this.#failingSinceMs > this.#options.patienceMs) throw new UnreachableError(reason);
    this.#cluster.options.logger.warn("lost the connection to a broker", { broker: brokerId, reason });
    for (const reading of this.#readings.values()) {
      if (reading.leaderId !== brokerId) continue;
      this.#backOff(reading);
      reading.leaderId = -1;
    }
    this.#findLeaders();
  }

  /** Looks up the leaders of the partitions that have none, until all have one. */
  #findLeaders(): void {
    if (this.#lookingUp) return;
    this.#lookingUp = true;
    const lookedUp = this.#lookUpLeaders().finally(() => {
      this.#lookingUp = false;
      this.#askAll();
    });
    lookedUp.catch((error) => this.#fail(error));
  }

  async #lookUpLeaders(): Promise<void> {
    for (let attempt = 1; !this.#ended; attempt++) {
      const lost = [...this.#readings.values()].filter((one) => one.leaderId < 0);
      if (lost.length === 0) return;
      await this.#refresh(new Set(lost.map((one) => one.topic)));
      for (const reading of lost) {
        const found = this.#cluster.known(reading.topic)?.partitions[reading.partition];
        if (found === undefined) continue;
        reading.leaderId = found.leaderId;
        reading.leaderEpoch = found.leaderEpoch;
      }
      if (lost.every((one) => one.leaderId >= 0)) return;
      this.#askAll();
      await this.#cluster.options.timers.sleep(this.#waitMs(attempt));
    }
  }

  async #refresh(topics: ReadonlySet<string>): Promise<void> {
    try {
      const response = await this.#cluster.refresh([...topics]);
      for (const { name, errorCode } of response.topics) {
        if (name === null) continue;
        const isMissing = errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        const times = isMissing ? (this.#missing.get(name) ?? 0) + 1 : 0;
        this.#missing.set(name, times);
        if (times < MISSING_LIMIT) continue;
        throw new BrokerError(`topic "${name}"`, errorCode, "the topic is not there any more");
      }
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      this.#failingSinceMs ??= this.#nowMs();
      if (this.#nowMs() - this.#failingSinceMs > this.#options.patienceMs) throw error;
    }
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
