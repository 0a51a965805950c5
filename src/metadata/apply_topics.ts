/** Applies records about topics and partitions. */

import { assert } from "../core/assert.ts";
import type { LeaderEpoch, NodeId, Uuid } from "../core/ids.ts";
import { ZERO_UUID } from "../core/uuid.ts";
import type { TopicChange } from "./change.ts";
import type { LeaderRecoveryState, PartitionImage, TopicImage, TopicsImage } from "./image.ts";
import type { PartitionChangeRecord, PartitionRecord, TopicRecord } from "./records.ts";

/** PartitionChangeRecord's leader for "as it was". */
export const NO_LEADER_CHANGE = -2;

/** A topic whose partitions may be changed in place. */
interface TopicDraft {
  readonly id: Uuid;
  readonly name: string;
  readonly before: TopicImage | null;
  readonly partitions: PartitionImage[];
  readonly changed: Set<number>;
  removed: boolean;
}

export class TopicsDelta {
  readonly #base: TopicsImage;
  readonly #drafts = new Map<Uuid, TopicDraft>();
  /** Ids of topics that this delta created, by name: they are not in the base yet. */
  readonly #created = new Map<string, Uuid>();

  constructor(base: TopicsImage) {
    this.#base = base;
  }

  createTopic(record: TopicRecord): void {
    const { topicId: id, name } = record;
    const other = this.#base.byName.get(name);
    assert(!this.#created.has(name), `topic ${name} is created twice`);
    assert(other === undefined || this.#drafts.get(other.id)?.removed, `topic ${name} is created but exists`);
    this.#created.set(name, id);
    this.#drafts.set(id, { id, name, before: null, partitions: [], changed: new Set(), removed: false });
  }

  setPartition(record: PartitionRecord): void {
    const topic = this.#draft(record.topicId);
    const index = record.partitionId;
    assert(
      index >= 0 && index <= topic.partitions.length,
      `partition ${index} of topic ${topic.name} leaves a gap: it has ${topic.partitions.length}`,
    );
    topic.partitions[index] = partitionFromRecord(record);
    topic.changed.add(index);
  }

  changePartition(record: PartitionChangeRecord): void {
    const topic = this.#draft(record.topicId);
    const partition = topic.partitions[record.partitionId];
    assert(
      partition !== undefined,
      `partition ${record.partitionId} of topic ${topic.name} changes but is not there`,
    );
    topic.partitions[record.partitionId] = changePartition(partition, record);
    topic.changed.add(record.partitionId);
  }

  /** Removes a topic and returns its name. */
  removeTopic(id: Uuid): string {
    const topic = this.#draft(id);
    topic.removed = true;
    this.#created.delete(topic.name);
    return topic.name;
  }

  /** KIP-966: a topic whose min.insync.replicas changes forgets its eligible leader replicas; "" means all topics. */
  clearElr(name: string): void {
    if (name === "") {
      const ids = new Set([...this.#base.byId.keys(), ...this.#created.values()]);
      for (const id of ids) if (this.#drafts.get(id)?.removed !== true) clearElrOf(this.#draft(id));
      return;
    }
    const id = this.#created.get(name) ?? this.#base.byName.get(name)?.id;
    assert(id !== undefined, `ClearElrRecord names topic ${name}, which does not exist`);
    clearElrOf(this.#draft(id));
  }

  apply(): { readonly image: TopicsImage; readonly changes: ReadonlyMap<Uuid, TopicChange> } {
    const changes = new Map<Uuid, TopicChange>();
    // Most records leave the topics alone; whoever compares images sees that at once.
    if (this.#drafts.size === 0) return { image: this.#base, changes };
    const byName = this.#base.byName.edit();
    const byId = this.#base.byId.edit();
    // Names of removed topics first: a topic created anew has the name by then.
    for (const { id, name, before, removed } of this.#drafts.values()) {
      if (!removed || before === null) continue;
      byName.delete(name);
      byId.delete(id);
      changes.set(id, { id, name, before, after: null, partitions: [...before.partitions.keys()] });
    }
    for (const { id, name, before, partitions, changed, removed } of this.#drafts.values()) {
      if (removed || (before !== null && changed.size === 0)) continue;
      const after: TopicImage = { id, name, partitions };
      byName.set(name, after);
      byId.set(id, after);
      changes.set(id, { id, name, before, after, partitions: [...changed].sort((a, b) => a - b) });
    }
    return { image: { byName: byName.build(), byId: byId.build() }, changes };
  }

  #draft(id: Uuid): TopicDraft {
    let draft = this.#drafts.get(id);
    if (draft === undefined) {
      const before = this.#base.byId.get(id);
      assert(before !== undefined, `a record names topic ${id}, which does not exist`);
      const partitions = before.partitions.slice();
      draft = { id, name: before.name, before, partitions, changed: new Set(), removed: false };
      this.#drafts.set(id, draft);
    }
    assert(!draft.removed, `a record names topic ${id}, which was removed`);
    return draft;
  }
}

export function partitionFromRecord(record: PartitionRecord): PartitionImage {
  const replicas = record.replicas as NodeId[];
  return {
    replicas,
    directories: directoriesOf(record.directories, replicas.length),
    isr: record.isr as NodeId[],
    removingReplicas: record.removingReplicas as NodeId[],
    addingReplicas: record.addingReplicas as NodeId[],
    elr: (record.eligibleLeaderReplicas ?? []) as NodeId[],
    lastKnownElr: (record.lastKnownElr ?? []) as NodeId[],
    leader: record.leader as NodeId,
    leaderRecoveryState: record.leaderRecoveryState as LeaderRecoveryState,
    leaderEpoch: record.leaderEpoch as LeaderEpoch,
    partitionEpoch: record.partitionEpoch,
  };
}

/** The partition after a change: fields that are null stay; a leader given, even the same one, is a new epoch. */
export function changePartition(before: PartitionImage, record: PartitionChangeRecord): PartitionImage {
  const replicas = (record.replicas ?? before.replicas) as readonly NodeId[];
  const keepsLeader = record.leader === NO_LEADER_CHANGE;
  return {
    replicas,
    directories: record.directories !== null && record.directories.length > 0
      ? directoriesOf(record.directories, replicas.length)
      : directoriesOf(before.directories, replicas.length),
    isr: (record.isr ?? before.isr) as readonly NodeId[],
    removingReplicas: (record.removingReplicas ?? before.removingReplicas) as readonly NodeId[],
    addingReplicas: (record.addingReplicas ?? before.addingReplicas) as readonly NodeId[],
    elr: (record.eligibleLeaderReplicas ?? before.elr) as readonly NodeId[],
    lastKnownElr: (record.lastKnownElr ?? before.lastKnownElr) as readonly NodeId[],
    leader: keepsLeader ? before.leader : record.leader as NodeId,
    leaderRecoveryState: record.leaderRecoveryState === -1
      ? before.leaderRecoveryState
      : record.leaderRecoveryState as LeaderRecoveryState,
    leaderEpoch: keepsLeader ? before.leaderEpoch : before.leaderEpoch + 1 as LeaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
  };
}

/** One directory for each replica; the zero id ("migrating") where the log does not say. */
function directoriesOf(directories: readonly Uuid[], replicas: number): readonly Uuid[] {
  if (directories.length === replicas) return directories;
  return Array.from({ length: replicas }, (_, index) => directories[index] ?? ZERO_UUID);
}

function clearElrOf(topic: TopicDraft): void {
  topic.partitions.forEach((partition, index) => {
    if (partition.elr.length === 0 && partition.lastKnownElr.length === 0) return;
    topic.partitions[index] = {
      ...partition,
      elr: [],
      lastKnownElr: [],
      partitionEpoch: partition.partitionEpoch + 1,
    };
    topic.changed.add(index);
  });
}
