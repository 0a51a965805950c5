/**
 * Sends records to topics, in order and without duplicates unless told otherwise: what Kafka's Java client calls a
 * producer. Records gather in batches by partition; memory is bounded; every record has an outcome.
 */

import { assert } from "../../core/assert.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { BatchBuilder } from "../../records/batch_builder.ts";
import type { Cluster, TopicMetadata } from "../cluster.ts";
import { BrokerError } from "../errors.ts";
import { partitionOfKey, StickyPartitioner } from "../partitioner.ts";
import { ProducerBatch, recordBytes } from "./batch.ts";
import {
  defaultProducerOptions,
  type ProducerOptions,
  type ProducerRecord,
  type RecordCallback,
} from "./options.ts";
import { PartitionQueue } from "./queue.ts";
import type { BatchAnswer } from "./request.ts";
import { Sender } from "./sender.ts";

/** What a producer keeps of a topic it writes to. */
interface TopicWriter {
  readonly name: string;
  readonly queues: PartitionQueue[];
  readonly sticky: StickyPartitioner;
  partitionCount: number;
  /** Partitions that have a leader. */
  usable: readonly number[];
}

/** Builders that are kept for the next batches. */
const MAX_SPARE_BUILDERS = 16;

export class Producer {
  readonly #cluster: Cluster;
  readonly #options: ProducerOptions;
  readonly #sender: Sender;
  readonly #topics = new Map<string, TopicWriter>();
  readonly #opening = new Map<string, Promise<void>>();
  readonly #spareBuilders: BatchBuilder[] = [];
  readonly #waitingForRoom: (() => void)[] = [];
  readonly #waitingForAll: (() => void)[] = [];
  #bufferedBytes = 0;
  #pendingBatches = 0;
  #nextOrder = 0;
  #closed = false;

  constructor(cluster: Cluster, options: Partial<ProducerOptions> = {}) {
    this.#cluster = cluster;
    const acks = options.acks ?? defaultProducerOptions.acks;
    this.#options = { ...defaultProducerOptions, idempotent: acks === -1, ...options };
    assert(!this.#options.idempotent || acks === -1, "an idempotent producer waits for all replicas");
    assert(!this.#options.idempotent || this.#options.maxInFlight <= 5, "a broker remembers five batches");
    this.#sender = new Sender(cluster, this.#options, {
      seal: (batch) => this.#seal(batch),
      onSplit: (batch, halves) => {
        for (const half of halves) this.#bufferedBytes += half.sizeBytes;
        this.#bufferedBytes -= batch.sizeBytes;
        this.#pendingBatches += halves.length - 1;
      },
      onDone: (batch, error, answer) => this.#onDone(batch, error, answer),
      onMetadata: () => this.#onMetadata(),
      onTopicGone: (topic) => this.#topics.delete(topic),
    });
  }

  /** What waits to be stored, in bytes. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /**
   * Takes a record, most often at once. When it returns a promise, the topic must be looked up or memory is full:
   * await it before sending more; it rejects with `BrokerError` or `UnreachableError` when the topic is not to be
   * had. What becomes of the record is told to `callback` and in the delivery reports.
   */
  send(topic: string, record: ProducerRecord, callback?: RecordCallback): Promise<void> | undefined {
    assert(!this.#closed, "a record is sent before the producer is closed");
    const writer = this.#topics.get(topic);
    if (writer !== undefined && this.#bufferedBytes < this.#options.bufferBytes) {
      this.#add(writer, record, callback);
      return undefined;
    }
    return this.#sendLater(topic, record, callback);
  }

  async #sendLater(
    topic: string,
    record: ProducerRecord,
    callback: RecordCallback | undefined,
  ): Promise<void> {
    if (!this.#topics.has(topic)) await this.#openTopic(topic);
    while (this.#bufferedBytes >= this.#options.bufferBytes) {
      await new Promise<void>((resolve) => {
        this.#waitingForRoom.push(resolve);
        this.#hurry();
      });
    }
    this.#add(this.#topics.get(topic)!, record, callback);
  }

  /** Resolves when every record that was taken so far is stored or has failed. */
  async flush(): Promise<void> {
    if (this.#pendingBatches === 0) return;
    const done = new Promise<void>((resolve) => this.#waitingForAll.push(resolve));
    this.#hurry();
    await done;
  }

  /** Waits for what was taken and takes no more. The cluster stays open. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    this.#sender.close();
  }

  /** Stops at once; what was not stored yet has no outcome. */
  abort(): void {
    this.#closed = true;
    this.#sender.close();
  }

  #hurry(): void {
    this.#sender.hurry = true;
    this.#sender.pump();
  }

  async #openTopic(name: string): Promise<void> {
    let opening = this.#opening.get(name);
    if (opening === undefined) {
      opening = this.#lookUp(name).finally(() => this.#opening.delete(name));
      this.#opening.set(name, opening);
    }
    await opening;
  }

  async #lookUp(name: string): Promise<void> {
    const metadata = await this.#cluster.topic(name, { allowAutoCreate: this.#options.createsTopics });
    const sticky = new StickyPartitioner(this.#cluster.options.random, this.#options.batchBytes);
    const writer: TopicWriter = { name, queues: [], sticky, partitionCount: 0, usable: [] };
    this.#update(writer, metadata);
    this.#topics.set(name, writer);
  }

  #onMetadata(): void {
    for (const writer of this.#topics.values()) {
      const metadata = this.#cluster.known(writer.name);
      if (metadata !== undefined) this.#update(writer, metadata);
    }
  }

  #update(writer: TopicWriter, { partitions }: TopicMetadata): void {
    writer.partitionCount = Math.max(writer.partitionCount, partitions.length);
    writer.usable = partitions.filter((one) => one.leaderId >= 0).map((one) => one.index);
    writer.sticky.moveOn();
    const { idempotent, lingerMs, deliveryTimeoutMs, acks } = this.#options;
    const options = { idempotent, lingerMs, deliveryTimeoutMs, answered: acks !== 0 };
    while (writer.queues.length < writer.partitionCount) {
      writer.queues.push(new PartitionQueue(writer.name, writer.queues.length, options));
    }
  }

  #add(writer: TopicWriter, record: ProducerRecord, callback: RecordCallback | undefined): void {
    const bytes = recordBytes(record);
    const { partitionCount } = writer;
    const partition = record.partition ??
      (record.key !== null
        ? partitionOfKey(record.key, partitionCount)
        : writer.sticky.next(bytes, writer.usable, partitionCount));
    const queue = writer.queues[partition];
    if (queue === undefined || bytes > this.#options.maxRequestBytes) {
      return this.#refuse(writer, partition, bytes, callback);
    }
    const open = queue.open;
    const fits = open !== undefined && open.sizeBytes + bytes <= this.#options.batchBytes;
    if (open !== undefined && !fits) this.#seal(open);
    const batch = fits ? open : this.#newBatch(queue);
    const before = batch.sizeBytes;
    batch.append(record, record.timestamp ?? this.#cluster.options.clock.wallMs(), callback);
    this.#bufferedBytes += batch.sizeBytes - before;
    if (!fits) this.#sender.wake(queue);
  }

  #refuse(
    { name, partitionCount }: TopicWriter,
    partition: number,
    bytes: number,
    callback: RecordCallback | undefined,
  ): void {
    const { maxRequestBytes } = this.#options;
    const error = partition >= partitionCount
      ? new BrokerError(
        `${name}-${partition}`,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        `there is no such partition; the topic has ${partitionCount}`,
      )
      : new BrokerError(
        `${name}-${partition}`,
        ErrorCode.MESSAGE_TOO_LARGE,
        `a record of about ${bytes} bytes is larger than ${maxRequestBytes}`,
      );
    this.#options.onDelivery?.({ topic: name, partition, count: 1, baseOffset: -1, error });
    callback?.({ partition, offset: -1, logAppendTimeMs: -1, error });
  }

  #newBatch(queue: PartitionQueue): ProducerBatch {
    const { topic, partition } = queue;
    const { compression } = this.#options;
    const builder = this.#spareBuilders.pop() ?? new BatchBuilder();
    builder.reset({ compression });
    const createdMs = this.#cluster.options.clock.monotonicMs();
    const batch = new ProducerBatch(
      { topic, partition, createdMs, createdOrder: this.#nextOrder++ },
      builder,
    );
    this.#bufferedBytes += batch.sizeBytes;
    this.#pendingBatches++;
    queue.waiting.pushLast(batch);
    return batch;
  }

  #seal(batch: ProducerBatch): void {
    const before = batch.sizeBytes;
    const builder = batch.seal();
    this.#bufferedBytes += batch.sizeBytes - before;
    if (this.#spareBuilders.length < MAX_SPARE_BUILDERS) this.#spareBuilders.push(builder);
  }

  #onDone(batch: ProducerBatch, error: Error | null, answer: BatchAnswer): void {
    this.#bufferedBytes -= batch.sizeBytes;
    this.#pendingBatches--;
    const { topic, partition, count } = batch;
    const { baseOffset, logAppendTimeMs, recordErrors } = answer;
    this.#options.onDelivery?.({ topic, partition, count, baseOffset, error });
    batch.callbacks?.forEach((callback, index) => {
      const own = recordErrors.get(index);
      const why = error !== null && own ? withDetail(error, `${topic}-${partition}`, own) : error;
      const offset = why === null && baseOffset >= 0 ? baseOffset + index : -1;
      callback?.({ partition, offset, logAppendTimeMs, error: why });
    });
    this.#wakeWaiting();
  }

  #wakeWaiting(): void {
    if (this.#bufferedBytes < this.#options.bufferBytes) {
      for (const resolve of this.#waitingForRoom.splice(0)) resolve();
    }
    if (this.#pendingBatches === 0) { for (const resolve of this.#waitingForAll.splice(0)) resolve(); }
    this.#sender.hurry = this.#waitingForAll.length > 0 || this.#waitingForRoom.length > 0;
  }
}

function withDetail(error: Error, place: string, detail: string): Error {
  return error instanceof BrokerError
    ? new BrokerError(place, error.code, detail)
    : new Error(`${error.message}: ${detail}`);
}
