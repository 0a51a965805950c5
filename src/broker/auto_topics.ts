/** Creates topics that clients ask for and that are not there: what `auto.create.topics.enable` allows. */

import type { BrokerConfig } from "../config/broker_config.ts";
import type { Logger } from "../core/logger.ts";
import { messageOf } from "../core/errors.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import { createTopics } from "../protocol/messages/19_create_topics.ts";
import type { ControllerChannel } from "./controller_channel.ts";
import type { MetadataCache } from "./metadata_cache.ts";

/** A topic to create. */
export interface TopicToCreate {
  readonly name: string;
  /** -1 leaves the number to the controller's configs. */
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Later answers on the same connection wait for this one, so it must not take long when there is no controller. */
const CREATE_TIMEOUT_MS = 5_000;
/** How long an answer may wait for the new topic to have its leaders here. */
const VISIBLE_TIMEOUT_MS = 5_000;

export class AutoTopics {
  readonly #config: BrokerConfig;
  readonly #channel: ControllerChannel;
  readonly #metadata: MetadataCache;
  readonly #logger: Logger;
  readonly #underWay = new Map<string, Promise<number>>();

  constructor(
    parts: { config: BrokerConfig; channel: ControllerChannel; metadata: MetadataCache; logger: Logger },
  ) {
    this.#config = parts.config;
    this.#channel = parts.channel;
    this.#metadata = parts.metadata;
    this.#logger = parts.logger;
  }

  /** What a topic gets that is created because a client asked for it. */
  byDefault(name: string): TopicToCreate {
    return { name, partitions: this.#config.get("num.partitions"), replicationFactor: -1 };
  }

  /**
   * Creates `topic` unless that is under way, and resolves with NONE when its leaders are known here, or with the
   * error code a client should see.
   */
  create(topic: TopicToCreate): Promise<number> {
    let creation = this.#underWay.get(topic.name);
    if (creation === undefined) {
      creation = this.#create(topic).finally(() => this.#underWay.delete(topic.name));
      this.#underWay.set(topic.name, creation);
    }
    return creation;
  }

  async #create(topic: TopicToCreate): Promise<number> {
    try {
      const response = await this.#channel.send(createTopics, {
        topics: [{
          name: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: topic.replicationFactor,
          assignments: [],
          configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
        }],
        timeoutMs: CREATE_TIMEOUT_MS,
        validateOnly: false,
      }, { timeoutMs: CREATE_TIMEOUT_MS });
      const result = response.topics[0];
      const errorCode = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.TOPIC_ALREADY_EXISTS) {
        this.#logger.warn("could not create a topic", {
          topic: topic.name,
          reason: result?.errorMessage ?? errorCode,
        });
        // Kafka hides placement errors here, so that clients try again until there are enough brokers.
        return errorCode === ErrorCode.INVALID_TOPIC_EXCEPTION ? errorCode : ErrorCode.LEADER_NOT_AVAILABLE;
      }
      const visible = await this.#metadata.waitFor((image) => {
        const created = image.topics.byName.get(topic.name);
        return created !== undefined && created.partitions.every((partition) => partition.leader >= 0);
      }, VISIBLE_TIMEOUT_MS);
      return visible ? ErrorCode.NONE : ErrorCode.LEADER_NOT_AVAILABLE;
    } catch (error) {
      this.#logger.warn("could not create a topic", { topic: topic.name, reason: messageOf(error) });
      return ErrorCode.LEADER_NOT_AVAILABLE;
    }
  }
}
