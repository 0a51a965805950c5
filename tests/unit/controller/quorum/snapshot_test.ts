import assert from "node:assert/strict";
import { listSnapshots } from "../../../../src/controller/quorum/snapshot_files.ts";
import { compareImages } from "../../../../src/metadata/compare_images.ts";
import { DIRECTORY, World } from "../world.ts";

const LOG = `${DIRECTORY}/__cluster_metadata-0`;

Deno.test("snapshots are written as the log grows, the log begins behind old ones, and a restart reads both", async () => {
  const world = await World.start({
    "metadata.log.max.record.bytes.between.snapshots": 20_000,
    "internal.metadata.log.segment.bytes": 16_384,
  });
  await world.addBroker(1);
  for (let index = 0; index < 150; index++) {
    await world.createTopic(`topic-${index}`, { partitions: 5, configs: { "retention.ms": "5" } });
  }
  await world.until(() => world.controller.quorum.logStartOffset > 0);
  const snapshots = listSnapshots(world.disk, LOG);
  assert.equal(snapshots.length, 2);
  assert.equal(world.controller.quorum.logStartOffset, snapshots[0]?.offset);
  const before = world.controller.image;
  await world.crash();
  assert.equal(world.controller.image.topics.byName.size, 150);
  const change = compareImages(before, world.controller.image);
  assert.deepEqual([change.topics.size, change.configs.length, change.brokers.size], [0, 0, 0]);
  await world.createTopic("after");
  await world.restart();
  assert.equal(world.controller.image.topics.byName.size, 151);
  await world.controller.shutdown();
});
