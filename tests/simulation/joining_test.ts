/** A node that ends at any moment of its first start must not take itself for the founder of a cluster at its next. */

import assert from "node:assert/strict";
import { realHost } from "../../scripts/simulation_host.ts";
import { BrokerConfig } from "../../src/config/broker_config.ts";
import { SimNode } from "../../src/simulation/sim_node.ts";
import { Transcript } from "../../src/simulation/transcript.ts";
import { World } from "../../src/simulation/world.ts";

function addNode(world: World, id: number, configs: Parameters<typeof BrokerConfig.of>[0]): SimNode {
  const host = `10.0.0.${id}`;
  const config = () =>
    BrokerConfig.of({
      "node.id": id,
      "listeners": `PLAINTEXT://${host}:9092`,
      "log.dirs": "/data",
      "http.listen": "off",
      ...configs,
    });
  const plan = { id, host, roles: ["broker", "controller"] as const, joinsLate: id > 1 };
  return new SimNode(world, world.addMachine(host), plan, config);
}

Deno.test("who ended while it joined does not found a cluster when the others are gone", async () => {
  // It had written down whose node it is, but not yet that it had joined (seed 100018 of 120 s, 5 nodes).
  for (let operation = 1; operation <= 30; operation++) {
    const world = new World(realHost, operation, new Transcript());
    const founder = addNode(world, 1, {});
    const joiner = addNode(world, 2, { "cluster.join": "10.0.0.1:9092" });
    founder.start();
    await world.runFor(10e6, () => founder.state === "up");
    let left = operation;
    joiner.machine.faults.onOperation = () => {
      if (--left === 0) joiner.crash("process");
    };
    joiner.start();
    await world.runFor(10e6, () => joiner.state === "down");
    founder.crash("process");
    joiner.start();
    await world.runFor(20e6);
    assert.notEqual(joiner.parts?.quorum.leadership.isActive, true, `operation ${operation}`);
  }
});
