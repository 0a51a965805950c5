/**
 * Applies records to an image. The delta collects the changes of a batch, copying each touched part once, and gives
 * the next image and what differs. A record that contradicts the image means that the log and this program disagree:
 * it throws, because going on would spread wrong metadata.
 */

import { assert, unreachable } from "../core/assert.ts";
import { DecodeError } from "../core/errors.ts";
import type { LeaderEpoch, NodeId, Offset } from "../core/ids.ts";
import { applyBrokerChange, brokerFromRecord, controllerFromRecord } from "./apply_brokers.ts";
import { ConfigsDelta } from "./apply_configs.ts";
import { QuotasDelta } from "./apply_quotas.ts";
import { SecurityDelta } from "./apply_security.ts";
import { TopicsDelta } from "./apply_topics.ts";
import type { MetadataChange } from "./change.ts";
import { SUPPORTED_FEATURES } from "./features.ts";
import type { BrokerImage, ControllerImage, MetadataImage } from "./image.ts";
import type { MetadataRecord } from "./record_codec.ts";

/** Where a record is in the log. */
export interface RecordPosition {
  readonly offset: Offset;
  readonly epoch: LeaderEpoch;
  readonly timestampMs: number;
}

/** The changes to one image. Use it once: replay records, then {@link apply}. */
export class MetadataDelta {
  readonly base: MetadataImage;
  readonly #topics: TopicsDelta;
  readonly #configs: ConfigsDelta;
  readonly #quotas: QuotasDelta;
  readonly #security: SecurityDelta;
  #features: Map<string, number> | null = null;
  #brokers: Map<NodeId, BrokerImage> | null = null;
  #controllers: Map<NodeId, ControllerImage> | null = null;
  #nextProducerId: number;
  readonly #changedBrokers = new Set<NodeId>();
  readonly #changedControllers = new Set<NodeId>();

  constructor(base: MetadataImage) {
    this.base = base;
    this.#topics = new TopicsDelta(base.topics);
    this.#configs = new ConfigsDelta(base.configs);
    this.#quotas = new QuotasDelta(base.clientQuotas);
    this.#security = new SecurityDelta(base);
    this.#nextProducerId = base.nextProducerId;
  }

  /** Takes one record into account. */
  replay(record: MetadataRecord): void {
    switch (record.type) {
      case "TopicRecord":
        return this.#topics.createTopic(record.data);
      case "PartitionRecord":
        return this.#topics.setPartition(record.data);
      case "PartitionChangeRecord":
        return this.#topics.changePartition(record.data);
      case "RemoveTopicRecord":
        return this.#configs.removeTopic(this.#topics.removeTopic(record.data.topicId));
      case "ClearElrRecord":
        return this.#topics.clearElr(record.data.topicName);
      case "ConfigRecord":
        return this.#configs.set(record.data);
      case "FeatureLevelRecord":
        return this.#setFeature(record.data.name, record.data.featureLevel);
      case "ClientQuotaRecord":
        return this.#quotas.set(record.data);
      case "ProducerIdsRecord":
        this.#nextProducerId = record.data.nextProducerId;
        return;
      case "RegisterBrokerRecord":
      case "UnregisterBrokerRecord":
      case "BrokerRegistrationChangeRecord":
      case "FenceBrokerRecord":
      case "UnfenceBrokerRecord":
        return this.#replayBroker(record);
      case "RegisterControllerRecord":
        return this.#registerController(controllerFromRecord(record.data));
      case "AccessControlEntryRecord":
      case "RemoveAccessControlEntryRecord":
      case "UserScramCredentialRecord":
      case "RemoveUserScramCredentialRecord":
      case "DelegationTokenRecord":
      case "RemoveDelegationTokenRecord":
        return this.#security.replay(record);
      case "NoOpRecord":
      case "ZkMigrationStateRecord":
      // Transactions are the business of whoever delivers records (image_loader.ts).
      case "BeginTransactionRecord":
      case "EndTransactionRecord":
      case "AbortTransactionRecord":
        return;
      default:
        return unreachable(record, "metadata record");
    }
  }

  /** The image after all replayed records, the last of which is at `last`, and what differs. */
  apply(last: RecordPosition): { readonly image: MetadataImage; readonly change: MetadataChange } {
    const { base } = this;
    const topics = this.#topics.apply();
    const configs = this.#configs.apply();
    const image: MetadataImage = {
      clusterId: base.clusterId,
      offset: last.offset,
      epoch: last.epoch,
      timestampMs: last.timestampMs,
      features: this.#features ?? base.features,
      brokers: this.#brokers === null ? base.brokers : sortedById(this.#brokers),
      controllers: this.#controllers === null ? base.controllers : sortedById(this.#controllers),
      topics: topics.image,
      configs: configs.image,
      clientQuotas: this.#quotas.apply(),
      nextProducerId: this.#nextProducerId,
      ...this.#security.apply(),
    };
    const change: MetadataChange = {
      topics: topics.changes,
      configs: configs.changes,
      brokers: this.#changedBrokers,
      controllers: this.#changedControllers,
      features: this.#features !== null,
      clientQuotas: image.clientQuotas !== base.clientQuotas,
      producerIds: image.nextProducerId !== base.nextProducerId,
      security: this.#security.changed,
    };
    return { image, change };
  }

  /** Throws DecodeError for a level that this program does not understand: it would misread what is written at it. */
  #setFeature(name: string, level: number): void {
    const max = SUPPORTED_FEATURES.get(name)?.max ?? 0;
    if (level > max) {
      throw new DecodeError(
        `the cluster is at ${name} ${level}, but this version of Sluice understands it up to ${max}: ` +
          `start a newer Sluice, or the Kafka that raised it`,
      );
    }
    this.#features ??= new Map(this.base.features);
    // Level 0 of anything but metadata.version is the same as not being finalized (KIP-1022).
    if (level === 0) this.#features.delete(name);
    else this.#features.set(name, level);
  }

  #replayBroker(
    record: Extract<
      MetadataRecord,
      {
        type:
          | "RegisterBrokerRecord"
          | "UnregisterBrokerRecord"
          | "BrokerRegistrationChangeRecord"
          | "FenceBrokerRecord"
          | "UnfenceBrokerRecord";
      }
    >,
  ): void {
    this.#brokers ??= new Map(this.base.brokers);
    const id =
      (record.type === "FenceBrokerRecord" || record.type === "UnfenceBrokerRecord"
        ? record.data.id
        : record.data.brokerId) as NodeId;
    this.#changedBrokers.add(id);
    if (record.type === "RegisterBrokerRecord") {
      this.#brokers.set(id, brokerFromRecord(record.data));
      return;
    }
    const broker = this.#brokers.get(id);
    assert(broker !== undefined, `${record.type} names broker ${id}, which is not registered`);
    const epoch = record.type === "FenceBrokerRecord" || record.type === "UnfenceBrokerRecord"
      ? record.data.epoch
      : record.data.brokerEpoch;
    assert(
      broker.epoch === epoch,
      `${record.type} is for epoch ${epoch} of broker ${id}, which has ${broker.epoch}`,
    );
    if (record.type === "UnregisterBrokerRecord") this.#brokers.delete(id);
    else this.#brokers.set(id, applyBrokerChange(broker, record));
  }

  #registerController(controller: ControllerImage): void {
    this.#controllers ??= new Map(this.base.controllers);
    this.#controllers.set(controller.id, controller);
    this.#changedControllers.add(controller.id);
  }
}

function sortedById<V>(map: Map<NodeId, V>): ReadonlyMap<NodeId, V> {
  return new Map([...map].sort((a, b) => a[0] - b[0]));
}
