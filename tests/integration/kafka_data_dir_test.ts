// A data directory that Apache Kafka 4.3.0 wrote (tests/golden/kafka_data_dir) is taken over as it is: Kafka's own
// reading of it (kafka_data_dir.jsonl) is what a client must find.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { LATEST_METADATA_VERSION, METADATA_VERSION } from "../../src/metadata/features.ts";
import { encodeMetadataRecord } from "../../src/metadata/record_codec.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { offsetFetch } from "../../src/protocol/messages/09_offset_fetch.ts";
import { describeConfigs } from "../../src/protocol/messages/32_describe_configs.ts";
import { batches } from "../../src/records/batch.ts";
import { type KafkaRecord, recordsOf } from "../../src/records/record.ts";
import { batch } from "../harness/batches.ts";
import { BrokerProcess, StartFailure, temporaryDirectory } from "../harness/broker.ts";
import { copyTree } from "../harness/copy_tree.ts";
import { goldenFiles, type GoldenRecord, offsetsAsCommitted } from "../harness/kafka_data_dir.ts";
import { type FetchedPartition, offsetOf, produceTo, readAll, tryFetch } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const golden = new URL("../golden/kafka_data_dir", import.meta.url).pathname;
const files = goldenFiles();

/** The directory belongs to node 1. Its offsets were committed long ago and must not expire in the test. */
const adopted = { args: ["--node-id", "1"], configs: { "offsets.retention.minutes": 100_000_000 } };

function copyOfGolden(): string {
  const directory = temporaryDirectory();
  copyTree(golden, directory);
  return directory;
}

/** What Kafka reads in a partition from its log start offset on. */
function recordsIn(topic: string, partition: number): GoldenRecord[] {
  const start = topic === "trimmed" ? 17 : 0;
  return files.filter(({ file }) => file.startsWith(`${topic}-${partition}/`) && file.endsWith(".log"))
    .flatMap(({ batches }) => batches ?? [])
    .flatMap(({ records }) => records)
    .filter(({ offset }) => offset >= start);
}

const base64 = (bytes: Uint8Array | null) => bytes === null ? null : Buffer.from(bytes).toString("base64");

function asGolden({ offset, timestamp, key, value, headers }: KafkaRecord) {
  const plain = { offset, timestamp, key: base64(key), value: base64(value) };
  if (headers.length === 0) return plain;
  return { ...plain, headers: headers.map(({ key, value }) => ({ key, value: base64(value) })) };
}

/** The topics as the metadata log has them, with their numbers of partitions. */
const topics: Readonly<Record<string, number>> = {
  __consumer_offsets: 1,
  __transaction_state: 1,
  "append-time": 1,
  codecs: 1,
  compacted: 1,
  empty: 2,
  recompressed: 1,
  segments: 2,
  transactions: 2,
  trimmed: 1,
};

function partitions(): { topic: string; partition: number }[] {
  return Object.entries(topics).flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  );
}

async function assertServesAll(client: WireClient, appended: ReadonlyMap<string, number>): Promise<void> {
  for (const { topic, partition } of partitions()) {
    if (topic === "__consumer_offsets") continue;
    const expected = recordsIn(topic, partition).map(({ decoded: _, ...record }) => record);
    const start = topic === "trimmed" ? 17 : 0;
    const name = `${topic}-${partition}`;
    assert.equal(await offsetOf(client, { topic, partition }, -2), start, `start of ${name}`);
    const found = (await readAll(client, { topic, partition }, start)).map(asGolden);
    assert.deepEqual(found.slice(0, expected.length), expected, name);
    assert.equal(found.length, expected.length + (appended.has(name) ? 1 : 0), name);
  }
}

async function assertKnowsAllElse(client: WireClient): Promise<void> {
  const all = await client.send(metadata, 12, { topics: null, allowAutoTopicCreation: false });
  const counts = all.topics.map(({ name, partitions }) => [name, partitions.length] as const).sort();
  assert.deepEqual(Object.fromEntries(counts), topics);
  assert.equal(all.clusterId, "Sluice-GoldenCluster-0");
  const ids = new Map(
    files.flatMap(({ batches }) => batches ?? []).flatMap(({ records }) => records)
      .flatMap(({ decoded }) => decoded?.type === "TopicRecord" ? [decoded.data as TopicData] : [])
      .map(({ name, topicId }) => [name, topicId]),
  );
  for (const { name, topicId } of all.topics) assert.equal(topicId, ids.get(name!), name!);
  for (const [group, expected] of offsetsAsCommitted(files)) {
    const { groups } = await client.send(offsetFetch, 9, {
      groups: [{ groupId: group, memberId: null, memberEpoch: -1, topics: null }],
      requireStable: false,
    });
    const found = groups[0]!.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, committedOffset, metadata }) =>
        [`${name}-${partitionIndex}`, { offset: committedOffset, metadata }] as const
      )
    );
    assert.deepEqual(Object.fromEntries(found.sort()), Object.fromEntries([...expected].sort()), group);
  }
  const wanted = { configurationKeys: null };
  const described = await client.send(describeConfigs, 4, {
    resources: [
      { resourceType: 2, resourceName: "segments", ...wanted },
      { resourceType: 2, resourceName: "compacted", ...wanted },
      { resourceType: 4, resourceName: "1", ...wanted },
    ],
    includeSynonyms: false,
    includeDocumentation: false,
  });
  const valueOf = (index: number, name: string) =>
    described.results[index]!.configs.find((one) => one.name === name)?.value;
  assert.equal(valueOf(0, "segment.ms"), "60000");
  assert.equal(valueOf(0, "retention.bytes"), "1000000");
  assert.equal(valueOf(1, "cleanup.policy"), "compact");
  assert.equal(valueOf(2, "num.io.threads"), "5");
  assert.equal(valueOf(2, "log.cleaner.threads"), "2");
}

/** What the broker said that was more than information. */
function warningsIn(stderr: string): string[] {
  return stderr.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ level }) => level !== "info").map(({ message }) => message);
}

interface TopicData {
  readonly name: string;
  readonly topicId: string;
}

Deno.test("adoption: every topic, record, group offset and config of a Kafka data directory is served, also after appends and restarts", async () => {
  await using broker = new BrokerProcess({ ...adopted, dataDir: copyOfGolden() });
  await broker.start();
  const appended = new Map<string, number>();
  {
    using client = await WireClient.connect(broker.address);
    await assertServesAll(client, appended);
    await assertKnowsAllElse(client);
    for (const { topic, partition } of partitions()) {
      if (topic.startsWith("__")) continue;
      const end = await offsetOf(client, { topic, partition }, -1);
      const offset = await produceTo(
        client,
        { topic, partition },
        batch([{ key: "new", value: "from Sluice" }]),
      );
      assert.equal(offset, end);
      appended.set(`${topic}-${partition}`, offset);
    }
  }
  const stopped = await broker.stop();
  assert.equal(stopped.code, 0);
  assert.deepEqual(warningsIn(stopped.stderr), [
    "ACLs are kept but not acted on yet: every client may do everything",
    "SCRAM credentials are kept but not acted on yet: nobody has to log in",
    "client quotas are kept but not acted on yet: no client is slowed down",
    "a transaction is open that nobody can end yet: committed reads stop there",
  ]);
  for (const how of ["after a clean stop", "after a crash"]) {
    await broker.start();
    using client = await WireClient.connect(broker.address);
    await assertServesAll(client, appended);
    await assertKnowsAllElse(client);
    for (const { topic, partition } of partitions()) {
      const offset = appended.get(`${topic}-${partition}`);
      if (offset === undefined) continue;
      const [record] = await readAll(client, { topic, partition }, offset);
      assert.equal(Buffer.from(record!.value!).toString(), "from Sluice", how);
    }
    await broker.kill();
  }
  const kept = warningsIn(broker.stderr).filter((one) => one.startsWith("ACLs are kept"));
  assert.equal(kept.length, 3, "every start finds the ACL again");
});

/** What a consumer makes of a fetch that reads only what is committed: it leaves out what was aborted (KIP-98). */
function committedValues({ records, abortedTransactions }: FetchedPartition): string[] {
  const open = new Set<number>();
  const aborted = abortedTransactions!.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const values: string[] = [];
  for (const one of batches(records!)) {
    while (aborted.length > 0 && aborted[0]!.firstOffset <= one.lastOffset) {
      open.add(aborted.shift()!.producerId);
    }
    if (one.isControl) open.delete(one.producerId);
    else if (!one.isTransactional || !open.has(one.producerId)) {
      for (const { value } of recordsOf(one)) values.push(new TextDecoder().decode(value!));
    }
  }
  return values;
}

Deno.test("adoption: what was aborted is not read as committed, nor what is undecided", async () => {
  await using broker = new BrokerProcess({ ...adopted, dataDir: copyOfGolden() });
  await broker.start();
  using client = await WireClient.connect(broker.address);
  for (const [partition, stable] of [[0, 16], [1, 16]] as const) {
    const place = { topic: "transactions", partition };
    const fetched = await tryFetch(client, place, 0, { isolationLevel: 1 });
    assert.equal(fetched.lastStableOffset, stable);
    const index = files.find(({ file }) =>
      file === `transactions-${partition}/00000000000000000001.txnindex`
    )!;
    assert.deepEqual(
      fetched.abortedTransactions,
      index.entries!.map(({ producerId, firstOffset }) => ({ producerId, firstOffset })),
    );
    // FillDataDirectory.java commits rounds 0 and 2 of each producer and aborts 1 and 3. The first is in a segment
    // of its own.
    assert.deepEqual(committedValues(fetched), ["round 0"]);
    const rest = await tryFetch(client, place, 1, { isolationLevel: 1 });
    assert.deepEqual(committedValues(rest), ["round 2", "round 0", "round 2"]);
    const later = await tryFetch(client, place, 12, { isolationLevel: 1 });
    assert.deepEqual(later.abortedTransactions, fetched.abortedTransactions!.slice(3));
    assert.equal((await tryFetch(client, place, 0)).abortedTransactions, null);
  }
});

/** Adds a record to the metadata log of a copy. */
function appendMetadata(dataDir: string, value: Uint8Array): void {
  const path = `${dataDir}/__cluster_metadata-0/00000000000000000000.log`;
  const before = Deno.readFileSync(path);
  const last = [...batches(before)].at(-1)!;
  const added = batch([{ value }], {
    baseOffset: last.nextOffset,
    partitionLeaderEpoch: last.partitionLeaderEpoch,
  });
  Deno.writeFileSync(path, new Uint8Array([...before, ...added]));
}

Deno.test("adoption: a directory of a newer Kafka is refused with the reason, not half understood", async () => {
  const feature = { name: METADATA_VERSION, featureLevel: LATEST_METADATA_VERSION + 1 };
  const newer: [Uint8Array, RegExp][] = [
    [
      encodeMetadataRecord({ type: "FeatureLevelRecord", data: feature }, LATEST_METADATA_VERSION),
      /the cluster is at metadata\.version 31, but this version of Sluice understands it up to 30/,
    ],
    // Frame version 1, a type that nobody has yet, version 0.
    [new Uint8Array([1, 99, 0]), /read metadata record: unknown type 99/],
  ];
  for (const [value, reason] of newer) {
    const dataDir = copyOfGolden();
    appendMetadata(dataDir, value);
    const failure = await new BrokerProcess({ ...adopted, dataDir }).start().then(
      () => null,
      (error) => error,
    );
    assert.ok(failure instanceof StartFailure);
    assert.equal(failure.ended.code, 1);
    assert.match(failure.ended.stderr, reason);
  }
});

Deno.test("adoption: a node with another id says whose directory it is and leaves it alone", async () => {
  const dataDir = copyOfGolden();
  const before = Deno.readTextFileSync(`${dataDir}/meta.properties`);
  const broker = new BrokerProcess({ dataDir, args: ["--node-id", "7"] });
  const failure = await broker.start().then(() => null, (error) => error);
  assert.ok(failure instanceof StartFailure);
  assert.match(failure.ended.stderr, /belongs to node 1, but this node is 7: start it with node\.id=1/);
  assert.equal(Deno.readTextFileSync(`${dataDir}/meta.properties`), before);
});
