/** Verifies a data directory of Sluice or Apache Kafka, or one partition's directory in it. It only reads. */

import type { DirectoryEntry, Disk } from "../../platform/disk.ts";
import { type OffsetsByPartition, readOffsetCheckpoint } from "../checkpoint_file.ts";
import {
  CLEAN_SHUTDOWN_MARKER,
  CLEANER_CHECKPOINT,
  HIGH_WATERMARK_CHECKPOINT,
  LOG_START_OFFSET_CHECKPOINT,
  LOG_SUFFIX,
  offsetOfName,
  parsePartitionDirectoryName,
  RECOVERY_POINT_CHECKPOINT,
} from "../file_names.ts";
import { baseName, join, parentOf } from "../paths.ts";
import { BOOTSTRAP_SNAPSHOT, knownFile } from "./file_kind.ts";
import type { VerifyReport } from "./finding.ts";
import { textEntries } from "./text_files.ts";
import { type PartitionFacts, verifyMetadataSnapshot, verifyPartition } from "./verify_partition.ts";

export interface VerifyOptions {
  readonly disk: Disk;
  readonly report: VerifyReport;
  /** A broker uses the directory now. */
  readonly isLive: boolean;
  /** Decompress and read the records too. */
  readonly deep: boolean;
}

/** What there is to verify. */
export interface VerifyPlan {
  readonly dataDirectory: string;
  /** The paths of partitions. */
  readonly partitions: readonly string[];
  /** False when only one partition is asked for: the files beside the partitions are left alone then. */
  readonly isWhole: boolean;
}

/** The metadata log keeps its own account of what is durable, and its quorum what is committed. */
const METADATA_DIRECTORY = "__cluster_metadata-0";

/** What is in a directory; null when it is neither a data directory nor a partition's. Throws DiskError. */
export function planVerification(disk: Disk, path: string): VerifyPlan | null {
  const entries = disk.list(path);
  if (hasSegments(entries)) {
    return { dataDirectory: parentOf(path), partitions: [path], isWhole: false };
  }
  const partitions = entries
    .filter(({ name, isDirectory }) => isDirectory && parsePartitionDirectoryName(name) !== null)
    .map(({ name }) => join(path, name));
  const isKnown = entries.some(({ name }) => name === "meta.properties") ||
    partitions.some((partition) => hasSegments(disk.list(partition)));
  return isKnown ? { dataDirectory: path, partitions, isWhole: true } : null;
}

function hasSegments(entries: readonly DirectoryEntry[]): boolean {
  return entries.some(({ name }) => offsetOfName(name, LOG_SUFFIX) !== null);
}

/** Verifies what the plan has. What is found goes to the report. */
export async function verifyDirectory(plan: VerifyPlan, options: VerifyOptions): Promise<void> {
  const { disk, report } = options;
  report.counts.totalBytes = plan.partitions.reduce((sum, path) => sum + segmentBytes(disk, path), 0);
  if (plan.isWhole) await verifySmallFiles(plan.dataDirectory, options);
  const factsOf = partitionFacts(plan.dataDirectory, options);
  for (const directory of plan.partitions) {
    await verifyPartition({ ...options, ...factsOf(baseName(directory)), directory });
  }
}

/** The size of the segments of a partition; what has just been removed counts as empty. */
function segmentBytes(disk: Disk, directory: string): number {
  try {
    return disk.list(directory)
      .filter(({ name }) => offsetOfName(name, LOG_SUFFIX) !== null)
      .reduce((sum, { name }) => sum + disk.fileSize(join(directory, name)), 0);
  } catch {
    return 0;
  }
}

async function verifySmallFiles(directory: string, options: VerifyOptions): Promise<void> {
  const { disk, report } = options;
  for (const { name, isDirectory } of disk.list(directory)) {
    if (isDirectory) continue;
    const path = join(directory, name);
    if (name === BOOTSTRAP_SNAPSHOT) await verifyMetadataSnapshot(options, path);
    const kind = knownFile(path)?.kind;
    const isText = kind === "offset-checkpoint" || kind === "meta-properties" || kind === "clean-shutdown";
    if (isText) report.attempt(path, () => textEntries(kind, disk.readFile(path)));
  }
}

/** What the checkpoints of a data directory say of each partition, by the name of its directory. */
function partitionFacts(
  directory: string,
  { disk, isLive }: VerifyOptions,
): (name: string) => PartitionFacts {
  const read = (name: string): OffsetsByPartition => {
    try {
      return readOffsetCheckpoint(disk, join(directory, name));
    } catch {
      return new Map(); // Where it is part of the directory to verify, its damage is reported already.
    }
  };
  const recoveryPoints = read(RECOVERY_POINT_CHECKPOINT);
  const highWatermarks = read(HIGH_WATERMARK_CHECKPOINT);
  const logStartOffsets = read(LOG_START_OFFSET_CHECKPOINT);
  const cleaned = read(CLEANER_CHECKPOINT);
  const isUnclean = !isLive && !disk.exists(join(directory, CLEAN_SHUTDOWN_MARKER));
  return (name) => ({
    isLive,
    isUnclean,
    recoveryPoint: name === METADATA_DIRECTORY ? undefined : recoveryPoints.get(name),
    logStartOffset: logStartOffsets.get(name),
    highWatermark: highWatermarks.get(name),
    isCompacted: cleaned.has(name),
  });
}
