import assert from "node:assert/strict";
import { BrokerConfig } from "../../../src/config/broker_config.ts";
import { openMetaProperties } from "../../../src/controller/quorum/meta_properties.ts";
import { UnreachableError } from "../../../src/client/errors.ts";
import { nodeId } from "../../../src/core/ids.ts";
import { clusterIdOfVoters } from "../../../src/node/cluster_id.ts";
import { findMembership, nodeIdOf, settledConfig } from "../../../src/node/membership.ts";
import { readNotes, writeNotes } from "../../../src/node/node_notes.ts";
import { denoPlatform } from "../../../src/platform/adapters/deno.ts";
import { MemoryNetwork } from "../../../src/platform/memory_network.ts";
import { temporaryDirectory } from "../../harness/broker.ts";

const platform = denoPlatform();
const quiet = { debug() {}, info() {}, warn() {}, error() {}, with: () => quiet };
const search = {
  ...platform,
  network: new MemoryNetwork(),
  logger: quiet,
  clientId: "test",
  softwareVersion: "0",
  requestTimeoutMs: 100,
};
const newcomer = {
  incarnationId: "AAAAAAAAAAAAAAAAAAAAAA" as never,
  endpoints: [],
  rack: null,
  features: [],
};
const voters = "1@a:9093,2@b:9093,3@[::1]:9093";

Deno.test("a first start without anything said is node 1 of its own cluster, with both roles", async () => {
  const config = BrokerConfig.of({});
  const membership = await findMembership(config, temporaryDirectory(), search);
  assert.deepEqual(membership.roles, ["broker", "controller"]);
  assert.equal(membership.joining, null);
  assert.equal(await nodeIdOf(config, membership, newcomer, search), 1);
});

Deno.test("a node that the controllers do not name is only a broker", async () => {
  const directory = temporaryDirectory();
  const rolesOf = async (id: number, more = {}) => {
    const config = BrokerConfig.of({ "node.id": id, "controller.quorum.voters": voters, ...more });
    return (await findMembership(config, directory, search)).roles;
  };
  assert.deepEqual(await rolesOf(2), ["broker", "controller"]);
  assert.deepEqual(await rolesOf(4), ["broker"]);
  assert.deepEqual(await rolesOf(1, { "process.roles": "controller" }), ["controller"]);
});

Deno.test("controllers that are not written as ID@HOST:PORT are named", async () => {
  const config = BrokerConfig.of({ "controller.quorum.voters": "1@a:9093,b:9093" });
  const finding = findMembership(config, temporaryDirectory(), search);
  await assert.rejects(finding, /controller\.quorum\.voters "b:9093": wanted ID@HOST:PORT/);
});

Deno.test("a later start takes the id that the directory says, unless another was told", async () => {
  const directory = temporaryDirectory();
  await openMetaProperties(platform, directory, { nodeId: nodeId(7), clusterId: undefined });
  const config = BrokerConfig.of({});
  const membership = await findMembership(config, directory, search);
  assert.equal(await nodeIdOf(config, membership, newcomer, search), 7);
  const told = BrokerConfig.of({ "node.id": 8 });
  assert.equal(await nodeIdOf(told, membership, newcomer, search), 8);
});

Deno.test("a later start goes on without the node that it joined by, a first one cannot", async () => {
  const directory = temporaryDirectory();
  await openMetaProperties(platform, directory, { nodeId: nodeId(2), clusterId: undefined });
  await writeNotes(platform.disk, directory, {
    controllerPort: 4711,
    controllers: [{ host: "10.0.0.1", port: 9093 }],
  });
  const config = BrokerConfig.of({ "cluster.join": "127.0.0.1:1" });
  const membership = await findMembership(config, directory, search);
  assert.deepEqual(membership.controllers, [{ host: "10.0.0.1", port: 9093 }]);
  const settled = settledConfig(config, 2, membership);
  assert.deepEqual(settled.get("controller.quorum.bootstrap.servers"), ["10.0.0.1:9093"]);
  assert.equal(settled.get("controller.quorum.auto.join.enable"), true);

  const impatient = { ...search, clock: { ...platform.clock, monotonicMs: jumpingClock(60_000) } };
  await assert.rejects(
    findMembership(config, temporaryDirectory(), impatient),
    (error) => error instanceof UnreachableError && error.message.includes("127.0.0.1:1"),
  );
});

/** A clock on which so much time passes between two looks at it. */
function jumpingClock(stepMs: number): () => number {
  let nowMs = 0;
  return () => nowMs += stepMs;
}

Deno.test("notes survive, and a damaged port is named", async () => {
  const directory = temporaryDirectory();
  assert.deepEqual(readNotes(platform.disk, directory), { controllerPort: 0, controllers: [] });
  const notes = { controllerPort: 4711, controllers: [{ host: "::1", port: 1 }, { host: "b", port: 2 }] };
  await writeNotes(platform.disk, directory, notes);
  assert.deepEqual(readNotes(platform.disk, directory), notes);
  Deno.writeTextFileSync(`${directory}/sluice.properties`, "controller.port=x\n");
  assert.throws(() => readNotes(platform.disk, directory), /controller\.port "x" is not a port/);
});

Deno.test("every node computes the same cluster id from the same controllers, in any order", () => {
  const idOf = (list: string) => clusterIdOfVoters(BrokerConfig.of({ "controller.quorum.voters": list }));
  assert.equal(idOf(voters), idOf("3@[::1]:9093,1@a:9093,2@b:9093"));
  assert.notEqual(idOf(voters), idOf("1@a:9093"));
  assert.equal(clusterIdOfVoters(BrokerConfig.of({})), undefined);
  for (let port = 1; port < 300; port++) assert.doesNotMatch(idOf(`1@a:${port}`)!, /^-/);
});
