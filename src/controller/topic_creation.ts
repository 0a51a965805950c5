/** Decides what CreateTopics creates: all checks of one topic, its placement and its records. */

import { describeTopic } from "../config/describe.ts";
import { validateTopicSettings } from "../config/alter.ts";
import type { BrokerConfig } from "../config/broker_config.ts";
import type { NodeId, Uuid } from "../core/ids.ts";
import { uuidFromRandom } from "../core/uuid.ts";
import type { MetadataRecordDraft } from "../metadata/record_codec.ts";
import { ConfigResourceType } from "../metadata/image.ts";
import { collisionKey, hasCollisionChars, topicNameProblem } from "../metadata/topic_names.ts";
import { ErrorCode } from "../protocol/error_codes.ts";
import type { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/19_create_topics.ts";
import type { ClusterView } from "./cluster_view.ts";
import { settingRecords } from "./config_records.ts";
import { assignmentProblem } from "./manual_assignment.ts";
import { newPartitions, place } from "./new_partitions.ts";
import { isRefusal, type Refusal, refuse } from "./outcome.ts";
import { METADATA_TOPIC } from "./quorum/metadata_log.ts";

type TopicRequest = CreateTopicsRequest["topics"][number];
type TopicResult = CreateTopicsResponse["topics"][number];

/** How many partitions one request may create: all of it is one batch of the metadata log. */
export const MAX_PARTITIONS_PER_REQUEST = 10_000;

/** What the decisions about one request share. */
export interface CreationContext {
  readonly view: ClusterView;
  readonly config: BrokerConfig;
  readonly random: (bound: number) => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** What creating one topic takes. */
export interface TopicCreation {
  readonly records: readonly MetadataRecordDraft[];
  readonly partitionCount: number;
  readonly result: TopicResult;
}

/** Collects the topics of one request: they must not collide with each other either. */
export class TopicCreations {
  readonly #context: CreationContext;
  readonly #names = new Set<string>();
  /** The names that share a metric name, by that name; built when first needed. */
  #byCollisionKey: Map<string, string> | null = null;
  #partitionCount = 0;

  constructor(context: CreationContext) {
    this.#context = context;
  }

  /** What creating a topic takes, or why it cannot be. */
  plan(topic: TopicRequest): TopicCreation | Refusal {
    const problem = this.#nameProblem(topic.name);
    if (problem !== null) return problem;
    const { view, randomBytes, config } = this.#context;
    const settings = new Map(topic.configs.map(({ name, value }) => [name, value]));
    const complaint = validateTopicSettings(settings);
    if (complaint !== null) return refuse(ErrorCode.INVALID_CONFIG, complaint);
    const replicas = this.#replicas(topic);
    if (isRefusal(replicas)) return replicas;
    if (this.#partitionCount + replicas.length > MAX_PARTITIONS_PER_REQUEST) {
      return refuse(ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.");
    }
    const topicId = uuidFromRandom(randomBytes);
    const partitions = newPartitions(view, topicId, { first: 0, replicas });
    if (isRefusal(partitions)) return partitions;
    this.#partitionCount += replicas.length;
    this.#take(topic.name);
    const own = settings as ReadonlyMap<string, string>;
    return {
      records: [
        { type: "TopicRecord", data: { name: topic.name, topicId } },
        ...settingRecords({ type: ConfigResourceType.TOPIC, name: topic.name }, new Map(), own, view),
        ...partitions,
      ],
      partitionCount: replicas.length,
      result: describeCreated(config, topic.name, topicId, { replicas, settings: own }),
    };
  }

  #nameProblem(name: string): Refusal | null {
    const invalid = topicNameProblem(name);
    if (invalid !== null) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, invalid);
    if (name === METADATA_TOPIC) {
      return refuse(
        ErrorCode.TOPIC_AUTHORIZATION_FAILED,
        `Creation of internal topic ${name} is prohibited.`,
      );
    }
    const { byName } = this.#context.view.image.topics;
    if (byName.has(name) || this.#names.has(name)) {
      return refuse(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
    }
    const other = hasCollisionChars(name) ? this.#colliding().get(collisionKey(name)) : undefined;
    if (other === undefined) return null;
    const message = `Topic '${name}' collides with existing topic: ${other}`;
    return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, message);
  }

  #colliding(): Map<string, string> {
    if (this.#byCollisionKey === null) {
      this.#byCollisionKey = new Map();
      const names = [...this.#context.view.image.topics.byName.keys(), ...this.#names];
      for (const name of names) {
        if (hasCollisionChars(name)) this.#byCollisionKey.set(collisionKey(name), name);
      }
    }
    return this.#byCollisionKey;
  }

  #take(name: string): void {
    this.#names.add(name);
    if (hasCollisionChars(name)) this.#byCollisionKey?.set(collisionKey(name), name);
  }

  #replicas(topic: TopicRequest): readonly (readonly NodeId[])[] | Refusal {
    if (topic.assignments.length > 0) return assignedReplicas(this.#context.view, topic);
    const { replicationFactor, numPartitions } = topic;
    if (replicationFactor < -1 || replicationFactor === 0) {
      return refuse(
        ErrorCode.INVALID_REPLICATION_FACTOR,
        "Replication factor must be larger than 0, or -1 to use the default value.",
      );
    }
    if (numPartitions < -1 || numPartitions === 0) {
      return refuse(
        ErrorCode.INVALID_PARTITIONS,
        "Number of partitions was set to an invalid non-positive value.",
      );
    }
    const { config, view, random } = this.#context;
    const count = numPartitions === -1 ? config.get("num.partitions") : numPartitions;
    if (this.#partitionCount + count > MAX_PARTITIONS_PER_REQUEST) {
      return refuse(ErrorCode.POLICY_VIOLATION, "Excessively large number of partitions per request.");
    }
    const factor = replicationFactor === -1 ? config.get("default.replication.factor") : replicationFactor;
    return place(view, { count, replicationFactor: factor }, random);
  }
}

function assignedReplicas(view: ClusterView, topic: TopicRequest): readonly (readonly NodeId[])[] | Refusal {
  const conflict = (what: string) =>
    refuse(
      ErrorCode.INVALID_REQUEST,
      `A manual partition assignment was specified, but ${what} was not set to -1.`,
    );
  if (topic.replicationFactor !== -1) return conflict("replication factor");
  if (topic.numPartitions !== -1) return conflict("numPartitions");
  const replicas: NodeId[][] = [];
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    if (replicas[partitionIndex] !== undefined) {
      const message = `Found multiple manual partition assignments for partition ${partitionIndex}`;
      return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
    }
    if (partitionIndex < 0 || partitionIndex >= topic.assignments.length) {
      const message = "partitions should be a consecutive 0-based integer sequence";
      return refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
    }
    const problem = assignmentProblem(view, brokerIds, topic.assignments[0]!.brokerIds.length);
    if (problem !== null) return problem;
    replicas[partitionIndex] = brokerIds as NodeId[];
  }
  return replicas;
}

function describeCreated(
  config: BrokerConfig,
  name: string,
  topicId: Uuid,
  created: {
    readonly replicas: readonly (readonly NodeId[])[];
    readonly settings: ReadonlyMap<string, string>;
  },
): TopicResult {
  return {
    name,
    topicId,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    numPartitions: created.replicas.length,
    replicationFactor: created.replicas[0]?.length ?? 0,
    configs: describeTopic(config, created.settings).map((row) => ({
      name: row.name,
      value: row.value,
      readOnly: row.isReadOnly,
      configSource: row.source,
      isSensitive: row.isSensitive,
    })),
  };
}
