/** Where a follower has to cut its log when its leader says that the two differ (KIP-101, KIP-279, KIP-595). */

import type { EpochEnd, LeaderEpochCache } from "../../log/leader_epoch_cache.ts";

/**
 * The offset behind which nothing of the follower's log stays. The leader names the largest epoch that it knows, at
 * or below the follower's last one, and where that epoch ends in its log. When the follower does not know that epoch,
 * what it has of older ones stays, and the next fetch goes on from there.
 */
export function cutOffset(
  leader: EpochEnd,
  epochs: LeaderEpochCache,
  logEndOffset: number,
): number {
  if (leader.epoch < 0) return Math.min(leader.endOffset, logEndOffset);
  const own = epochs.endOffsetFor(leader.epoch, logEndOffset);
  // An epoch cache that knows nothing leaves the leader's word alone.
  if (own.epoch < 0) return Math.min(leader.endOffset, logEndOffset);
  if (own.epoch !== leader.epoch) return Math.min(own.endOffset, logEndOffset);
  return Math.min(own.endOffset, leader.endOffset, logEndOffset);
}
