/** How far the partitions of a member have been given out and worked off, and how far that is committed. */

import type { FetchedRecords } from "../consumer/fetched.ts";
import type { TopicPartition } from "../leaders.ts";
import type { OffsetToCommit } from "./group_offsets.ts";
import { keyOf } from "./topic_partitions.ts";

interface Progress extends TopicPartition {
  /** Of the next record to give out. */
  position: number;
  /** Everything below it has been worked off. */
  processed: number;
  /** What the coordinator has; -1 when it has nothing. */
  committed: number;
}

export class ReadPositions {
  readonly #partitions = new Map<string, Progress>();

  /** Begins with a partition; `committed` is what the coordinator has, or -1. */
  start({ topic, partition }: TopicPartition, offset: number, committed: number): void {
    this.#partitions.set(keyOf({ topic, partition }), {
      topic,
      partition,
      position: offset,
      processed: offset,
      committed,
    });
  }

  stop(place: TopicPartition): void {
    this.#partitions.delete(keyOf(place));
  }

  /** The offset of the next record to give out; undefined for a partition that is not the member's. */
  position(place: TopicPartition): number | undefined {
    return this.#partitions.get(keyOf(place))?.position;
  }

  /** Goes on elsewhere: what lies between will never be worked off. */
  seek(place: TopicPartition, offset: number): void {
    const progress = this.#partitions.get(keyOf(place));
    if (progress !== undefined) progress.position = progress.processed = offset;
  }

  /** Gives records out if they are the next ones of a partition that is the member's. */
  give(fetched: FetchedRecords): boolean {
    const progress = this.#partitions.get(keyOf(fetched));
    if (progress?.position !== fetched.fromOffset) return false;
    progress.position = fetched.nextOffset;
    return true;
  }

  /** The records below `offset` have been worked off. */
  process(place: TopicPartition, offset: number): void {
    const progress = this.#partitions.get(keyOf(place));
    if (progress !== undefined && offset <= progress.position) progress.processed = offset;
  }

  /** What has been worked off and is not committed. */
  uncommitted(): OffsetToCommit[] {
    const found: OffsetToCommit[] = [];
    for (const { topic, partition, processed, committed } of this.#partitions.values()) {
      if (processed !== committed) found.push({ topic, partition, offset: processed });
    }
    return found;
  }

  /** The coordinator has these positions now. */
  onCommitted(offsets: readonly OffsetToCommit[]): void {
    for (const { topic, partition, offset } of offsets) {
      const progress = this.#partitions.get(keyOf({ topic, partition }));
      if (progress !== undefined) progress.committed = offset;
    }
  }
}
