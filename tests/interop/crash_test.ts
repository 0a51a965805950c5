/**
 * Real idempotent producers that go on by themselves while the broker is killed and started again under them: every
 * record is there once, in the order it was sent.
 */

import assert from "node:assert/strict";
import { bootstrapOf, startBroker } from "../harness/broker.ts";
import { createTopic, readAll } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";
import { java } from "./clients/java.ts";
import { confluent } from "./clients/python.ts";

const COUNT = 300;
const PAUSE_MS = 5;
const KILLS = 2;
const encoder = new TextEncoder();

for (const kind of [confluent, java]) {
  Deno.test({
    name: `interop: an idempotent producer of ${kind.name} survives ${KILLS} kills of its broker`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using broker = await startBroker();
      await using client = await kind.start(bootstrapOf(broker.address));
      if (client === null) return;
      {
        using wire = await WireClient.connect(broker.address);
        await createTopic(wire, "t");
      }
      const records = Array.from({ length: COUNT }, (_, index) => ({
        key: null,
        value: encoder.encode(`${index}`),
        headers: [],
        timestamp: Date.now(),
      }));
      const target = { topic: "t", partition: 0, codec: "lz4", idempotent: true, pauseMs: PAUSE_MS } as const;
      const producing = client.produce(target, records);
      for (let kill = 0; kill < KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, COUNT * PAUSE_MS / (KILLS + 1)));
        await broker.kill();
        await broker.start();
      }
      await producing;
      using wire = await WireClient.connect(broker.address);
      const values = (await readAll(wire, { topic: "t" })).map(({ value }) =>
        new TextDecoder().decode(value!)
      );
      assert.deepEqual(values, records.map((one) => new TextDecoder().decode(one.value)));
    },
  });
}
