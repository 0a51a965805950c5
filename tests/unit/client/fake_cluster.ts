/**
 * Brokers for the tests of the client: they listen on a network in memory, keep batches as they came, check the
 * sequences of idempotent producers as Kafka does (KIP-98), and fail when a test tells them to.
 */

import { ByteReader, ByteWriter } from "../../../src/core/bytes.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { Cluster, type ClusterOptions } from "../../../src/client/cluster.ts";
import { systemClock, systemTimers } from "../../../src/platform/adapters/system_time.ts";
import { systemRandom } from "../../../src/platform/adapters/system_random.ts";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import type { Address, Connection, Listener } from "../../../src/platform/network.ts";
import { codecOf, isFlexible } from "../../../src/protocol/codec.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { requestHeader } from "../../../src/protocol/header.ts";
import { fetch } from "../../../src/protocol/messages/01_fetch.ts";
import { produce } from "../../../src/protocol/messages/00_produce.ts";
import { listOffsets } from "../../../src/protocol/messages/02_list_offsets.ts";
import { metadata } from "../../../src/protocol/messages/03_metadata.ts";
import { apiVersions } from "../../../src/protocol/messages/18_api_versions.ts";
import { initProducerId } from "../../../src/protocol/messages/22_init_producer_id.ts";
import type { Api, Decoded, Encodable } from "../../../src/protocol/schema.ts";
import { BatchView, setBaseOffset, verifyBatch } from "../../../src/records/batch.ts";
import { recordsOf } from "../../../src/records/record.ts";

/** What a broker does with a request instead of answering it. */
export type Misbehaviour = "close" | "store and close" | "never answer";

export interface FakePartition {
  leader: number;
  leaderEpoch: number;
  logStartOffset: number;
  readonly batches: Uint8Array[];
  /** Producer id to epoch and the last sequences that are remembered. */
  readonly producers: Map<
    number,
    { epoch: number; ranges: { first: number; last: number; offset: number }[] }
  >;
}

export interface FakeTopic {
  readonly topicId: string;
  readonly partitions: FakePartition[];
}

type Handler = (request: never, brokerId: number) => unknown;

export class FakeCluster {
  readonly network = new MemoryNetwork();
  readonly topics = new Map<string, FakeTopic>();
  readonly addresses: Address[] = [];
  /** How often each API was asked, by name. */
  readonly asked = new Map<string, number>();
  /** Decides about a partition of a Produce request before it is stored: an error code, or undefined to store it. */
  onProduce: (
    place: { topic: string; partition: number; batch: BatchView; brokerId: number },
  ) => number | undefined = () => undefined;
  /** Decides about a whole request before it is handled. */
  onRequest: (api: Api, brokerId: number) => Misbehaviour | undefined = () => undefined;
  maxProduceVersion = produce.request.versions.max;
  maxBatchBytes = 1_048_588;
  /** The largest offset that anybody has asked for in a fetch. */
  furthestFetch = -1;
  nextProducerId = 4000;
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<Connection>();
  readonly #handlers = new Map<number, { api: Api; handle: Handler }>();

  constructor(brokerCount = 1) {
    for (let id = 0; id < brokerCount; id++) this.#listen(id);
    this.handle(metadata, (request) => this.#metadata(request));
    this.handle(initProducerId, () => ({
      errorCode: ErrorCode.NONE,
      producerId: this.nextProducerId++,
      producerEpoch: 0,
    }));
    this.handle(produce, (request, brokerId) => this.#produce(request, brokerId));
    this.handle(listOffsets, (request) => this.#listOffsets(request));
    this.handle(fetch, (request, brokerId) => this.#fetch(request, brokerId));
  }

  /** Sets what answers an API. */
  handle<A extends Api>(
    api: A,
    handle: (
      request: Decoded<A["request"]>,
      brokerId: number,
    ) => Encodable<A["response"]> | Promise<Encodable<A["response"]>>,
  ): void {
    this.#handlers.set(api.key, { api, handle: handle as unknown as Handler });
  }

  createTopic(name: string, leaders: readonly number[] = [0]): FakeTopic {
    const topic: FakeTopic = {
      topicId: `AAAAAAAAAAAAAAAAAAA${String(this.topics.size).padStart(2, "A")}A`,
      partitions: leaders.map((leader) => ({
        leader,
        leaderEpoch: 0,
        logStartOffset: 0,
        batches: [],
        producers: new Map(),
      })),
    };
    this.topics.set(name, topic);
    return topic;
  }

  partition(topic: string, index = 0): FakePartition {
    return this.topics.get(topic)!.partitions[index]!;
  }

  /** The values that a partition holds, as text. */
  values(topic: string, index = 0): string[] {
    const texts: string[] = [];
    for (const bytes of this.partition(topic, index).batches) {
      for (const { value } of recordsOf(new BatchView(bytes))) {
        texts.push(value === null ? "(null)" : new TextDecoder().decode(value));
      }
    }
    return texts;
  }

  client(options: Partial<ClusterOptions> = {}): Cluster {
    return new Cluster({
      network: this.network,
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      logger: silentLogger,
      bootstrap: [this.addresses[0]!],
      clientId: "test",
      softwareVersion: "0",
      requestTimeoutMs: 5_000,
      connectTimeoutMs: 5_000,
      ...options,
    });
  }

  /** Breaks every connection there is; the brokers go on listening. */
  breakConnections(): void {
    for (const connection of this.#connections) connection.close();
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.breakConnections();
  }

  #listen(id: number): void {
    const listener = this.network.listen({ host: `broker-${id}`, port: 0 });
    this.addresses.push(listener.address);
    this.#listeners.push(listener);
    void (async () => {
      for (
        let connection = await listener.accept();
        connection !== null;
        connection = await listener.accept()
      ) {
        void this.#serve(connection, id);
      }
    })();
  }

  async #serve(connection: Connection, brokerId: number): Promise<void> {
    this.#connections.add(connection);
    let held = new Uint8Array(0);
    const part = new Uint8Array(65536);
    try {
      while (true) {
        while (held.length >= 4) {
          const length = new DataView(held.buffer, held.byteOffset).getInt32(0);
          if (held.length < 4 + length) break;
          const frame = held.slice(4, 4 + length);
          held = held.slice(4 + length);
          const answer = await this.#answer(frame, brokerId);
          if (answer === "close") return;
          if (answer !== null) await connection.write(answer);
        }
        const count = await connection.read(part);
        if (count === 0) return;
        const joined = new Uint8Array(held.length + count);
        joined.set(held);
        joined.set(part.subarray(0, count), held.length);
        held = joined;
      }
    } catch {
      // The client closed the connection.
    } finally {
      this.#connections.delete(connection);
      connection.close();
    }
  }

  async #answer(frame: Uint8Array, brokerId: number): Promise<Uint8Array | "close" | null> {
    const key = new DataView(frame.buffer).getInt16(0);
    const version = new DataView(frame.buffer).getInt16(2);
    const api = key === apiVersions.key ? apiVersions : this.#handlers.get(key)!.api;
    const reader = new ByteReader(frame);
    const header = codecOf(requestHeader, isFlexible(api.request, version) ? 2 : 1).decode(reader);
    const request = codecOf(api.request, version).decode(reader);
    this.asked.set(api.name, (this.asked.get(api.name) ?? 0) + 1);
    const misbehaviour = this.onRequest(api, brokerId);
    if (misbehaviour === "close") return "close";
    if (misbehaviour === "never answer") return null;
    const response = key === apiVersions.key
      ? this.#apiVersions()
      : await this.#handlers.get(key)!.handle(request as never, brokerId);
    if (misbehaviour === "store and close") return "close";
    if (key === produce.key && (request as Decoded<typeof produce.request>).acks === 0) return null;
    const writer = new ByteWriter();
    writer.writeInt32(0);
    writer.writeInt32(header.correlationId);
    if (isFlexible(api.response, version) && key !== apiVersions.key) writer.writeUvarint(0);
    codecOf(api.response, version).encode(writer, response as never);
    writer.setInt32(0, writer.position - 4);
    return writer.written;
  }

  #apiVersions(): Encodable<typeof apiVersions.response> {
    const apiKeys = [...this.#handlers.values()].map(({ api }) => ({
      apiKey: api.key,
      minVersion: api.request.versions.min,
      maxVersion: api.key === produce.key ? this.maxProduceVersion : api.request.versions.max,
    }));
    return { errorCode: ErrorCode.NONE, apiKeys };
  }

  #metadata(request: Decoded<typeof metadata.request>): Encodable<typeof metadata.response> {
    const names = request.topics?.map((one) => one.name!) ?? [...this.topics.keys()];
    return {
      brokers: this.addresses.map(({ host, port }, nodeId) => ({ nodeId, host, port })),
      clusterId: "fake",
      controllerId: 0,
      topics: names.map((name) => {
        if (!this.topics.has(name) && request.allowAutoTopicCreation) this.createTopic(name);
        const topic = this.topics.get(name);
        if (topic === undefined) {
          return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, partitions: [] };
        }
        const partitions = topic.partitions.map(({ leader, leaderEpoch }, partitionIndex) => ({
          errorCode: leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
          partitionIndex,
          leaderId: leader,
          leaderEpoch,
          replicaNodes: [0],
          isrNodes: [0],
        }));
        return { errorCode: ErrorCode.NONE, name, topicId: topic.topicId, partitions };
      }),
    };
  }

  #find(name: string, topicId: string): [string, FakeTopic] | undefined {
    return [...this.topics].find(([known, topic]) => known === name || topic.topicId === topicId);
  }

  #produce(request: Decoded<typeof produce.request>, brokerId: number): Encodable<typeof produce.response> {
    const responses = request.topicData.map(({ name, topicId, partitionData }) => {
      const [topic = name] = this.#find(name, topicId) ?? [];
      const partitionResponses = partitionData.map(({ index, records }) => ({
        index,
        ...this.#append({ topic, partition: index, brokerId }, records!),
      }));
      return { name, topicId, partitionResponses };
    });
    return { responses };
  }

  #append(place: { topic: string; partition: number; brokerId: number }, bytes: Uint8Array) {
    const refused = (errorCode: number) => ({ errorCode, baseOffset: -1 });
    const batch = new BatchView(bytes);
    if (verifyBatch(bytes, 0, { dense: true }) !== null) return refused(ErrorCode.CORRUPT_MESSAGE);
    const injected = this.onProduce({ ...place, batch });
    if (injected !== undefined) return refused(injected);
    const partition = this.topics.get(place.topic)?.partitions[place.partition];
    if (partition === undefined) return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    if (partition.leader !== place.brokerId) return refused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    if (bytes.length > this.maxBatchBytes) return refused(ErrorCode.MESSAGE_TOO_LARGE);
    const baseOffset = endOffsetOf(partition);
    if (batch.producerId >= 0) {
      const refusal = checkSequence(partition, batch, baseOffset);
      if (refusal !== null) return refusal;
    }
    const stored = bytes.slice();
    setBaseOffset(stored, 0, baseOffset);
    partition.batches.push(stored);
    return { errorCode: ErrorCode.NONE, baseOffset };
  }

  #listOffsets(request: Decoded<typeof listOffsets.request>): Encodable<typeof listOffsets.response> {
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => {
        const partition = this.partition(name, partitionIndex);
        const found = partition.batches.map((bytes) => new BatchView(bytes))
          .find((batch) => timestamp >= 0 && batch.maxTimestamp >= timestamp);
        const offset = timestamp === -1
          ? endOffsetOf(partition)
          : timestamp === -2
          ? partition.logStartOffset
          : found?.baseOffset ?? -1;
        return { partitionIndex, errorCode: ErrorCode.NONE, offset };
      }),
    }));
    return { topics };
  }

  async #fetch(
    request: Decoded<typeof fetch.request>,
    brokerId: number,
  ): Promise<Encodable<typeof fetch.response>> {
    const read = () =>
      request.topics.map(({ topic: name, topicId, partitions }) => {
        const [, topic] = this.#find(name, topicId) ?? [];
        return {
          topic: name,
          topicId,
          partitions: partitions.map((one) => this.#read(topic?.partitions[one.partition], one, brokerId)),
        };
      });
    let responses = read();
    const isEmpty = () =>
      responses.every((topic) =>
        topic.partitions.every((one) => one.records.length === 0 && one.errorCode === 0)
      );
    for (let waitedMs = 0; isEmpty() && waitedMs < request.maxWaitMs; waitedMs += 5) {
      await systemTimers.sleep(5);
      responses = read();
    }
    return { errorCode: ErrorCode.NONE, responses };
  }

  #read(
    partition: FakePartition | undefined,
    asked: { partition: number; fetchOffset: number },
    brokerId: number,
  ) {
    const answer = (errorCode: number, records = new Uint8Array(0)) => ({
      partitionIndex: asked.partition,
      errorCode,
      highWatermark: partition === undefined ? -1 : endOffsetOf(partition),
      logStartOffset: partition?.logStartOffset ?? -1,
      abortedTransactions: null,
      records,
    });
    this.furthestFetch = Math.max(this.furthestFetch, asked.fetchOffset);
    if (partition === undefined) return answer(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    if (partition.leader !== brokerId) return answer(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    if (asked.fetchOffset < partition.logStartOffset || asked.fetchOffset > endOffsetOf(partition)) {
      return answer(ErrorCode.OFFSET_OUT_OF_RANGE);
    }
    const found = partition.batches.filter((bytes) => new BatchView(bytes).lastOffset >= asked.fetchOffset)
      .slice(0, 2);
    const records = new Uint8Array(found.reduce((sum, bytes) => sum + bytes.length, 0));
    let at = 0;
    for (const bytes of found) {
      records.set(bytes, at);
      at += bytes.length;
    }
    return answer(ErrorCode.NONE, records);
  }
}

export function endOffsetOf({ batches, logStartOffset }: FakePartition): number {
  const last = batches.at(-1);
  return last === undefined ? logStartOffset : new BatchView(last).nextOffset;
}

/** Kafka's rules: the epoch must not go back, the first sequence must follow the last, and five batches are remembered. */
function checkSequence({ producers }: FakePartition, batch: BatchView, offset: number) {
  const state = producers.get(batch.producerId);
  const range = { first: batch.baseSequence, last: batch.lastSequence, offset };
  if (state === undefined || batch.producerEpoch > state.epoch) {
    if (batch.baseSequence !== 0) {
      return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 };
    }
    producers.set(batch.producerId, { epoch: batch.producerEpoch, ranges: [range] });
    return null;
  }
  if (batch.producerEpoch < state.epoch) {
    return { errorCode: ErrorCode.INVALID_PRODUCER_EPOCH, baseOffset: -1 };
  }
  const known = state.ranges.find((one) => one.first === range.first && one.last === range.last);
  if (known !== undefined) return { errorCode: ErrorCode.NONE, baseOffset: known.offset };
  if (batch.baseSequence !== (state.ranges.at(-1)!.last + 1) % 2147483648) {
    return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 };
  }
  state.ranges.push(range);
  if (state.ranges.length > 5) state.ranges.shift();
  return null;
}
