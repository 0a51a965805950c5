/**
 * Real clients read a compacted topic: offsets with gaps, batches that reach beyond their last record, and batches
 * without records, which compaction leaves where a producer's last sequence or a segment's end must be known.
 */

import assert from "node:assert/strict";
import { batch, recordsIn } from "../harness/batches.ts";
import { bootstrapOf, startBroker } from "../harness/broker.ts";
import { becomes } from "../harness/eventually.ts";
import { createTopic, freshTopic, produceTo, readAll, tryFetch } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { dumpLogSegments, kafkaTools } from "../harness/kafka_tools.ts";
import { clientKinds } from "./clients/all.ts";

const configs = { "log.roll.ms": 100, "log.cleaner.backoff.ms": 50, "log.cleaner.min.cleanable.ratio": 0 };

/**
 * Segments that begin with a large record that is kept and hold only batches without records behind it, so that a
 * client which goes on behind the record is given nothing but those.
 */
async function compactedTopic(client: WireClient): Promise<string> {
  const topic = freshTopic("compacted");
  await createTopic(client, topic, { configs: { "cleanup.policy": "compact", "segment.bytes": "1048576" } });
  for (let round = 0; round < 60; round++) {
    const isKept = round % 20 === 0;
    const records = isKept
      ? [{ key: `kept ${round}`, value: "x".repeat(700_000) }]
      : ["hidden", "hidden too"].map((key) => ({ key, value: "x".repeat(30_000) }));
    const producer = { producerId: 1000 + round, producerEpoch: 0, baseSequence: 0 };
    await produceTo(client, { topic }, batch(records, round % 3 === 2 ? producer : {}));
  }
  await becomes(async () => (await readAll(client, { topic })).length, 5);
  return topic;
}

Deno.test("real clients read a compacted topic to its end, from any offset", async (t) => {
  await using broker = await startBroker({ configs });
  using wire = await WireClient.connect(broker.address);
  const topic = await compactedTopic(wire);
  const offsets = (await readAll(wire, { topic })).map(({ offset }) => offset);
  const { records } = await tryFetch(wire, { topic }, offsets[0]! + 1);
  assert.equal(recordsIn(records).length > 0, true, "consumers are not given batches without records alone");
  for (const kind of clientKinds) {
    await t.step(kind.name, async () => {
      await using client = await kind.start(bootstrapOf(broker.address));
      if (client === null) return;
      for (const [index, from] of [0, offsets[0]! + 1, offsets[1]! + 3, offsets[3]!].entries()) {
        const expected = offsets.filter((offset) => offset >= from);
        const target = { topic, partition: 0, offset: from, count: expected.length };
        const found = await client.consume(target);
        assert.deepEqual(found.map(({ offset }) => offset), expected, `reading ${index}, from ${from}`);
      }
    });
  }
});

const tools = await kafkaTools();

Deno.test({
  name: "kafka-dump-log has nothing against compacted segments and their indexes",
  ignore: tools === null,
  async fn() {
    await using broker = await startBroker({ configs: { ...configs, "log.index.interval.bytes": 100 } });
    using wire = await WireClient.connect(broker.address);
    const topic = freshTopic("dumped");
    await createTopic(wire, topic, { configs: { "cleanup.policy": "compact" } });
    for (let round = 0; round < 60; round++) {
      const records = [`kept ${round}`, "hidden", `gone ${round % 7}`].slice(round % 2)
        .map((key) => ({ key, value: key.startsWith("gone") ? null : `${key} ${"x".repeat(round * 3)}` }));
      const producer = round % 5 === 0 ? { producerId: 1000 + round, producerEpoch: 0, baseSequence: 0 } : {};
      const compression = (["none", "gzip", "snappy", "lz4", "zstd"] as const)[round % 5]!;
      await produceTo(wire, { topic }, batch(records, { ...producer, compression }));
    }
    await produceTo(wire, { topic }, batch([{ key: "hidden", value: "at last" }]));
    await becomes(async () => (await readAll(wire, { topic })).length, 38);
    await broker.stop();
    const files = [...Deno.readDirSync(`${broker.dataDir}/${topic}-0`)].map(({ name }) => name)
      .filter((name) => /\.(log|index|timeindex|snapshot)$/.test(name))
      .map((name) => `${broker.dataDir}/${topic}-0/${name}`);
    const { printed, complaints } = await dumpLogSegments(tools!, files, ["--deep-iteration"]);
    // It says so of every compacted log.
    const others = complaints.filter((line) =>
      !/^Non-consecutive offsets|^ +\d+ is followed by \d+$/.test(line)
    );
    assert.deepEqual(others, []);
    assert.doesNotMatch(printed, /isvalid: false|mismatch|not found|exception/i);
    assert.match(printed, /deleteHorizonMs: OptionalLong\[\d+\]/);
    assert.match(printed, / count: 0 /, "a batch without records");
  },
});
