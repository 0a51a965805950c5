import assert from "node:assert/strict";
import { nodeId } from "../../../src/core/ids.ts";
import { compareImages } from "../../../src/metadata/compare_images.ts";
import { LATEST_METADATA_VERSION } from "../../../src/metadata/features.ts";
import { emptyImage, type MetadataImage, partitionOf, topicConfigs } from "../../../src/metadata/image.ts";
import { ImageLoader } from "../../../src/metadata/image_loader.ts";
import { snapshotRecords } from "../../../src/metadata/image_snapshot.ts";
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  normalizeMetadataRecord,
} from "../../../src/metadata/record_codec.ts";
import { goldenBatches, goldenSnapshots, goldenValues, LOG } from "./golden_log.ts";

function replay(name: string, endOffset = Infinity): MetadataImage {
  const loader = new ImageLoader(emptyImage("golden"));
  for (const batch of goldenBatches(name)) if (batch.lastOffset < endOffset) loader.load(batch);
  return loader.image;
}

function assertSame(actual: MetadataImage, expected: MetadataImage): void {
  const change = compareImages(actual, expected);
  const differs = [
    change.topics.size,
    change.configs.length,
    change.brokers.size,
    change.controllers.size,
    change.features,
    change.clientQuotas,
    change.producerIds,
    change.security,
  ];
  assert.deepEqual(differs, [0, 0, 0, 0, false, false, false, false]);
  for (const topic of expected.topics.byId.values()) {
    assert.deepEqual(actual.topics.byId.get(topic.id), topic);
    assert.equal(actual.topics.byName.get(topic.name)?.id, topic.id);
  }
}

Deno.test("every record of Kafka's metadata log is written as Kafka wrote it", () => {
  const values = [LOG, ...goldenSnapshots().map(({ name }) => name)].flatMap(goldenValues);
  assert.ok(values.length > 150);
  for (const value of values) {
    const record = decodeMetadataRecord(value);
    assert.deepEqual(encodeMetadataRecord(record, LATEST_METADATA_VERSION), value, record.type);
  }
});

Deno.test("replaying Kafka's metadata log gives the image that Kafka's own snapshots hold", () => {
  const snapshots = goldenSnapshots();
  assert.ok(snapshots.length > 0);
  for (const { name, endOffset } of snapshots) assertSame(replay(LOG, endOffset), replay(name));
});

Deno.test("the image of Kafka's metadata log", () => {
  const image = replay(LOG);
  assert.equal(image.features.get("metadata.version"), 30);
  assert.equal(image.nextProducerId, 2000);
  assert.equal(image.topics.byName.get("gone"), undefined);
  assert.equal(image.topics.byName.get("empty")?.partitions.length, 2);
  assert.deepEqual([...topicConfigs(image, "codecs")], [["retention.ms", "-1"]]);
  const partition = partitionOf(image, "segments", 1)!;
  assert.deepEqual(partition.replicas, [1]);
  // Elected at creation, no leader at shutdown, elected again after the restart, no leader at the next shutdown.
  assert.ok(partition.leaderEpoch >= 2);
  assert.deepEqual(partition.directories, image.brokers.get(nodeId(1))?.logDirs);
});

Deno.test("the records of our snapshot give the same image again", () => {
  const image = replay(LOG);
  const records = [...snapshotRecords(image)]
    .map((draft) => normalizeMetadataRecord(draft, LATEST_METADATA_VERSION));
  const loader = new ImageLoader(emptyImage("golden"));
  const { offset, epoch, timestampMs } = image;
  loader.load({ baseOffset: offset, lastOffset: offset, epoch, timestampMs, records });
  assertSame(loader.image, image);
});
