/** The layout of a cluster is told again only when brokers, topics or configs have changed. */

import assert from "node:assert/strict";
import type { LeaderEpoch, Offset, Uuid } from "../../../../src/core/ids.ts";
import { isSameLayout, partitionsByLeader } from "../../../../src/http/dashboard/survey/layout.ts";
import { MetadataDelta } from "../../../../src/metadata/delta.ts";
import { LATEST_METADATA_VERSION } from "../../../../src/metadata/features.ts";
import { emptyImage, type MetadataImage } from "../../../../src/metadata/image.ts";
import { type MetadataRecordDraft, normalizeMetadataRecord } from "../../../../src/metadata/record_codec.ts";

function apply(image: MetadataImage, ...drafts: readonly MetadataRecordDraft[]): MetadataImage {
  const delta = new MetadataDelta(image);
  for (const draft of drafts) delta.replay(normalizeMetadataRecord(draft, LATEST_METADATA_VERSION));
  const offset = (image.offset + drafts.length) as Offset;
  return delta.apply({ offset, epoch: 1 as LeaderEpoch, timestampMs: 0 }).image;
}

const topicId = "aaaaaaaaaaaaaaaaaaaaaA" as Uuid;
const topic: MetadataRecordDraft = { type: "TopicRecord", data: { name: "a", topicId } };
const config: MetadataRecordDraft = {
  type: "ConfigRecord",
  data: { resourceType: 2, resourceName: "a", name: "min.insync.replicas", value: "2" },
};

Deno.test("records that change nothing of it, such as those that only keep time, make no new layout", () => {
  const before = apply(emptyImage("c"), topic);
  const after = apply(before, { type: "NoOpRecord", data: {} });
  assert.notEqual(after, before);
  assert.equal(after.offset, before.offset + 1);
  assert.equal(isSameLayout(before, after), true);
});

Deno.test("a topic or a config makes a new layout", () => {
  const before = apply(emptyImage("c"), topic);
  assert.equal(isSameLayout(emptyImage("c"), before), false);
  assert.equal(isSameLayout(before, apply(before, config)), false);
});

Deno.test("only partitions with a leader are asked about", () => {
  const partition = { leaderEpoch: 0, replicas: [1, 2], isr: [1] };
  const layout = {
    version: 1,
    clusterId: "c",
    nodeId: 1,
    software: "test",
    brokers: [],
    topics: [{
      name: "a",
      isInternal: false,
      minInsyncReplicas: 1,
      partitions: [1, -1, 2, 1].map((leader) => ({ ...partition, leader })),
    }],
  };
  assert.deepEqual([...partitionsByLeader(layout)], [
    [1, [{ topic: 0, partition: 0 }, { topic: 0, partition: 3 }]],
    [2, [{ topic: 0, partition: 2 }]],
  ]);
});
