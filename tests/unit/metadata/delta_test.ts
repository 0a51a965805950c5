import assert from "node:assert/strict";
import type { LeaderEpoch, Offset, Uuid } from "../../../src/core/ids.ts";
import { InvariantError } from "../../../src/core/assert.ts";
import { MetadataDelta } from "../../../src/metadata/delta.ts";
import { LATEST_METADATA_VERSION } from "../../../src/metadata/features.ts";
import { configsOf, emptyImage, type MetadataImage, partitionOf } from "../../../src/metadata/image.ts";
import { ImageLoader } from "../../../src/metadata/image_loader.ts";
import { type MetadataRecordDraft, normalizeMetadataRecord } from "../../../src/metadata/record_codec.ts";

const ID_A = "aaaaaaaaaaaaaaaaaaaaaA" as Uuid;
const ID_B = "bbbbbbbbbbbbbbbbbbbbbA" as Uuid;
const DIR = "dddddddddddddddddddddA" as Uuid;

function apply(image: MetadataImage, drafts: readonly MetadataRecordDraft[]) {
  const delta = new MetadataDelta(image);
  for (const draft of drafts) delta.replay(normalizeMetadataRecord(draft, LATEST_METADATA_VERSION));
  const offset = (image.offset + drafts.length) as Offset;
  return delta.apply({ offset, epoch: 1 as LeaderEpoch, timestampMs: 0 });
}

const topic = (name: string, topicId: Uuid): MetadataRecordDraft => ({
  type: "TopicRecord",
  data: { name, topicId },
});

const partition = (topicId: Uuid, partitionId: number): MetadataRecordDraft => ({
  type: "PartitionRecord",
  data: {
    topicId,
    partitionId,
    replicas: [1, 2],
    isr: [1, 2],
    removingReplicas: [],
    addingReplicas: [],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: [DIR, DIR],
  },
});

const withA = apply(emptyImage("c"), [topic("a", ID_A), partition(ID_A, 0), partition(ID_A, 1)]).image;

Deno.test("a batch gives a new image and leaves the old one alone", () => {
  const { image, change } = apply(withA, [topic("b", ID_B), partition(ID_B, 0)]);
  assert.equal(withA.topics.byName.size, 1);
  assert.equal(image.topics.byName.size, 2);
  assert.equal(image.topics.byId.get(ID_A), withA.topics.byId.get(ID_A));
  assert.equal(image.configs, withA.configs);
  assert.deepEqual([...change.topics.keys()], [ID_B]);
  assert.equal(change.topics.get(ID_B)?.before, null);
});

Deno.test("a partition change with a leader is a new leader epoch, any change a new partition epoch", () => {
  const change = (data: object) =>
    apply(withA, [{ type: "PartitionChangeRecord", data: { partitionId: 1, topicId: ID_A, ...data } }]);
  const shrunk = partitionOf(change({ isr: [1] }).image, "a", 1)!;
  assert.deepEqual([shrunk.isr, shrunk.leader, shrunk.leaderEpoch, shrunk.partitionEpoch], [[1], 1, 0, 1]);
  const moved = change({ leader: 2 });
  const led = partitionOf(moved.image, "a", 1)!;
  assert.deepEqual([led.leader, led.leaderEpoch, led.partitionEpoch], [2, 1, 1]);
  assert.deepEqual(moved.change.topics.get(ID_A)?.partitions, [1]);
  assert.equal(moved.image.topics.byId.get(ID_A)?.partitions[0], withA.topics.byId.get(ID_A)?.partitions[0]);
});

Deno.test("a topic deleted and created anew in one batch is two topics", () => {
  const { image, change } = apply(withA, [
    { type: "ConfigRecord", data: { resourceType: 2, resourceName: "a", name: "retention.ms", value: "1" } },
    { type: "RemoveTopicRecord", data: { topicId: ID_A } },
    topic("a", ID_B),
    partition(ID_B, 0),
  ]);
  assert.equal(image.topics.byName.get("a")?.id, ID_B);
  assert.equal(image.topics.byId.get(ID_A), undefined);
  assert.equal(configsOf(image, 2, "a").size, 0);
  assert.equal(change.topics.get(ID_A)?.after, null);
  assert.equal(change.topics.get(ID_B)?.after?.partitions.length, 1);
});

Deno.test("configs: null removes a setting, the last one removes the resource", () => {
  const set = (value: string | null): MetadataRecordDraft => ({
    type: "ConfigRecord",
    data: { resourceType: 4, resourceName: "", name: "log.retention.ms", value },
  });
  const one = apply(withA, [set("5")]);
  assert.deepEqual([...configsOf(one.image, 4, "")], [["log.retention.ms", "5"]]);
  assert.deepEqual(one.change.configs, [{ type: 4, name: "" }]);
  assert.equal(apply(one.image, [set(null)]).image.configs.size, 0);
});

Deno.test("records that contradict the image are refused", () => {
  const bad: MetadataRecordDraft[][] = [
    [topic("a", ID_B)],
    [partition(ID_B, 0)],
    [partition(ID_A, 3)],
    [{ type: "PartitionChangeRecord", data: { topicId: ID_A, partitionId: 9 } }],
    [{ type: "FenceBrokerRecord", data: { id: 9, epoch: 1 } }],
  ];
  for (const drafts of bad) assert.throws(() => apply(withA, drafts), InvariantError);
});

Deno.test("a metadata transaction becomes visible at its end, or not at all (KIP-868)", () => {
  const loader = new ImageLoader(emptyImage("c"));
  let next = 0;
  const load = (...drafts: MetadataRecordDraft[]) => {
    const baseOffset = next as Offset;
    next += drafts.length;
    const records = drafts.map((draft) => normalizeMetadataRecord(draft, LATEST_METADATA_VERSION));
    const lastOffset = (next - 1) as Offset;
    return loader.load({ baseOffset, lastOffset, epoch: 1 as LeaderEpoch, timestampMs: 0, records });
  };
  const begin: MetadataRecordDraft = { type: "BeginTransactionRecord", data: {} };
  assert.equal(load(topic("a", ID_A), begin, topic("b", ID_B)).length, 1);
  assert.equal(loader.image.offset, 0);
  assert.equal(load(partition(ID_B, 0)).length, 0);
  assert.equal(load({ type: "EndTransactionRecord", data: {} }).length, 1);
  assert.equal(loader.image.topics.byName.get("b")?.partitions.length, 1);
  load(begin, { type: "RemoveTopicRecord", data: { topicId: ID_B } });
  load({ type: "AbortTransactionRecord", data: {} });
  assert.equal(loader.image.topics.byName.has("b"), true);
  assert.equal(loader.image.offset, next - 1);
});
