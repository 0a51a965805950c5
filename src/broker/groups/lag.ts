/**
 * How far the groups coordinated here are behind the partitions led here. Nothing is asked of other brokers: where the
 * end of a partition is not known, neither is the lag. In a cluster the lags of all coordinators together are those
 * that `sluice group describe` shows, apart from partitions whose leader is not their group's coordinator.
 */

import type { CommittedOffset } from "../../coordinator/group/group_shard.ts";
import type { Timers } from "../../platform/platform.ts";

/** One partition that a group has committed a position in. */
export interface PartitionLag {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly committedOffset: number;
  /** The high watermark; -1 when the partition is not led here. */
  readonly endOffset: number;
  /** In offsets; -1 when not known. */
  readonly lag: number;
}

/** What is looked at: the shards that are led here. */
export interface LagSource {
  readonly isLoaded: boolean;
  readonly shard: { committedOffsets(): Iterable<CommittedOffset> };
}

/** Finds partitions that are here. */
export interface EndOffsets {
  find(
    topic: string,
    index: number,
  ): { readonly isLeader: boolean; readonly highWatermark: number } | undefined;
}

/**
 * Shows `visit` the lag of every committed position, shard by shard; the loop gets a turn after each of them. What
 * changes meanwhile is seen or not.
 */
export async function visitLags(
  shards: Iterable<LagSource>,
  partitions: EndOffsets,
  options: { readonly timers: Timers; readonly visit: (lag: PartitionLag) => void },
): Promise<void> {
  // Shards come and go while others are walked.
  for (const source of [...shards]) {
    if (!source.isLoaded) continue;
    for (const { groupId, topic, partition, value } of source.shard.committedOffsets()) {
      const found = partitions.find(topic, partition);
      const endOffset = found?.isLeader === true ? found.highWatermark : -1;
      const committedOffset = value.offset;
      options.visit({
        groupId,
        topic,
        partition,
        committedOffset,
        endOffset,
        lag: lag(committedOffset, endOffset),
      });
    }
    await options.timers.yield();
  }
}

/** A position beyond the end is one of records that were lost: nothing is left to read. */
function lag(committedOffset: number, endOffset: number): number {
  return endOffset < 0 ? -1 : Math.max(0, endOffset - committedOffset);
}

/** The lag of a whole group. */
export interface GroupLag {
  readonly groupId: string;
  /** The sum of those that are known. */
  lag: number;
  /** The largest of them; -1 when none is known. */
  maxLag: number;
  partitions: number;
  /** Partitions whose lag is not known. */
  unknown: number;
}

/** The lag of every group that is coordinated here and has committed something. */
export async function lagByGroup(
  shards: Iterable<LagSource>,
  partitions: EndOffsets,
  timers: Timers,
): Promise<GroupLag[]> {
  const groups = new Map<string, GroupLag>();
  await visitLags(shards, partitions, {
    timers,
    visit({ groupId, lag }) {
      let group = groups.get(groupId);
      if (group === undefined) {
        group = { groupId, lag: 0, maxLag: -1, partitions: 0, unknown: 0 };
        groups.set(groupId, group);
      }
      group.partitions++;
      if (lag < 0) group.unknown++;
      else group.lag += lag;
      group.maxLag = Math.max(group.maxLag, lag);
    },
  });
  return [...groups.values()];
}
