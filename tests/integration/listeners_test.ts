/** Where a node listens, what it tells clients of it, and how many it takes. */

import assert from "node:assert/strict";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { apiVersions } from "../../src/protocol/messages/18_api_versions.ts";
import { describeCluster } from "../../src/protocol/messages/60_describe_cluster.ts";
import type { Address } from "../../src/platform/network.ts";
import { batch } from "../harness/batches.ts";
import { startNode } from "../harness/node.ts";
import { createTopic, tryProduce } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const software = { clientSoftwareName: "wire-test", clientSoftwareVersion: "1.0" };

/** The address of the broker as a client is told it, the same from both APIs that tell. */
async function toldAddress(at: Address): Promise<string> {
  using client = await WireClient.connect(at);
  const { brokers } = await client.send(metadata, 12, { topics: [], allowAutoTopicCreation: false });
  const cluster = await client.send(describeCluster, 1, {
    includeClusterAuthorizedOperations: false,
    endpointType: 1,
  });
  const [one, same] = [brokers[0]!, cluster.brokers[0]!];
  assert.deepEqual([one.host, one.port], [same.host, same.port]);
  return `${one.host}:${one.port}`;
}

async function isServed(at: Address): Promise<boolean> {
  using client = await WireClient.connect(at);
  return await client.send(apiVersions, 3, software).then(() => true, () => false);
}

function nodeTest(name: string, task: () => Promise<void>): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: task });
}

nodeTest(
  "listeners: without an advertised address clients are told the one that they connected to",
  async () => {
    await using node = await startNode({ "listeners": "PLAINTEXT://0.0.0.0:0" });
    const { port } = node.address;
    assert.equal(await toldAddress({ host: "127.0.0.1", port }), `127.0.0.1:${port}`);
    assert.equal(await toldAddress({ host: "127.0.0.2", port }), `127.0.0.2:${port}`);
  },
);

nodeTest("listeners: an advertised address is told whatever the client connected to", async () => {
  await using node = await startNode({
    "listeners": "PLAINTEXT://127.0.0.1:0",
    "advertised.listeners": "PLAINTEXT://kafka.example:19092",
  });
  assert.equal(await toldAddress(node.address), "kafka.example:19092");
});

nodeTest("listeners: each of several tells its own address and serves the same topics", async () => {
  await using node = await startNode({
    "listeners": "INSIDE://127.0.0.1:0,OUTSIDE://127.0.0.2:0",
    "listener.security.protocol.map": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT",
    "inter.broker.listener.name": "INSIDE",
  });
  const [inside, outside] = ["INSIDE", "OUTSIDE"].map((name) => node.node.addresses.get(name)!);
  assert.equal(await toldAddress(inside!), `127.0.0.1:${inside!.port}`);
  assert.equal(await toldAddress(outside!), `127.0.0.2:${outside!.port}`);
  using client = await WireClient.connect(inside!);
  await createTopic(client, "t");
  using other = await WireClient.connect(outside!);
  assert.equal((await tryProduce(other, { topic: "t" }, batch(["a"]))).errorCode, 0);
});

nodeTest(
  "limits: max.connections refuses what is too much and takes others when some have left",
  async () => {
    await using node = await startNode({ "max.connections": 3 });
    const clients = await Promise.all([1, 2, 3].map(() => WireClient.connect(node.address)));
    for (const client of clients) await client.send(apiVersions, 3, software);
    assert.equal(await isServed(node.address), false);
    clients[0]!.close();
    let served = false;
    for (let attempt = 0; attempt < 100 && !served; attempt++) served = await isServed(node.address);
    assert.ok(served);
    for (const client of clients) client.close();
    assert.ok(node.log.some((line) => line.includes("max.connections")), "and it says so");
  },
);

nodeTest("limits: socket.request.max.bytes closes the connection before the request is there", async () => {
  await using node = await startNode({ "socket.request.max.bytes": 10_000 });
  using client = await WireClient.connect(node.address);
  await client.write(Uint8Array.of(0, 0, 0x27, 0x11));
  assert.ok(await client.isClosedByBroker());
  using other = await WireClient.connect(node.address);
  await createTopic(other, "t");
  await assert.rejects(tryProduce(other, { topic: "t" }, batch([{ value: new Uint8Array(10_000) }])));
  assert.ok(await isServed(node.address));
});

nodeTest(
  "limits: connections.max.idle.ms closes those that say nothing, not those that wait for an answer",
  async () => {
    await using node = await startNode({ "connections.max.idle.ms": 300 });
    using idle = await WireClient.connect(node.address);
    assert.ok(await idle.isClosedByBroker());
  },
);

nodeTest("nodes: start and stop many times in one process and leave nothing behind", async () => {
  for (let round = 0; round < 5; round++) {
    await using node = await startNode();
    using client = await WireClient.connect(node.address);
    await createTopic(client, "t");
    assert.equal((await tryProduce(client, { topic: "t" }, batch(["a"]))).errorCode, 0);
    assert.deepEqual(node.log.filter((line) => line.startsWith("error")), []);
  }
});
