/** Brings a log's producer state to an offset: from the newest snapshot before it and the batches behind that. */

import { messageOf } from "../core/errors.ts";
import { offsetOfName, offsetPath, SNAPSHOT_SUFFIX } from "./file_names.ts";
import type { LogContext } from "./log_context.ts";
import { baseName } from "./paths.ts";
import type { ProducerState } from "./producer_state.ts";
import type { Segment } from "./segment.ts";
import { scanSegment } from "./segment_scan.ts";

/** The offsets of the snapshots among the names of a log's files, ascending. */
export function snapshotOffsets(names: readonly string[]): number[] {
  const offsets: number[] = [];
  for (const name of names) {
    const offset = offsetOfName(name, SNAPSHOT_SUFFIX);
    if (offset !== null) offsets.push(offset);
  }
  return offsets.sort((a, b) => a - b);
}

/** The same for what is in a log's directory now. */
export function snapshotsIn(context: LogContext, directory: string): number[] {
  return snapshotOffsets(context.disk.list(directory).map(({ name }) => name));
}

export function removeSnapshots(context: LogContext, directory: string, offsets: readonly number[]): void {
  for (const offset of offsets) context.disk.remove(offsetPath(directory, offset, SNAPSHOT_SUFFIX));
}

/**
 * Loads the newest readable of `snapshots` into `producers`. Returns its offset; 0 when there is none, with an empty
 * state. Snapshots that cannot be read are removed.
 */
function loadNewestSnapshot(
  context: LogContext,
  directory: string,
  options: { readonly producers: ProducerState; readonly snapshots: readonly number[] },
): number {
  const { producers, snapshots } = options;
  for (const offset of snapshots.toReversed()) {
    const path = offsetPath(directory, offset, SNAPSHOT_SUFFIX);
    try {
      producers.load(context.disk.readFile(path), context.clock.wallMs(), context.producerIdExpirationMs);
      return offset;
    } catch (error) {
      context.disk.remove(path);
      const message = `removed ${path}: ${messageOf(error)}`;
      context.report({ kind: "rebuilt", log: baseName(directory), message });
    }
  }
  producers.clear();
  return 0;
}

/**
 * Brings `producers` to the offset `to`. Returns the offset of the snapshot that it began with. Batches below the log
 * start offset count, too, as long as they are in a segment: a producer goes on behind its last batch, wherever that
 * is. A snapshot older than the first segment says nothing of what was between them, so it is not used at all.
 * Throws DiskError.
 */
export async function rebuildProducers(
  context: LogContext,
  directory: string,
  from: {
    readonly producers: ProducerState;
    readonly snapshots: readonly number[];
    readonly segments: readonly Segment[];
    readonly to: number;
  },
): Promise<number> {
  const { producers, segments, to } = from;
  const firstOffset = segments[0]!.baseOffset;
  const snapshot = loadNewestSnapshot(context, directory, from);
  if (snapshot < firstOffset) producers.clear();
  if (snapshot < to) {
    await replayProducers(producers, segments, { from: Math.max(snapshot, firstOffset), to });
  }
  return snapshot;
}

/** Applies the batches of `segments` from `from` up to `to` to `producers`. Throws DiskError. */
async function replayProducers(
  producers: ProducerState,
  segments: readonly Segment[],
  range: { readonly from: number; readonly to: number },
): Promise<void> {
  const { from, to } = range;
  for (const [index, segment] of segments.entries()) {
    const end = segments[index + 1]?.baseOffset ?? Infinity;
    if (end <= from || segment.baseOffset >= to || segment.sizeBytes === 0) continue;
    await segment.withFile((file) =>
      scanSegment(file, {
        from: segment.indexes?.offsets.positionFor(from) ?? 0,
        to: segment.sizeBytes,
        checkCrc: false,
        onBatch: (batch) => {
          if (batch.baseOffset >= to) return false;
          if (batch.lastOffset >= from && batch.producerId >= 0) {
            producers.apply(batch, batch.baseOffset, batch.lastOffset);
          }
          return true;
        },
      })
    );
  }
}
