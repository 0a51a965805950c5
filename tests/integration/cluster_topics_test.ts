/** Who is told that a topic is there, or gone, finds it so at every broker that is alive. */

import assert from "node:assert/strict";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { startNodes } from "../harness/node_cluster.ts";
import { freshTopic } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const ROUNDS = 25;

async function errorAt(client: WireClient, name: string): Promise<number> {
  const { topics } = await client.send(metadata, 12, { topics: [{ name }], allowAutoTopicCreation: false });
  return topics[0]!.errorCode;
}

Deno.test("topics: every broker knows at once what any of them has created or deleted", async () => {
  await using cluster = await startNodes(3);
  const clients = await Promise.all(cluster.nodes.map(({ address }) => WireClient.connect(address)));
  for (let round = 0; round < ROUNDS; round++) {
    const name = freshTopic();
    const client = clients[round % clients.length]!;
    const created = await client.send(createTopics, 7, {
      topics: [{ name, numPartitions: 3, replicationFactor: 3, assignments: [], configs: [] }],
      timeoutMs: 10_000,
      validateOnly: false,
    });
    assert.equal(created.topics[0]!.errorCode, ErrorCode.NONE);
    const seen = await Promise.all(clients.map((each) => errorAt(each, name)));
    assert.deepEqual(seen, clients.map(() => ErrorCode.NONE), `round ${round}`);
    await client.send(deleteTopics, 5, { topicNames: [name], timeoutMs: 10_000 });
    const gone = await Promise.all(clients.map((each) => errorAt(each, name)));
    assert.deepEqual(gone, clients.map(() => ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), `round ${round}`);
  }
  for (const client of clients) client[Symbol.dispose]();
});
