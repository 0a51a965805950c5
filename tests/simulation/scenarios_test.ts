/** What the simulator found, told again step by step, so that it stays found whatever the seeds do. */

import assert from "node:assert/strict";
import { Scenario } from "./scenario.ts";

for (const how of ["process", "power"] as const) {
  Deno.test(`a topic that was deleted and created anew keeps its records (${how})`, async () => {
    // The replay of the metadata log came by the deleted topic first and took the new one's log for what was left of it.
    const scenario = new Scenario(1, { "log.flush.interval.messages": 1 });
    await scenario.start();
    await scenario.createTopic("again");
    await scenario.produce("again", ["of the first"]);
    await scenario.deleteTopic("again");
    await scenario.createTopic("again");
    await scenario.produce("again", ["one", "two"]);
    for (let round = 0; round < 3; round++) {
      scenario.node.crash(how);
      await scenario.start();
      assert.deepEqual(await scenario.values("again"), ["one", "two"]);
    }
    assert.equal(await scenario.produce("again", ["three"]), 2);
  });
}

Deno.test("an idempotent producer goes on after its records were deleted and the node was killed", async () => {
  // The recovery replayed only what is behind the log start offset on top of an older snapshot of the producers.
  const scenario = new Scenario(1, { "log.index.size.max.bytes": 24, "log.index.interval.bytes": 0 });
  await scenario.start();
  const producer = { producerId: 7, producerEpoch: 0 };
  // Wherever in its segment the producer's last batch is.
  for (let count = 7; count <= 12; count++) {
    const topic = `once-${count}`;
    await scenario.createTopic(topic);
    for (let sequence = 0; sequence < count; sequence++) {
      await scenario.produce(topic, [`record ${sequence}`], { ...producer, baseSequence: sequence });
    }
    await scenario.produce(topic, ["of another"]);
    await scenario.deleteRecords(topic, count);
    await scenario.wait(70_000);
    scenario.node.crash("process");
    await scenario.start();
    assert.equal(await scenario.produce(topic, ["next"], { ...producer, baseSequence: count }), count + 1);
  }
});
