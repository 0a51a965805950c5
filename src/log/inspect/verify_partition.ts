/** Verifies the directory of one partition: its segments with their indexes, snapshots and small files. */

import { DecodeError } from "../../core/errors.ts";
import { type Disk, DiskError } from "../../platform/disk.ts";
import type { BatchView } from "../../records/batch.ts";
import { readControlKey } from "../../records/control_record.ts";
import { recordsOf } from "../../records/record.ts";
import { LEADER_EPOCH_CHECKPOINT, LOG_SUFFIX, offsetOfName, offsetPath } from "../file_names.ts";
import type { EpochEntry } from "../leader_epoch_cache.ts";
import { join } from "../paths.ts";
import { decodeProducerSnapshot } from "../producer_snapshot.ts";
import { knownFile } from "./file_kind.ts";
import type { VerifyReport } from "./finding.ts";
import { SegmentReader } from "./segment_reader.ts";
import { textEntries } from "./text_files.ts";
import { verifySegment } from "./verify_segment.ts";

/** What the data directory knows of a partition. */
export interface PartitionFacts {
  /** A broker uses the directory now: the last segment may change while it is read. */
  readonly isLive: boolean;
  /** The broker that used it did not stop in order: what is behind the recovery point may be torn. */
  readonly isUnclean: boolean;
  /** From the checkpoints; undefined where they say nothing. */
  readonly recoveryPoint: number | undefined;
  readonly logStartOffset: number | undefined;
  readonly highWatermark: number | undefined;
  /** Compaction has been here: offsets may be missing anywhere. */
  readonly isCompacted: boolean;
}

export interface VerifyPartitionOptions extends PartitionFacts {
  readonly disk: Disk;
  readonly report: VerifyReport;
  readonly directory: string;
  readonly deep: boolean;
}

/** Verifies one partition. What it finds goes to the report. */
export async function verifyPartition(options: VerifyPartitionOptions): Promise<void> {
  const { disk, report, directory } = options;
  report.counts.partitions++;
  const names = report.attempt(directory, () => disk.list(directory).map((entry) => entry.name)) ?? [];
  const epochs = smallFiles(options, names);
  const nextOffset = await verifySegments(options, names, epochs);
  if (nextOffset !== null) compareCheckpoints(options, nextOffset);
  for (const name of names) {
    const path = join(directory, name);
    const kind = knownFile(path)?.kind;
    if (/\.(deleted|cleaned|swap|tmp|part)$/.test(name)) {
      if (!options.isLive) {
        report.note(path, "left behind by a stop in the middle; the next start deals with it");
      }
    } else if (kind === "producer-snapshot") verifySnapshot(options, path);
    else if (kind === "metadata-snapshot") await verifyMetadataSnapshot(options, path);
  }
}

/** Reads the text files; the entries of the epoch checkpoint. */
function smallFiles(
  { disk, report, directory }: VerifyPartitionOptions,
  names: readonly string[],
): EpochEntry[] {
  let epochs: EpochEntry[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const kind = knownFile(path)?.kind;
    if (kind !== "epoch-checkpoint" && kind !== "partition-metadata" && kind !== "quorum-state") continue;
    const entries = report.attempt(path, () => textEntries(kind, disk.readFile(path)));
    if (name === LEADER_EPOCH_CHECKPOINT && entries !== null) epochs = entries as unknown as EpochEntry[];
  }
  return epochs;
}

/** Verifies all segments in order; the offset behind the last, or null when that cannot be said. */
async function verifySegments(
  options: VerifyPartitionOptions,
  names: readonly string[],
  epochs: readonly EpochEntry[],
): Promise<number | null> {
  const { disk, report, directory, deep, isLive, isCompacted, recoveryPoint = 0 } = options;
  const bases = names.map((name) => offsetOfName(name, LOG_SUFFIX)).filter((offset) => offset !== null)
    .sort((a, b) => a - b);
  let nextOffset = bases[0] ?? null;
  let hasGaps = isCompacted;
  for (const [index, baseOffset] of bases.entries()) {
    const path = offsetPath(directory, baseOffset, LOG_SUFFIX);
    if (nextOffset !== null && baseOffset < nextOffset) {
      report.damage(path, `begins at offset ${baseOffset}, which the segment before it has too`);
    } else if (nextOffset !== null && baseOffset > nextOffset && !hasGaps) {
      report.damage(path, `offsets ${nextOffset} to ${baseOffset - 1} are missing before it`);
    }
    const next = bases[index + 1];
    // Compaction replaces segments and their indexes while a broker runs, one file after the other.
    const isUnfinished = (isLive && (next === undefined || isCompacted)) ||
      (options.isUnclean && (next === undefined || next > recoveryPoint));
    const found = await verifySegment({
      ...{ disk, report, directory, baseOffset, epochs, isLive, isUnfinished, deep },
      nextOffset: nextOffset ?? baseOffset,
    });
    if (found.gapAt !== null) {
      if (!hasGaps) report.note(path, "offsets are missing; compaction does that, nothing else", found.gapAt);
      hasGaps = true;
    }
    nextOffset = found.isCut ? null : found.nextOffset;
  }
  return nextOffset;
}

/** Offsets that the broker has promised must be there. */
function compareCheckpoints(options: VerifyPartitionOptions, endOffset: number): void {
  const { report, directory, isLive } = options;
  if (isLive) return;
  const promises = [
    ["recovery point", options.recoveryPoint],
    ["high watermark", options.highWatermark],
    ["log start offset", options.logStartOffset],
  ] as const;
  for (const [name, offset] of promises) {
    if (offset === undefined || offset <= endOffset) continue;
    report.damage(directory, `the log ends at offset ${endOffset}, but its ${name} is ${offset}`);
  }
}

function verifySnapshot({ disk, report }: VerifyPartitionOptions, path: string): void {
  const producers = report.attempt(path, () => decodeProducerSnapshot(disk.readFile(path)));
  const offset = knownFile(path)!.baseOffset;
  for (const { producerId, lastOffset } of producers ?? []) {
    if (lastOffset < offset) continue;
    report.damage(
      path,
      `producer ${producerId} wrote offset ${lastOffset}, behind the snapshot's own ${offset}`,
    );
  }
}

/** A snapshot of the metadata log is sound batches between a header and a footer (KIP-630). */
export async function verifyMetadataSnapshot(
  { disk, report }: { readonly disk: Disk; readonly report: VerifyReport },
  path: string,
): Promise<void> {
  const file = report.attempt(path, () => disk.open(path, { readOnly: true }));
  if (file === null) return;
  try {
    const reader = new SegmentReader(file, {
      onDamage: ({ position, what }) => report.damage(path, what, position),
    });
    let hasHeader = false;
    let hasFooter = false;
    do {
      while (reader.take()) {
        const types = controlTypes(reader.batch);
        hasHeader ||= reader.position === 0 && types[0] === "SnapshotHeader";
        hasFooter = types.at(-1) === "SnapshotFooter";
      }
    } while (await reader.more());
    if (!hasHeader || !hasFooter) report.damage(path, "the snapshot has no header or no footer");
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof DiskError)) throw error;
    report.damage(path, error.message);
  } finally {
    file.close();
  }
}

function controlTypes(batch: BatchView): (string | undefined)[] {
  if (!batch.isControl) return [];
  return [...recordsOf(batch)].map(({ key }) => readControlKey(key).type);
}
