/** The difference between any two images: for a node that jumps to a snapshot instead of replaying the log. */

import type { NodeId, Uuid } from "../core/ids.ts";
import type { MetadataChange, TopicChange } from "./change.ts";
import {
  type ConfigResource,
  type MetadataImage,
  parseConfigResourceKey,
  type PartitionImage,
} from "./image.ts";

/** What changed from `before` to `after`. Takes time in proportion to both. */
export function compareImages(before: MetadataImage, after: MetadataImage): MetadataChange {
  return {
    topics: changedTopics(before, after),
    configs: changedConfigs(before, after),
    brokers: changedKeys(before.brokers, after.brokers),
    controllers: changedKeys(before.controllers, after.controllers),
    features: !isSame(before.features, after.features),
    clientQuotas: !isSame(before.clientQuotas, after.clientQuotas),
    producerIds: before.nextProducerId !== after.nextProducerId,
    security: !isSame(before.acls, after.acls) ||
      !isSame(before.scramCredentials, after.scramCredentials) ||
      !isSame(before.delegationTokens, after.delegationTokens),
  };
}

function changedTopics(before: MetadataImage, after: MetadataImage): ReadonlyMap<Uuid, TopicChange> {
  const changes = new Map<Uuid, TopicChange>();
  for (const topic of before.topics.byId.values()) {
    if (after.topics.byId.has(topic.id)) continue;
    const partitions = [...topic.partitions.keys()];
    changes.set(topic.id, { id: topic.id, name: topic.name, before: topic, after: null, partitions });
  }
  for (const topic of after.topics.byId.values()) {
    const old = before.topics.byId.get(topic.id) ?? null;
    if (old === topic) continue;
    const partitions = [...topic.partitions.keys()]
      .filter((index) => !isSamePartition(old?.partitions[index], topic.partitions[index]!));
    if (old !== null && partitions.length === 0) continue;
    changes.set(topic.id, { id: topic.id, name: topic.name, before: old, after: topic, partitions });
  }
  return changes;
}

/** Every change of a partition raises its epoch, so the epoch alone tells. */
function isSamePartition(before: PartitionImage | undefined, after: PartitionImage): boolean {
  return before !== undefined && before.partitionEpoch === after.partitionEpoch;
}

function changedConfigs(before: MetadataImage, after: MetadataImage): ConfigResource[] {
  const keys = new Set([...before.configs.keys(), ...after.configs.keys()]);
  return [...keys]
    .filter((key) => !isEqual(before.configs.get(key), after.configs.get(key)))
    .map(parseConfigResourceKey);
}

function changedKeys<V>(
  before: ReadonlyMap<NodeId, V>,
  after: ReadonlyMap<NodeId, V>,
): ReadonlySet<NodeId> {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return new Set(keys.filter((key) => !isEqual(before.get(key), after.get(key))));
}

/** Whether two maps hold equal entries, in whatever order. */
function isSame(before: Iterable<[unknown, unknown]>, after: Iterable<[unknown, unknown]>): boolean {
  return before === after || isEqual(new Map(before), new Map(after));
}

/** Compares what images are made of: primitives, arrays, maps, byte arrays and plain objects. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isEqual(value, b.get(key)));
  }
  const left = Object.entries(a);
  const right = b as Record<string, unknown>;
  return left.length === Object.keys(b).length && left.every(([key, value]) => isEqual(value, right[key]));
}
