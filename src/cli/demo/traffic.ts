/** Sample traffic: a shop and its sensors, read by two groups, one of which cannot always keep up. */

import { createTopics } from "../../client/admin/topics.ts";
import { Cluster } from "../../client/cluster.ts";
import { GroupConsumer } from "../../client/group/group_consumer.ts";
import { Producer } from "../../client/producer/producer.ts";
import { encodeUtf8 } from "../../core/bytes.ts";
import { messageOf } from "../../core/errors.ts";
import { silentLogger } from "../../core/logger.ts";
import { VERSION } from "../../core/version.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import type { Address } from "../../platform/network.ts";
import type { Platform } from "../../platform/platform.ts";
import { sampleRecord, type SampleTopic, sampleTopics } from "./sample_records.ts";

const TICK_MS = 250;
/** The traffic rises and falls over this time, in milliseconds. */
const WAVE_MS = 60_000;
const RETRY_MS = 1_000;

interface SampleGroup {
  readonly groupId: string;
  readonly topics: readonly SampleTopic[];
  readonly members: number;
  /** Of each minute so many seconds are spent elsewhere, so that lag builds up and goes down again. */
  readonly restSeconds: number;
}

const groups: readonly SampleGroup[] = [
  { groupId: "billing", topics: ["orders", "payments"], members: 2, restSeconds: 0 },
  { groupId: "analytics", topics: ["orders", "sensor-readings"], members: 3, restSeconds: 15 },
];

export class Traffic {
  readonly #platform: Platform;
  readonly #bootstrap: readonly Address[];
  readonly #replicas: number;
  readonly #clusters: Cluster[] = [];
  #isOver = false;

  constructor(platform: Platform, bootstrap: readonly Address[], replicas: number) {
    this.#platform = platform;
    this.#bootstrap = bootstrap;
    this.#replicas = replicas;
  }

  /** Makes the topics, then goes on until {@link stop}. Throws when the topics cannot be made. */
  async start(): Promise<void> {
    const admin = this.#connect("demo-admin");
    const wanted = Object.entries(sampleTopics).map(([name, { partitions }]) => ({
      name,
      partitions,
      replicationFactor: this.#replicas,
      configs: [["retention.bytes", String(8 * 1024 * 1024)] as const],
    }));
    for (const { name, errorCode, errorMessage } of await createTopics(admin, wanted)) {
      const isThere = errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS;
      if (!isThere) throw new Error(`topic "${name}" cannot be made: ${errorMessage ?? errorCode}`);
    }
    void this.#keepOn(() => this.#produce());
    for (const group of groups) {
      for (let member = 1; member <= group.members; member++) {
        void this.#keepOn(() => this.#consume(group, member));
      }
    }
  }

  /** Ends at once; what is under way is dropped. */
  stop(): void {
    this.#isOver = true;
    for (const cluster of this.#clusters) cluster.close();
  }

  #connect(clientId: string): Cluster {
    const cluster = new Cluster({
      ...this.#platform,
      logger: silentLogger,
      bootstrap: this.#bootstrap,
      clientId,
      softwareVersion: VERSION,
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
    });
    this.#clusters.push(cluster);
    return cluster;
  }

  #disconnect(cluster: Cluster): void {
    cluster.close();
    this.#clusters.splice(this.#clusters.indexOf(cluster), 1);
  }

  /** Does something again whenever it fails: nodes come and go here. */
  async #keepOn(work: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      try {
        await work();
      } catch (error) {
        silentLogger.debug("sample traffic failed", { reason: messageOf(error) });
      }
      if (!this.#isOver) await this.#platform.timers.sleep(RETRY_MS);
    }
  }

  async #produce(): Promise<void> {
    const cluster = this.#connect("shop");
    const producer = new Producer(cluster, { lingerMs: 20, deliveryTimeoutMs: 30_000 });
    const { clock, timers, random } = this.#platform;
    try {
      while (!this.#isOver) {
        const wave = 1 + 0.6 * Math.sin(2 * Math.PI * clock.wallMs() / WAVE_MS);
        for (const topic of Object.keys(sampleTopics) as SampleTopic[]) {
          const count = Math.round(
            sampleTopics[topic].perSecond * wave * TICK_MS / 1_000 * (0.7 + 0.6 * random.next()),
          );
          for (let sent = 0; sent < count; sent++) {
            const { key, value } = sampleRecord(topic, random, clock.wallMs());
            const record = {
              key: encodeUtf8(key),
              value: encodeUtf8(JSON.stringify(value)),
              headers: [],
              partition: undefined,
            };
            await producer.send(topic, record);
          }
        }
        await timers.sleep(TICK_MS);
      }
    } finally {
      producer.abort();
      this.#disconnect(cluster);
    }
  }

  async #consume({ groupId, topics, restSeconds }: SampleGroup, member: number): Promise<void> {
    const cluster = this.#connect(`${groupId}-${member}`);
    const consumer = new GroupConsumer(cluster, {
      groupId,
      topics,
      startAt: { at: "start" },
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 1_000,
      rebalanceTimeoutMs: 30_000,
      autoCommitIntervalMs: 1_000,
      assignors: ["cooperative-sticky"],
    });
    const { clock, timers } = this.#platform;
    try {
      while (!this.#isOver && await consumer.next() !== null) {
        const second = Math.floor(clock.wallMs() / 1_000) % 60;
        if (second < restSeconds) await timers.sleep((restSeconds - second) * 1_000);
      }
    } finally {
      await consumer.close().catch(() => {});
      this.#disconnect(cluster);
    }
  }
}
