/**
 * Consumers that follow producers: with and without sessions, by small and large fetches, while segments roll. Each sees every record once and in order, whether it comes from memory or from disk.
 */

import assert from "node:assert/strict";
import { Prng } from "../../src/core/prng.ts";
import { fetch } from "../../src/protocol/messages/01_fetch.ts";
import { type CompressionName, compressionNames } from "../../src/records/compression/codec.ts";
import { sharedBroker } from "../harness/broker.ts";
import { batch, recordsIn } from "../harness/batches.ts";
import { createTopic, freshTopic, produceTo } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const shared = sharedBroker();
const seed = Number(Deno.env.get("SLUICE_FUZZ_SEED") ?? 20260101);
const PARTITIONS = 3;
const RECORDS = 3000;

/** Produces records 0, 1, 2, ... to one partition, in batches of any size and codec, with pauses now and then. */
async function producePartition(topic: string, partition: number, random: Prng): Promise<void> {
  using client = await WireClient.connect(shared.address);
  for (let next = 0; next < RECORDS;) {
    const count = Math.min(1 + random.below(60), RECORDS - next);
    const values = Array.from(
      { length: count },
      (_, index) => `${next + index} ${"x".repeat(random.below(3000))}`,
    );
    const compression: CompressionName = random.chance(0.5) ? "none" : random.pick(compressionNames);
    assert.equal(await produceTo(client, { topic, partition }, batch(values, { compression })), next);
    next += count;
    if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, random.below(20)));
  }
}

interface Reading {
  readonly from: number;
  readonly maxBytes: number;
  readonly partitionMaxBytes: number;
  readonly minBytes: number;
  readonly withSession: boolean;
}

/** Follows all partitions to their ends and checks every record on the way. */
async function follow(topic: string, reading: Reading): Promise<void> {
  using client = await WireClient.connect(shared.address);
  const positions = new Array<number>(PARTITIONS).fill(reading.from);
  let session = { sessionId: 0, sessionEpoch: reading.withSession ? 0 : -1 };
  let moved = new Set(positions.keys());
  while (positions.some((position) => position < RECORDS)) {
    const wanted = session.sessionId === 0 ? [...positions.keys()] : [...moved];
    const partitions = wanted.map((partition) => ({
      partition,
      fetchOffset: positions[partition]!,
      partitionMaxBytes: reading.partitionMaxBytes,
    }));
    const { errorCode, sessionId, responses } = await client.send(fetch, 12, {
      maxWaitMs: 500,
      minBytes: reading.minBytes,
      maxBytes: reading.maxBytes,
      ...session,
      topics: partitions.length === 0 ? [] : [{ topic, partitions }],
      forgottenTopicsData: [],
    });
    assert.equal(errorCode, 0);
    if (reading.withSession) session = { sessionId, sessionEpoch: session.sessionEpoch + 1 };
    moved = new Set();
    for (const answer of responses.flatMap((one) => one.partitions)) {
      assert.equal(answer.errorCode, 0);
      const index = answer.partitionIndex;
      for (const { offset, value } of recordsIn(answer.records)) {
        if (offset < positions[index]!) continue;
        assert.equal(offset, positions[index], `partition ${index} without a gap`);
        assert.equal(parseInt(new TextDecoder().decode(value!)), offset);
        positions[index]!++;
        moved.add(index);
      }
    }
  }
}

Deno.test({
  name: `tail: every consumer sees every record in order while they are produced (seed ${seed})`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using client = await WireClient.connect(shared.address);
    const topic = freshTopic("tail");
    await createTopic(client, topic, { partitions: PARTITIONS, configs: { "segment.bytes": `${1 << 20}` } });
    const random = new Prng(seed);
    const producing = Array.from(
      { length: PARTITIONS },
      (_, index) => producePartition(topic, index, random.fork()),
    );
    const large = {
      from: 0,
      maxBytes: 50 << 20,
      partitionMaxBytes: 1 << 20,
      minBytes: 1,
      withSession: false,
    };
    const following = [
      follow(topic, large),
      follow(topic, { ...large, withSession: true }),
      follow(topic, { ...large, withSession: true, partitionMaxBytes: 20_000, maxBytes: 30_000 }),
      follow(topic, { ...large, partitionMaxBytes: 1000 }),
      follow(topic, { ...large, withSession: true, minBytes: 100_000 }),
    ];
    await Promise.all([...producing, ...following]);
    // And again when nothing of the beginning is in memory any more.
    await follow(topic, large);
    await follow(topic, { ...large, withSession: true, partitionMaxBytes: 5000 });
    await follow(topic, { ...large, from: RECORDS / 2, partitionMaxBytes: 50_000 });
  },
});
