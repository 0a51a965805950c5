/** Sets of partitions as maps from topic to indexes: what two of them share and how they differ. */

import type { TopicPartition } from "../leaders.ts";
import type { TopicPartitions } from "./consumer_protocol.ts";

/** What is in `from` and not in `without`; topics of which nothing is left are not in it. */
export function minus(from: TopicPartitions, without: TopicPartitions): TopicPartitions {
  const left = new Map<string, number[]>();
  for (const [topic, partitions] of from) {
    const gone = new Set(without.get(topic));
    const kept = partitions.filter((partition) => !gone.has(partition));
    if (kept.length > 0) left.set(topic, kept);
  }
  return left;
}

/** What is in both. */
export function shared(one: TopicPartitions, other: TopicPartitions): TopicPartitions {
  return minus(one, minus(one, other));
}

export function countPartitions(partitions: TopicPartitions): number {
  let count = 0;
  for (const indexes of partitions.values()) count += indexes.length;
  return count;
}

/** One by one, in the order of the map. */
export function flatten(partitions: TopicPartitions): TopicPartition[] {
  return [...partitions].flatMap(([topic, indexes]) => indexes.map((partition) => ({ topic, partition })));
}

/** The reverse of {@link flatten}. */
export function gathered(partitions: Iterable<TopicPartition>): TopicPartitions {
  const found = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const known = found.get(topic);
    if (known === undefined) found.set(topic, [partition]);
    else known.push(partition);
  }
  return found;
}

/** The name of a partition, also for keys of maps. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
