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
