import assert from "node:assert/strict";
import { BrokerConfig } from "../../../../src/config/broker_config.ts";
import { MetadataLog } from "../../../../src/controller/quorum/metadata_log.ts";
import { listSnapshots } from "../../../../src/controller/quorum/snapshot_files.ts";
import { Snapshotter } from "../../../../src/controller/quorum/snapshotter.ts";
import type { LeaderEpoch, Offset } from "../../../../src/core/ids.ts";
import { silentLogger } from "../../../../src/core/logger.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { compareImages } from "../../../../src/metadata/compare_images.ts";
import { emptyImage } from "../../../../src/metadata/image.ts";
import { DiskError } from "../../../../src/platform/disk.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import { batchOf, ManualTime } from "../../../harness/log_world.ts";
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

/** A log that holds one record, which is committed because others have it, and what writes snapshots of that. */
async function openLog(disk: CrashDisk) {
  const time = new ManualTime();
  const platform = { clock: time.clock, timers: time, random: new Prng(1), disk };
  const config = BrokerConfig.of({});
  const log = await MetadataLog.open(platform, { dataDirectory: DIRECTORY, config, logger: silentLogger });
  const epoch = 1 as LeaderEpoch;
  assert.ok(log.append(batchOf(["record"]), epoch));
  const snapshotter = new Snapshotter({ log, platform, config, logger: silentLogger });
  snapshotter.onCommitted(100, null);
  const image = { ...emptyImage("cluster"), offset: (log.endOffset - 1) as Offset, epoch };
  const write = () =>
    new Promise<boolean>((resolve) => {
      snapshotter.write(image, () => resolve(true));
      setTimeout(() => resolve(false), 0);
    });
  return { log, write };
}

// Seed 110268 of the simulator: the next process did not write again what is below the snapshot, and appended to it.
Deno.test("a snapshot is not written before the log below it is durable", async () => {
  const sound = await openLog(new CrashDisk());
  assert.equal(await sound.write(), true);
  const disk = new CrashDisk();
  const { log, write } = await openLog(disk);
  disk.onOperation = (operation, path) => {
    if (operation === "sync" && path.endsWith(".log")) {
      throw new DiskError("io", path, "sync: input/output error");
    }
  };
  assert.equal(await write(), false);
  assert.deepEqual(listSnapshots(disk, LOG), []);
  for (const each of [sound.log, log]) each.abandon();
});
