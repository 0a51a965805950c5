/** Where reading begins: from a wish that holds for many partitions to an offset in each. */

import type { Cluster } from "../cluster.ts";
import type { TopicPartition } from "../leaders.ts";
import { EARLIEST, findOffsets, type Isolation, LATEST } from "../offsets.ts";

/** Where to begin in every partition. */
export type Position =
  | { readonly at: "start" }
  | { readonly at: "end" }
  | { readonly at: "offset"; readonly offset: number }
  /** So many records before the end of each partition. */
  | { readonly at: "tail"; readonly count: number }
  /** The first record that is not older, or the end. */
  | { readonly at: "time"; readonly timestampMs: number };

/** Where a partition begins and ends now, and where reading begins. */
export interface StartingPoint extends TopicPartition {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly offset: number;
}

/** The offsets to begin at. An offset that is not there is kept: the caller decides what it means. */
export async function startingPoints(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  position: Position,
  isolation: Isolation = "read_uncommitted",
): Promise<StartingPoint[]> {
  const at = (timestamp: number) =>
    findOffsets(cluster, partitions.map((one) => ({ ...one, timestamp })), { isolation });
  const [starts, ends, found] = await Promise.all([
    at(EARLIEST),
    at(LATEST),
    position.at === "time" ? at(position.timestampMs) : [],
  ]);
  return partitions.map(({ topic, partition }, index) => {
    const startOffset = starts[index]!.offset;
    const endOffset = ends[index]!.offset;
    const timed = found[index]?.offset ?? -1;
    const offset = offsetOf(position, startOffset, endOffset, timed);
    return { topic, partition, startOffset, endOffset, offset };
  });
}

function offsetOf(position: Position, startOffset: number, endOffset: number, timed: number): number {
  switch (position.at) {
    case "start":
      return startOffset;
    case "end":
      return endOffset;
    case "offset":
      return position.offset;
    case "tail":
      return Math.max(startOffset, endOffset - position.count);
    case "time":
      return timed < 0 ? endOffset : timed;
  }
}
