/** ListOffsets and OffsetForLeaderEpoch: positions by time, by Kafka's special timestamps, by epoch. */

import assert from "node:assert/strict";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { listOffsets } from "../../src/protocol/messages/02_list_offsets.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { offsetForLeaderEpoch } from "../../src/protocol/messages/23_offset_for_leader_epoch.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { createTopic, freshTopic, produceTo } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());
const T0 = Date.now() - 1_000_000;

/** Records at T0, +1000, +2000, ... in batches of two; the fourth (offset 3) is the latest of all. */
async function timedTopic(client: WireClient): Promise<string> {
  const topic = freshTopic("times");
  await createTopic(client, topic);
  const times = [0, 1000, 2000, 9000, 4000, 5000];
  for (let index = 0; index < times.length; index += 2) {
    const records = times.slice(index, index + 2).map((ms) => ({ value: "v", timestamp: T0 + ms }));
    await produceTo(client, { topic }, batch(records));
  }
  return topic;
}

async function listOne(
  client: WireClient,
  topic: string,
  timestamp: number,
  options: { version?: number; partition?: number; epoch?: number; isolation?: number } = {},
) {
  const { topics } = await client.send(listOffsets, options.version ?? 10, {
    replicaId: -1,
    isolationLevel: options.isolation ?? 0,
    topics: [{
      name: topic,
      partitions: [{
        partitionIndex: options.partition ?? 0,
        currentLeaderEpoch: options.epoch ?? -1,
        timestamp,
      }],
    }],
    timeoutMs: 10_000,
  });
  return topics[0]!.partitions[0]!;
}

for (let version = 1; version <= 11; version++) {
  test(`list offsets v${version}: latest, earliest and by time`, async (client) => {
    const topic = await timedTopic(client);
    const at = async (timestamp: number) => {
      const { errorCode, offset, timestamp: found } = await listOne(client, topic, timestamp, { version });
      assert.equal(errorCode, ErrorCode.NONE);
      return [offset, found];
    };
    assert.deepEqual(await at(-1), [6, -1]);
    assert.deepEqual(await at(-2), [0, -1]);
    assert.deepEqual(await at(T0), [0, T0]);
    assert.deepEqual(await at(T0 + 1), [1, T0 + 1000]);
    assert.deepEqual(await at(T0 + 1500), [2, T0 + 2000]);
    assert.deepEqual(await at(T0 - 5000), [0, T0]);
    // The first that is not earlier, wherever later ones are.
    assert.deepEqual(await at(T0 + 3000), [3, T0 + 9000]);
    assert.deepEqual(await at(T0 + 10_000), [-1, -1]);
  });
}

test("list offsets: -3 is the record with the largest timestamp, from version 7 (KIP-734)", async (client) => {
  const topic = await timedTopic(client);
  const found = await listOne(client, topic, -3, { version: 7 });
  assert.deepEqual([found.errorCode, found.offset, found.timestamp], [ErrorCode.NONE, 3, T0 + 9000]);
  const tooEarly = await listOne(client, topic, -3, { version: 6 });
  assert.equal(tooEarly.errorCode, ErrorCode.UNSUPPORTED_VERSION);
});

test("list offsets: where nothing is tiered, -4 is the start and -5 is nowhere", async (client) => {
  const topic = await timedTopic(client);
  assert.equal((await listOne(client, topic, -4)).offset, 0);
  assert.equal((await listOne(client, topic, -5)).offset, -1);
});

test("list offsets: an empty partition begins and ends at 0 and has no latest record", async (client) => {
  const topic = freshTopic("times");
  await createTopic(client, topic);
  assert.equal((await listOne(client, topic, -1)).offset, 0);
  assert.equal((await listOne(client, topic, -2)).offset, 0);
  assert.equal((await listOne(client, topic, -3)).offset, -1);
  assert.equal((await listOne(client, topic, T0)).offset, -1);
});

test("list offsets: what was deleted is not found any more", async (client) => {
  const topic = await timedTopic(client);
  await client.send(deleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 4 }] }],
    timeoutMs: 10_000,
  });
  assert.equal((await listOne(client, topic, -2)).offset, 4);
  assert.equal((await listOne(client, topic, T0)).offset, 4);
});

test("list offsets: unknown partitions and wrong epochs are told", async (client) => {
  const topic = await timedTopic(client);
  assert.equal(
    (await listOne(client, topic, -1, { partition: 9 })).errorCode,
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  );
  assert.equal((await listOne(client, "no-such-topic", -1)).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  assert.equal((await listOne(client, topic, -1, { epoch: 0 })).errorCode, ErrorCode.NONE);
  assert.equal((await listOne(client, topic, -1, { epoch: 5 })).errorCode, ErrorCode.UNKNOWN_LEADER_EPOCH);
});

test("list offsets: read_committed ends at the last stable offset", async (client) => {
  const topic = await timedTopic(client);
  assert.equal((await listOne(client, topic, -1, { isolation: 1 })).offset, 6);
});

test("list offsets: by time in compressed batches, of every codec", async (client) => {
  for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
    const topic = freshTopic("times");
    await createTopic(client, topic);
    const records = [0, 1, 2, 3].map((index) => ({ value: `${index}`, timestamp: T0 + index * 1000 }));
    await produceTo(client, { topic }, batch(records, { compression }));
    assert.equal((await listOne(client, topic, T0 + 1001)).offset, 2, compression);
  }
});

for (const version of [2, 3, 4]) {
  test(`offset for leader epoch v${version}: the current epoch ends at the end of the log`, async (client) => {
    const topic = await timedTopic(client);
    const ask = async (leaderEpoch: number, currentLeaderEpoch = -1, partition = 0) => {
      const { topics } = await client.send(offsetForLeaderEpoch, version, {
        replicaId: -1,
        topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
      });
      return topics[0]!.partitions[0]!;
    };
    const current = await ask(0);
    assert.deepEqual([current.errorCode, current.leaderEpoch, current.endOffset], [ErrorCode.NONE, 0, 6]);
    const unknown = await ask(5);
    assert.deepEqual([unknown.errorCode, unknown.leaderEpoch, unknown.endOffset], [ErrorCode.NONE, -1, -1]);
    assert.equal((await ask(0, 9)).errorCode, ErrorCode.UNKNOWN_LEADER_EPOCH);
    assert.equal((await ask(0, -1, 9)).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });
}

test("list offsets: a partition that is asked for twice is refused, as by Kafka", async (client) => {
  const topic = freshTopic("twice");
  await createTopic(client, topic, { partitions: 2 });
  const ask = (partitionIndex: number) => ({ partitionIndex, timestamp: -1 });
  const { topics } = await client.send(listOffsets, 10, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [
      { name: topic, partitions: [ask(0), ask(1)] },
      { name: topic, partitions: [ask(0)] },
    ],
  });
  const codes = topics.flatMap((one) => one.partitions.map((answer) => answer.errorCode));
  assert.deepEqual(codes, [ErrorCode.INVALID_REQUEST, ErrorCode.NONE, ErrorCode.INVALID_REQUEST]);
});
