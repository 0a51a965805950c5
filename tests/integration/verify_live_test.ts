import assert from "node:assert/strict";
import { batch } from "../harness/batches.ts";
import { sharedBroker } from "../harness/broker.ts";
import { runCommand } from "../harness/command.ts";
import { createTopic, produceTo } from "../harness/requests.ts";
import { WireClient } from "../harness/wire.ts";

const shared = sharedBroker();

Deno.test("log verify: under a running broker it says so, and takes what is being written for no damage", async () => {
  using client = await WireClient.connect(shared.address);
  await createTopic(client, "busy", {
    configs: { "segment.bytes": "1048576", "compression.type": "producer" },
  });
  const { dataDir } = shared.broker;
  let verified = false;
  const writing = (async () => {
    for (let at = 0; !verified; at++) {
      await produceTo(client, { topic: "busy" }, batch(Array.from({ length: 20 }, () => "x".repeat(1000))));
      if (at % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  try {
    for (let round = 0; round < 10; round++) {
      const { code, stdout, stderr } = await runCommand(["log", "verify", dataDir]);
      assert.equal(code, 0, stdout);
      assert.match(
        stderr,
        new RegExp(`^a broker is using ${dataDir}: what it writes meanwhile is not looked at\n$`),
      );
    }
  } finally {
    verified = true;
    await writing;
  }
  // The look at the lock has not taken it away from the broker.
  const second = await runCommand([
    "broker",
    "--data-dir",
    dataDir,
    "--listen",
    "127.0.0.1:0",
    "--http",
    "off",
  ]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /is using it/);
});
