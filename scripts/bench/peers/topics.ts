/** Creates and deletes the topics of a benchmark, through kafkajs for every peer alike. */

import { Kafka, logLevel } from "kafkajs";

/** What a topic is made with. */
export interface TopicShape {
  readonly partitions: number;
  readonly replicationFactor?: number;
  readonly configs?: Readonly<Record<string, string>>;
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
      waitForLeaders: true,
      timeout: 60_000,
      topics: [{
        topic,
        numPartitions: shape.partitions,
        replicationFactor: shape.replicationFactor ?? 1,
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      }],
    });
    return await task(topic);
  } finally {
    await admin.deleteTopics({ topics: [topic], timeout: 60_000 }).catch(() => {});
    await admin.disconnect();
  }
}
