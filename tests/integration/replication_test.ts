/** What replication promises to clients that look closely: acks, high watermarks, and where consumers may read. */

import assert from "node:assert/strict";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { batch, valuesIn } from "../harness/batches.ts";
import { eventually } from "../harness/cluster_state.ts";
import { type NodeCluster, startNodes } from "../harness/node_cluster.ts";
import { offsetOf, produceTo, readAll, tryFetch, tryProduce } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

function replication(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `replication: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

const connect = ({ nodes }: NodeCluster, id: number) => WireClient.connect(nodes[id - 1]!.address);

/** Creates a topic of one partition on these brokers. */
async function create(
  cluster: NodeCluster,
  name: string,
  options: { readonly on: readonly number[]; readonly minIsr?: number },
): Promise<void> {
  using wire = await connect(cluster, 1);
  const { topics } = await wire.send(createTopics, 7, {
    topics: [{
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: [...options.on] }],
      configs: [{ name: "min.insync.replicas", value: String(options.minIsr ?? 1) }],
    }],
    timeoutMs: 10_000,
    validateOnly: false,
  });
  assert.equal(topics[0]!.errorCode, 0, topics[0]!.errorMessage ?? "");
  await eventually(async () => assert.deepEqual(await isrOf(cluster, name), [...options.on].sort()));
}

/** The replicas in sync as the first node knows them. */
async function isrOf(cluster: NodeCluster, name: string, from = 1): Promise<number[]> {
  using wire = await connect(cluster, from);
  const { topics } = await wire.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
  return (topics[0]!.partitions[0]?.isrNodes ?? []).toSorted();
}

replication(
  "a follower has what was acknowledged with acks=all, at the same offsets and byte for byte",
  async () => {
    await using cluster = await startNodes(3);
    await create(cluster, "t", { on: [2, 1, 3], minIsr: 3 });
    using leader = await connect(cluster, 2);
    for (let index = 0; index < 100; index++) await produceTo(leader, { topic: "t" }, batch([`${index}`]));
    const records = await readAll(leader, { topic: "t" });
    assert.equal(records.length, 100);
    for (const id of [1, 3]) {
      using follower = await connect(cluster, id);
      // KIP-392: a consumer may read from a follower, up to the high watermark that the follower knows.
      await eventually(async () => {
        const { responses } = await follower.send(fetch, 12, {
          maxWaitMs: 100,
          minBytes: 1,
          maxBytes: 1 << 20,
          topics: [{
            topic: "t",
            partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }],
          }],
        });
        const [partition] = responses[0]!.partitions;
        assert.equal(partition!.errorCode, 0);
        assert.deepEqual(
          valuesIn(partition!.records),
          records.map(({ value }) => new TextDecoder().decode(value!)),
        );
      });
    }
  },
);

replication("fewer in sync than min.insync.replicas refuses acks=all and takes acks=1", async () => {
  await using cluster = await startNodes(3);
  await create(cluster, "t", { on: [1, 2], minIsr: 2 });
  await cluster.nodes[1]!.node.stop();
  await eventually(async () => assert.deepEqual(await isrOf(cluster, "t"), [1]));
  using leader = await connect(cluster, 1);
  const refused = await tryProduce(leader, { topic: "t" }, batch(["a"]), { acks: -1 });
  assert.equal(refused.errorCode, ErrorCode.NOT_ENOUGH_REPLICAS);
  const taken = await tryProduce(leader, { topic: "t" }, batch(["b"]), { acks: 1 });
  assert.equal(taken.errorCode, 0);
  // KIP-966: below the minimum the high watermark stands still.
  assert.deepEqual((await readAll(leader, { topic: "t" })).length, 0);
  assert.equal(await offsetOf(leader, { topic: "t" }, -1), 0);
});

replication("who is not the leader says so, and Metadata says who is", async () => {
  await using cluster = await startNodes(2);
  await create(cluster, "t", { on: [2, 1] });
  using follower = await connect(cluster, 1);
  const refused = await tryProduce(follower, { topic: "t" }, batch(["a"]));
  assert.equal(refused.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  using stranger = await connect(cluster, 1);
  const fetched = await tryFetch(stranger, { topic: "nowhere" }, 0);
  assert.equal(fetched.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const { topics } = await follower.send(metadata, 12, {
    topics: [{ name: "t" }],
    allowAutoTopicCreation: false,
  });
  assert.equal(topics[0]!.partitions[0]!.leaderId, 2);
});
