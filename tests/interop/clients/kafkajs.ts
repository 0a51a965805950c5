/**
 * kafkajs, in this process. Its snappy, LZ4 and zstd are plug-ins of the user's, as its manual says: here they are
 * those of npm's @platformatic/wasm-utils and of node:zlib, so that no code of ours is on both sides.
 */

import { Buffer } from "node:buffer";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } from "@platformatic/wasm-utils";
import kafkajs, { type Admin, type IHeaders, type Producer } from "kafkajs";
import { type CompressionName, compressionNames } from "../../../src/records/compression/codec.ts";
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
import { fetchWithKafkajs } from "./kafkajs_fetch.ts";
import { unframeXerial } from "./xerial.ts";

const { CompressionCodecs, ConfigResourceTypes, Kafka, logLevel } = kafkajs;

const codecs: Record<number, [(bytes: Buffer) => Uint8Array, (bytes: Buffer) => Uint8Array]> = {
  [compressionNames.indexOf("snappy")]: [snappyCompress, (bytes) => unframeXerial(bytes, snappyDecompress)],
  [compressionNames.indexOf("lz4")]: [lz4Compress, lz4Decompress],
  [compressionNames.indexOf("zstd")]: [zstdCompressSync, zstdDecompressSync],
};

for (const [id, [compress, decompress]] of Object.entries(codecs)) {
  (CompressionCodecs as Record<number, unknown>)[Number(id)] = () => ({
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(Buffer.from(compress(encoder.buffer))),
    decompress: (bytes: Buffer) => Promise.resolve(Buffer.from(decompress(bytes))),
  });
}

/** Headers with the same name become a list, which loses the order among names. */
function headersOf(record: SentRecord): IHeaders {
  const headers: Record<string, Buffer | Buffer[]> = {};
  for (const [name, value] of record.headers) {
    const bytes = value === null ? null as unknown as Buffer : Buffer.from(value);
    const known = headers[name];
    if (known === undefined) headers[name] = bytes;
    else if (Array.isArray(known)) known.push(bytes);
    else headers[name] = [known, bytes];
  }
  return headers;
}

function canSend({ headers }: SentRecord): boolean {
  // A list that holds null, and names that are not side by side, cannot be said in an object.
  const names = headers.map(([name]) => name);
  const apart = names.some((name, index) => names.indexOf(name) < index && names[index - 1] !== name);
  return !apart && headers.every(([, value]) => value !== null);
}

function canSee(record: ReadRecord): ReadRecord {
  const byName = new Map<string, [string, Uint8Array | null][]>();
  for (const header of record.headers) {
    byName.set(header[0], [...byName.get(header[0]) ?? [], [header[0], header[1]]]);
  }
  return { ...record, headers: [...byName.values()].flat() };
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}

class KafkajsClient implements InteropClient {
  readonly name = "kafkajs";
  readonly codecs: readonly CompressionName[] = compressionNames;
  readonly setsTimestamps = lossless.setsTimestamps;
  readonly canSend = canSend;
  readonly canSee = canSee;
  readonly admin: Partial<AdminOperations>;
  readonly #kafka: InstanceType<typeof Kafka>;
  readonly #admin: Admin;
  readonly #producers = new Map<boolean, Producer>();

  constructor(readonly bootstrap: string) {
    this.#kafka = new Kafka({
      clientId: "kafkajs",
      brokers: [bootstrap],
      logLevel: logLevel.NOTHING,
      connectionTimeout: 10_000,
      retry: { retries: 2 },
    });
    this.#admin = this.#kafka.admin();
    this.admin = adminOperations(this.#admin);
  }

  async connect(): Promise<this> {
    await this.#admin.connect();
    return this;
  }

  async produce(target: ProduceTarget, records: readonly SentRecord[]): Promise<number | null> {
    const { topic, partition, codec, idempotent = false } = target;
    let producer = this.#producers.get(idempotent);
    if (producer === undefined) {
      const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
      producer = this.#kafka.producer({ idempotent, createPartitioner });
      await producer.connect();
      this.#producers.set(idempotent, producer);
    }
    const [result] = await producer.send({
      topic,
      acks: -1,
      compression: compressionNames.indexOf(codec),
      messages: records.map((record) => ({
        partition,
        key: bufferOf(record.key),
        value: bufferOf(record.value),
        headers: headersOf(record),
        timestamp: String(record.timestamp),
      })),
    });
    return Number(result!.baseOffset);
  }

  consume(target: ConsumeTarget): Promise<ReadRecord[]> {
    return fetchWithKafkajs(this.bootstrap, target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const producer of this.#producers.values()) await producer.disconnect();
    await this.#admin.disconnect();
  }
}

function adminOperations(admin: Admin): Partial<AdminOperations> {
  const configs = async (type: number, name: string) => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [{ type, name }] });
    return Object.fromEntries(resources[0]!.configEntries.map((one) => [one.configName, one.configValue]));
  };
  const entries = (map: Record<string, string>) =>
    Object.entries(map).map(([name, value]) => ({ name, value }));
  return {
    createTopic: async ({ topic, partitions, configs: settings }) => {
      const wanted = { topic, numPartitions: partitions, configEntries: entries(settings) };
      const isNew = await admin.createTopics({ topics: [wanted] });
      if (!isNew) throw new Error(`kafkajs says that ${topic} exists`);
    },
    listTopics: () => admin.listTopics(),
    countPartitions: async ({ topic }) =>
      (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]!.partitions.length,
    describeCluster: async () => {
      const { brokers, clusterId } = await admin.describeCluster();
      return { brokers: brokers.length, clusterId };
    },
    topicConfigs: ({ topic }) => configs(ConfigResourceTypes.TOPIC, topic),
    brokerConfigs: ({ broker }) => configs(ConfigResourceTypes.BROKER, String(broker)),
    alterConfigs: ({ topic, configs: settings }) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: entries(settings) }],
      }),
    createPartitions: ({ topic, total }) =>
      admin.createPartitions({ topicPartitions: [{ topic, count: total }] }),
    deleteRecords: ({ topic, partition, before }) =>
      admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] }),
    deleteTopic: ({ topic }) => admin.deleteTopics({ topics: [topic] }),
    offsetAt: (args) => offsetAt(admin, args),
  };
}

async function offsetAt(
  admin: Admin,
  { topic, partition, at }: { topic: string; partition: number; at: Point },
): Promise<number> {
  if (typeof at === "number") {
    // It answers with the end of the partition when no record is that late.
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, at);
    const end = (await admin.fetchTopicOffsets(topic)).find((one) => one.partition === partition)!.high;
    const { offset } = offsets.find((one) => one.partition === partition)!;
    return offset === end ? -1 : Number(offset);
  }
  const offsets = (await admin.fetchTopicOffsets(topic)).find((one) => one.partition === partition)!;
  return Number(at === "earliest" ? offsets.low : offsets.high);
}

export const kafkaJs: ClientKind = {
  name: "kafkajs",
  start: (bootstrap) => new KafkajsClient(bootstrap).connect(),
};
