/** Fetch sessions (KIP-227): a client names its partitions once and hears only of what changes. */

import assert from "node:assert/strict";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { ZERO_UUID } from "../../src/core/uuid.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch, valuesIn } from "../harness/batches.ts";
import { createTopic, freshTopic, produceTo } from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());
/** By name below, by id from this version on. */
const BY_ID = 13;

interface Named {
  readonly topic: string;
  readonly topicId: string;
}

async function newTopic(client: WireClient, partitions = 2): Promise<Named> {
  const topic = freshTopic("session");
  return { topic, topicId: await createTopic(client, topic, { partitions }) };
}

/** One step of a session: partitions as [index, offset] that are added or changed, and those to forget. */
async function step(
  client: WireClient,
  version: number,
  session: { readonly id: number; readonly epoch: number },
  change: {
    readonly of?: Named;
    readonly wants?: readonly [number, number][];
    readonly forgets?: readonly number[];
  } = {},
) {
  const { of, wants = [], forgets = [] } = change;
  const response = await client.send(fetch, version, {
    maxWaitMs: 0,
    minBytes: 1,
    sessionId: session.id,
    sessionEpoch: session.epoch,
    topics: of === undefined || wants.length === 0 ? [] : [{
      ...of,
      partitions: wants.map(([partition, fetchOffset]) => ({
        partition,
        fetchOffset,
        partitionMaxBytes: 1 << 20,
      })),
    }],
    forgottenTopicsData: of === undefined || forgets.length === 0
      ? []
      : [{ ...of, partitions: [...forgets] }],
  });
  const partitions = response.responses.flatMap((one) => one.partitions);
  return {
    errorCode: response.errorCode,
    sessionId: response.sessionId,
    indexes: partitions.map((one) => one.partitionIndex).sort(),
    values: Object.fromEntries(partitions.map((one) => [one.partitionIndex, valuesIn(one.records)])),
    codes: partitions.map((one) => one.errorCode),
  };
}

for (const version of [7, 12, BY_ID, 17]) {
  test(`fetch session v${version}: a full fetch opens it, then only news is told`, async (client) => {
    const of = await newTopic(client, 3);
    await produceTo(client, { ...of, partition: 1 }, batch(["a"]));
    const opened = await step(client, version, { id: 0, epoch: 0 }, { of, wants: [[0, 0], [1, 0], [2, 0]] });
    assert.equal(opened.errorCode, ErrorCode.NONE);
    assert.ok(opened.sessionId > 0);
    assert.deepEqual(opened.indexes, [0, 1, 2], "a full fetch tells of all partitions");
    assert.deepEqual(opened.values[1], ["a"]);
    const id = opened.sessionId;
    const moved = await step(client, version, { id, epoch: 1 }, { of, wants: [[1, 1]] });
    assert.equal(moved.sessionId, id);
    assert.deepEqual(moved.indexes, [], "nothing is new");
    await produceTo(client, { ...of, partition: 2 }, batch(["b"]));
    const news = await step(client, version, { id, epoch: 2 });
    assert.deepEqual(news.values, { 2: ["b"] });
    // The position was not moved, so it is told again.
    assert.deepEqual((await step(client, version, { id, epoch: 3 })).values, { 2: ["b"] });
  });
}

test("fetch session: partitions can be added and forgotten", async (client) => {
  const of = await newTopic(client, 2);
  for (const partition of [0, 1]) await produceTo(client, { ...of, partition }, batch([`p${partition}`]));
  const { sessionId: id } = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const added = await step(client, BY_ID, { id, epoch: 1 }, { of, wants: [[0, 1], [1, 0]] });
  assert.deepEqual(added.values, { 1: ["p1"] });
  const forgotten = await step(client, BY_ID, { id, epoch: 2 }, { of, forgets: [1] });
  assert.deepEqual(forgotten.indexes, []);
  await produceTo(client, { ...of, partition: 1 }, batch(["unheard"]));
  await produceTo(client, { ...of, partition: 0 }, batch(["heard"]));
  assert.deepEqual((await step(client, BY_ID, { id, epoch: 3 })).values, { 0: ["heard"] });
});

test("fetch session: a wrong epoch and an unknown id are told at the top", async (client) => {
  const of = await newTopic(client);
  const { sessionId: id } = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const wrongEpoch = await step(client, BY_ID, { id, epoch: 7 });
  assert.equal(wrongEpoch.errorCode, ErrorCode.INVALID_FETCH_SESSION_EPOCH);
  const unknown = await step(client, BY_ID, { id: id ^ 0x5555, epoch: 1 });
  assert.equal(unknown.errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  const right = await step(client, BY_ID, { id, epoch: 1 });
  assert.equal(right.errorCode, ErrorCode.NONE, "the session goes on");
});

test("fetch session: epoch -1 closes it", async (client) => {
  const of = await newTopic(client);
  const { sessionId: id } = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const closed = await step(client, BY_ID, { id, epoch: -1 }, { of, wants: [[0, 0]] });
  assert.equal(closed.errorCode, ErrorCode.NONE);
  assert.equal(closed.sessionId, 0);
  const after = await step(client, BY_ID, { id, epoch: 1 });
  assert.equal(after.errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
});

test("fetch session: epoch 0 with an id closes that one and opens another", async (client) => {
  const of = await newTopic(client);
  const { sessionId: id } = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const reopened = await step(client, BY_ID, { id, epoch: 0 }, { of, wants: [[1, 0]] });
  assert.equal(reopened.errorCode, ErrorCode.NONE);
  assert.notEqual(reopened.sessionId, id);
  assert.deepEqual(reopened.indexes, [1]);
  assert.equal((await step(client, BY_ID, { id, epoch: 1 })).errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
});

test("fetch session: it survives the connection it was opened on", async (client, connect) => {
  const of = await newTopic(client);
  const { sessionId: id } = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const other = await connect();
  assert.equal((await step(other, BY_ID, { id, epoch: 1 })).errorCode, ErrorCode.NONE);
});

test("fetch session: one that uses names cannot go on with ids, nor the other way round (KIP-516)", async (client) => {
  const of = await newTopic(client);
  const named = await step(client, 12, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const withIds = await step(client, BY_ID, { id: named.sessionId, epoch: 1 });
  assert.equal(withIds.errorCode, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
  const byId = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  const withNames = await step(client, 12, { id: byId.sessionId, epoch: 1 });
  assert.equal(withNames.errorCode, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
});

test("fetch session: a partition that goes is told as an error, others go on", async (client) => {
  const of = await newTopic(client, 1);
  const other = await newTopic(client, 1);
  await produceTo(client, other, batch(["a"]));
  const { sessionId: id } = await step(client, 12, { id: 0, epoch: 0 }, { of, wants: [[0, 0]] });
  await step(client, 12, { id, epoch: 1 }, { of: other, wants: [[0, 0]] });
  await client.send(deleteTopics, 6, { topics: [{ name: of.topic, topicId: ZERO_UUID }], timeoutMs: 10_000 });
  const after = await step(client, 12, { id, epoch: 2 });
  assert.equal(after.errorCode, ErrorCode.NONE);
  assert.ok(after.codes.includes(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
  assert.deepEqual(after.codes.filter((code) => code === ErrorCode.NONE).length, 1);
});

test("fetch session: sessionless fetches (id 0, epoch -1) get none", async (client) => {
  const of = await newTopic(client);
  const answer = await step(client, BY_ID, { id: 0, epoch: -1 }, { of, wants: [[0, 0]] });
  assert.equal(answer.sessionId, 0);
});

test("fetch session: waits for news like any other fetch", async (client, connect) => {
  const of = await newTopic(client);
  const { sessionId } = await step(client, BY_ID, { id: 0, epoch: 0 }, { of, wants: [[0, 0], [1, 0]] });
  const waiting = client.send(fetch, BY_ID, {
    maxWaitMs: 25_000,
    minBytes: 1,
    sessionId,
    sessionEpoch: 1,
    topics: [],
    forgottenTopicsData: [],
  });
  await produceTo(await connect(), { ...of, partition: 1 }, batch(["news"]));
  const { responses } = await waiting;
  assert.deepEqual(
    responses.flatMap((one) => one.partitions).map((one) => [one.partitionIndex, valuesIn(one.records)]),
    [
      [1, ["news"]],
    ],
  );
});
