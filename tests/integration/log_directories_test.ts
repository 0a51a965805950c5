/** A broker with several log directories says which replica is in which (KIP-858). */

import assert from "node:assert/strict";
import { BrokerConfig } from "../../src/config/broker_config.ts";
import type { MetadataQuorum } from "../../src/controller/quorum/metadata_quorum.ts";
import { silentLogger } from "../../src/core/logger.ts";
import { Node } from "../../src/node/node.ts";
import { denoPlatform } from "../../src/platform/adapters/deno.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { temporaryDirectory } from "../harness/broker.ts";
import { becomes } from "../harness/eventually.ts";
import { WireClient } from "../harness/wire.ts";

Deno.test("log directories: the metadata log says where each replica is, also after a restart", async () => {
  const directories = [temporaryDirectory(), temporaryDirectory()];
  const config = BrokerConfig.of({
    "listeners": "PLAINTEXT://127.0.0.1:0",
    "http.listen": "off",
    "log.dirs": directories.join(","),
  });
  let quorum: MetadataQuorum | undefined;
  const start = () =>
    Node.start({
      platform: denoPlatform(),
      config,
      logger: silentLogger,
      onParts: (parts) => quorum = parts.quorum,
    });
  const places = () => {
    const [broker] = quorum!.image.brokers.values();
    const { partitions } = quorum!.image.topics.byName.get("t")!;
    return partitions.map((partition) => broker!.logDirs.indexOf(partition.directories[0]!));
  };
  const node = await start();
  const client = await WireClient.connect([...node.addresses.values()][0]!);
  await client.send(createTopics, 7, {
    topics: [{ name: "t", numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 5000,
  });
  client.close();
  await becomes(() => [...places()].sort().join(), "0,0,1,1");
  const before = places();
  await node.stop();
  const again = await start();
  assert.deepEqual(places(), before);
  const leaders = quorum!.image.topics.byName.get("t")!.partitions.map(({ leader }) => leader);
  assert.ok(leaders.every((leader) => leader >= 0), `${leaders}`);
  await again.stop();
});
