/** The segments of a log: an ascending list of which the last is written. */

import { assert } from "../core/assert.ts";
import { DiskError } from "../platform/disk.ts";
import { LOG_SUFFIX } from "./file_names.ts";
import { PIECE_BYTES, shrinkGradually } from "./gradual_removal.ts";
import type { LogContext } from "./log_context.ts";
import { baseName } from "./paths.ts";
import { removeSnapshots, snapshotsIn } from "./producer_replay.ts";
import { Segment } from "./segment.ts";
import { rebuildIndexes } from "./segment_rebuild.ts";

export class LogSegments {
  readonly directory: string;
  readonly #context: LogContext;
  #list: Segment[];
  #sizeBytes = 0;
  /** Index builds under way, so that readers that meet at one share it. */
  readonly #building = new Map<Segment, Promise<void>>();
  /** Segments whose files are still to be removed. */
  readonly #removed = new Set<Segment>();
  /** By base offset the last of those: its files have taken their names from any earlier one's. */
  readonly #lastRemoved = new Map<number, Segment>();

  constructor(context: LogContext, directory: string, segments: readonly Segment[]) {
    this.#context = context;
    this.directory = directory;
    this.#list = [...segments];
    for (const segment of segments) this.#sizeBytes += segment.sizeBytes;
  }

  /** Oldest first. */
  get list(): readonly Segment[] {
    return this.#list;
  }
  get count(): number {
    return this.#list.length;
  }
  /** The number of segments whose files are still to be removed. */
  get removedCount(): number {
    return this.#removed.size;
  }
  /** The segment that is written. */
  get active(): Segment {
    return this.#list[this.#list.length - 1]!;
  }
  get first(): Segment {
    return this.#list[0]!;
  }
  /** The size of all segments in bytes, without their indexes. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Notes that the active segment has grown. */
  onWritten(bytes: number): void {
    this.#sizeBytes += bytes;
  }

  /** The number of the segment that begins at or before `offset`; 0 when none does. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#list[middle]!.baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** The segment that begins behind the beginning of `segment`, which may be out of the log by now, or undefined. */
  after(segment: Segment): Segment | undefined {
    const at = this.indexOf(segment.baseOffset);
    const found = this.#list[at];
    return found !== undefined && found.baseOffset > segment.baseOffset ? found : this.#list[at + 1];
  }

  /** Creates an empty segment and its file, and makes it the active one. Throws DiskError; then nothing has changed. */
  begin(baseOffset: number): Segment {
    assert(this.#list.length === 0 || baseOffset > this.active.baseOffset, "segments ascend");
    const segment = createSegment(this.#context, this.directory, baseOffset);
    this.#list.push(segment);
    return segment;
  }

  /** Makes sure that the indexes of `segment` are in memory. Throws DiskError. */
  async ensureIndexes(segment: Segment, indexIntervalBytes: number): Promise<void> {
    const building = this.#building.get(segment);
    if (building !== undefined) return await building;
    if (segment.indexes !== null) return;
    if (segment.loadIndexes()) return;
    await this.rebuildIndexes(segment, indexIntervalBytes);
  }

  /** Resolves when no build of the indexes of `segment` is under way: until then its largest timestamp is not known. */
  async whenBuilt(segment: Segment): Promise<void> {
    await this.#building.get(segment);
  }

  /** Builds the indexes of `segment` from its batches, for want of right ones. Throws DiskError. */
  async rebuildIndexes(segment: Segment, indexIntervalBytes: number): Promise<void> {
    const building = this.#building.get(segment);
    if (building !== undefined) return await building;
    const mine = this.#build(segment, indexIntervalBytes).finally(() => this.#building.delete(segment));
    this.#building.set(segment, mine);
    await mine;
  }

  async #build(segment: Segment, indexIntervalBytes: number): Promise<void> {
    segment.pins++;
    try {
      await rebuildIndexes(segment, indexIntervalBytes, this.after(segment)?.baseOffset);
      segment.indexesBuilt = true;
      const message = `built the indexes of ${segment.path(LOG_SUFFIX)} anew`;
      this.#context.report({ kind: "rebuilt", log: baseName(this.directory), message });
      if (segment.sealed && !segment.deleted) await segment.saveIndexes({ sync: true });
    } finally {
      segment.pins--;
    }
  }

  /** Cuts the active segment's file. Throws DiskError. */
  cutActive(sizeBytes: number): void {
    this.#sizeBytes -= this.active.sizeBytes - sizeBytes;
    this.active.truncate(sizeBytes);
  }

  /**
   * Takes segments out of the log: their files are renamed at once and removed after `delayMs`, so that reads under
   * way can end. Throws DiskError.
   */
  remove(segments: readonly Segment[], delayMs: number): void {
    for (const segment of segments) {
      segment.markDeleted();
      this.#list = this.#list.filter((each) => each !== segment);
      this.#sizeBytes -= segment.sizeBytes;
    }
    this.#removeLater(segments, delayMs);
  }

  /** Removes the files of segments that are not part of the log any more. */
  #removeLater(segments: readonly Segment[], delayMs: number): void {
    if (segments.length === 0) return;
    for (const segment of segments) {
      this.#removed.add(segment);
      this.#lastRemoved.set(segment.baseOffset, segment);
    }
    this.#context.timers.after(delayMs, () => void this.#removeFiles(segments));
  }

  async #removeFiles(segments: readonly Segment[]): Promise<void> {
    // A power cut must not bring back an old name for what is left of a file, or recovery would cut the log there.
    if (segments.some(({ sizeBytes }) => sizeBytes > PIECE_BYTES) && !await this.#areNamesDurable()) return;
    for (const segment of segments) {
      // Those of its files may be those of another by now, whose readers have yet to end.
      const hasNames = () => this.#lastRemoved.get(segment.baseOffset) === segment;
      try {
        if (segment.sizeBytes > PIECE_BYTES && hasNames()) {
          await shrinkGradually(this.#context, segment.path(LOG_SUFFIX), hasNames);
        }
        segment.close();
        this.#removed.delete(segment);
        if (!hasNames()) continue;
        this.#lastRemoved.delete(segment.baseOffset);
        await segment.removeFilesAside();
      } catch (error) {
        // What the disk does not let go now is removed when the log is next opened.
        if (!(error instanceof DiskError)) throw error;
      }
    }
  }

  async #areNamesDurable(): Promise<boolean> {
    try {
      await this.#context.disk.syncDirectory(this.directory);
      return true;
    } catch (error) {
      // What the disk does not let go now is removed when the log is next opened.
      if (!(error instanceof DiskError)) throw error;
      return false;
    }
  }

  /**
   * Puts a compacted segment, whose files are named `.swap`, in the place of some neighbours, which get the names of
   * removed ones. Throws DiskError; then nothing has changed.
   */
  replace(old: readonly Segment[], compacted: Segment, delayMs: number): void {
    const at = this.#list.indexOf(old[0]!);
    assert(at >= 0 && this.#list[at + old.length - 1] === old.at(-1), "segments are replaced where they are");
    const marked: Segment[] = [];
    try {
      for (const segment of old) {
        segment.markDeleted();
        marked.push(segment);
      }
    } catch (error) {
      for (const segment of marked) segment.unmarkDeleted();
      throw error;
    }
    this.#list = [...this.#list.slice(0, at), compacted, ...this.#list.slice(at + old.length)];
    this.#sizeBytes += compacted.sizeBytes - old.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    this.#removeLater(old, delayMs);
  }

  /** Removes the segments that end at or before `offset`, and the producer snapshots before them. Throws DiskError. */
  removeBefore(offset: number, delayMs: number): void {
    let count = 0;
    while (count + 1 < this.#list.length && this.#list[count + 1]!.baseOffset <= offset) count++;
    if (count === 0) return;
    this.remove(this.#list.slice(0, count), delayMs);
    const snapshots = snapshotsIn(this.#context, this.directory);
    const { baseOffset } = this.first;
    removeSnapshots(
      this.#context,
      this.directory,
      snapshots.slice(0, -1).filter((each) => each < baseOffset),
    );
  }

  /** Closes all files. Those of removed segments are left to the next opening. */
  close(): void {
    for (const segment of this.#list) segment.close();
    for (const segment of this.#removed) segment.close();
    this.#removed.clear();
    this.#lastRemoved.clear();
  }
}

/** Creates an empty segment and its file. Throws DiskError. */
export function createSegment(context: LogContext, directory: string, baseOffset: number): Segment {
  const segment = new Segment({ disk: context.disk, pool: context.pool, directory }, {
    baseOffset,
    sizeBytes: 0,
    createdMs: context.clock.monotonicMs(),
  });
  segment.resetIndexes();
  // A file may be left from a log that was cut back.
  if (segment.file().size > 0) segment.file().truncate(0);
  return segment;
}
