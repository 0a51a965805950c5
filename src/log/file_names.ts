/** The names of files and directories in a Kafka data directory. */

import { join } from "./paths.ts";

export const LOG_SUFFIX = ".log";
export const OFFSET_INDEX_SUFFIX = ".index";
export const TIME_INDEX_SUFFIX = ".timeindex";
export const TXN_INDEX_SUFFIX = ".txnindex";
export const SNAPSHOT_SUFFIX = ".snapshot";
/** Put behind the names of a segment's files before they are removed. */
export const DELETED_SUFFIX = ".deleted";
/** Segments that compaction is still writing. */
export const CLEANED_SUFFIX = ".cleaned";
/** Segments that compaction has written and that are about to take the place of their originals. */
export const SWAP_SUFFIX = ".swap";
/** Put behind the name of a partition's directory, with a unique id, before it is removed. */
export const DELETE_DIRECTORY_SUFFIX = "-delete";
/** A replica that is being moved here from another data directory. */
export const FUTURE_DIRECTORY_SUFFIX = "-future";
/** A replica that the metadata does not know. */
export const STRAY_DIRECTORY_SUFFIX = "-stray";

/** The suffixes of all files that belong to a segment. */
export const SEGMENT_FILE_SUFFIXES = [
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
] as const;

export const LEADER_EPOCH_CHECKPOINT = "leader-epoch-checkpoint";
export const PARTITION_METADATA = "partition.metadata";
export const RECOVERY_POINT_CHECKPOINT = "recovery-point-offset-checkpoint";
export const LOG_START_OFFSET_CHECKPOINT = "log-start-offset-checkpoint";
export const HIGH_WATERMARK_CHECKPOINT = "replication-offset-checkpoint";
export const CLEANER_CHECKPOINT = "cleaner-offset-checkpoint";
export const CLEAN_SHUTDOWN_MARKER = ".kafka_cleanshutdown";

/** `offset` in the 20 digits that segment files and snapshots are named with. */
export function offsetName(offset: number): string {
  return String(offset).padStart(20, "0");
}

/** The path of the file of the segment or snapshot at `offset`. */
export function offsetPath(directory: string, offset: number, suffix: string): string {
  return join(directory, offsetName(offset) + suffix);
}

/** The offset in a file name made by {@link offsetName} and `suffix`, or null when it is another kind of name. */
export function offsetOfName(name: string, suffix: string): number | null {
  if (!name.endsWith(suffix)) return null;
  const digits = name.slice(0, name.length - suffix.length);
  if (!/^[0-9]{1,20}$/.test(digits)) return null;
  const offset = Number(digits);
  return Number.isSafeInteger(offset) ? offset : null;
}

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The name of a partition's directory. */
export function partitionDirectoryName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** The partition whose directory has `name`, or null when it is not one. */
export function parsePartitionDirectoryName(name: string): TopicPartition | null {
  const match = /^([a-zA-Z0-9._-]{1,249})-([0-9]{1,10})$/.exec(name);
  if (match === null) return null;
  const partition = Number(match[2]);
  return partition > 2147483647 ? null : { topic: match[1]!, partition };
}

/** In the directory of a log that has the name of an earlier one, as long as the checkpoint files may speak of that. */
export const NAMESAKE_MARKER = ".namesake";
