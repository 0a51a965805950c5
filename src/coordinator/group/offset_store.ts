/**
 * The committed offsets of all groups of a shard, whatever the type of the group. It holds only what is committed in
 * the log; what is still on its way there is in the in-flight appends.
 */

import type { OffsetCommitKey, OffsetCommitValue } from "../../protocol/records/offsets.ts";

/** Offsets of one group: by topic, then by partition. */
export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, OffsetCommitValue>>;

const NO_OFFSETS: GroupOffsets = new Map();

export class OffsetStore {
  readonly #groups = new Map<string, Map<string, Map<number, OffsetCommitValue>>>();
  #size = 0;

  /** How many partitions have a committed offset, over all groups. */
  get size(): number {
    return this.#size;
  }

  hasGroup(groupId: string): boolean {
    return this.#groups.has(groupId);
  }

  groupIds(): IterableIterator<string> {
    return this.#groups.keys();
  }

  group(groupId: string): GroupOffsets {
    return this.#groups.get(groupId) ?? NO_OFFSETS;
  }

  get(groupId: string, topic: string, partition: number): OffsetCommitValue | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition);
  }

  /** Applies a record; a null value removes. */
  apply(key: OffsetCommitKey, value: OffsetCommitValue | null): void {
    if (value === null) this.#remove(key);
    else this.#put(key, value);
  }

  clear(): void {
    this.#groups.clear();
    this.#size = 0;
  }

  #put(key: OffsetCommitKey, value: OffsetCommitValue): void {
    let topics = this.#groups.get(key.group);
    if (topics === undefined) this.#groups.set(key.group, topics = new Map());
    let partitions = topics.get(key.topic);
    if (partitions === undefined) topics.set(key.topic, partitions = new Map());
    if (!partitions.has(key.partition)) this.#size++;
    partitions.set(key.partition, value);
  }

  #remove(key: OffsetCommitKey): void {
    const topics = this.#groups.get(key.group);
    const partitions = topics?.get(key.topic);
    if (topics === undefined || partitions === undefined || !partitions.delete(key.partition)) return;
    this.#size--;
    if (partitions.size > 0) return;
    topics.delete(key.topic);
    if (topics.size === 0) this.#groups.delete(key.group);
  }
}
