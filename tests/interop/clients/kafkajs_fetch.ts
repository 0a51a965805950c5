/**
 * Fetching with kafkajs without a group, which its consumer cannot do: these are its own cluster, requests and
 * decoders, used as its consumer uses them.
 */

import Cluster from "kafkajs/src/cluster/index.js";
import { createLogger, LEVELS } from "kafkajs/src/loggers/index.js";
import createSocketFactory from "kafkajs/src/network/socketFactory.js";
import type { ConsumeTarget, ReadRecord } from "./client.ts";

interface Message {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Record<string, Uint8Array | null | (Uint8Array | null)[]>;
}

function toRecord({ offset, timestamp, key, value, headers }: Message): ReadRecord {
  const copy = (bytes: Uint8Array | null) => bytes === null ? null : new Uint8Array(bytes);
  return {
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: copy(key),
    value: copy(value),
    headers: Object.entries(headers).flatMap(([name, values]) =>
      (Array.isArray(values) ? values : [values]).map((one): [string, Uint8Array | null] => [name, copy(one)])
    ),
  };
}

/** Reads `count` records; throws what kafkajs throws. */
export async function fetchWithKafkajs(
  bootstrap: string,
  { topic, partition, offset, count }: ConsumeTarget,
): Promise<ReadRecord[]> {
  const cluster = new Cluster({
    brokers: [bootstrap],
    clientId: "kafkajs",
    connectionTimeout: 10_000,
    metadataMaxAge: 300_000,
    retry: { retries: 2 },
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    logger: createLogger({ level: LEVELS.NOTHING, logCreator: () => () => {} }),
    socketFactory: createSocketFactory(),
  });
  await cluster.connect();
  try {
    await cluster.addTargetTopic(topic);
    const { leader } = cluster.findTopicPartitionMetadata(topic)
      .find((one: { partitionId: number }) => one.partitionId === partition);
    const broker = await cluster.findBroker({ nodeId: leader });
    const found: ReadRecord[] = [];
    for (let position = offset; found.length < count;) {
      const wanted = { partition, fetchOffset: String(position), maxBytes: 1 << 20 };
      const { responses } = await broker.fetch({ topics: [{ topic, partitions: [wanted] }] });
      const messages: Message[] = responses[0].partitions[0].messages;
      if (messages.length === 0) throw new Error(`${found.length} of ${count} records came`);
      found.push(...messages.map(toRecord).filter((one) => one.offset >= position));
      position = found.at(-1)!.offset + 1;
    }
    return found.slice(0, count);
  } finally {
    await cluster.disconnect();
  }
}
