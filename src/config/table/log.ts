/** How partitions are stored: segments, retention, compaction, flushing, timestamps, compression. */

import { boolean, choice, double, DOUBLE_MAX, int, list, long, LONG_MAX } from "../definition.ts";

export const logConfigs = {
  "log.dir": list("The directory that holds the partitions when log.dirs is not set.", ["sluice-data"], {
    acts: true,
    kafkaDefault: "/tmp/kafka-logs",
    differs: "Kafka's default is a temporary directory, which a restart of the machine empties.",
  }),
  "log.dirs": list("The directories that hold the partitions; when not set, the one of log.dir.", null, {
    acts: true,
  }),
  "log.dir.failure.timeout.ms": long(
    "How long a broker that cannot tell the controller about a failed directory keeps trying before it stops.",
    30_000,
    { min: 1 },
  ),
  "cordoned.log.dirs": list("Directories that take no new partitions; * means all.", [], {
    update: "per-broker",
    acts: true,
  }),
  "log.segment.bytes": int("The size at which a segment ends and a new one begins.", 1_073_741_824, {
    min: 1_048_576,
    update: "cluster-wide",
    acts: true,
  }),
  "log.segment.delete.delay.ms": long(
    "How long a deleted segment's files stay on the disk, so that reads under way can finish.",
    60_000,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "log.roll.hours": int("The age at which a segment ends, in hours; used when log.roll.ms is not set.", 168, {
    min: 1,
    acts: true,
  }),
  "log.roll.ms": long("The age at which a segment ends even if it is not full.", null, {
    update: "cluster-wide",
    acts: true,
  }),
  "log.roll.jitter.hours": int(
    "The most hours taken off log.roll.hours at random, so that partitions do not all roll at once; used when log.roll.jitter.ms is not set.",
    0,
    { min: 0, acts: true },
  ),
  "log.roll.jitter.ms": long(
    "The most time taken off log.roll.ms at random, so that partitions do not all roll at once.",
    null,
    { update: "cluster-wide", acts: true },
  ),
  "log.retention.hours": int(
    "How many hours records are kept; used when neither log.retention.ms nor log.retention.minutes is set.",
    168,
    { acts: true },
  ),
  "log.retention.minutes": int(
    "How many minutes records are kept; used when log.retention.ms is not set.",
    null,
    { acts: true },
  ),
  "log.retention.ms": long("How long records are kept; -1 keeps them for ever.", null, {
    update: "cluster-wide",
    acts: true,
  }),
  "log.retention.bytes": long("How many bytes of each partition are kept; -1 sets no limit.", -1, {
    update: "cluster-wide",
    acts: true,
  }),
  "log.retention.check.interval.ms": long(
    "How often segments are checked against the retention limits.",
    300_000,
    { min: 1, acts: true },
  ),
  "log.cleanup.policy": list(
    "What happens to old segments: delete drops them, compact keeps the last record of each key, an empty list keeps everything.",
    ["delete"],
    { choices: ["compact", "delete"], update: "cluster-wide", acts: true },
  ),
  "log.cleaner.enable": boolean("Whether compaction runs at all.", true, { acts: true }),
  "log.cleaner.threads": int("How many compactions may run at the same time.", 1, {
    min: 0,
    update: "cluster-wide",
  }),
  "log.cleaner.backoff.ms": long("How long the cleaner rests when there is nothing to clean.", 15_000, {
    min: 0,
    update: "cluster-wide",
    acts: true,
  }),
  "log.cleaner.dedupe.buffer.size": long(
    "The memory for the map of keys that compaction builds.",
    134_217_728,
    { unit: "bytes", update: "cluster-wide", acts: true },
  ),
  "log.cleaner.io.buffer.size": int("The memory for reading and writing during compaction.", 524_288, {
    min: 0,
    unit: "bytes",
    update: "cluster-wide",
    acts: true,
  }),
  "log.cleaner.io.buffer.load.factor": double(
    "How full the map of keys may get, as a fraction; fuller cleans more at once and collides more often.",
    0.9,
    { update: "cluster-wide", acts: true },
  ),
  "log.cleaner.io.max.bytes.per.second": double(
    "The most bytes a second that compaction reads and writes.",
    DOUBLE_MAX,
    { unit: "bytes", update: "cluster-wide", acts: true },
  ),
  "log.cleaner.delete.retention.ms": long(
    "How long a tombstone is kept in a compacted topic, so that slow consumers see the deletion.",
    86_400_000,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "log.cleaner.min.cleanable.ratio": double(
    "The fraction of a log that must be uncompacted before compaction starts on it.",
    0.5,
    { min: 0, max: 1, update: "cluster-wide", acts: true },
  ),
  "log.cleaner.min.compaction.lag.ms": long(
    "How long a record is safe from compaction after it was written.",
    0,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "log.cleaner.max.compaction.lag.ms": long("How long a record may wait for compaction at most.", LONG_MAX, {
    min: 1,
    update: "cluster-wide",
    acts: true,
  }),
  "log.flush.interval.messages": long(
    "How many records a partition takes in before they are forced onto the disk; 1 forces them before every acknowledgement.",
    LONG_MAX,
    { min: 1, update: "cluster-wide", acts: true },
  ),
  "log.flush.interval.ms": long(
    "How long a record may wait before it is forced onto the disk; when not set, the time of log.flush.scheduler.interval.ms.",
    null,
    { update: "cluster-wide", acts: true },
  ),
  "log.flush.scheduler.interval.ms": long(
    "How often the broker looks for partitions whose records must be forced onto the disk.",
    LONG_MAX,
    { acts: true },
  ),
  "log.flush.offset.checkpoint.interval.ms": int(
    "How often the recovery points, up to which everything is safely on the disk, are written down.",
    60_000,
    { min: 0, acts: true },
  ),
  "log.flush.start.offset.checkpoint.interval.ms": int(
    "How often the first offset of each partition is written down.",
    60_000,
    { min: 0 },
  ),
  "log.index.interval.bytes": int(
    "How many bytes of records lie between two entries of an offset index.",
    4096,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "log.index.size.max.bytes": int("The size at which an index is full and its segment ends.", 10_485_760, {
    min: 4,
    update: "cluster-wide",
    acts: true,
  }),
  "log.initial.task.delay.ms": long(
    "How long after the start the first retention, flush and checkpoint runs begin.",
    30_000,
    { min: 0, internal: true, acts: true },
  ),
  "log.local.retention.bytes": long(
    "How many bytes of a partition with remote storage stay on the local disk; -2 takes the value of log.retention.bytes.",
    -2,
    { min: -2, update: "cluster-wide" },
  ),
  "log.local.retention.ms": long(
    "How long the records of a partition with remote storage stay on the local disk; -2 takes the value of log.retention.ms.",
    -2,
    { min: -2, update: "cluster-wide" },
  ),
  "log.message.timestamp.type": choice(
    "Whether a record keeps the time its producer gave it or gets the time of its append.",
    "CreateTime",
    { choices: ["CreateTime", "LogAppendTime"], update: "cluster-wide", acts: true },
  ),
  "log.message.timestamp.before.max.ms": long(
    "How far a record's timestamp may lie behind the broker's clock.",
    LONG_MAX,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "log.message.timestamp.after.max.ms": long(
    "How far a record's timestamp may lie ahead of the broker's clock.",
    3_600_000,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "log.preallocate": boolean("Whether a new segment's file gets its full size at once.", false, {
    update: "cluster-wide",
  }),
  "message.max.bytes": int(
    "The largest record batch that a producer may send, as it is on the wire.",
    1_048_588,
    { min: 0, update: "cluster-wide", acts: true },
  ),
  "compression.type": choice(
    "The codec that batches are stored in; producer keeps whatever the producer chose.",
    "producer",
    {
      choices: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
      update: "cluster-wide",
      acts: true,
    },
  ),
  "compression.gzip.level": int("The gzip level when the broker compresses; -1 leaves it to the codec.", -1, {
    min: 1,
    max: 9,
    orElse: -1,
    update: "cluster-wide",
    acts: true,
  }),
  "compression.lz4.level": int("The lz4 level when the broker compresses.", 9, {
    min: 1,
    max: 17,
    update: "cluster-wide",
    acts: true,
  }),
  "compression.zstd.level": int("The zstd level when the broker compresses.", 3, {
    min: -131_072,
    max: 22,
    update: "cluster-wide",
    acts: true,
  }),
  "num.recovery.threads.per.data.dir": int(
    "How many partitions of a directory are recovered or flushed at the same time at start and shutdown.",
    2,
    { min: 1, update: "cluster-wide" },
  ),
  "num.replica.alter.log.dirs.threads": int(
    "How many threads move replicas between directories of one broker.",
    null,
  ),
} as const;
