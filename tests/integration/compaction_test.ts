/** Compacted topics of a real broker: the last record of each key stays, also over restarts, and offsets do. */

import assert from "node:assert/strict";
import { decodeUtf8 } from "../../src/core/bytes.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { batch } from "../harness/batches.ts";
import { type BrokerProcess, startBroker } from "../harness/broker.ts";
import { becomes } from "../harness/eventually.ts";
import { GroupMember } from "../harness/group_member.ts";
import { createTopic, freshTopic, offsetOf, produceTo, readAll, tryProduce } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

/** Segments end soon and compaction does not wait, so that a test sees it within a second or two. */
const configs = { "log.roll.ms": 100, "log.cleaner.backoff.ms": 50, "log.cleaner.min.cleanable.ratio": 0 };

const text = (bytes: Uint8Array | null) => bytes === null ? null : decodeUtf8(bytes, 0, bytes.length);

async function contentOf(
  client: WireClient,
  topic: string,
): Promise<[number, string | null, string | null][]> {
  const records = await readAll(client, { topic });
  return records.map(({ offset, key, value }) => [offset, text(key), text(value)]);
}

/** The segments of a partition, without those that only wait for their removal. */
function segmentsOf(broker: BrokerProcess, partition: string): string[] {
  return [...Deno.readDirSync(`${broker.dataDir}/${partition}`)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".log"))
    .sort();
}

/** The offset up to which a partition is compacted, as Kafka's checkpoint file says. */
function checkpointOf(broker: BrokerProcess, topic: string, partition = 0): number {
  try {
    const [, , ...lines] = Deno.readTextFileSync(`${broker.dataDir}/cleaner-offset-checkpoint`).split("\n");
    const line = lines.find((each) => each.startsWith(`${topic} ${partition} `));
    return Number(line?.split(" ")[2] ?? 0);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

Deno.test("a compacted topic keeps the last record of each key, at its offset, also after a restart", async () => {
  await using broker = await startBroker({ configs });
  using client = await WireClient.connect(broker.address);
  const topic = freshTopic("compacted");
  await createTopic(client, topic, { configs: { "cleanup.policy": "compact", "delete.retention.ms": "0" } });
  for (let round = 0; round < 20; round++) {
    const records = ["a", "b", "c"].map((key) => ({ key, value: `${key}${round}` }));
    await produceTo(client, { topic }, batch(records, { compression: round % 2 === 0 ? "none" : "lz4" }));
  }
  await produceTo(client, { topic }, batch([{ key: "c", value: null }, { key: "d", value: "d0" }]));
  await becomes(() => checkpointOf(broker, topic), 62);
  const expected = [[57, "a", "a19"], [58, "b", "b19"], [60, "c", null], [61, "d", "d0"]];
  assert.deepEqual(await contentOf(client, topic), expected);
  assert.deepEqual(segmentsOf(broker, `${topic}-0`), [
    "00000000000000000000.log",
    "00000000000000000062.log",
  ]);
  // A second pass may drop the tombstone: nothing has to see it any more.
  await produceTo(client, { topic }, batch([{ key: "a", value: "a20" }]));
  await becomes(() => checkpointOf(broker, topic), 63);
  const final = [[58, "b", "b19"], [61, "d", "d0"], [62, "a", "a20"]];
  assert.deepEqual(await contentOf(client, topic), final);
  assert.deepEqual([await offsetOf(client, { topic }, -2), await offsetOf(client, { topic }, -1)], [0, 63]);
  await broker.kill();
  await broker.start();
  using again = await WireClient.connect(broker.address);
  assert.deepEqual(await contentOf(again, topic), final);
  assert.equal(await produceTo(again, { topic }, batch([{ key: "e", value: "e0" }])), 63);
});

Deno.test("topics with compact,delete are compacted too, others are not", async () => {
  await using broker = await startBroker({ configs });
  using client = await WireClient.connect(broker.address);
  const [compacted, deleted] = [freshTopic("compacted"), freshTopic("deleted")];
  await createTopic(client, compacted, { configs: { "cleanup.policy": "compact,delete" } });
  await createTopic(client, deleted);
  for (const topic of [compacted, deleted]) {
    for (let round = 0; round < 5; round++) {
      await produceTo(client, { topic }, batch([{ key: "k", value: `${round}` }]));
    }
  }
  await becomes(() => checkpointOf(broker, compacted), 5);
  assert.deepEqual(await contentOf(client, compacted), [[4, "k", "4"]]);
  assert.equal((await contentOf(client, deleted)).length, 5);
  const refusal = await tryProduce(client, { topic: compacted }, batch(["without a key"]));
  assert.equal(refusal.errorCode, ErrorCode.INVALID_RECORD);
});

Deno.test("the topic of committed offsets is compacted and keeps the last commit of each partition", async () => {
  await using broker = await startBroker({ configs: { ...configs, "offsets.topic.num.partitions": 1 } });
  using client = await WireClient.connect(broker.address);
  const topic = freshTopic("consumed");
  await createTopic(client, topic, { partitions: 3 });
  using member = await GroupMember.connect(broker.address, "readers");
  for (let round = 1; round <= 60; round++) {
    const codes = await member.commit(topic, { 0: round, 1: round * 2, 2: round * 3 });
    assert.deepEqual(codes, ["NONE", "NONE", "NONE"]);
  }
  const end = await offsetOf(client, { topic: "__consumer_offsets" }, -1);
  await becomes(() => checkpointOf(broker, "__consumer_offsets") >= end, true);
  assert.equal((await readAll(client, { topic: "__consumer_offsets" })).length < 10, true);
  await broker.restart();
  using again = await GroupMember.connect(broker.address, "readers");
  assert.deepEqual(await again.committed(topic, 0, 1, 2), [60, 120, 180]);
});
