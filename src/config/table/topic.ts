/** The configs of a topic. `broker` names the broker config that a topic without its own value follows. */

import { boolean, choice, double, int, list, long, LONG_MAX } from "../definition.ts";
import { throttledReplicas } from "../rules.ts";

export const topicConfigs = {
  "cleanup.policy": list(
    "What happens to old segments: delete drops them, compact keeps the last record of each key, an empty list keeps everything.",
    ["delete"],
    { choices: ["compact", "delete"], broker: "log.cleanup.policy", acts: true },
  ),
  "compression.gzip.level": int("The gzip level when the broker compresses; -1 leaves it to the codec.", -1, {
    min: 1,
    max: 9,
    orElse: -1,
    broker: "compression.gzip.level",
    acts: true,
  }),
  "compression.lz4.level": int("The lz4 level when the broker compresses.", 9, {
    min: 1,
    max: 17,
    broker: "compression.lz4.level",
    acts: true,
  }),
  "compression.type": choice(
    "The codec that batches are stored in; producer keeps whatever the producer chose.",
    "producer",
    {
      choices: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
      broker: "compression.type",
      acts: true,
    },
  ),
  "compression.zstd.level": int("The zstd level when the broker compresses.", 3, {
    min: -131_072,
    max: 22,
    broker: "compression.zstd.level",
    acts: true,
  }),
  "delete.retention.ms": long(
    "How long a tombstone is kept in a compacted topic, so that slow consumers see the deletion.",
    86_400_000,
    { min: 0, broker: "log.cleaner.delete.retention.ms", acts: true },
  ),
  "file.delete.delay.ms": long(
    "How long a deleted segment's files stay on the disk, so that reads under way can finish.",
    60_000,
    { min: 0, broker: "log.segment.delete.delay.ms", acts: true },
  ),
  "flush.messages": long(
    "How many records the log takes in before they are forced onto the disk; 1 forces them before every acknowledgement.",
    LONG_MAX,
    { min: 1, broker: "log.flush.interval.messages", acts: true },
  ),
  "flush.ms": long("How long a record may wait before it is forced onto the disk.", LONG_MAX, {
    min: 0,
    broker: "log.flush.interval.ms",
    acts: true,
  }),
  "follower.replication.throttled.replicas": list(
    "The replicas whose fetching is throttled, as partition:broker pairs; * means all.",
    [],
    { rule: throttledReplicas, acts: true },
  ),
  "index.interval.bytes": int(
    "How many bytes of records lie between two entries of the offset index.",
    4096,
    { min: 0, broker: "log.index.interval.bytes", acts: true },
  ),
  "internal.segment.bytes": int("A segment size below the usual minimum, for tests.", null, {
    internal: true,
  }),
  "leader.replication.throttled.replicas": list(
    "The replicas whose leader throttles what it serves them, as partition:broker pairs; * means all.",
    [],
    { rule: throttledReplicas, acts: true },
  ),
  "local.retention.bytes": long(
    "How many bytes of a partition with remote storage stay on the local disk; -2 takes the value of retention.bytes.",
    -2,
    { min: -2, broker: "log.local.retention.bytes" },
  ),
  "local.retention.ms": long(
    "How long the records of a partition with remote storage stay on the local disk; -2 takes the value of retention.ms.",
    -2,
    { min: -2, broker: "log.local.retention.ms" },
  ),
  "max.compaction.lag.ms": long("How long a record may wait for compaction at most.", LONG_MAX, {
    min: 1,
    broker: "log.cleaner.max.compaction.lag.ms",
    acts: true,
  }),
  "max.message.bytes": int(
    "The largest record batch that a producer may send, as it is on the wire.",
    1_048_588,
    { min: 0, broker: "message.max.bytes", acts: true },
  ),
  "message.timestamp.after.max.ms": long(
    "How far a record's timestamp may lie ahead of the broker's clock.",
    3_600_000,
    { min: 0, broker: "log.message.timestamp.after.max.ms", acts: true },
  ),
  "message.timestamp.before.max.ms": long(
    "How far a record's timestamp may lie behind the broker's clock.",
    LONG_MAX,
    { min: 0, broker: "log.message.timestamp.before.max.ms", acts: true },
  ),
  "message.timestamp.type": choice(
    "Whether a record keeps the time its producer gave it or gets the time of its append.",
    "CreateTime",
    { choices: ["CreateTime", "LogAppendTime"], broker: "log.message.timestamp.type", acts: true },
  ),
  "min.cleanable.dirty.ratio": double(
    "The fraction of the log that must be uncompacted before compaction starts on it.",
    0.5,
    { min: 0, max: 1, broker: "log.cleaner.min.cleanable.ratio", acts: true },
  ),
  "min.compaction.lag.ms": long("How long a record is safe from compaction after it was written.", 0, {
    min: 0,
    broker: "log.cleaner.min.compaction.lag.ms",
    acts: true,
  }),
  "min.insync.replicas": int(
    "How many replicas must have a record before a producer with acks=all is told that it is stored.",
    1,
    { min: 1, broker: "min.insync.replicas", acts: true },
  ),
  "preallocate": boolean("Whether a new segment's file gets its full size at once.", false, {
    broker: "log.preallocate",
  }),
  "remote.log.copy.disable": boolean(
    "Whether copying to remote storage is stopped while what is there stays readable.",
    false,
  ),
  "remote.log.delete.on.disable": boolean("Whether turning remote storage off deletes what is there.", false),
  "remote.storage.enable": boolean("Whether old segments of the topic move to remote storage.", false),
  "retention.bytes": long("How many bytes of each partition are kept; -1 sets no limit.", -1, {
    broker: "log.retention.bytes",
    acts: true,
  }),
  "retention.disk.percent": double(
    "How much of the disk, in percent, the partitions of this topic may fill together on a broker; -1 sets no limit.",
    -1,
    { min: 0, max: 100, orElse: -1, broker: "log.retention.disk.percent", own: true, acts: true },
  ),
  "retention.ms": long("How long records are kept; -1 keeps them for ever.", 604_800_000, {
    min: -1,
    broker: "log.retention.ms",
    acts: true,
  }),
  "segment.bytes": int("The size at which a segment ends and a new one begins.", 1_073_741_824, {
    min: 1_048_576,
    broker: "log.segment.bytes",
    acts: true,
  }),
  "segment.index.bytes": int("The size at which an index is full and its segment ends.", 10_485_760, {
    min: 4,
    broker: "log.index.size.max.bytes",
    acts: true,
  }),
  "segment.jitter.ms": long(
    "The most time taken off segment.ms at random, so that partitions do not all roll at once.",
    0,
    { min: 0, broker: "log.roll.jitter.ms", acts: true },
  ),
  "segment.ms": long("The age at which a segment ends even if it is not full.", 604_800_000, {
    min: 1,
    broker: "log.roll.ms",
    acts: true,
  }),
  "unclean.leader.election.enable": boolean(
    "Whether a replica that was not in sync may become leader when no other is left, at the price of lost records.",
    false,
    { broker: "unclean.leader.election.enable", acts: true },
  ),
} as const;
