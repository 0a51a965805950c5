/** What a file in a data directory is, by its name and that of the directory it is in. */

import {
  CLEAN_SHUTDOWN_MARKER,
  CLEANED_SUFFIX,
  CLEANER_CHECKPOINT,
  DELETED_SUFFIX,
  HIGH_WATERMARK_CHECKPOINT,
  LEADER_EPOCH_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetOfName,
  parsePartitionDirectoryName,
  PARTITION_METADATA,
  RECOVERY_POINT_CHECKPOINT,
  SNAPSHOT_SUFFIX,
  SWAP_SUFFIX,
  TIME_INDEX_SUFFIX,
  type TopicPartition,
  TXN_INDEX_SUFFIX,
} from "../file_names.ts";
import { baseName, parentOf } from "../paths.ts";

/** What a node was formatted with, in the form of a metadata snapshot. */
export const BOOTSTRAP_SNAPSHOT = "bootstrap.checkpoint";

export type FileKind =
  | "segment"
  | "offset-index"
  | "time-index"
  | "txn-index"
  | "producer-snapshot"
  /** A snapshot of the metadata log (KIP-630), or what a node was formatted with: batches, as in a segment. */
  | "metadata-snapshot"
  /** Offsets by partition. */
  | "offset-checkpoint"
  /** `leader-epoch-checkpoint`. */
  | "epoch-checkpoint"
  | "partition-metadata"
  | "meta-properties"
  | "quorum-state"
  | "clean-shutdown";

export interface KnownFile {
  readonly path: string;
  readonly kind: FileKind;
  /** The offset in the file's name; 0 where there is none. */
  readonly baseOffset: number;
  /** The partition whose directory the file is in; null when that cannot be told. */
  readonly partition: TopicPartition | null;
}

const kindOfSuffix: readonly (readonly [suffix: string, kind: FileKind])[] = [
  [LOG_SUFFIX, "segment"],
  [OFFSET_INDEX_SUFFIX, "offset-index"],
  [TIME_INDEX_SUFFIX, "time-index"],
  [TXN_INDEX_SUFFIX, "txn-index"],
  [SNAPSHOT_SUFFIX, "producer-snapshot"],
];

const kindOfName: Readonly<Record<string, FileKind>> = {
  [RECOVERY_POINT_CHECKPOINT]: "offset-checkpoint",
  [LOG_START_OFFSET_CHECKPOINT]: "offset-checkpoint",
  [HIGH_WATERMARK_CHECKPOINT]: "offset-checkpoint",
  [CLEANER_CHECKPOINT]: "offset-checkpoint",
  [LEADER_EPOCH_CHECKPOINT]: "epoch-checkpoint",
  [BOOTSTRAP_SNAPSHOT]: "metadata-snapshot",
  [PARTITION_METADATA]: "partition-metadata",
  [CLEAN_SHUTDOWN_MARKER]: "clean-shutdown",
  "meta.properties": "meta-properties",
  "quorum-state": "quorum-state",
};

/** What a file is; null when the name is not one that Kafka or Sluice gives. */
export function knownFile(path: string): KnownFile | null {
  const name = withoutState(baseName(path));
  const partition = partitionOfDirectory(baseName(parentOf(path)));
  const kind = kindOfName[name];
  if (kind !== undefined) return { path, kind, baseOffset: 0, partition };
  for (const [suffix, kind] of kindOfSuffix) {
    const baseOffset = offsetOfName(name, suffix);
    if (baseOffset !== null) return { path, kind, baseOffset, partition };
  }
  const snapshot = /^(\d{20})-\d{10}\.checkpoint$/.exec(name);
  if (snapshot === null) return null;
  return { path, kind: "metadata-snapshot", baseOffset: Number(snapshot[1]), partition };
}

/** Files that are being replaced or removed carry a further suffix. */
function withoutState(name: string): string {
  for (const suffix of [DELETED_SUFFIX, CLEANED_SUFFIX, SWAP_SUFFIX]) {
    if (name.endsWith(suffix)) return name.slice(0, -suffix.length);
  }
  return name;
}

/** The partition of a directory, also of one that is being moved or removed. */
function partitionOfDirectory(name: string): TopicPartition | null {
  return parsePartitionDirectoryName(name.replace(/\.[0-9a-zA-Z_-]+-(delete|future|stray)$/, ""));
}
