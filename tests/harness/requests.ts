/** The requests that most tests need, over a {@link WireClient}; they throw when the broker refuses. */

import { errorInfo } from "../../src/protocol/error_codes.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { listOffsets } from "../../src/protocol/messages/02_list_offsets.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { produce } from "../../src/protocol/messages/00_produce.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import type { Decoded } from "../../src/protocol/schema.ts";
import { offsetsIn, recordsIn } from "./batches.ts";
import type { WireClient } from "./wire.ts";

let lastName = 0;

/** A topic name that no other test of this run uses, so that tests can share a broker. */
export function freshTopic(prefix = "topic"): string {
  return `${prefix}-${Date.now().toString(36)}-${++lastName}`;
}

function check(action: string, code: number, message?: string | null): void {
  if (code !== 0) throw new Error(`${action}: ${errorInfo(code).name} ${message ?? ""}`);
}

/** Creates a topic and returns its id. */
export async function createTopic(
  client: WireClient,
  name: string,
  options: { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const { topics } = await client.send(createTopics, 7, {
    topics: [{
      name,
      numPartitions: options.partitions ?? 1,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(options.configs ?? {}).map(([key, value]) => ({ name: key, value })),
    }],
    timeoutMs: 30_000,
    validateOnly: false,
  });
  check(`create topic ${name}`, topics[0]!.errorCode, topics[0]!.errorMessage);
  await untilLed(client, name);
  return topics[0]!.topicId;
}

/** A broker of Apache Kafka learns of a new topic, and leads it, some time after the controller has created it. */
export async function untilLed(client: WireClient, name: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { topics } = await client.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
    const indexes = topics[0]!.partitions.map((one) => one.partitionIndex);
    if (topics[0]!.errorCode === 0 && await isLed(client, name, indexes)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`topic ${name} has no leader`);
}

async function isLed(client: WireClient, name: string, indexes: readonly number[]): Promise<boolean> {
  const partitions = indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1 }));
  const topics = [{ name, partitions }];
  const response = await client.send(listOffsets, 8, { replicaId: -1, isolationLevel: 0, topics });
  return response.topics[0]!.partitions.every((one) => one.errorCode === 0);
}

/** Where a test produces to or reads from. */
export interface Place {
  readonly topic: string;
  readonly partition?: number;
}

export type ProducedPartition = Decoded<
  typeof produce.response
>["responses"][number]["partitionResponses"][number];

/** Sends one batch with Produce v12; the answer may be a refusal. */
export async function tryProduce(
  client: WireClient,
  { topic, partition = 0 }: Place,
  records: Uint8Array | null,
  options: { readonly acks?: number; readonly timeoutMs?: number } = {},
): Promise<ProducedPartition> {
  const { responses } = await client.send(produce, 12, {
    transactionalId: null,
    acks: options.acks ?? -1,
    timeoutMs: options.timeoutMs ?? 30_000,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
  });
  return responses[0]!.partitionResponses[0]!;
}

/** Sends one batch and returns its base offset. */
export async function produceTo(
  client: WireClient,
  place: Place,
  records: Uint8Array,
  options: { readonly acks?: number } = {},
): Promise<number> {
  const { errorCode, errorMessage, baseOffset } = await tryProduce(client, place, records, options);
  check(`produce to ${place.topic}`, errorCode, errorMessage);
  return baseOffset;
}

export type FetchedPartition = Decoded<typeof fetch.response>["responses"][number]["partitions"][number];

/** Fetches from one partition with Fetch v12; does not wait unless told. */
export async function tryFetch(
  client: WireClient,
  { topic, partition = 0 }: Place,
  fetchOffset: number,
  options: {
    readonly maxBytes?: number;
    readonly partitionMaxBytes?: number;
    readonly minBytes?: number;
    readonly maxWaitMs?: number;
    readonly isolationLevel?: number;
  } = {},
): Promise<FetchedPartition> {
  const { responses } = await client.send(fetch, 12, {
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.maxBytes ?? 50_000_000,
    isolationLevel: options.isolationLevel ?? 0,
    topics: [{
      topic,
      partitions: [{ partition, fetchOffset, partitionMaxBytes: options.partitionMaxBytes ?? 10_000_000 }],
    }],
  });
  return responses[0]!.partitions[0]!;
}

/** Reads everything from `offset` to the high watermark. */
export async function readAll(
  client: WireClient,
  place: Place,
  offset = 0,
): Promise<ReturnType<typeof recordsIn>> {
  const found: ReturnType<typeof recordsIn> = [];
  for (let position = offset;;) {
    const { errorCode, records, highWatermark } = await tryFetch(client, place, position);
    check(`fetch ${place.topic} from ${position}`, errorCode);
    found.push(...recordsIn(records).filter((one) => one.offset >= position));
    // Compaction leaves batches without records, and batches that reach beyond their last record.
    const lastOffset = offsetsIn(records).at(-1)?.[1] ?? -1;
    if (lastOffset < position) return found;
    position = lastOffset + 1;
    if (position >= highWatermark) return found;
  }
}

/** The offset of a timestamp, or of Kafka's special timestamps: -1 latest, -2 earliest. */
export async function offsetOf(
  client: WireClient,
  { topic, partition = 0 }: Place,
  timestamp: number,
): Promise<number> {
  const { topics } = await client.send(listOffsets, 8, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
  });
  const { errorCode, offset } = topics[0]!.partitions[0]!;
  check(`list offsets of ${topic}`, errorCode);
  return offset;
}
