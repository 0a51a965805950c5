/**
 * Replication between real processes: what is acknowledged with acks=all is on every replica in sync, and survives
 * the death of its leader (KIP-101, KIP-497).
 */

import assert from "node:assert/strict";
import { fetchOnce } from "../../src/client/consumer/fetch_once.ts";
import type { Cluster } from "../../src/client/cluster.ts";
import { createTopics } from "../../src/client/admin/topics.ts";
import { Producer } from "../../src/client/producer/producer.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";
import { becomes } from "../harness/eventually.ts";

function cluster(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `replication: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

/** A topic with one partition and a replica on every node. */
async function replicatedTopic(
  client: Cluster,
  name: string,
  configs: readonly (readonly [string, string])[] = [],
) {
  const [outcome] = await createTopics(client, [{ name, partitions: 1, replicationFactor: 3, configs }]);
  assert.equal(outcome?.errorCode, 0, outcome?.errorMessage ?? "");
}

const encoder = new TextEncoder();

async function produceAll(producer: Producer, topic: string, values: readonly string[]): Promise<void> {
  const results = values.map((value) =>
    new Promise<void>((resolve, reject) => {
      const record = { key: null, value: encoder.encode(value) };
      void producer.send(topic, record, ({ error }) => error === null ? resolve() : reject(error));
    })
  );
  await producer.flush();
  await Promise.all(results);
}

async function isrOf(client: Cluster, topic: string): Promise<string> {
  await client.refresh([topic]);
  return [...client.known(topic)!.partitions[0]!.isr].sort().join();
}

cluster("acks=all with three replicas", async () => {
  await using nodes = await startCluster();
  const client = nodes.client();
  await replicatedTopic(client, "t");
  const producer = new Producer(client, { lingerMs: 0 });
  await produceAll(producer, "t", ["a", "b"]);
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const at = performance.now();
    await produceAll(producer, "t", [`${i}`]);
    times.push(performance.now() - at);
  }
  times.sort((a, b) => a - b);
  console.log("p50", times[100], "p90", times[180], "max", times[199]);
  for (const id of nodes.ids) {
    console.log(
      nodes.node(id).stderr.split("\n").filter((x) => /warn|error|sync/i.test(x)).slice(0, 10).join("\n"),
    );
  }
});
