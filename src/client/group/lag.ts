/** How far a group is behind the ends of its partitions. */

import type { Cluster } from "../cluster.ts";
import type { TopicPartition } from "../leaders.ts";
import { findOffsets, LATEST } from "../offsets.ts";
import type { CommittedOffset } from "./group_offsets.ts";
import type { GroupDescription } from "./group_admin.ts";
import { keyOf } from "./topic_partitions.ts";

/** A partition that a group has a position in, or a member that reads it. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Null when nothing is committed. */
  readonly committedOffset: number | null;
  /** Where a reader would have got to; null when the partition is gone or has no leader. */
  readonly endOffset: number | null;
  /** How many offsets are between the two; null when one of them is not known. */
  readonly lag: number | null;
  readonly metadata: string;
  /** Who reads it now, or null. */
  readonly memberId: string | null;
}

/** The lag of every partition that the group has committed or that is assigned in it, sorted. */
export async function lagOf(
  cluster: Cluster,
  { members }: GroupDescription,
  committed: readonly CommittedOffset[],
): Promise<PartitionLag[]> {
  const readers = new Map<string, { topic: string; partition: number; memberId: string }>();
  for (const { memberId, assigned } of members) {
    for (const [topic, partitions] of assigned ?? []) {
      for (const partition of partitions) {
        readers.set(keyOf({ topic, partition }), { topic, partition, memberId });
      }
    }
  }
  const positions = new Map(committed.map((one) => [keyOf(one), one]));
  const places = [...new Map<string, TopicPartition>([...readers, ...positions]).values()];
  places.sort((a, b) => a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1);
  const ends = await endOffsets(cluster, places);
  return places.map(({ topic, partition }) => {
    const key = keyOf({ topic, partition });
    const { offset: committedOffset = null, metadata = "" } = positions.get(key) ?? {};
    const endOffset = ends.get(key) ?? null;
    const isKnown = committedOffset !== null && endOffset !== null;
    return {
      topic,
      partition,
      committedOffset,
      endOffset,
      // A position beyond the end is one of records that a crash has taken.
      lag: isKnown ? Math.max(0, endOffset - committedOffset) : null,
      metadata,
      memberId: readers.get(key)?.memberId ?? null,
    };
  });
}

/** The ends of those partitions that exist and have a leader. */
async function endOffsets(
  cluster: Cluster,
  places: readonly TopicPartition[],
): Promise<Map<string, number>> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  if (topics.length > 0) await cluster.refresh(topics);
  const led = places.filter(({ topic, partition }) =>
    (cluster.known(topic)?.partitions[partition]?.leaderId ?? -1) >= 0
  );
  const queries = led.map(({ topic, partition }) => ({ topic, partition, timestamp: LATEST }));
  const found = await findOffsets(cluster, queries);
  return new Map(led.map((place, index) => [keyOf(place), found[index]!.offset]));
}

/** The sum of what is known. */
export function totalLag(partitions: readonly PartitionLag[]): number {
  return partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0);
}
