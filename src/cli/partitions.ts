/** The partitions of topics that a command is about. */

import type { Cluster } from "../client/cluster.ts";
import type { TopicPartition } from "../client/leaders.ts";
import { CommandError } from "./exit.ts";

/** All partitions of the topics, or only those with the numbers `only` when there are any. */
export async function chosenPartitions(
  cluster: Cluster,
  topics: readonly string[],
  only: readonly number[],
): Promise<TopicPartition[]> {
  const chosen: TopicPartition[] = [];
  for (const topic of new Set(topics)) {
    const { partitions } = await cluster.topic(topic);
    const last = partitions.length - 1;
    for (const wanted of only) {
      if (wanted > last) {
        throw new CommandError(`topic "${topic}" has no partition ${wanted}; its last one is ${last}`);
      }
    }
    const indexes = only.length > 0 ? new Set(only) : partitions.map((one) => one.index);
    for (const partition of indexes) chosen.push({ topic, partition });
  }
  return chosen;
}
