/** What the log layer needs to know of a topic's configuration, under Kafka's names with the units last. */

/** The configuration of one partition's log. The broker makes it from the topic's and the broker's configs. */
export interface LogConfig {
  /** `segment.bytes`: a segment is rolled before it would grow beyond this. */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment that is not empty is rolled at this age. */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: up to this much is taken off {@link segmentMs}, so that segments do not roll at once. */
  readonly segmentJitterMs: number;
  /** `segment.index.bytes`: a segment is rolled when one of its indexes would grow beyond this. */
  readonly segmentIndexBytes: number;
  /** `index.interval.bytes`: how many bytes of batches lie between two index entries. */
  readonly indexIntervalBytes: number;
  /** `max.message.bytes`: the largest batch a producer may send, header included. */
  readonly maxMessageBytes: number;
  /** `flush.messages`: sync after this many records; 1 makes {@link PartitionLog.flushedTo} the rule for acks. */
  readonly flushMessages: number;
  /** `flush.ms`: sync what is older than this. */
  readonly flushMs: number;
  /** `message.timestamp.type`. */
  readonly messageTimestampType: "CreateTime" | "LogAppendTime";
  /** `message.timestamp.before.max.ms`: how far a CreateTime may lie in the past. */
  readonly messageTimestampBeforeMaxMs: number;
  /** `message.timestamp.after.max.ms`: how far a CreateTime may lie in the future. */
  readonly messageTimestampAfterMaxMs: number;
  /** `cleanup.policy` contains delete. */
  readonly cleanupDelete: boolean;
  /** `cleanup.policy` contains compact: records must have keys. */
  readonly cleanupCompact: boolean;
  /** `min.cleanable.dirty.ratio`: how much of the log must be uncompacted; 0.5 unless told. */
  readonly minCleanableDirtyRatio?: number;
  /** `min.compaction.lag.ms`; 0 unless told. */
  readonly minCompactionLagMs?: number;
  /** `max.compaction.lag.ms`; no limit unless told. */
  readonly maxCompactionLagMs?: number;
  /** `delete.retention.ms`: how long tombstones and markers stay after compaction met them; a day unless told. */
  readonly deleteRetentionMs?: number;
  /** `retention.ms`: -1 keeps records for ever. */
  readonly retentionMs: number;
  /** `retention.bytes`: -1 keeps any amount. */
  readonly retentionBytes: number;
  /** `retention.disk.percent`: how much of the disk all partitions of the topic may take here; none unless told. */
  readonly retentionDiskPercent?: number | null;
  /** `file.delete.delay.ms`: how long a removed segment or log stays under its `.deleted` or `-delete` name. */
  readonly fileDeleteDelayMs: number;
}

/** Larger than any duration, size or count: "no limit" for the fields above. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** Kafka's defaults. */
export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 3600 * 1000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  maxMessageBytes: 1048588,
  flushMessages: UNLIMITED,
  flushMs: UNLIMITED,
  messageTimestampType: "CreateTime",
  messageTimestampBeforeMaxMs: UNLIMITED,
  messageTimestampAfterMaxMs: 3600 * 1000,
  cleanupDelete: true,
  cleanupCompact: false,
  retentionMs: 7 * 24 * 3600 * 1000,
  retentionBytes: -1,
  fileDeleteDelayMs: 60 * 1000,
};
