/**
 * A disk that gets full (DESIGN.md section 7): produce is refused with an error that clients retry, reads go on, the
 * broker starts again on the full disk, and when there is room it takes records as if nothing had happened.
 */

import assert from "node:assert/strict";
import { ErrorCode, errorInfo } from "../../src/protocol/error_codes.ts";
import { deleteTopics } from "../../src/protocol/messages/20_delete_topics.ts";
import { startBroker } from "../harness/broker.ts";
import { batch } from "../harness/batches.ts";
import { createTopic, readAll, tryProduce } from "../harness/requests.ts";
import { hasTinyDisks, withTinyDisk } from "../harness/tiny_disk.ts";
import { WireClient } from "../harness/wire.ts";

const DISK_BYTES = 48 * 1024 * 1024;

/** Produces until the broker refuses; returns how many batches it took and the refusal. */
async function fill(client: WireClient, topic: string): Promise<{ taken: number; errorCode: number }> {
  const records = batch([{ value: new Uint8Array(500_000).fill(7) }]);
  for (let taken = 0; taken < 200; taken++) {
    const { errorCode } = await tryProduce(client, { topic }, records.slice());
    if (errorCode !== ErrorCode.NONE) return { taken, errorCode };
  }
  throw new Error("the disk never became full");
}

Deno.test({
  name: "full disk: produce is refused retriably, reads and starts go on, and room heals it",
  ignore: !hasTinyDisks,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withTinyDisk(DISK_BYTES, async (path) => {
      await using broker = await startBroker({
        dataDir: `${path}/data`,
        configs: { "log.segment.bytes": 4 * 1024 * 1024 },
      });
      let client = await WireClient.connect(broker.address);
      await createTopic(client, "filler", { configs: { "file.delete.delay.ms": "0" } });
      await createTopic(client, "small");
      await tryProduce(client, { topic: "small" }, batch(["before"]));
      const { taken, errorCode } = await fill(client, "filler");
      assert.ok(errorInfo(errorCode).retriable, errorInfo(errorCode).name);
      assert.ok(taken > 10, `${taken} batches of half a megabyte`);
      assert.equal((await readAll(client, { topic: "filler" })).length, taken, "reads go on");

      // A clean stop and a kill, each on a full disk.
      client.close();
      await broker.restart();
      client = await WireClient.connect(broker.address);
      assert.equal((await readAll(client, { topic: "filler" })).length, taken, "after a clean stop");
      client.close();
      await broker.kill();
      await broker.start();
      client = await WireClient.connect(broker.address);
      assert.equal((await readAll(client, { topic: "filler" })).length, taken, "after a kill");
      assert.equal((await readAll(client, { topic: "small" })).length, 1);

      const { responses } = await client.send(deleteTopics, 5, {
        topics: [],
        topicNames: ["filler"],
        timeoutMs: 10_000,
      });
      assert.equal(responses[0]!.errorCode, ErrorCode.NONE, "room can be made while the disk is full");
      let healed = -1;
      for (let attempt = 0; attempt < 400 && healed !== ErrorCode.NONE; attempt++) {
        healed = (await tryProduce(client, { topic: "small" }, batch(["after"]))).errorCode;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      assert.equal(healed, ErrorCode.NONE);
      client.close();
    }),
});
