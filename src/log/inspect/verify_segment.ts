/** Reads all batches of a segment and compares its indexes with them. */

import { DecodeError, messageOf } from "../../core/errors.ts";
import { type Disk, DiskError } from "../../platform/disk.ts";
import type { BatchView } from "../../records/batch.ts";
import { RecordCursor } from "../../records/record.ts";
import {
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  offsetPath,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from "../file_names.ts";
import type { EpochEntry } from "../leader_epoch_cache.ts";
import type { VerifyReport } from "./finding.ts";
import {
  checkOffsetIndex,
  checkTimeIndex,
  checkTxnIndex,
  type IndexCheck,
  type OnWrongEntry,
} from "./index_checks.ts";
import {
  type IndexEntries,
  offsetIndexEntries,
  timeIndexEntries,
  TXN_INDEX_ENTRY_BYTES,
  txnIndexEntries,
} from "./index_entries.ts";
import { OFFSET_INDEX_ENTRY_BYTES } from "../offset_index.ts";
import { TIME_INDEX_ENTRY_BYTES } from "../time_index.ts";
import { SegmentReader } from "./segment_reader.ts";

export interface VerifySegmentOptions {
  readonly disk: Disk;
  readonly report: VerifyReport;
  readonly directory: string;
  readonly baseOffset: number;
  /** No batch may begin before this. */
  readonly nextOffset: number;
  /** From `leader-epoch-checkpoint`. */
  readonly epochs: readonly EpochEntry[];
  /** A broker uses the directory now and may have removed the segment meanwhile. */
  readonly isLive: boolean;
  /** A broker has not finished this segment: its end may be torn and its indexes old. */
  readonly isUnfinished: boolean;
  /** Decompress and read the records too. */
  readonly deep: boolean;
}

export interface VerifiedSegment {
  /** The offset behind the last sound batch. */
  readonly nextOffset: number;
  /** The position of the first batch where offsets are missing, as compaction leaves it; null when none are. */
  readonly gapAt: number | null;
  /** The last batches are not sound, so that what follows cannot be compared. */
  readonly isCut: boolean;
}

/** Verifies one segment. What it finds goes to the report. */
export async function verifySegment(options: VerifySegmentOptions): Promise<VerifiedSegment> {
  const { report, disk } = options;
  const path = offsetPath(options.directory, options.baseOffset, LOG_SUFFIX);
  try {
    const file = disk.open(path, { readOnly: true });
    try {
      const verification = new Verification(options, path);
      return await verification.run(new SegmentReader(file, verification), file.size);
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    if (!(options.isLive && error.code === "not-found")) report.damage(path, messageOf(error));
    return { nextOffset: options.nextOffset, gapAt: null, isCut: true };
  }
}

class Verification {
  readonly #options: VerifySegmentOptions;
  readonly #path: string;
  readonly #checks: IndexCheck[];
  #nextOffset: number;
  #gapAt: number | null = null;
  #isCut = false;
  /** The number of the epoch entry that holds at the current offset. */
  #epoch = -1;

  constructor(options: VerifySegmentOptions, path: string) {
    this.#options = options;
    this.#path = path;
    this.#nextOffset = Math.max(options.nextOffset, options.baseOffset);
    this.#checks = options.isUnfinished ? [] : indexChecks(options);
  }

  async run(reader: SegmentReader, size: number): Promise<VerifiedSegment> {
    const { counts } = this.#options.report;
    counts.segments++;
    const before = counts.bytes;
    do {
      while (reader.take()) this.#batch(reader.batch, reader.position, reader.isWhole);
      counts.bytes = before + reader.readBytes;
    } while (await reader.more());
    counts.bytes = before + size;
    // Behind damage there are batches that the indexes rightly know.
    if (!this.#isCut) { for (const check of this.#checks) check.onEnd(); }
    return { nextOffset: this.#nextOffset, gapAt: this.#gapAt, isCut: this.#isCut };
  }

  /** The reader calls this for what is no sound batch. */
  readonly onDamage = ({ position, what }: { readonly position: number; readonly what: string }): void => {
    const { report, isUnfinished } = this.#options;
    this.#isCut = true;
    this.#checks.length = 0;
    if (isUnfinished && what.startsWith("truncated")) {
      report.note(
        this.#path,
        `${what}: it was being written; the next start of a broker cuts it off`,
        position,
      );
    } else report.damage(this.#path, what, position);
  };

  #batch(batch: BatchView, position: number, isWhole: boolean): void {
    const { report, baseOffset: segmentOffset } = this.#options;
    const { baseOffset, lastOffset, recordsCount } = batch;
    report.counts.batches++;
    report.counts.records += recordsCount;
    if (baseOffset < this.#nextOffset) {
      report.damage(
        this.#path,
        `offset ${baseOffset} where ${this.#nextOffset} or more was wanted`,
        position,
      );
    } else if (baseOffset > this.#nextOffset || recordsCount <= lastOffset - baseOffset) {
      this.#gapAt ??= position;
    }
    if (lastOffset - segmentOffset > 0x7fffffff) {
      report.damage(this.#path, `offset ${lastOffset} is too far from the start of the segment`, position);
    }
    this.#nextOffset = Math.max(this.#nextOffset, lastOffset + 1);
    this.#checkEpoch(batch, position);
    for (const check of this.#checks) check.onBatch(batch, position);
    if (this.#options.deep && isWhole) this.#readRecords(batch, position);
  }

  #checkEpoch({ baseOffset, partitionLeaderEpoch }: BatchView, position: number): void {
    const { epochs, report } = this.#options;
    while ((epochs[this.#epoch + 1]?.startOffset ?? Infinity) <= baseOffset) this.#epoch++;
    const epoch = epochs[this.#epoch]?.epoch;
    if (epoch === undefined || epoch === partitionLeaderEpoch) return;
    report.damage(
      this.#path,
      `offset ${baseOffset} has leader epoch ${partitionLeaderEpoch}, but the checkpoint says ${epoch}`,
      position,
    );
  }

  #readRecords(batch: BatchView, position: number): void {
    try {
      const records = new RecordCursor(batch);
      while (records.next());
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.report.damage(this.#path, messageOf(error), position);
    }
  }
}

/** The checks of all indexes of a segment that are there and can be read. */
function indexChecks(options: VerifySegmentOptions): IndexCheck[] {
  const { baseOffset } = options;
  const checks = [
    indexCheck(options, OFFSET_INDEX_SUFFIX, OFFSET_INDEX_ENTRY_BYTES, checkOffsetIndex, (bytes) => {
      return offsetIndexEntries(bytes, baseOffset);
    }),
    indexCheck(options, TIME_INDEX_SUFFIX, TIME_INDEX_ENTRY_BYTES, checkTimeIndex, (bytes) => {
      return timeIndexEntries(bytes, baseOffset);
    }),
    indexCheck(options, TXN_INDEX_SUFFIX, TXN_INDEX_ENTRY_BYTES, checkTxnIndex, txnIndexEntries),
  ];
  return checks.filter((check) => check !== null);
}

function indexCheck<Entry>(
  { disk, directory, baseOffset, report }: VerifySegmentOptions,
  suffix: string,
  entryBytes: number,
  check: (entries: readonly Entry[], onWrong: OnWrongEntry) => IndexCheck,
  read: (bytes: Uint8Array) => IndexEntries<Entry>,
): IndexCheck | null {
  const path = offsetPath(directory, baseOffset, suffix);
  // A segment without aborted transactions has no index of them; the others are built again when they are missing.
  if (!disk.exists(path)) {
    if (suffix !== TXN_INDEX_SUFFIX && disk.fileSize(offsetPath(directory, baseOffset, LOG_SUFFIX)) > 0) {
      report.note(path, "the index is missing; a broker builds it again");
    }
    return null;
  }
  const found = report.attempt(path, () => read(disk.readFile(path)));
  if (found === null) return null;
  if (found.damage !== null) report.damage(path, found.damage.what, found.damage.position);
  let isTold = false;
  return check(found.entries, (entry, what) => {
    // One wrong entry is enough to say that the index cannot be trusted.
    if (!isTold) report.damage(path, what, entry * entryBytes);
    isTold = true;
  });
}
