/** How old a record is, as far as memory tells: nothing is read from the disk for a metric. */

import type { PartitionLog } from "../../log/partition_log.ts";
import type { Segment } from "../../log/segment.ts";

/** The newest timestamp, in Unix milliseconds, that is not behind the record at `offset`; null when none is known. */
export function timestampBefore(log: PartitionLog, offset: number): number | null {
  const { segments } = log;
  const at = segments.indexOf(offset);
  const segment = segments.list[at];
  if (segment === undefined) return null;
  return indexedBefore(segment, offset) ?? known(segments.list[at - 1]?.maxTimestamp) ??
    known(segment.firstTimestamp) ?? known(segment.maxTimestamp);
}

function indexedBefore({ indexes }: Segment, offset: number): number | null {
  if (indexes === null) return null;
  const { times } = indexes;
  let low = 0;
  let high = times.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times.offsetAt(middle) <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : known(times.timestampAt(low - 1));
}

/** Segments say with negative numbers, or NaN, that they do not know. */
function known(timestamp: number | undefined): number | null {
  return timestamp !== undefined && timestamp >= 0 ? timestamp : null;
}
