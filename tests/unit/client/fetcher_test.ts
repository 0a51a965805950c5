/** Reading partitions: offsets, several leaders, and what happens when things go wrong. */

import assert from "node:assert/strict";
import { Fetcher } from "../../../src/client/consumer/fetcher.ts";
import type { FetcherOptions } from "../../../src/client/consumer/options.ts";
import { type Position, startingPoints } from "../../../src/client/consumer/positions.ts";
import { BrokerError } from "../../../src/client/errors.ts";
import type { Cluster } from "../../../src/client/cluster.ts";
import { encodeUtf8 } from "../../../src/core/bytes.ts";
import { DecodeError } from "../../../src/core/errors.ts";
import { ErrorCode } from "../../../src/protocol/error_codes.ts";
import { fetch } from "../../../src/protocol/messages/01_fetch.ts";
import { BatchBuilder, type BatchOptions } from "../../../src/records/batch_builder.ts";
import { controlKey, endTxnMarkerValue } from "../../../src/records/control_record.ts";
import { endOffsetOf, FakeCluster, type FakePartition } from "./fake_cluster.ts";

function append(partition: FakePartition, values: readonly string[], options: BatchOptions = {}): void {
  const builder = new BatchBuilder({ baseOffset: endOffsetOf(partition), ...options });
  for (const value of values) builder.append({ timestamp: 1000, key: null, value: encodeUtf8(value) });
  partition.batches.push(builder.build());
}

function appendMarker(partition: FakePartition, producerId: number, type: "Abort" | "Commit"): void {
  const builder = new BatchBuilder({
    baseOffset: endOffsetOf(partition),
    producerId,
    producerEpoch: 0,
    isTransactional: true,
    isControl: true,
  });
  builder.append({ timestamp: 1000, key: controlKey(type), value: endTxnMarkerValue(0) });
  partition.batches.push(builder.build());
}

/** Reads until `count` records have come, as `topic-partition@offset=value`. */
async function read(fetcher: Fetcher, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) {
    const fetched = await fetcher.next();
    if (fetched === null) break;
    fetched.forEach((record) => {
      const value = new TextDecoder().decode(record.value!);
      found.push(`${fetched.topic}-${fetched.partition}@${record.offset}=${value}`);
      return true;
    });
  }
  return found;
}

async function withFetcher(
  fake: FakeCluster,
  options: Partial<FetcherOptions>,
  run: (fetcher: Fetcher, cluster: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = fake.client();
  const fetcher = new Fetcher(cluster, { retryBackoffMs: 1, maxWaitMs: 20, ...options });
  try {
    await run(fetcher, cluster);
  } finally {
    fetcher.close();
    cluster.close();
    fake.close();
  }
}

Deno.test("reading begins at the offset, though the batch begins before it", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  append(fake.partition("t"), ["a", "b", "c"]);
  append(fake.partition("t"), ["d", "e"]);
  await withFetcher(fake, {}, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 2);
    assert.deepEqual(await read(fetcher, 3), ["t-0@2=c", "t-0@3=d", "t-0@4=e"]);
  });
});

Deno.test("partitions of several leaders are read at once, and new records come as they are written", async () => {
  const fake = new FakeCluster(3);
  fake.createTopic("t", [0, 1, 2]);
  for (const index of [0, 1, 2]) append(fake.partition("t", index), [`old ${index}`]);
  await withFetcher(fake, {}, async (fetcher) => {
    for (const partition of [0, 1, 2]) fetcher.add({ topic: "t", partition }, 0);
    assert.deepEqual((await read(fetcher, 3)).sort(), ["t-0@0=old 0", "t-1@0=old 1", "t-2@0=old 2"]);
    append(fake.partition("t", 1), ["new"]);
    assert.deepEqual(await read(fetcher, 1), ["t-1@1=new"]);
  });
});

Deno.test("reading goes on at the new leader and after lost connections, without gaps", async () => {
  const fake = new FakeCluster(2);
  fake.createTopic("t", [0]);
  for (let index = 0; index < 20; index++) append(fake.partition("t"), [`${index}`]);
  await withFetcher(fake, {}, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 0);
    const found = await read(fetcher, 4);
    fake.partition("t").leader = 1;
    let failed = 0;
    fake.onRequest = (api) => api === fetch && failed++ % 2 === 0 ? "close" : undefined;
    found.push(...await read(fetcher, 20 - found.length));
    assert.deepEqual(found, Array.from({ length: 20 }, (_, index) => `t-0@${index}=${index}`));
    assert.ok(failed > 2);
  });
});

Deno.test("no more is fetched while what was fetched fills the memory that is allowed", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  for (let index = 0; index < 50; index++) append(fake.partition("t"), ["x".repeat(1000)]);
  await withFetcher(fake, { maxBufferedBytes: 5000 }, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 0);
    await fetcher.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    // Answers hold two batches: the third brings the memory above the limit, plus the one that was taken out.
    assert.ok((fake.asked.get("Fetch") ?? 0) <= 5, `${fake.asked.get("Fetch")} fetches`);
    assert.equal((await read(fetcher, 48)).length, 48);
  });
});

Deno.test("an offset that retention has removed goes on at the start, and says so", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  const partition = fake.partition("t");
  partition.logStartOffset = 7;
  append(partition, ["a"]);
  const resets: string[] = [];
  const onReset: FetcherOptions["onReset"] = (place, from, to) => resets.push(`${place.topic} ${from} ${to}`);
  await withFetcher(fake, { onReset }, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 3);
    assert.deepEqual(await read(fetcher, 1), ["t-0@7=a"]);
    assert.deepEqual(resets, ["t 3 7"]);
  });
});

Deno.test("an offset that is not there is an error when it was asked to be one", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  await withFetcher(fake, { outOfRange: "fail" }, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 3);
    await assert.rejects(fetcher.next(), (error) => {
      return error instanceof BrokerError && error.code === ErrorCode.OFFSET_OUT_OF_RANGE;
    });
  });
});

Deno.test("a damaged batch is an error with its place, not records", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  append(fake.partition("t"), ["abc"]);
  fake.partition("t").batches[0]![70]! ^= 1;
  await withFetcher(fake, {}, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 0);
    await assert.rejects(fetcher.next(), (error) => {
      return error instanceof DecodeError && /t-0 at offset 0: crc mismatch/.test(error.message);
    });
  });
});

Deno.test("a topic that was deleted ends the reading with its name", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  await withFetcher(fake, {}, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 0);
    const next = fetcher.next();
    fake.topics.delete("t");
    await assert.rejects(next, /topic "t": the topic is not there any more/);
  });
});

Deno.test("a partition that is taken away gives nothing more", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t", [0, 0]);
  append(fake.partition("t", 0), ["a"]);
  await withFetcher(fake, {}, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 0);
    fetcher.add({ topic: "t", partition: 1 }, 0);
    await read(fetcher, 1);
    append(fake.partition("t", 0), ["b"]);
    fetcher.remove({ topic: "t", partition: 0 });
    append(fake.partition("t", 1), ["c"]);
    assert.deepEqual(await read(fetcher, 1), ["t-1@0=c"]);
  });
});

Deno.test("records of aborted transactions and markers are not seen with read_committed (KIP-98)", async () => {
  const fake = new FakeCluster();
  fake.createTopic("t");
  const partition = fake.partition("t");
  const transaction = { producerId: 9, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  append(partition, ["aborted"], transaction);
  append(partition, ["plain"]);
  appendMarker(partition, 9, "Abort");
  append(partition, ["committed"], { ...transaction, baseSequence: 1 });
  appendMarker(partition, 9, "Commit");
  append(partition, ["last"]);
  fake.handle(fetch, (request) => {
    const asked = request.topics[0]!.partitions[0]!;
    const joined = partition.batches.flatMap((bytes) => [...bytes]);
    const isFirst = asked.fetchOffset === 0;
    const { topic, topicId } = request.topics[0]!;
    const answer = {
      partitionIndex: 0,
      errorCode: ErrorCode.NONE,
      highWatermark: 6,
      abortedTransactions: [{ producerId: 9, firstOffset: 0 }],
      records: new Uint8Array(isFirst ? joined : []),
    };
    return { errorCode: ErrorCode.NONE, responses: [{ topic, topicId, partitions: [answer] }] };
  });
  await withFetcher(fake, { isolation: "read_committed" }, async (fetcher) => {
    fetcher.add({ topic: "t", partition: 0 }, 0);
    assert.deepEqual(await read(fetcher, 3), ["t-0@1=plain", "t-0@3=committed", "t-0@5=last"]);
  });
});

Deno.test("positions become offsets within what each partition holds", async () => {
  const fake = new FakeCluster(2);
  fake.createTopic("t", [0, 1]);
  fake.partition("t", 0).logStartOffset = 5;
  for (let index = 0; index < 4; index++) append(fake.partition("t", 0), [`${index}`]);
  append(fake.partition("t", 1), ["a"]);
  const cluster = fake.client();
  const places = [0, 1].map((partition) => ({ topic: "t", partition }));
  const offsets = async (position: Position) =>
    (await startingPoints(cluster, places, position)).map((one) => one.offset);
  try {
    assert.deepEqual(await offsets({ at: "start" }), [5, 0]);
    assert.deepEqual(await offsets({ at: "end" }), [9, 1]);
    assert.deepEqual(await offsets({ at: "tail", count: 3 }), [6, 0]);
    assert.deepEqual(await offsets({ at: "offset", offset: 7 }), [7, 7]);
    assert.deepEqual(await offsets({ at: "time", timestampMs: 500 }), [5, 0]);
    assert.deepEqual(await offsets({ at: "time", timestampMs: 5000 }), [9, 1]);
  } finally {
    cluster.close();
    fake.close();
  }
});
