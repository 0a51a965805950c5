/** Replicas and the log directories of their brokers (KIP-858). */

import assert from "node:assert/strict";
import type { Uuid } from "../../../../src/core/ids.ts";
import { ErrorCode } from "../../../../src/protocol/error_codes.ts";
import { brokerHeartbeat } from "../../../../src/protocol/messages/63_broker_heartbeat.ts";
import { assignReplicasToDirs } from "../../../../src/protocol/messages/73_assign_replicas_to_dirs.ts";
import { NODE, World } from "../world.ts";

/** Two brokers with two directories each, and a topic on both; the first one leads. */
async function twoDisks() {
  const world = await World.start();
  const directories = [world.uuid(), world.uuid()];
  const epoch = await world.addBroker(1, { logDirs: directories });
  await world.addBroker(2, { logDirs: [world.uuid(), world.uuid()] });
  const topicId = await world.createTopic("t", { assignments: [[1, 2], [1, 2]] });
  const assign = (directory: Uuid, index: number, brokerEpoch = epoch, id = topicId) =>
    world.ask(assignReplicasToDirs, {
      brokerId: 1,
      brokerEpoch,
      directories: [{ id: directory, topics: [{ topicId: id, partitions: [{ partitionIndex: index }] }] }],
    });
  const heartbeat = (offlineLogDirs: readonly Uuid[]) =>
    world.ask(brokerHeartbeat, {
      brokerId: 1,
      brokerEpoch: epoch,
      currentMetadataOffset: world.controller.image.offset,
      wantFence: false,
      wantShutDown: false,
      offlineLogDirs,
    });
  return { world, directories, topicId, assign, heartbeat };
}

Deno.test("a broker tells where its replicas are; when that directory fails their leaderships move", async () => {
  const { world, directories: [first, second], assign, heartbeat } = await twoDisks();
  for (const [index, directory] of [first!, second!].entries()) {
    const answer = await assign(directory, index);
    assert.equal(answer.directories[0]?.topics[0]?.partitions[0]?.errorCode, ErrorCode.NONE);
    assert.equal(world.partition("t", index).directories[0], directory);
  }
  const epochBefore = world.partition("t", 1).partitionEpoch;
  await assign(second!, 1);
  assert.equal(world.partition("t", 1).partitionEpoch, epochBefore);
  assert.equal((await heartbeat([second!])).errorCode, ErrorCode.NONE);
  assert.deepEqual([world.partition("t", 0).leader, world.partition("t", 0).isr], [1, [1, 2]]);
  assert.deepEqual([world.partition("t", 1).leader, world.partition("t", 1).isr], [2, [2]]);
  // It is no news any more.
  const { offset } = world.controller.image;
  await heartbeat([second!]);
  assert.equal(world.controller.image.offset, offset);
  await world.controller.shutdown();
});

Deno.test("a replica that turns up in a failed directory is not in sync, and cannot lead", async () => {
  const { world, directories: [first, second], assign, heartbeat } = await twoDisks();
  await assign(first!, 0);
  await heartbeat([second!]);
  assert.equal(world.partition("t", 1).leader, 1);
  await assign(second!, 1);
  assert.deepEqual([world.partition("t", 1).leader, world.partition("t", 1).isr], [2, [2]]);
  await world.controller.shutdown();
});

Deno.test("what is stale or unknown is refused", async () => {
  const { world, directories: [first], assign } = await twoDisks();
  assert.equal((await assign(first!, 0, 1)).errorCode, ErrorCode.STALE_BROKER_EPOCH);
  const codeOf = (answer: Awaited<ReturnType<typeof assign>>) =>
    answer.directories[0]?.topics[0]?.partitions[0]?.errorCode;
  assert.equal(codeOf(await assign(first!, 7)), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal(codeOf(await assign(first!, 0, undefined, world.uuid())), ErrorCode.UNKNOWN_TOPIC_ID);
  await world.createTopic("elsewhere", { assignments: [[2]] });
  const { id } = world.controller.image.topics.byName.get("elsewhere")!;
  assert.equal(codeOf(await assign(first!, 0, undefined, id)), ErrorCode.NOT_LEADER_OR_FOLLOWER);
  await world.controller.shutdown();
});

Deno.test("a broker whose directories are all cordoned gets no new replicas (KIP-1066)", async () => {
  const { world, directories } = await twoDisks();
  const epoch = world.controller.image.brokers.get(NODE)!.epoch;
  const cordon = (cordonedLogDirs: readonly Uuid[]) =>
    world.ask(brokerHeartbeat, {
      brokerId: 1,
      brokerEpoch: epoch,
      currentMetadataOffset: world.controller.image.offset,
      wantFence: false,
      wantShutDown: false,
      cordonedLogDirs,
    });
  await cordon(directories);
  await world.createTopic("new", { partitions: 6 });
  const brokersOf = (name: string) =>
    new Set(world.controller.image.topics.byName.get(name)!.partitions.flatMap(({ replicas }) => replicas));
  assert.deepEqual([...brokersOf("new")], [2]);
  // One directory that takes replicas is enough.
  await cordon(directories.slice(1));
  await world.createTopic("newer", { partitions: 6 });
  assert.equal(brokersOf("newer").size, 2);
  await world.controller.shutdown();
});
