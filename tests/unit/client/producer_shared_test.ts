/** A producer that many use who know nothing of each other, as behind the REST interface. */

import assert from "node:assert/strict";
import { BrokerError } from "../../../src/client/errors.ts";
import { Producer } from "../../../src/client/producer/producer.ts";
import type { ProducerOptions, RecordResult } from "../../../src/client/producer/options.ts";
import { decodeUtf8, encodeUtf8 } from "../../../src/core/bytes.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import type { BatchView } from "../../../src/records/batch.ts";
import { RecordCursor } from "../../../src/records/record.ts";
import { FakeCluster } from "./fake_cluster.ts";

interface World {
  readonly fake: FakeCluster;
  send(topic: string, value: string): Promise<RecordResult>;
}

async function withShared(run: (world: World) => Promise<void>, options: Partial<ProducerOptions> = {}) {
  const fake = new FakeCluster();
  const cluster = fake.client();
  const producer = new Producer(cluster, { retryBackoffMs: 1, lingerMs: 0, isShared: true, ...options });
  const send = (topic: string, value: string) =>
    new Promise<RecordResult>((resolve, reject) => {
      producer.send(topic, { key: null, value: encodeUtf8(value), partition: 0 }, resolve)?.catch(reject);
    });
  try {
    await run({ fake, send });
  } finally {
    producer.abort();
    cluster.close();
    fake.close();
  }
}

function valuesOf(batch: BatchView): string[] {
  const values: string[] = [];
  const cursor = new RecordCursor(batch);
  while (cursor.next()) values.push(decodeUtf8(cursor.value!, 0, cursor.value!.length));
  return values;
}

Deno.test("what is sent in one turn of the loop goes in one batch", async () => {
  await withShared(async ({ fake, send }) => {
    fake.createTopic("t");
    await send("t", "first");
    const values = Array.from({ length: 100 }, (_, index) => `record ${index}`);
    const results = await Promise.all(values.map((one) => send("t", one)));
    assert.deepEqual(results.map((one) => one.offset), values.map((_, index) => index + 1));
    assert.equal(fake.partition("t").batches.length, 2);
    assert.deepEqual(fake.values("t"), ["first", ...values]);
  });
});

Deno.test("a record that the broker finds wrong fails alone", async () => {
  await withShared(async ({ fake, send }) => {
    fake.createTopic("t");
    await send("t", "first");
    fake.onProduce = ({ batch }) =>
      valuesOf(batch).some((one) => one.startsWith("wrong")) ? ErrorCode.INVALID_RECORD : undefined;
    const values = Array.from({ length: 30 }, (_, index) => index % 11 === 4 ? `wrong ${index}` : `${index}`);
    const results = await Promise.all(values.map((one) => send("t", one)));
    const failed = values.filter((_, index) => results[index]!.error !== null);
    assert.deepEqual(failed, ["wrong 4", "wrong 15", "wrong 26"]);
    for (const { error } of results) {
      if (error !== null) assert.equal((error as BrokerError).code, ErrorCode.INVALID_RECORD);
    }
    assert.deepEqual(fake.values("t"), ["first", ...values.filter((one) => !one.startsWith("wrong"))]);
  });
});

Deno.test("records for a topic that was deleted fail soon, and it can be created anew", async () => {
  await withShared(async ({ fake, send }) => {
    fake.createTopic("t");
    await send("t", "first");
    fake.topics.delete("t");
    const { error } = await send("t", "late");
    assert.equal((error as BrokerError).code, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    await assert.rejects(send("t", "later"), { code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    fake.createTopic("t");
    assert.equal((await send("t", "again")).offset, 0);
  }, { createsTopics: false });
});

Deno.test("a topic that is not there is refused at once when nobody may create it", async () => {
  await withShared(async ({ fake, send }) => {
    await assert.rejects(send("missing", "a"), { code: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    assert.equal(fake.topics.size, 0);
  }, { createsTopics: false });
});
