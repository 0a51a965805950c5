/** What administrators do with groups works with the unmodified libraries of every client. */

import assert from "node:assert/strict";
import { Cluster } from "../../../src/client/cluster.ts";
import { GroupConsumer } from "../../../src/client/group/group_consumer.ts";
import { silentLogger } from "../../../src/core/logger.ts";
import { denoPlatform } from "../../../src/platform/adapters/deno.ts";
import { offsetCommit } from "../../../src/protocol/messages/08_offset_commit.ts";
import { offsetFetch } from "../../../src/protocol/messages/09_offset_fetch.ts";
import { bootstrapOf, sharedBroker } from "../../harness/broker.ts";
import { createTopic, freshTopic } from "../../harness/requests.ts";
import { WireClient } from "../../harness/wire.ts";
import { groupAdminKinds } from "./admins/all.ts";

const shared = sharedBroker();

async function committed(wire: WireClient, group: string, topic: string): Promise<number[]> {
  const topics = [{ name: topic, partitionIndexes: [0, 1] }];
  const response = await wire.send(offsetFetch, 7, { groupId: group, topics, requireStable: false });
  return response.topics![0]!.partitions.map((one) => one.committedOffset);
}

async function commit(wire: WireClient, group: string, topic: string): Promise<void> {
  const partition = (partitionIndex: number, committedOffset: number) => ({
    partitionIndex,
    committedOffset,
    committedMetadata: "note",
  });
  const { topics } = await wire.send(offsetCommit, 9, {
    groupId: group,
    memberId: "",
    topics: [{ name: topic, partitions: [partition(0, 3), partition(1, 4)] }],
  });
  assert.deepEqual(topics[0]!.partitions.map((one) => one.errorCode), [0, 0]);
}

/** A group with one member, whose client id is the group's name. */
async function liveGroup(group: string, topic: string): Promise<AsyncDisposable> {
  const cluster = new Cluster({
    ...denoPlatform(),
    logger: silentLogger,
    bootstrap: [shared.address],
    clientId: group,
    softwareVersion: "test",
    requestTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
  const assigned = Promise.withResolvers<void>();
  const consumer = new GroupConsumer(cluster, {
    groupId: group,
    topics: [topic],
    listener: { onAssigned: () => assigned.resolve() },
  });
  const reading = consumer.next();
  await assigned.promise;
  return {
    async [Symbol.asyncDispose]() {
      await consumer.close();
      await reading;
      cluster.close();
    },
  };
}

for (const kind of groupAdminKinds) {
  Deno.test({
    name: `groups: ${kind.name} lists, describes, moves and deletes them`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using client = await kind.start(bootstrapOf(shared.address));
      if (client === null) return;
      const { list, describe, offsets, setOffset, forgetOffset, deleteGroup } = client.operations;
      using wire = await WireClient.connect(shared.address);
      const topic = freshTopic("groups");
      const [live, idle] = [`${topic}-live`, `${topic}-idle`];
      await createTopic(wire, topic, { partitions: 2 });
      await using _member = await liveGroup(live, topic);
      await commit(wire, idle, topic);

      const names = await list!({});
      assert.ok(names.includes(live) && names.includes(idle), String(names));
      assert.deepEqual(await describe!({ group: live }), { state: "Stable", clientIds: [live] });
      assert.deepEqual(await describe!({ group: idle }), { state: "Empty", clientIds: [] });
      assert.deepEqual(await offsets!({ group: idle, topic, partitions: [0, 1] }), { 0: 3, 1: 4 });
      await setOffset?.({ group: idle, topic, partition: 1, offset: 7 });
      assert.deepEqual(await committed(wire, idle, topic), [3, setOffset === undefined ? 4 : 7]);
      await forgetOffset?.({ group: idle, topic, partition: 0 });
      assert.equal((await committed(wire, idle, topic))[0], forgetOffset === undefined ? 3 : -1);
      if (deleteGroup === undefined) return;
      await deleteGroup({ group: idle });
      assert.deepEqual(await committed(wire, idle, topic), [-1, -1]);
      assert.equal((await list!({})).includes(idle), false);
      await assert.rejects(deleteGroup({ group: live }), /NON_EMPTY_GROUP|NonEmptyGroup/i);
    },
  });
}
