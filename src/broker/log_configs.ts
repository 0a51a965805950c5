/** From the config layer's names to what the log layer wants to know. */

import type { TopicConfig } from "../config/table.ts";
import type { LogConfig } from "../log/log_config.ts";

export function logConfigOf(topic: TopicConfig): LogConfig {
  return {
    segmentBytes: topic["segment.bytes"],
    segmentMs: topic["segment.ms"],
    segmentJitterMs: topic["segment.jitter.ms"],
    segmentIndexBytes: topic["segment.index.bytes"],
    indexIntervalBytes: topic["index.interval.bytes"],
    maxMessageBytes: topic["max.message.bytes"],
    flushMessages: topic["flush.messages"],
    flushMs: topic["flush.ms"],
    messageTimestampType: topic["message.timestamp.type"],
    messageTimestampBeforeMaxMs: topic["message.timestamp.before.max.ms"],
    messageTimestampAfterMaxMs: topic["message.timestamp.after.max.ms"],
    cleanupDelete: topic["cleanup.policy"].includes("delete"),
    cleanupCompact: topic["cleanup.policy"].includes("compact"),
    minCleanableDirtyRatio: topic["min.cleanable.dirty.ratio"],
    minCompactionLagMs: topic["min.compaction.lag.ms"],
    maxCompactionLagMs: topic["max.compaction.lag.ms"],
    deleteRetentionMs: topic["delete.retention.ms"],
    retentionMs: topic["retention.ms"],
    retentionBytes: topic["retention.bytes"],
    retentionDiskPercent: percentOrNull(topic["retention.disk.percent"]),
    fileDeleteDelayMs: topic["file.delete.delay.ms"],
  };
}

/** A percentage of which -1 means that there is none. */
export function percentOrNull(percent: number): number | null {
  return percent < 0 ? null : percent;
}
