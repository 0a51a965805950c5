/** Creates and deletes topics, changes configs, deletes records, and looks at what there is. */

import { ZERO_UUID } from "../../core/uuid.ts";
import { ErrorCode } from "../../protocol/error_codes.ts";
import { listOffsets } from "../../protocol/messages/02_list_offsets.ts";
import { metadata } from "../../protocol/messages/03_metadata.ts";
import { createTopics } from "../../protocol/messages/19_create_topics.ts";
import { deleteTopics } from "../../protocol/messages/20_delete_topics.ts";
import { deleteRecords } from "../../protocol/messages/21_delete_records.ts";
import { describeConfigs } from "../../protocol/messages/32_describe_configs.ts";
import { incrementalAlterConfigs } from "../../protocol/messages/44_incremental_alter_configs.ts";
import type { KnownTopic } from "../model/topic_catalog.ts";
import { drawTopicConfigs } from "../node_config.ts";
import type { Client, ClientOptions, Safeguards } from "./client_context.ts";
import { Session } from "./session.ts";

const TOPIC_RESOURCE = 2;
const SET = 0;
/** A config that acts on nothing here, so that any value will do. */
const CONFIG = "retention.ms";
/** Topics that come and go begin with this. */
export const PASSING = "passing-";
const MAX_PASSING = 4;

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly safeguards: Safeguards;
  readonly expires: boolean;
  readonly compacts: boolean;
  readonly dropsTombstones: boolean;
  readonly configs: Readonly<Record<string, string>>;
}

export class Admin implements Client {
  readonly name: string;
  readonly #options: ClientOptions;
  readonly #session: Session;
  #count = 0;
  /** The last round in which that went well. */
  #toldIn = -1;

  constructor(options: ClientOptions) {
    this.name = options.name;
    this.#options = options;
    this.#session = new Session(options);
  }

  get isSettled(): boolean {
    return this.#toldIn === this.#options.context.round;
  }

  async run(): Promise<void> {
    const { context, platform, prng } = this.#options;
    while (context.phase !== "over") {
      await this.#act();
      await platform.timers.sleep(50 + prng.below(500));
    }
    this.#session.close();
  }

  async #act(): Promise<void> {
    const { context, prng } = this.#options;
    const dice = prng.next();
    if (dice < 0.4 || context.phase !== "faults") return await this.look();
    const passing = context.topics.present().filter(({ name }) => name.startsWith(PASSING));
    if (dice < 0.55 && passing.length < MAX_PASSING) return await this.#createPassing();
    if (dice < 0.65 && passing.length > 0) return await this.#delete(prng.pick(passing));
    if (dice < 0.8) return await this.#deleteRecords(prng.pick(context.topics.present()));
    if (dice < 0.86) return await this.#alterConfig(prng.pick(context.topics.present()));
    if (dice < 0.94) return await this.#searchByTime(prng.pick(context.topics.present()));
    await this.#describeConfig(prng.pick(context.topics.present()));
  }

  async #createPassing(name = this.#freeName()): Promise<void> {
    const { prng, context } = this.#options;
    const replicationFactor = 1 + prng.below(context.cluster.plan.replicationFactor);
    const minInSync = 1 + prng.below(Math.min(2, replicationFactor));
    const safeguards = { flushes: prng.chance(0.5), replicationFactor, minInSync };
    const expires = prng.chance(0.3);
    const compacts = !expires && prng.chance(0.3);
    const kind = { expires, compacts, dropsTombstones: compacts && prng.chance(0.5) };
    const configs = drawTopicConfigs(prng, { ...safeguards, ...kind });
    await this.create({ name, partitions: 1 + prng.below(3), safeguards, ...kind, configs });
  }

  /** A new name, or one whose topic is known to be gone. */
  #freeName(): string {
    const { context, prng } = this.#options;
    const absent = context.reusesNames ? context.topics.absent() : [];
    const free = absent.filter(({ name }) => name.startsWith(PASSING));
    return free.length > 0 && prng.chance(0.7) ? prng.pick(free).name : `${PASSING}${++this.#count}`;
  }

  /** Creates a topic; whether that is known to be done. */
  async create(
    { name, partitions, safeguards, configs, expires, compacts, dropsTombstones }: NewTopic,
  ): Promise<KnownTopic | null> {
    const { context } = this.#options;
    const { replicationFactor } = safeguards;
    const isDurable = context.isDurable(safeguards);
    const topic = context.topics.onCreating(name, {
      partitions,
      replicationFactor,
      isDurable,
      expires,
      compacts,
      dropsTombstones,
    });
    const response = await this.#session.send(createTopics, {
      topics: [{
        name,
        numPartitions: partitions,
        replicationFactor,
        assignments: [],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      }],
      timeoutMs: 3000,
    });
    const answer = response?.topics[0];
    if (answer === undefined) return null;
    context.note(this.name, "created", name, answer.errorCode);
    if (answer.errorCode !== ErrorCode.NONE) return null;
    context.topics.onCreated(topic, answer.topicId);
    context.world.onTold("created");
    return topic;
  }

  async #delete(topic: KnownTopic): Promise<void> {
    const { context } = this.#options;
    const { name } = topic;
    context.topics.onDeleting(topic);
    for (let index = 0; index < topic.partitions; index++) context.history(topic, index).closed = true;
    const topics = [{ name, topicId: ZERO_UUID }];
    const response = await this.#session.send(deleteTopics, { topics, topicNames: [name], timeoutMs: 3000 });
    const answer = response?.responses[0];
    if (answer === undefined) return;
    context.note(this.name, "deleted", name, answer.errorCode);
    if (answer.errorCode !== ErrorCode.NONE) return;
    context.topics.onDeleted(topic);
    context.world.onTold("deleted");
    if (context.reusesNames && this.#options.prng.chance(0.7)) await this.#createPassing(name);
  }

  async #deleteRecords(topic: KnownTopic): Promise<void> {
    const { context, prng } = this.#options;
    const partition = prng.below(topic.partitions);
    const history = context.history(topic, partition);
    const end = history.replicatedEnd.offset;
    if (end === 0) return;
    const place = await this.#session.leader(topic, partition);
    if (place === null) return;
    const offset = prng.below(end + 1);
    history.onDeleting(offset);
    const since = context.now();
    const epoch = context.cluster.partition(topic.id, partition)?.partitionEpoch;
    const response = await this.#session.sendOn(place.connection, deleteRecords, {
      topics: [{ name: topic.name, partitions: [{ partitionIndex: partition, offset }] }],
      timeoutMs: 3000,
    });
    const answer = response?.topics[0]?.partitions[0];
    if (answer?.errorCode !== ErrorCode.NONE) await this.#session.onLeaderTrouble(topic, partition);
    if (answer === undefined) return;
    context.note(this.name, "deleted records", history.label, offset, answer.errorCode, answer.lowWatermark);
    if (answer.errorCode === ErrorCode.NONE) {
      history.onDeletedBelow(offset, since);
      const isSame = epoch === context.cluster.partition(topic.id, partition)?.partitionEpoch;
      if (isSame && since.ends === context.now().ends) this.#checkDeleted(topic, partition, offset);
    }
    context.world.findings.require(
      answer.errorCode !== ErrorCode.NONE || answer.lowWatermark >= offset,
      "records are deleted as asked",
      () => `${history.label}: below ${offset} was asked for, ${answer.lowWatermark} was told`,
    );
  }

  /** Everybody who is in sync has deleted what was said to be deleted (KIP-107). */
  #checkDeleted({ id, name }: KnownTopic, index: number, offset: number): void {
    const { cluster, world } = this.#options.context;
    const isr: readonly number[] = cluster.partition(id, index)?.isr ?? [];
    for (const { plan, parts, machine } of cluster.nodes) {
      if (!isr.includes(plan.id) || machine.isRotten) continue;
      const replica = [...parts?.broker?.partitions() ?? []].find((one) =>
        one.topicId === id && one.index === index
      );
      if (replica === undefined || replica.isCutting || replica.log.offline !== null) continue;
      world.findings.require(
        replica.log.logStartOffset >= offset,
        "records are deleted everywhere",
        () => `${name}-${index}: below ${offset}, but not on ${machine.host}: ${replica.log.logStartOffset}`,
      );
    }
  }

  async #searchByTime(topic: KnownTopic): Promise<void> {
    const { context, platform, prng } = this.#options;
    const partition = prng.below(topic.partitions);
    const history = context.history(topic, partition);
    const place = await this.#session.leader(topic, partition);
    if (place === null) return;
    const { connection, leaderEpoch: currentLeaderEpoch } = place;
    const { highWatermark } = history.floorsOf(currentLeaderEpoch);
    const since = context.now();
    const timestamp = platform.clock.wallMs() - prng.below(prng.pick([500, 5000, 20_000]));
    const partitions = [{ partitionIndex: partition, currentLeaderEpoch, timestamp }];
    const response = await this.#session.sendOn(connection, listOffsets, {
      replicaId: -1,
      topics: [{ name: topic.name, partitions }],
    });
    const answer = response?.topics[0]?.partitions[0];
    if (answer?.errorCode !== ErrorCode.NONE) return await this.#session.onLeaderTrouble(topic, partition);
    context.note(this.name, "searched", history.label, answer.offset);
    const told = { offset: answer.offset, timestampMs: answer.timestamp };
    history.onSearched(timestamp, told, { since, highWatermark });
  }

  async #alterConfig(topic: KnownTopic): Promise<void> {
    const { context, prng } = this.#options;
    const value = String(1_000_000_000 + prng.below(1_000_000));
    const known = topic.configs.get(CONFIG) ?? { acked: null, ackedUs: 0, tried: new Set<string>() };
    topic.configs.set(CONFIG, known);
    known.tried.add(value);
    const response = await this.#session.send(incrementalAlterConfigs, {
      resources: [{
        resourceType: TOPIC_RESOURCE,
        resourceName: topic.name,
        configs: [{ name: CONFIG, configOperation: SET, value }],
      }],
      validateOnly: false,
    });
    const answer = response?.responses[0];
    if (answer === undefined || answer.errorCode !== ErrorCode.NONE) return;
    context.note(this.name, "altered", topic.name, value);
    known.acked = value;
    known.ackedUs = context.world.scheduler.nowUs;
    known.tried.delete(value);
    context.world.onTold("altered");
  }

  async #describeConfig(topic: KnownTopic): Promise<void> {
    const { context } = this.#options;
    const askedUs = context.world.scheduler.nowUs;
    const response = await this.#session.send(describeConfigs, {
      resources: [{ resourceType: TOPIC_RESOURCE, resourceName: topic.name, configurationKeys: [CONFIG] }],
    });
    const answer = response?.results[0];
    if (answer === undefined || answer.errorCode !== ErrorCode.NONE) return;
    const value = answer.configs.find(({ name }) => name === CONFIG)?.value;
    if (typeof value === "string") context.topics.onConfigTold(topic, CONFIG, value, askedUs);
  }

  /** Asks for all topics; whether there was an answer. */
  async look(): Promise<void> {
    const { context } = this.#options;
    const askedUs = context.world.scheduler.nowUs;
    const response = await this.#session.send(metadata, { topics: null, allowAutoTopicCreation: false });
    if (response === null || response.errorCode !== ErrorCode.NONE) return;
    const told = response.topics.filter(({ errorCode }) => errorCode === ErrorCode.NONE);
    context.topics.onTold(
      told.map(({ name, topicId, partitions }) => ({
        name: name ?? "",
        id: topicId,
        partitions: partitions.length,
      })),
      askedUs,
    );
    if (context.phase !== "faults") this.#toldIn = context.round;
  }
}
