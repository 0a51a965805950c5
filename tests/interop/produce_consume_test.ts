/**
 * What one real client produces, all others read as it was sent: with every codec that both have, keys, null keys,
 * tombstones, headers, timestamps, large records, at the offsets the producer was told.
 */

import assert from "node:assert/strict";
import { compressionNames } from "../../src/records/compression/codec.ts";
import { createTopic, freshTopic, readAll } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { clientKinds, sharedClients } from "./clients/all.ts";
import type { InteropClient, ReadRecord } from "./clients/client.ts";
import { corpus } from "./corpus.ts";

const clients = sharedClients();

/** Two rounds, so that offsets do not begin at 0. */
const ROUNDS = 2;

async function produceAll(producer: InteropClient, wire: WireClient, topic: string): Promise<ReadRecord[][]> {
  const logged: ReadRecord[][] = [];
  for (const [partition, codec] of compressionNames.entries()) {
    const expected: ReadRecord[] = [];
    if (producer.codecs.includes(codec)) {
      for (let round = 0; round < ROUNDS; round++) {
        const sent = corpus(Date.now()).filter((one) => producer.canSend(one));
        const offset = await producer.produce({ topic, partition, codec, idempotent: round > 0 }, sent);
        if (offset !== null) assert.equal(offset, expected.length, "the offset that the producer is told");
        for (const one of sent) expected.push({ ...one, offset: expected.length });
      }
    }
    logged.push(withLoggedTimestamps(producer, expected, await readAll(wire, { topic, partition })));
  }
  return logged;
}

/** Some producers cannot set timestamps; those that are in the log are what the others must see. */
function withLoggedTimestamps(
  producer: InteropClient,
  expected: readonly ReadRecord[],
  logged: readonly { timestamp: number }[],
): ReadRecord[] {
  assert.equal(logged.length, expected.length, "the number of records in the log");
  if (producer.setsTimestamps) return [...expected];
  return expected.map((one, index) => ({ ...one, timestamp: logged[index]!.timestamp }));
}

/** Plain values that compare well and print short. */
function comparable({ offset, timestamp, key, value, headers }: ReadRecord) {
  const text = (bytes: Uint8Array | null) =>
    bytes === null
      ? null
      : bytes.length <= 256
      ? bytes.toHex()
      : `${bytes.length} bytes, ${bytes.reduce((sum, one) => (sum * 31 + one) >>> 0, 7)}`;
  return {
    offset,
    timestamp,
    key: text(key),
    value: text(value),
    headers: headers.map(([name, bytes]) => [name, text(bytes)]),
  };
}

async function consumeAll(consumer: InteropClient, topic: string, logged: readonly ReadRecord[][]) {
  for (const [partition, codec] of compressionNames.entries()) {
    const expected = logged[partition]!.map((one) => comparable(consumer.canSee(one)));
    if (expected.length === 0 || !consumer.codecs.includes(codec)) continue;
    const all = await consumer.consume({ topic, partition, offset: 0, count: expected.length });
    assert.deepEqual(all.map(comparable), expected, `with ${codec}`);
    // From the middle of the second batch: what comes before it in the batch is not shown.
    const from = expected.length / ROUNDS + 1;
    const some = await consumer.consume({ topic, partition, offset: from, count: 2 });
    assert.deepEqual(some.map(comparable), expected.slice(from, from + 2), `with ${codec} from ${from}`);
  }
}

for (const kind of clientKinds) {
  Deno.test({
    name: `interop: what ${kind.name} produces, every client reads`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const producer = clients.get(kind);
      if (producer === null) return;
      using wire = await WireClient.connect(clients.address);
      const topic = freshTopic("interop");
      await createTopic(wire, topic, { partitions: compressionNames.length });
      const logged = await produceAll(producer, wire, topic);
      for (const other of clientKinds) {
        const consumer = clients.get(other);
        if (consumer === null) continue;
        await t.step(`${other.name} reads it`, () => consumeAll(consumer, topic, logged));
      }
    },
  });
}
