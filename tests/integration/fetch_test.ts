/** Fetch as consumers rely on it: what is returned, how much, how long it waits, what is refused. */

import assert from "node:assert/strict";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch, offsetsIn, recordsIn, valuesIn } from "../harness/batches.ts";
import { createTopic, freshTopic, produceTo, readAll, tryFetch } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());

/** A topic with the batches [0..2], [3..5], ... of three records each. */
async function topicWith(client: WireClient, batches: number, partitions = 1): Promise<string> {
  const topic = freshTopic("fetch");
  await createTopic(client, topic, { partitions });
  for (let index = 0; index < batches; index++) {
    const values = [0, 1, 2].map((one) => String(index * 3 + one));
    await produceTo(client, { topic }, batch(values));
  }
  return topic;
}

for (let version = 4; version <= 18; version++) {
  test(`fetch v${version}: returns the batches, the high watermark and the log start`, async (client) => {
    const topic = freshTopic("fetch");
    const topicId = await createTopic(client, topic);
    await produceTo(client, { topic }, batch(["a", "b"]));
    const { errorCode, responses } = await client.send(fetch, version, {
      maxWaitMs: 1000,
      minBytes: 1,
      topics: [{
        topic,
        topicId,
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20, currentLeaderEpoch: 0 }],
      }],
    });
    assert.equal(errorCode, ErrorCode.NONE);
    const [answered] = responses;
    if (version >= 13) assert.equal(answered!.topicId, topicId);
    else assert.equal(answered!.topic, topic);
    const [partition] = answered!.partitions;
    assert.equal(partition!.errorCode, ErrorCode.NONE);
    assert.equal(partition!.highWatermark, 2);
    assert.equal(partition!.lastStableOffset, 2);
    if (version >= 5) assert.equal(partition!.logStartOffset, 0);
    assert.deepEqual(valuesIn(partition!.records), ["a", "b"]);
  });
}

test("fetch: from inside a batch the whole batch is returned", async (client) => {
  const topic = await topicWith(client, 3);
  for (const [from, first] of [[0, 0], [1, 0], [2, 0], [3, 3], [5, 3], [8, 6]] as const) {
    const { records } = await tryFetch(client, { topic }, from);
    assert.equal(offsetsIn(records)[0]![0], first, `from ${from}`);
    assert.equal(offsetsIn(records).at(-1)![1], 8);
  }
});

test("fetch: at least one batch is returned, however small the limits are", async (client) => {
  const topic = await topicWith(client, 3);
  for (const limits of [{ maxBytes: 1 }, { partitionMaxBytes: 1 }, { maxBytes: 1, partitionMaxBytes: 1 }]) {
    const { records, errorCode } = await tryFetch(client, { topic }, 4, limits);
    assert.equal(errorCode, ErrorCode.NONE);
    assert.deepEqual(offsetsIn(records), [[3, 5]], JSON.stringify(limits));
  }
});

// Apache Kafka answers UNKNOWN_SERVER_ERROR.
if (Deno.env.get("SLUICE_TEST_BROKER") === undefined) {
  test("fetch: limits below zero are as good as zero, whether it waits or not", async (client) => {
    const topic = await topicWith(client, 3);
    const least = -2147483648;
    for (
      const limits of [{ maxBytes: least }, { partitionMaxBytes: least }, { maxBytes: -1, minBytes: 1000 }]
    ) {
      const { records } = await tryFetch(client, { topic }, 4, { ...limits, maxWaitMs: 50 });
      assert.deepEqual(offsetsIn(records), [[3, 5]], JSON.stringify(limits));
    }
  });
}

test("fetch: partition limits cut behind the last batch that fits, or in it, but never before the first", async (client) => {
  const topic = await topicWith(client, 20);
  const one = batch(["0", "1", "2"]).length;
  const { records } = await tryFetch(client, { topic }, 0, { partitionMaxBytes: one * 3 + 20 });
  assert.ok(records!.length <= one * 3 + 20);
  assert.deepEqual(offsetsIn(records), [[0, 2], [3, 5], [6, 8]]);
});

test("fetch: maxBytes holds for all partitions together, and only the first may exceed it", async (client) => {
  const topic = freshTopic("fetch");
  await createTopic(client, topic, { partitions: 3 });
  for (const partition of [0, 1, 2]) {
    await produceTo(client, { topic, partition }, batch([{ value: new Uint8Array(5000) }]));
  }
  const { responses } = await client.send(fetch, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 100,
    topics: [{
      topic,
      partitions: [2, 0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 })),
    }],
  });
  const sizes = responses.flatMap((one) => one.partitions).map((
    one,
  ) => [one.partitionIndex, one.records?.length ?? 0]);
  const full = sizes.filter(([, size]) => size! > 5000);
  assert.equal(full.length, 1, JSON.stringify(sizes));
  assert.equal(full[0]![0], 2, "the first that was asked for");
});

test("fetch: many batches of odd sizes come back complete over any number of small fetches", async (client) => {
  const topic = freshTopic("fetch");
  await createTopic(client, topic);
  const sent: string[] = [];
  for (let index = 0; index < 40; index++) {
    const values = Array.from(
      { length: 1 + index % 7 },
      (_, one) => `${index}.${one} ${"x".repeat(index * 37 % 500)}`,
    );
    sent.push(...values);
    await produceTo(client, { topic }, batch(values, { compression: index % 2 === 0 ? "none" : "lz4" }));
  }
  for (const partitionMaxBytes of [1, 700, 5000]) {
    const read: (string | null)[] = [];
    for (let offset = 0; offset < sent.length;) {
      const { records } = await tryFetch(client, { topic }, offset, { partitionMaxBytes });
      const fresh = recordsIn(records).filter((one) => one.offset >= offset);
      assert.ok(fresh.length > 0, `nothing from ${offset}`);
      read.push(...fresh.map(({ value }) => new TextDecoder().decode(value!)));
      offset = fresh.at(-1)!.offset + 1;
    }
    assert.deepEqual(read, sent);
  }
});

test("fetch: below the log start and above the end is OFFSET_OUT_OF_RANGE, at the end is nothing yet", async (client) => {
  const topic = await topicWith(client, 3);
  await client.send(deleteRecords, 2, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 4 }] }],
    timeoutMs: 10_000,
  });
  const codes: Record<number, number> = {};
  for (const offset of [0, 3, 4, 9, 10, 1e9]) {
    codes[offset] = (await tryFetch(client, { topic }, offset)).errorCode;
  }
  const out = ErrorCode.OFFSET_OUT_OF_RANGE;
  assert.deepEqual(codes, { 0: out, 3: out, 4: 0, 9: 0, 10: out, 1e9: out });
  const atEnd = await tryFetch(client, { topic }, 9);
  assert.equal(atEnd.records?.length ?? 0, 0);
  assert.equal(atEnd.logStartOffset, 4);
});

test("fetch: unknown topics, partitions and ids are told by their codes", async (client) => {
  const topic = await topicWith(client, 1);
  const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  assert.equal((await tryFetch(client, { topic: "no-such-topic" }, 0)).errorCode, unknown);
  assert.equal((await tryFetch(client, { topic, partition: 3 }, 0)).errorCode, unknown);
  const byId = await client.send(fetch, 17, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{
      topicId: "AAAAAAAAAAAAAAAAAAAAAw",
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }],
    }],
  });
  assert.equal(byId.responses[0]!.partitions[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_ID);
});

test("fetch: a leader epoch that is not the partition's is fenced or unknown (KIP-320)", async (client) => {
  const topic = await topicWith(client, 1);
  const fetchAt = async (currentLeaderEpoch: number) => {
    const { responses } = await client.send(fetch, 12, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{
        topic,
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000, currentLeaderEpoch }],
      }],
    });
    return responses[0]!.partitions[0]!.errorCode;
  };
  assert.equal(await fetchAt(-1), ErrorCode.NONE);
  assert.equal(await fetchAt(0), ErrorCode.NONE);
  assert.equal(await fetchAt(99), ErrorCode.UNKNOWN_LEADER_EPOCH);
});

test("fetch: a client whose log ends elsewhere is told where they part (KIP-595)", async (client) => {
  const topic = await topicWith(client, 2);
  const { responses } = await client.send(fetch, 12, {
    maxWaitMs: 0,
    minBytes: 1,
    topics: [{
      topic,
      partitions: [{ partition: 0, fetchOffset: 5, partitionMaxBytes: 1000, lastFetchedEpoch: 0 }],
    }],
  });
  assert.equal(responses[0]!.partitions[0]!.errorCode, ErrorCode.NONE);
  assert.equal(responses[0]!.partitions[0]!.divergingEpoch.epoch, -1, "no divergence in the same epoch");
});

test("fetch: waits until there is something, and answers as soon as there is", async (client, connect) => {
  const topic = await topicWith(client, 1);
  const waiting = tryFetch(client, { topic }, 3, { maxWaitMs: 25_000, minBytes: 1 });
  const other = await connect();
  // The broker answers this one while the other waits.
  assert.equal((await tryFetch(other, { topic }, 0)).highWatermark, 3);
  await produceTo(other, { topic }, batch(["3"]));
  const { records, highWatermark } = await waiting;
  assert.deepEqual(valuesIn(records), ["3"]);
  assert.equal(highWatermark, 4);
});

test("fetch: waits for minBytes, not for the first byte", async (client, connect) => {
  const topic = await topicWith(client, 0);
  const one = batch([{ value: new Uint8Array(1000) }]);
  const waiting = tryFetch(client, { topic }, 0, { maxWaitMs: 25_000, minBytes: one.length * 3 });
  const other = await connect();
  let isAnswered = false;
  void waiting.then(() => isAnswered = true);
  for (let count = 0; count < 2; count++) await produceTo(other, { topic }, one.slice());
  await tryFetch(other, { topic }, 0);
  assert.equal(isAnswered, false, "two of three");
  await produceTo(other, { topic }, one.slice());
  assert.equal(offsetsIn((await waiting).records).length, 3);
});

test("fetch: answers with what there is when the time is up", async (client) => {
  const topic = await topicWith(client, 1);
  const some = await tryFetch(client, { topic }, 0, { maxWaitMs: 100, minBytes: 1_000_000 });
  assert.deepEqual(valuesIn(some.records), ["0", "1", "2"]);
  const none = await tryFetch(client, { topic }, 3, { maxWaitMs: 100, minBytes: 1 });
  assert.equal(none.errorCode, ErrorCode.NONE);
  assert.equal(none.records?.length ?? 0, 0);
});

test("fetch: does not wait when one of the partitions has an error", async (client) => {
  const topic = await topicWith(client, 1);
  const { responses } = await client.send(fetch, 12, {
    maxWaitMs: 25_000,
    minBytes: 1_000_000,
    topics: [
      { topic, partitions: [{ partition: 0, fetchOffset: 3, partitionMaxBytes: 1000 }] },
      { topic: "no-such-topic", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] },
    ],
  });
  assert.ok(responses.some((one) => one.partitions[0]!.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
});

test("fetch: one that waits ends when its topic is deleted", async (client, connect) => {
  const topic = await topicWith(client, 1);
  const waiting = tryFetch(client, { topic }, 3, { maxWaitMs: 25_000, minBytes: 1 });
  const other = await connect();
  const { responses } = await other.send(deleteTopics, 6, {
    topics: [{ name: topic, topicId: ZERO_UUID }],
    timeoutMs: 10_000,
  });
  assert.equal(responses[0]!.errorCode, ErrorCode.NONE);
  const { errorCode } = await waiting;
  const gone: number[] = [
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.UNKNOWN_TOPIC_ID,
  ];
  assert.ok(gone.includes(errorCode), `got ${errorCode}`);
});

test("fetch: a client that leaves while it waits does not disturb the others", async (client, connect) => {
  const topic = await topicWith(client, 1);
  const leaving = await connect();
  const abandoned = tryFetch(leaving, { topic }, 3, { maxWaitMs: 25_000, minBytes: 1 });
  await tryFetch(client, { topic }, 0);
  leaving.close();
  await assert.rejects(abandoned);
  await produceTo(client, { topic }, batch(["3"]));
  assert.equal((await readAll(client, { topic })).length, 4);
});

test(
  "fetch: responses come in the order of the requests, although the first of them waits",
  async (client, connect) => {
    const topic = await topicWith(client, 1);
    const order: number[] = [];
    const note = (number: number) => () => void order.push(number);
    const first = tryFetch(client, { topic }, 3, { maxWaitMs: 25_000, minBytes: 1 }).then(note(1));
    const second = tryFetch(client, { topic }, 0).then(note(2));
    await produceTo(await connect(), { topic }, batch(["3"]));
    await Promise.all([first, second]);
    assert.deepEqual(order, [1, 2]);
  },
);

test("fetch: read_committed sees the same where there are no transactions", async (client) => {
  const topic = await topicWith(client, 2);
  const { records, abortedTransactions } = await tryFetch(client, { topic }, 0, { isolationLevel: 1 });
  assert.equal(recordsIn(records).length, 6);
  assert.deepEqual(abortedTransactions, []);
});
