/** Creates and deletes the topics of a benchmark, through kafkajs for every peer alike. */

import { type Admin, Kafka, logLevel } from "kafkajs";
import { sleep } from "./process.ts";

/** What a topic is made with. */
export interface TopicShape {
  readonly partitions: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

const LEADERS_TIMEOUT_MS = 60_000;

async function untilLed(admin: Admin, topic: string, partitions: number): Promise<void> {
  const endMs = performance.now() + LEADERS_TIMEOUT_MS;
  while (performance.now() < endMs) {
    // Right after its creation a broker may not know the topic yet.
    const found = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => null);
    const led = found?.topics[0]?.partitions.filter(({ leader }) => leader >= 0).length ?? 0;
    // A leader that is known may not have its log yet; asking it for its offsets says whether it has.
    if (led === partitions && await admin.fetchTopicOffsets(topic).then(() => true, () => false)) return;
    await sleep(50);
  }
  throw new Error(`topic ${topic} had no leaders within ${LEADERS_TIMEOUT_MS / 1000} s`);
}

/** The first record of a leader's epoch makes Kafka sync a checkpoint: with many partitions that would be all one sees. */
async function touchAll(kafka: Kafka, topic: string, partitions: number): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: partitions }, (_, partition) => ({ partition, value: "first" }));
  await producer.send({ topic, messages, timeout: 60_000 });
  await producer.disconnect();
}

/** Runs `task` with a topic of a name of its own, which is deleted afterwards. */
export async function withTopic<T>(
  bootstrap: string,
  shape: TopicShape,
  task: (topic: string) => Promise<T>,
): Promise<T> {
  const topic = `bench-${crypto.randomUUID().slice(0, 8)}`;
  const kafka = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    // What is deleted leaves the disk at once: neither peer's figures should depend on what the other has written.
    const configs = { "file.delete.delay.ms": "100", ...shape.configs };
    await admin.createTopics({
      waitForLeaders: false,
      timeout: 60_000,
      topics: [{
        topic,
        numPartitions: shape.partitions,
        replicationFactor: shape.replicationFactor ?? 1,
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      }],
    });
    await untilLed(admin, topic, shape.partitions);
    if (shape.partitions > 1) await touchAll(kafka, topic, shape.partitions);
    return await task(topic);
  } finally {
    await admin.deleteTopics({ topics: [topic], timeout: 60_000 }).catch(() => {});
    // The files go after the answer: with many of them that should not be in the next run of the other peer.
    await sleep(shape.partitions);
    await admin.disconnect();
  }
}
