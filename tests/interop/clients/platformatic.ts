/** @platformatic/kafka, in this process. It sends only the newest versions of most requests. */

import { Buffer } from "node:buffer";
import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  type KafkaRecord,
  type ProduceOptions,
  Producer,
  type RecordsBatch,
} from "@platformatic/kafka";
import { compressionNames } from "../../../src/records/compression/codec.ts";
import type {
  AdminOperations,
  ClientKind,
  ConsumeTarget,
  InteropClient,
  Point,
  ReadRecord,
  SentRecord,
} from "./client.ts";
import { lossless, type ProduceTarget } from "./client.ts";

const TOPIC = ConfigResourceTypes.TOPIC;
const BROKER = ConfigResourceTypes.BROKER;
/** Operations of IncrementalAlterConfigs. */
const SET = 0;
const DELETE = 1;

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

/** A Map of Buffers: names may repeat, because two Buffers are never the same key. */
function headersOf({ headers }: SentRecord): Map<Buffer, Buffer> {
  return new Map(headers.map(([name, value]) => [Buffer.from(name), bufferOf(value) as Buffer]));
}

function toRecord(batch: RecordsBatch, record: KafkaRecord): ReadRecord {
  const copy = (bytes: Buffer | null) => bytes === null ? null : new Uint8Array(bytes);
  return {
    offset: Number(batch.firstOffset) + record.offsetDelta,
    timestamp: Number(batch.firstTimestamp + record.timestampDelta),
    key: copy(record.key),
    value: copy(record.value),
    headers: record.headers.map(([name, value]) => [String(name), copy(value)]),
  };
}

class PlatformaticClient implements InteropClient {
  readonly name = "@platformatic/kafka";
  readonly codecs = compressionNames;
  readonly setsTimestamps = lossless.setsTimestamps;
  readonly canSend = lossless.canSend;
  readonly canSee = lossless.canSee;
  readonly admin: Partial<AdminOperations>;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #producers = new Map<boolean, Producer>();
  readonly #options;

  constructor(bootstrap: string) {
    this.#options = { clientId: "platformatic", bootstrapBrokers: [bootstrap], retries: 2, retryDelay: 100 };
    this.#admin = new Admin(this.#options);
    this.#consumer = new Consumer({ ...this.#options, groupId: "nobody" });
    this.admin = adminOperations(this.#admin);
  }

  async produce(target: ProduceTarget, records: readonly SentRecord[]): Promise<number | null> {
    const { topic, partition, codec, idempotent = false } = target;
    let producer = this.#producers.get(idempotent);
    if (producer === undefined) {
      producer = new Producer({ ...this.#options, idempotent, autocreateTopics: true });
      this.#producers.set(idempotent, producer);
    }
    const { offsets } = await producer.send({
      acks: -1,
      compression: codec as NonNullable<ProduceOptions<Buffer, Buffer, Buffer, Buffer>["compression"]>,
      messages: records.map((record) => ({
        topic,
        partition,
        key: bufferOf(record.key) as Buffer,
        value: bufferOf(record.value) as Buffer,
        headers: headersOf(record),
        timestamp: BigInt(record.timestamp),
      })),
    });
    return Number(offsets![0]!.offset);
  }

  /** Without a group: its own fetch and decoders, as its streams use them. */
  async consume({ topic, partition, offset, count }: ConsumeTarget): Promise<ReadRecord[]> {
    const cluster = await this.#consumer.metadata({ topics: [topic], forceUpdate: true });
    const { id, partitions } = cluster.topics.get(topic)!;
    const found: ReadRecord[] = [];
    for (let position = offset; found.length < count;) {
      const wanted = {
        partition,
        fetchOffset: BigInt(position),
        currentLeaderEpoch: -1,
        lastFetchedEpoch: -1,
        partitionMaxBytes: 1 << 20,
      };
      const response = await this.#consumer.fetch({
        node: partitions[partition]!.leader,
        topics: [{ topicId: id, partitions: [wanted] }],
        minBytes: 1,
        maxBytes: 8 << 20,
        maxWaitTime: 5000,
      });
      const batches = response.responses.flatMap((one) => one.partitions).flatMap((one) => one.records ?? []);
      const records = batches.flatMap((batch) => batch.records.map((record) => toRecord(batch, record)))
        .filter((one) => one.offset >= position);
      if (records.length === 0) throw new Error(`${found.length} of ${count} records came`);
      found.push(...records);
      position = found.at(-1)!.offset + 1;
    }
    return found.slice(0, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const producer of this.#producers.values()) await producer.close();
    await this.#consumer.close(true);
    await this.#admin.close();
  }
}

function adminOperations(admin: Admin): Partial<AdminOperations> {
  const configs = async (resourceType: typeof TOPIC | typeof BROKER, resourceName: string) => {
    const resources = [{ resourceType, resourceName, configurationKeys: null }];
    const [described] = await admin.describeConfigs({ resources });
    return Object.fromEntries(described!.configs.map((one) => [one.name, one.value ?? null]));
  };
  const entries = (map: Record<string, string | null>) =>
    Object.entries(map).map(([name, value]) => ({ name, value }));
  return {
    createTopic: ({ topic, partitions, configs: settings }) =>
      admin.createTopics({
        topics: [topic],
        partitions,
        replicas: 1,
        configs: entries(settings) as { name: string; value: string }[],
      }),
    listTopics: () => admin.listTopics(),
    countPartitions: async ({ topic }) =>
      (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)!.partitionsCount,
    describeCluster: async () => {
      const { brokers, id } = await admin.metadata({ topics: [], forceUpdate: true });
      return { brokers: brokers.size, clusterId: id };
    },
    topicConfigs: ({ topic }) => configs(TOPIC, topic),
    brokerConfigs: ({ broker }) => configs(BROKER, String(broker)),
    alterConfigs: ({ topic, configs: settings }) =>
      admin.alterConfigs({
        resources: [{ resourceType: TOPIC, resourceName: topic, configs: entries(settings) }],
      }),
    incrementalAlterConfigs: ({ topic, configs: settings }) =>
      admin.incrementalAlterConfigs({
        resources: [{
          resourceType: TOPIC,
          resourceName: topic,
          configs: entries(settings).map(({ name, value }) =>
            value === null ? { name, configOperation: DELETE } : { name, value, configOperation: SET }
          ),
        }],
      }),
    createPartitions: ({ topic, total }) =>
      admin.createPartitions({ topics: [{ name: topic, count: total, assignments: null as never }] }),
    deleteRecords: ({ topic, partition, before }) =>
      admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(before) }] }] }),
    deleteTopic: ({ topic }) => admin.deleteTopics({ topics: [topic] }),
    offsetAt: async ({ topic, partition, at }: { topic: string; partition: number; at: Point }) => {
      const timestamp = BigInt(at === "earliest" ? -2 : at === "latest" ? -1 : at);
      const [listed] = await admin.listOffsets({
        topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      });
      return Number(listed!.partitions[0]!.offset);
    },
    partitionBytes: async ({ topic, partition }) => {
      const [broker] = await admin.describeLogDirs({ topics: [{ name: topic, partitions: [partition] }] });
      const found = broker!.results.flatMap((one) => one.topics).flatMap((one) => one.partitions);
      return Number(found[0]!.partitionSize);
    },
  };
}

export const platformatic: ClientKind = {
  name: "@platformatic/kafka",
  start: (bootstrap) => Promise.resolve(new PlatformaticClient(bootstrap)),
};
