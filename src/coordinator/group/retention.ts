/**
 * Expiry of offsets (`offsets.retention.minutes`, KIP-211): of a group without members, counted from when the last
 * one left; of a simple group, from each commit; of a stable consumer group, from each commit to a topic that nobody
 * in it subscribes to any more. A group without members and offsets goes with its last offset.
 */

import type { OffsetCommitValue } from "../../protocol/records/offsets.ts";
import type { ClassicGroup } from "./classic_group.ts";
import { buryGroup } from "./offset_delete.ts";
import { offsetTombstone } from "./records.ts";
import type { ShardState } from "./shard_state.ts";
import type { GroupRecord } from "./types.ts";

/** A sweep stops after about this many offsets and groups and goes on a millisecond later. */
const SLICE = 10_000;
const NEXT_SLICE_MS = 1;

/** Looks at the next groups of a sweep, and arms the next slice or the next sweep. */
export function onRetentionDeadline(shard: ShardState): void {
  shard.sweep ??= shard.groups.values();
  let budget = SLICE;
  while (budget > 0) {
    const next = shard.sweep.next();
    if (next.done) {
      shard.sweep = null;
      shard.armIn(shard.retention, shard.config.offsetsRetentionCheckIntervalMs);
      return;
    }
    budget -= 1 + expireOffsets(shard, next.value);
  }
  shard.armIn(shard.retention, NEXT_SLICE_MS);
}

/** Removes the expired offsets of a group, or the whole group; returns how many offsets it looked at. */
function expireOffsets(shard: ShardState, group: ClassicGroup): number {
  // What is in flight will be looked at in the next sweep.
  if (group.state === "Dead" || group.appendsInFlight > 0) return 0;
  const startMs = retentionStart(group);
  if (startMs === null) return 0;
  const tombstones: GroupRecord[] = [];
  let seen = 0;
  let kept = 0;
  for (const [topic, partitions] of shard.offsets.group(group.groupId)) {
    const subscribed = group.isSubscribedTo(topic);
    for (const [partition, value] of partitions) {
      seen++;
      if (subscribed || !isExpired(shard, value, startMs)) kept++;
      else tombstones.push(offsetTombstone(group.groupId, topic, partition));
    }
  }
  const gone = kept === 0 && group.state === "Empty" && group.pendingJoin.size === 0;
  if (gone) buryGroup(shard, group, { reason: "expired" });
  else if (tombstones.length > 0) shard.append({ group, records: tombstones });
  return seen;
}

type RetentionStart = (value: OffsetCommitValue) => number;

const sinceCommit: RetentionStart = (value) => value.commitTimestamp;

/** From when on the retention time of a group's offsets runs; null while they do not expire at all. */
function retentionStart(group: ClassicGroup): RetentionStart | null {
  if (group.protocolType === null) return sinceCommit;
  if (group.state === "Empty") {
    return group.stateTimestampMs === -1 ? sinceCommit : () => group.stateTimestampMs;
  }
  const knowsTopics = group.usesConsumerProtocol && group.subscribedTopics !== null;
  return group.state === "Stable" && knowsTopics ? sinceCommit : null;
}

function isExpired(shard: ShardState, value: OffsetCommitValue, startMs: RetentionStart): boolean {
  const { wallMs } = shard.now;
  // Commits of versions 2 to 4 may bring an expiry time of their own.
  if (value.expireTimestamp !== -1) return wallMs >= value.expireTimestamp;
  return wallMs - startMs(value) >= shard.config.offsetsRetentionMs;
}
