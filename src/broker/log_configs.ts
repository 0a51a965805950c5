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
    retentionMs: topic["retention.ms"],
    retentionBytes: topic["retention.bytes"],
    fileDeleteDelayMs: topic["file.delete.delay.ms"],
  };
}
