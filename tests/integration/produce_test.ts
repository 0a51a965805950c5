/** Produce as clients rely on it: acknowledgements, refusals, idempotence (KIP-98), limits. */

import assert from "node:assert/strict";
import { ATTRIBUTES_AT, CRC_AT, MAGIC_AT, writeCrc } from "../../src/records/batch.ts";
import { ErrorCode } from "../../src/protocol/error_codes.ts";
import { produce } from "../../src/protocol/messages/00_produce.ts";
import { initProducerId } from "../../src/protocol/messages/22_init_producer_id.ts";
import { describeProducers } from "../../src/protocol/messages/61_describe_producers.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch, recordsIn, valuesIn } from "../harness/batches.ts";
import {
  createTopic,
  freshTopic,
  offsetOf,
  produceTo,
  readAll,
  tryFetch,
  tryProduce,
} from "../harness/requests.ts";
import type { WireClient } from "../harness/wire.ts";
import { wireTests } from "../harness/wire_test_case.ts";

const test = wireTests(sharedBroker());

async function topicWith(client: WireClient, configs: Record<string, string> = {}): Promise<string> {
  const topic = freshTopic("produce");
  await createTopic(client, topic, { configs });
  return topic;
}

for (let version = 3; version <= 13; version++) {
  test(`produce v${version}: appends, tells the base offset, and what was sent can be read`, async (client) => {
    const topic = freshTopic("produce");
    const topicId = await createTopic(client, topic);
    const send = (values: string[], acks: number) =>
      client.send(produce, version, {
        transactionalId: null,
        acks,
        timeoutMs: 10_000,
        topicData: [{ name: topic, topicId, partitionData: [{ index: 0, records: batch(values) }] }],
      });
    const first = (await send(["a", "b"], 1)).responses[0]!;
    if (version >= 13) assert.equal(first.topicId, topicId);
    else assert.equal(first.name, topic);
    const { errorCode, index, baseOffset, logAppendTimeMs, logStartOffset } = first.partitionResponses[0]!;
    assert.deepEqual([errorCode, index, baseOffset, logAppendTimeMs], [ErrorCode.NONE, 0, 0, -1]);
    if (version >= 5) assert.equal(logStartOffset, 0);
    const second = (await send(["c"], -1)).responses[0]!.partitionResponses[0]!;
    assert.equal(second.baseOffset, 2);
    assert.deepEqual(valuesIn((await tryFetch(client, { topic }, 0)).records), ["a", "b", "c"]);
  });
}

test("produce: acks=0 has no response, and the requests behind it are answered", async (client) => {
  const topic = await topicWith(client);
  for (const value of ["a", "b", "c"]) {
    await client.sendOnly(produce, 9, {
      transactionalId: null,
      acks: 0,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: batch([value]) }] }],
    });
  }
  assert.equal(await produceTo(client, { topic }, batch(["d"])), 3);
});

test("produce: an error with acks=0 closes the connection, for there is no other way to tell", async (client) => {
  await client.sendOnly(produce, 9, {
    transactionalId: null,
    acks: 0,
    timeoutMs: 1000,
    topicData: [{ name: "no-such-topic", partitionData: [{ index: 0, records: batch(["x"]) }] }],
  });
  assert.ok(await client.isClosedByBroker());
});

test("produce: unknown topics, partitions, ids and acks are refused each by its code", async (client) => {
  const topic = await topicWith(client);
  const records = batch(["x"]);
  const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  assert.equal((await tryProduce(client, { topic: "no-such-topic" }, records)).errorCode, unknown);
  assert.equal((await tryProduce(client, { topic, partition: 7 }, records)).errorCode, unknown);
  assert.equal(
    (await tryProduce(client, { topic }, records, { acks: 5 })).errorCode,
    ErrorCode.INVALID_REQUIRED_ACKS,
  );
  const byId = await client.send(produce, 13, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 1000,
    topicData: [{ topicId: "AAAAAAAAAAAAAAAAAAAAAw", partitionData: [{ index: 0, records }] }],
  });
  assert.equal(byId.responses[0]!.partitionResponses[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_ID);
  assert.equal(await offsetOf(client, { topic }, -1), 0, "nothing was appended");
});

test("produce: several topics and partitions in one request fail and succeed each for itself", async (client) => {
  const [one, two] = [freshTopic("produce"), freshTopic("produce")];
  await createTopic(client, one, { partitions: 2 });
  await createTopic(client, two);
  const { responses } = await client.send(produce, 12, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [
      {
        name: one,
        partitionData: [
          { index: 1, records: batch(["a"]) },
          { index: 5, records: batch(["b"]) },
          { index: 0, records: batch(["c"]) },
        ],
      },
      { name: two, partitionData: [{ index: 0, records: batch(["d"]) }] },
    ],
  });
  const codes = responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map((each) => [`${name}-${each.index}`, each.errorCode])
  );
  assert.deepEqual(Object.fromEntries(codes), {
    [`${one}-0`]: ErrorCode.NONE,
    [`${one}-1`]: ErrorCode.NONE,
    [`${one}-5`]: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    [`${two}-0`]: ErrorCode.NONE,
  });
});

test("produce: what is damaged on the way is refused and leaves nothing behind", async (client) => {
  const topic = await topicWith(client);
  const good = batch(["a", "b", "c"]);
  const damaged = (change: (bytes: Uint8Array) => void) => {
    const bytes = good.slice();
    change(bytes);
    return bytes;
  };
  const cases: [string, Uint8Array, number][] = [
    ["a wrong CRC", damaged((bytes) => bytes[CRC_AT]! ^= 1), ErrorCode.CORRUPT_MESSAGE],
    ["a flipped bit in a record", damaged((bytes) => bytes[70]! ^= 1), ErrorCode.CORRUPT_MESSAGE],
    ["a batch cut short", good.subarray(0, good.length - 3), ErrorCode.INVALID_RECORD],
  ];
  for (const [what, records, code] of cases) {
    assert.equal((await tryProduce(client, { topic }, records)).errorCode, code, what);
  }
  assert.equal(await offsetOf(client, { topic }, -1), 0);
  assert.equal(await produceTo(client, { topic }, good), 0);
});

test("produce: the formats of before KIP-98 are refused", async (client) => {
  const topic = await topicWith(client);
  const records = batch(["a"]);
  records[MAGIC_AT] = 1;
  const { errorCode } = await tryProduce(client, { topic }, records);
  // Kafka says INVALID_RECORD for a request of this version with such a batch.
  assert.ok([ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, ErrorCode.INVALID_RECORD].includes(errorCode as 43));
});

test("produce: no records, and more than one batch for a partition, are refused", async (client) => {
  const topic = await topicWith(client);
  const none = await tryProduce(client, { topic }, new Uint8Array(0));
  assert.equal(none.errorCode, ErrorCode.INVALID_RECORD);
  const [one, two] = [batch(["a"]), batch(["b"])];
  const both = new Uint8Array(one.length + two.length);
  both.set(one);
  both.set(two, one.length);
  assert.equal((await tryProduce(client, { topic }, both)).errorCode, ErrorCode.INVALID_RECORD);
});

test("produce: control batches are for the broker to write", async (client) => {
  const topic = await topicWith(client);
  const control = batch([{ key: new Uint8Array([0, 0, 0, 1]), value: new Uint8Array(6) }], {
    isControl: true,
  });
  assert.equal((await tryProduce(client, { topic }, control)).errorCode, ErrorCode.INVALID_RECORD);
});

test("produce: zstd needs version 7 (KIP-110)", async (client) => {
  const topic = await topicWith(client);
  const send = async (version: number) => {
    const { responses } = await client.send(produce, version, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{
        name: topic,
        partitionData: [{ index: 0, records: batch(["a"], { compression: "zstd" }) }],
      }],
    });
    return responses[0]!.partitionResponses[0]!.errorCode;
  };
  assert.equal(await send(6), ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  assert.equal(await send(7), ErrorCode.NONE);
});

test("produce: max.message.bytes bounds a batch as it was sent", async (client) => {
  const topic = await topicWith(client, { "max.message.bytes": "1000" });
  const fits = batch([{ value: new Uint8Array(800) }]);
  assert.equal((await tryProduce(client, { topic }, fits)).errorCode, ErrorCode.NONE);
  const large = batch([{ value: new Uint8Array(1000) }]);
  assert.equal((await tryProduce(client, { topic }, large)).errorCode, ErrorCode.MESSAGE_TOO_LARGE);
  const compressed = batch([{ value: new Uint8Array(100_000) }], { compression: "gzip" });
  assert.equal((await tryProduce(client, { topic }, compressed)).errorCode, ErrorCode.NONE);
});

test("produce: acks=all needs min.insync.replicas, of which there cannot be more than replicas", async (client) => {
  const topic = await topicWith(client, { "min.insync.replicas": "2" });
  const { errorCode } = await tryProduce(client, { topic }, batch(["a"]), { acks: -1 });
  // KIP-966 counts at most as many as there are replicas.
  assert.ok([ErrorCode.NONE, ErrorCode.NOT_ENOUGH_REPLICAS].includes(errorCode as 0));
  assert.equal((await tryProduce(client, { topic }, batch(["a"]), { acks: 1 })).errorCode, ErrorCode.NONE);
});

test("produce: a record without a key is no record of a compacted topic", async (client) => {
  const topic = await topicWith(client, { "cleanup.policy": "compact" });
  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
    const keyless = batch([{ key: "k", value: "v" }, { value: "v" }], { compression });
    const refused = await tryProduce(client, { topic }, keyless);
    assert.equal(refused.errorCode, ErrorCode.INVALID_RECORD, compression);
    const keyed = batch([{ key: "k", value: "v" }, { key: "", value: null }], { compression });
    assert.equal((await tryProduce(client, { topic }, keyed)).errorCode, ErrorCode.NONE, compression);
  }
});

test("produce: LogAppendTime puts the broker's time in place of the producer's", async (client) => {
  const topic = await topicWith(client, { "message.timestamp.type": "LogAppendTime" });
  const before = Date.now();
  const answer = await tryProduce(
    client,
    { topic },
    batch([{ value: "a", timestamp: 12345 }, { value: "b" }]),
  );
  assert.equal(answer.errorCode, ErrorCode.NONE);
  assert.ok(answer.logAppendTimeMs >= before && answer.logAppendTimeMs <= Date.now());
  const records = recordsIn((await tryFetch(client, { topic }, 0)).records);
  assert.deepEqual(records.map(({ timestamp }) => timestamp), [
    answer.logAppendTimeMs,
    answer.logAppendTimeMs,
  ]);
});

test("produce: timestamps too far from the broker's time are refused (KIP-937)", async (client) => {
  const topic = await topicWith(client, {
    "message.timestamp.before.max.ms": "60000",
    "message.timestamp.after.max.ms": "60000",
  });
  const send = async (timestamp: number) =>
    (await tryProduce(client, { topic }, batch([{ value: "a", timestamp }]))).errorCode;
  assert.equal(await send(Date.now()), ErrorCode.NONE);
  assert.equal(await send(Date.now() - 120_000), ErrorCode.INVALID_TIMESTAMP);
  assert.equal(await send(Date.now() + 120_000), ErrorCode.INVALID_TIMESTAMP);
});

test("produce: a topic's compression.type recompresses what was sent otherwise", async (client) => {
  const topic = await topicWith(client, { "compression.type": "gzip" });
  await produceTo(client, { topic }, batch(["a", "b"], { compression: "snappy" }));
  await produceTo(client, { topic }, batch(["c"]));
  const { records } = await tryFetch(client, { topic }, 0);
  assert.deepEqual(valuesIn(records), ["a", "b", "c"]);
  assert.equal(records![ATTRIBUTES_AT + 1]! & 7, 1, "gzip");
});

/** An idempotent producer by hand. */
async function openProducer(client: WireClient) {
  const { errorCode, producerId, producerEpoch } = await client.send(initProducerId, 5, {
    transactionalId: null,
    transactionTimeoutMs: 0,
  });
  assert.equal(errorCode, ErrorCode.NONE);
  return {
    producerId,
    producerEpoch,
    batch: (values: string[], baseSequence: number, epoch = producerEpoch) =>
      batch(values, { producerId, producerEpoch: epoch, baseSequence }),
  };
}

test("idempotence: a batch that comes again is acknowledged at its first offset and kept once", async (client) => {
  const topic = await topicWith(client);
  const producer = await openProducer(client);
  for (let index = 0; index < 7; index++) {
    assert.equal(await produceTo(client, { topic }, producer.batch([`${index}`], index)), index);
  }
  // The last five are remembered.
  for (const index of [6, 4, 2]) {
    assert.equal(await produceTo(client, { topic }, producer.batch([`${index}`], index)), index);
  }
  assert.equal(await offsetOf(client, { topic }, -1), 7);
  const old = await tryProduce(client, { topic }, producer.batch(["0"], 0));
  assert.ok(
    [ErrorCode.DUPLICATE_SEQUENCE_NUMBER, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER].includes(
      old.errorCode as 45,
    ),
    `what is older is refused, got ${old.errorCode}`,
  );
});

test("idempotence: a gap in the sequence is refused, and what was missing still fits", async (client) => {
  const topic = await topicWith(client);
  const producer = await openProducer(client);
  await produceTo(client, { topic }, producer.batch(["a", "b"], 0));
  const gap = await tryProduce(client, { topic }, producer.batch(["d"], 3));
  assert.equal(gap.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.equal(await produceTo(client, { topic }, producer.batch(["c"], 2)), 2);
  assert.equal(await produceTo(client, { topic }, producer.batch(["d"], 3)), 3);
});

test(
  "idempotence: five requests in flight arrive in order, and again after a lost connection",
  async (client, connect) => {
    const topic = await topicWith(client);
    const producer = await openProducer(client);
    const sends = [0, 1, 2, 3, 4].map((index) =>
      tryProduce(client, { topic }, producer.batch([`${index}`], index))
    );
    assert.deepEqual((await Promise.all(sends)).map((one) => one.baseOffset), [0, 1, 2, 3, 4]);
    const other = await connect();
    const again = [2, 3, 4, 5, 6].map((index) =>
      tryProduce(other, { topic }, producer.batch([`${index}`], index))
    );
    assert.deepEqual((await Promise.all(again)).map((one) => one.baseOffset), [2, 3, 4, 5, 6]);
    assert.deepEqual(
      (await readAll(client, { topic })).map(({ value }) => new TextDecoder().decode(value!)),
      ["0", "1", "2", "3", "4", "5", "6"],
    );
  },
);

test("idempotence: a new epoch begins at sequence 0 and fences the old one (KIP-360)", async (client) => {
  const topic = await topicWith(client);
  const producer = await openProducer(client);
  await produceTo(client, { topic }, producer.batch(["a"], 0));
  const next = producer.producerEpoch + 1;
  const wrongStart = await tryProduce(client, { topic }, producer.batch(["b"], 5, next));
  assert.equal(wrongStart.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  await produceTo(client, { topic }, producer.batch(["b"], 0, next));
  const old = await tryProduce(client, { topic }, producer.batch(["c"], 1));
  assert.equal(old.errorCode, ErrorCode.INVALID_PRODUCER_EPOCH);
});

test("idempotence: whoever names an id gets another one, for it may not be its own", async (client) => {
  // Kafka looks at the id that a request names only with a transactional id. Two that name the same id would get the
  // same epoch, and the records of one would be taken for duplicates of the other's.
  const { producerId, producerEpoch } = await openProducer(client);
  const init = { transactionalId: null, transactionTimeoutMs: 0, producerId, producerEpoch };
  const first = await client.send(initProducerId, 5, init);
  const second = await client.send(initProducerId, 5, init);
  assert.equal(new Set([producerId, first.producerId, second.producerId]).size, 3);
  assert.deepEqual([first.producerEpoch, second.producerEpoch], [0, 0]);
});

test("idempotence: every producer gets an id of its own", async (client, connect) => {
  const producers = await Promise.all(
    Array.from(
      { length: 20 },
      async (_, index) => await openProducer(index % 2 === 0 ? client : await connect()),
    ),
  );
  assert.equal(new Set(producers.map(({ producerId }) => producerId)).size, producers.length);
});

test("idempotence: DescribeProducers tells what the partition remembers (KIP-664)", async (client) => {
  const topic = await topicWith(client);
  const producer = await openProducer(client);
  await produceTo(client, { topic }, producer.batch(["a", "b", "c"], 0));
  await produceTo(client, { topic }, producer.batch(["d"], 3));
  const { topics } = await client.send(describeProducers, 0, {
    topics: [{ name: topic, partitionIndexes: [0, 9] }],
  });
  const [known, unknown] = topics[0]!.partitions;
  assert.equal(unknown!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const [described] = known!.activeProducers;
  assert.equal(described!.producerId, producer.producerId);
  assert.equal(described!.producerEpoch, 0);
  assert.equal(described!.lastSequence, 3);
  assert.equal(described!.currentTxnStartOffset, -1);
});

test("produce: offsets and epochs in a batch are the broker's to set", async (client) => {
  const topic = await topicWith(client);
  const records = batch(["a", "b"], { baseOffset: 2 ** 40, partitionLeaderEpoch: 7 });
  writeCrc(records, 0);
  const answer = await tryProduce(client, { topic }, records);
  assert.ok([ErrorCode.NONE, ErrorCode.INVALID_RECORD].includes(answer.errorCode as 0));
  if (answer.errorCode === ErrorCode.NONE) {
    assert.equal(answer.baseOffset, 0);
    assert.deepEqual(recordsIn((await tryFetch(client, { topic }, 0)).records).map(({ offset }) => offset), [
      0,
      1,
    ]);
  }
});

test("produce: with flush.messages=1 records without acknowledgement can be read too", async (client) => {
  // Consumers read below the high watermark, which only a flush moves here; nobody waited for one with acks=0.
  const topic = await topicWith(client, { "flush.messages": "1" });
  await client.sendOnly(produce, 9, {
    transactionalId: null,
    acks: 0,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: batch(["a"]) }] }],
  });
  const fetched = await tryFetch(client, { topic }, 0, { minBytes: 1, maxWaitMs: 3_000 });
  assert.deepEqual(valuesIn(fetched.records), ["a"]);
});
