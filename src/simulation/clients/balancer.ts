/** Moves replicas and leaders around, and gives topics more partitions, as an operator and his tools do. */

import { ErrorCode } from "../../protocol/error_codes.ts";
import { createPartitions } from "../../protocol/messages/37_create_partitions.ts";
import { electLeaders } from "../../protocol/messages/43_elect_leaders.ts";
import { alterPartitionReassignments } from "../../protocol/messages/45_alter_partition_reassignments.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import { PASSING } from "./admin.ts";
import type { Client, ClientOptions } from "./client_context.ts";
import { Session } from "./session.ts";

const PREFERRED = 0;
const MAX_PARTITIONS = 5;

export class Balancer implements Client {
  readonly name: string;
  /** It only gets in the way of others. */
  readonly isSettled = true;
  readonly #options: ClientOptions;
  readonly #session: Session;

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (!context.isOver) {
      await this.#act();
      await platform.timers.sleep(200 + prng.below(prng.pick([500, 3000])));
    }
    this.#session.close();
  }

  async #act(): Promise<void> {
    const { context, prng } = this.#options;
    const topics = context.topics.present();
    if (topics.length === 0) return;
    const topic = prng.pick(topics);
    const dice = prng.next();
    if (dice < 0.45) await this.#reassign(topic);
    else if (dice < 0.6) await this.#cancel(topic);
    else if (dice < 0.85) await this.#elect(topic);
    else if (topic.name.startsWith(PASSING) && topic.partitions < MAX_PARTITIONS) await this.#grow(topic);
  }

  async #reassign(topic: KnownTopic): Promise<void> {
    const { context, prng } = this.#options;
    const brokers = context.cluster.brokers.map(({ plan }) => plan.id);
    const replicas: number[] = [];
    while (replicas.length < topic.replicationFactor) {
      const id = prng.pick(brokers);
      if (!replicas.includes(id)) replicas.push(id);
    }
    await this.#alter(topic, replicas);
  }

  async #cancel(topic: KnownTopic): Promise<void> {
    await this.#alter(topic, null);
  }

  async #alter(topic: KnownTopic, replicas: readonly number[] | null): Promise<void> {
    const { context, prng } = this.#options;
    const partitionIndex = prng.below(topic.partitions);
    const response = await this.#session.send(alterPartitionReassignments, {
      timeoutMs: 3000,
      topics: [{ name: topic.name, partitions: [{ partitionIndex, replicas }] }],
    });
    const code = response?.errorCode || response?.responses[0]?.partitions[0]?.errorCode;
    const what = replicas === null ? "as it was" : replicas.join(",");
    context.note(this.name, "moves", `${topic.name}-${partitionIndex}`, what, code ?? "unknown");
  }

  async #elect(topic: KnownTopic): Promise<void> {
    const { context } = this.#options;
    const partitions = Array.from({ length: topic.partitions }, (_, index) => index);
    const response = await this.#session.send(electLeaders, {
      electionType: PREFERRED,
      topicPartitions: [{ topic: topic.name, partitions }],
      timeoutMs: 3000,
    });
    context.note(this.name, "elects", topic.name, response?.errorCode ?? "unknown");
  }

  async #grow(topic: KnownTopic): Promise<void> {
    const { context } = this.#options;
    const count = topic.maxPartitions + 1;
    context.topics.onGrowing(topic, count);
    const response = await this.#session.send(createPartitions, {
      topics: [{ name: topic.name, count, assignments: null }],
      timeoutMs: 3000,
      validateOnly: false,
    });
    const code = response?.results[0]?.errorCode;
    context.note(this.name, "grows", topic.name, count, code ?? "unknown");
    if (code !== undefined) context.topics.onGrowthAnswered(topic, count, code === ErrorCode.NONE);
  }
}
