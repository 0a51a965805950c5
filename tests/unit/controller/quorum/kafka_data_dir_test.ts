import assert from "node:assert/strict";
import {
  encodeMetaProperties,
  openMetaProperties,
} from "../../../../src/controller/quorum/meta_properties.ts";
import { encodeQuorumState, QuorumStateFile } from "../../../../src/controller/quorum/quorum_state_file.ts";
import { decodeSnapshot, listSnapshots } from "../../../../src/controller/quorum/snapshot_files.ts";
import { UsageError } from "../../../../src/core/errors.ts";
import type { NodeId } from "../../../../src/core/ids.ts";
import { Prng } from "../../../../src/core/prng.ts";
import { CrashDisk } from "../../../harness/crash_disk.ts";
import { DIRECTORY, NODE, World } from "../world.ts";

const golden = new URL("../../../golden/kafka_data_dir/", import.meta.url);

/** A disk with what Kafka 4.3 needs of a data directory to find its metadata again. */
async function kafkaDisk(): Promise<CrashDisk> {
  const disk = new CrashDisk();
  disk.makeDirectory(`${DIRECTORY}/__cluster_metadata-0`);
  await disk.writeFileAtomic(
    `${DIRECTORY}/meta.properties`,
    Deno.readFileSync(new URL("meta.properties", golden)),
  );
  for (const { name } of Deno.readDirSync(new URL("__cluster_metadata-0", golden))) {
    const bytes = Deno.readFileSync(new URL(`__cluster_metadata-0/${name}`, golden));
    await disk.writeFileAtomic(`${DIRECTORY}/__cluster_metadata-0/${name}`, bytes);
  }
  return disk;
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("a data directory that Kafka wrote is taken over: same cluster, topics, configs, and a later epoch", async () => {
  const world = await World.start();
  await world.controller.shutdown();
  world.disk = await kafkaDisk();
  const kafkaState = new QuorumStateFile(world.disk, `${DIRECTORY}/__cluster_metadata-0`).read();
  await world.open();
  const { image, quorum } = world.controller;
  assert.equal(image.clusterId, "Sluice-GoldenCluster-0");
  assert.ok(quorum.leadership.leaderEpoch > kafkaState.leaderEpoch);
  assert.equal(image.topics.byName.get("segments")?.partitions.length, 2);
  assert.equal(image.topics.byName.get("gone"), undefined);
  assert.equal(image.nextProducerId, 2000);
  assert.equal(image.features.get("eligible.leader.replicas.version"), 1);
  // The directory that holds the replicas comes back with its id (KIP-858).
  const epoch = await world.addBroker(1, { logDirs: image.brokers.get(NODE)!.logDirs });
  assert.ok(epoch > 0);
  assert.equal(world.partition("segments", 1).leader, 1);
  await world.createTopic("ours");
  const { topics } = world.controller.image;
  await world.restart();
  assert.deepEqual([...world.controller.image.topics.byName.keys()], [...topics.byName.keys()]);
  await world.controller.shutdown();
});

Deno.test("quorum-state is read and written as Kafka does", async () => {
  const disk = await kafkaDisk();
  const directory = `${DIRECTORY}/__cluster_metadata-0`;
  const state = new QuorumStateFile(disk, directory).read();
  assert.equal(text(encodeQuorumState(state)), text(disk.readFile(`${directory}/quorum-state`)));
  assert.equal(state.leaderId, 1);
});

Deno.test("meta.properties is read as Kafka wrote it, and ours says the same", async () => {
  const disk = await kafkaDisk();
  const machine = { disk, random: new Prng(1) };
  const meta = await openMetaProperties(machine, DIRECTORY, { nodeId: NODE, clusterId: undefined });
  const lines = (content: string) => content.split("\n").filter((line) => /^[^#]/.test(line)).sort();
  const kafkas = text(disk.readFile(`${DIRECTORY}/meta.properties`));
  assert.deepEqual(lines(text(encodeMetaProperties(meta))), lines(kafkas));
});

Deno.test("a directory of another node or cluster is refused, and the message says what to do", async () => {
  const machine = { disk: await kafkaDisk(), random: new Prng(1) };
  const open = (nodeId: number, clusterId?: string) =>
    openMetaProperties(machine, DIRECTORY, { nodeId: nodeId as NodeId, clusterId });
  await assert.rejects(open(2), (error: Error) => {
    assert.ok(error instanceof UsageError);
    assert.match(error.message, /belongs to node 1, but this node is 2.*node\.id=1/);
    return true;
  });
  await assert.rejects(open(1, "other"), /belongs to cluster Sluice-GoldenCluster-0.*cluster other/);
});

Deno.test("a new directory is formatted once", async () => {
  const machine = { disk: new CrashDisk(), random: new Prng(1) };
  const expected = { nodeId: NODE, clusterId: undefined };
  const first = await openMetaProperties(machine, DIRECTORY, expected);
  assert.deepEqual(await openMetaProperties(machine, DIRECTORY, expected), first);
  assert.match(first.clusterId, /^[A-Za-z0-9_-]{22}$/);
});

Deno.test("Kafka's snapshots are read whole; one that lacks its end is refused", async () => {
  const disk = await kafkaDisk();
  const directory = `${DIRECTORY}/__cluster_metadata-0`;
  const ids = listSnapshots(disk, directory);
  assert.ok(ids.length >= 2);
  for (const { offset, epoch } of ids) {
    const name = `${String(offset).padStart(20, "0")}-${String(epoch).padStart(10, "0")}.checkpoint`;
    const bytes = disk.readFile(`${directory}/${name}`);
    const { control } = decodeSnapshot(bytes);
    assert.equal(control.voterSets.at(-1)?.voters[0]?.id, 1);
    assert.equal(control.kraftVersions.at(-1)?.version, 1);
    const footerBytes = 75;
    assert.throws(() => decodeSnapshot(bytes.subarray(0, bytes.length - footerBytes)), /footer is missing/);
    const damaged = bytes.slice();
    damaged[100] = damaged[100]! ^ 1;
    assert.throws(() => decodeSnapshot(damaged));
  }
});
