/** Many records and large ones, to topics that come into being because somebody produces to them. */

import assert from "node:assert/strict";
import { createTopic, freshTopic, offsetOf } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { clientKinds, sharedClients } from "./clients/all.ts";
import type { SentRecord } from "./clients/client.ts";

const clients = sharedClients();
const COUNT = 3000;
const encoder = new TextEncoder();

/** 400 bytes each, so that several requests and fetches are needed. */
function manyRecords(): SentRecord[] {
  const filler = "x".repeat(390);
  return Array.from({ length: COUNT }, (_, index) => ({
    key: encoder.encode(`key-${index % 100}`),
    value: encoder.encode(`${index}:${filler}`),
    headers: [],
    timestamp: Date.now(),
  }));
}

function indexOf(value: Uint8Array | null): number {
  return Number(new TextDecoder().decode(value ?? undefined).split(":")[0]);
}

for (const kind of clientKinds) {
  // kcat is started anew for every record in these tests.
  if (kind.name === "kcat") continue;
  Deno.test({
    name: `interop: ${kind.name} produces ${COUNT} records and every client reads them in order`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      const client = clients.get(kind);
      if (client === null) return;
      using wire = await WireClient.connect(clients.address);
      const topic = freshTopic("volume");
      await createTopic(wire, topic);
      await client.produce({ topic, partition: 0, codec: "gzip", idempotent: true }, manyRecords());
      assert.equal(await offsetOf(wire, { topic }, -1), COUNT);
      for (const other of clientKinds) {
        const consumer = clients.get(other);
        if (consumer === null) continue;
        await t.step(`${other.name} reads them`, async () => {
          const records = await consumer.consume({ topic, partition: 0, offset: 0, count: COUNT });
          assert.deepEqual(records.map((one) => indexOf(one.value)), [...Array(COUNT).keys()]);
          assert.deepEqual(records.map((one) => one.offset), [...Array(COUNT).keys()]);
        });
      }
    },
  });
}

for (const kind of clientKinds) {
  Deno.test({
    name: `interop: ${kind.name} produces a record of nearly 1 MB to a topic that is not there yet`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const client = clients.get(kind);
      if (client === null) return;
      const topic = freshTopic("auto");
      const value = new Uint8Array(1_000_000).fill(7);
      const record = { key: null, value, headers: [], timestamp: Date.now() };
      await client.produce({ topic, partition: 0, codec: "none" }, [record]);
      const [read] = await client.consume({ topic, partition: 0, offset: 0, count: 1 });
      assert.equal(read!.offset, 0);
      assert.deepEqual(read!.value, value);
    },
  });
}
