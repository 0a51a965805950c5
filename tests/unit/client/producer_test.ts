/** The producer against brokers that fail in the ways that KIP-98 and KIP-360 are about. */

import assert from "node:assert/strict";
import { BrokerError } from "../../../src/client/errors.ts";
import type { DeliveryReport, ProducerOptions, RecordResult } from "../../../src/client/producer/options.ts";
import { Producer } from "../../../src/client/producer/producer.ts";
import { encodeUtf8 } from "../../../src/core/bytes.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { produce } from "../../../src/protocol/messages/00_produce.ts";
import { BatchView } from "../../../src/records/batch.ts";
import { FakeCluster, type Misbehaviour } from "./fake_cluster.ts";

interface World {
  readonly fake: FakeCluster;
  readonly producer: Producer;
  readonly reports: DeliveryReport[];
  send(value: string, more?: { key?: string; partition?: number; topic?: string }): Promise<void>;
}

async function withProducer(
  options: Partial<ProducerOptions>,
  run: (world: World) => Promise<void>,
  fake = new FakeCluster(),
): Promise<void> {
  const cluster = fake.client();
  const reports: DeliveryReport[] = [];
  const producer = new Producer(cluster, {
    retryBackoffMs: 1,
    lingerMs: 0,
    onDelivery: (report) => reports.push(report),
    ...options,
  });
  try {
    await run({
      fake,
      producer,
      reports,
      async send(value, { key, partition, topic = "t" } = {}) {
        const record = {
          key: key === undefined ? null : encodeUtf8(key),
          value: encodeUtf8(value),
          partition,
        };
        await producer.send(topic, record);
      },
    });
  } finally {
    producer.abort();
    cluster.close();
    fake.close();
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `record ${index}`);

/** Batches of a few records each. */
const smallBatches = { batchBytes: 300 };

Deno.test("records arrive in the order they were sent, in batches with dense sequences", async () => {
  await withProducer(smallBatches, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    for (const value of numbers(200)) await send(value);
    await producer.flush();
    assert.deepEqual(fake.values("t"), numbers(200));
    assert.ok(fake.partition("t").batches.length > 10);
    assert.equal(reports.reduce((sum, one) => sum + one.count, 0), 200);
    assert.ok(reports.every((one) => one.error === null));
    assert.equal(producer.bufferedBytes, 0);
  });
});

Deno.test("a topic that is not there is created by asking for it", async () => {
  await withProducer({}, async ({ fake, producer, send }) => {
    await send("a", { topic: "new" });
    await producer.flush();
    assert.deepEqual(fake.values("new"), ["a"]);
  });
});

Deno.test("every partition that a refused batch is for keeps its order when later batches are in flight", async () => {
  await withProducer(smallBatches, async ({ fake, producer, send }) => {
    fake.createTopic("t", [0, 0, 0]);
    let produced = 0;
    // Every third batch is refused at first sight, so that those sent behind it are out of order.
    const refused = new Set<string>();
    fake.onProduce = ({ partition, batch }) => {
      const id = `${partition}/${batch.producerEpoch}/${batch.baseSequence}`;
      if (++produced % 3 !== 0 || refused.has(id)) return undefined;
      refused.add(id);
      return ErrorCode.NOT_ENOUGH_REPLICAS;
    };
    for (const value of numbers(300)) await send(value, { partition: value.length % 3 });
    await producer.flush();
    for (const partition of [0, 1, 2]) {
      assert.deepEqual(
        fake.values("t", partition),
        numbers(300).filter((one) => one.length % 3 === partition),
      );
    }
    assert.ok(refused.size > 5);
  });
});

Deno.test("a batch that was stored before its connection was lost is not stored twice", async () => {
  await withProducer(smallBatches, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    const failures: Misbehaviour[] = ["store and close", "close", "store and close", "store and close"];
    let asked = 0;
    fake.onRequest = (api) => api === produce && ++asked % 4 === 0 ? failures.pop() : undefined;
    for (const value of numbers(200)) await send(value);
    await producer.flush();
    assert.equal(failures.length, 0);
    assert.deepEqual(fake.values("t"), numbers(200));
    assert.ok(reports.every((one) => one.error === null));
  });
});

Deno.test("batches go to the new leader after it has moved", async () => {
  await withProducer(smallBatches, async ({ fake, producer, send }) => {
    fake.createTopic("t", [0]);
    for (const value of numbers(50)) await send(value);
    fake.partition("t").leader = 1;
    for (const value of numbers(50)) await send(value);
    await producer.flush();
    assert.deepEqual(fake.values("t"), [...numbers(50), ...numbers(50)]);
  }, new FakeCluster(2));
});

Deno.test("records wait while their partition has no leader", async () => {
  await withProducer({}, async ({ fake, producer, send }) => {
    fake.createTopic("t", [0]);
    await send("first");
    await producer.flush();
    fake.partition("t").leader = -1;
    await send("second");
    const flushed = producer.flush();
    while ((fake.asked.get("Metadata") ?? 0) < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    fake.partition("t").leader = 0;
    await flushed;
    assert.deepEqual(fake.values("t"), ["first", "second"]);
  });
});

Deno.test("a broker that lost the producer's sequences gets them anew in the next epoch (KIP-360)", async () => {
  await withProducer(smallBatches, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    for (const value of numbers(50)) await send(value);
    await producer.flush();
    fake.partition("t").producers.clear();
    for (const value of numbers(50)) await send(value);
    await producer.flush();
    assert.deepEqual(fake.values("t"), [...numbers(50), ...numbers(50)]);
    assert.ok(reports.every((one) => one.error === null));
    const last = new BatchView(fake.partition("t").batches.at(-1)!);
    assert.equal(last.producerEpoch, 1);
  });
});

Deno.test("a refused batch fails alone, and the sequences close the gap that it leaves", async () => {
  await withProducer(smallBatches, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    let refused = 0;
    fake.onProduce = ({ batch }) => {
      if (refused > 0 || batch.baseSequence === 0) return undefined;
      refused = batch.recordsCount;
      return ErrorCode.INVALID_RECORD;
    };
    for (const value of numbers(100)) await send(value);
    await producer.flush();
    const failed = reports.filter((one) => one.error !== null);
    assert.equal(failed.length, 1);
    assert.equal((failed[0]!.error as BrokerError).code, ErrorCode.INVALID_RECORD);
    const values = fake.values("t");
    assert.equal(values.length, 100 - refused);
    assert.deepEqual(values, numbers(100).filter((one) => values.includes(one)), "in order, none twice");
  });
});

Deno.test("a batch that is too large for the topic is sent in halves", async () => {
  await withProducer({ batchBytes: 4000 }, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    fake.maxBatchBytes = 250;
    for (const value of numbers(100)) await send(value);
    await producer.flush();
    assert.deepEqual(fake.values("t"), numbers(100));
    assert.equal(reports.reduce((sum, one) => sum + one.count, 0), 100);
    assert.equal(producer.bufferedBytes, 0);
  });
});

Deno.test("one record that is too large fails and the others are stored", async () => {
  await withProducer({}, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    fake.maxBatchBytes = 250;
    await send("a");
    await send("x".repeat(500));
    await send("b");
    await producer.flush();
    assert.deepEqual(fake.values("t"), ["a", "b"]);
    const failed = reports.filter((one) => one.error !== null);
    assert.equal(failed.length, 1);
    assert.equal((failed[0]!.error as BrokerError).code, ErrorCode.MESSAGE_TOO_LARGE);
  });
});

Deno.test("a record that finds no leader in time has failed, with the reason", async () => {
  await withProducer({ deliveryTimeoutMs: 30 }, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    fake.onProduce = () => ErrorCode.NOT_ENOUGH_REPLICAS;
    await send("a");
    await producer.flush();
    assert.equal(reports.length, 1);
    assert.match(reports[0]!.error!.message, /t-0: not stored within 30 ms: .*NOT_ENOUGH_REPLICAS/);
  });
});

Deno.test("each record's callback tells its own offset", async () => {
  await withProducer(smallBatches, async ({ fake, producer }) => {
    fake.createTopic("t");
    const results: RecordResult[] = [];
    for (const value of numbers(50)) {
      await producer.send("t", { key: null, value: encodeUtf8(value) }, (result) => results.push(result));
    }
    await producer.flush();
    assert.deepEqual(results.map((one) => one.offset), Array.from({ length: 50 }, (_, index) => index));
  });
});

Deno.test("a record for a partition that is not there fails at once", async () => {
  await withProducer({}, async ({ fake, producer, send, reports }) => {
    fake.createTopic("t");
    await send("a", { partition: 3 });
    await producer.flush();
    assert.match(reports[0]!.error!.message, /t-3: there is no such partition; the topic has 1/);
  });
});

Deno.test("a sender waits when memory is full, and goes on when there is room", async () => {
  await withProducer({ batchBytes: 300, bufferBytes: 2000 }, async ({ fake, producer }) => {
    fake.createTopic("t");
    await producer.send("t", { key: null, value: encodeUtf8("first") });
    let waits = 0;
    let largest = 0;
    for (const value of numbers(500)) {
      const taken = producer.send("t", { key: null, value: encodeUtf8(value) });
      largest = Math.max(largest, producer.bufferedBytes);
      if (taken !== undefined) {
        waits++;
        await taken;
      }
    }
    await producer.flush();
    assert.ok(waits > 10);
    assert.ok(largest < 2400, `${largest} bytes at most`);
    assert.deepEqual(fake.values("t"), ["first", ...numbers(500)]);
  });
});

Deno.test("acks of 0 are not answered and acks of 1 carry no producer id", async () => {
  for (const acks of [0, 1] as const) {
    await withProducer({ acks, ...smallBatches }, async ({ fake, producer, send, reports }) => {
      fake.createTopic("t");
      for (const value of numbers(50)) await send(value);
      await producer.flush();
      while (fake.values("t").length < 50) await new Promise((resolve) => setTimeout(resolve, 1));
      assert.deepEqual(fake.values("t"), numbers(50));
      assert.ok(reports.every((one) => one.error === null && (acks === 1 || one.baseOffset === -1)));
      assert.equal(new BatchView(fake.partition("t").batches[0]!).producerId, -1);
    });
  }
});

Deno.test("a broker that knows no topic ids is sent the topics' names", async () => {
  const fake = new FakeCluster();
  fake.maxProduceVersion = 9;
  await withProducer({}, async ({ producer, send }) => {
    fake.createTopic("t");
    await send("a");
    await producer.flush();
    assert.deepEqual(fake.values("t"), ["a"]);
  }, fake);
});

Deno.test("sequences go on past 2^31-1 at 0", async () => {
  const { sequenceAfter } = await import("../../../src/client/producer/batch.ts");
  assert.equal(sequenceAfter(2147483640, 7), 2147483647);
  assert.equal(sequenceAfter(2147483640, 8), 0);
});
