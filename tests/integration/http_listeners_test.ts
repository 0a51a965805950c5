/** A node's HTTP side reaches other brokers as the brokers reach each other, whatever their clients are told. */

import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { becomes } from "../harness/eventually.ts";
import { startNode } from "../harness/node.ts";
import { WireClient } from "../harness/wire.ts";

const listeners = {
  "listeners": "OUTSIDE://127.0.0.1:0,INSIDE://127.0.0.1:0",
  // An address of no machine (RFC 5737).
  "advertised.listeners": "OUTSIDE://192.0.2.1:9092",
  "listener.security.protocol.map": "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
  "inter.broker.listener.name": "INSIDE",
  "http.listen": "127.0.0.1:0",
} as const;

Deno.test({
  name: "http: other brokers are asked over the inter-broker listener",
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using first = await startNode({ ...listeners, "node.id": 1 });
  const { host, port } = first.node.addresses.get("INSIDE")!;
  await using second = await startNode({ ...listeners, "node.id": 2, "cluster.join": `${host}:${port}` });
  using wire = await WireClient.connect(first.node.addresses.get("INSIDE")!);
  await becomes(async () => {
    const { topics } = await wire.send(createTopics, 7, {
      topics: [{
        name: "t",
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [2] }],
        configs: [],
      }],
      timeoutMs: 5_000,
      validateOnly: false,
    });
    return [0, 36].includes(topics[0]!.errorCode);
  }, true);
  for (const { node } of [first, second]) {
    const http = node.httpAddress!;
    const path = "/topics/t/partitions/0/consume?offset=earliest&limit=1&timeout=100";
    await becomes(async () => {
      const response = await fetch(`http://${http.host}:${http.port}${path}`);
      await response.body?.cancel();
      return response.status;
    }, 200);
  }
});
