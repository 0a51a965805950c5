/**
 * How nodes become a cluster: by joining one that lives, or by being told who votes (KIP-853, KIP-919); and what they
 * say when they do not belong together.
 */

import assert from "node:assert/strict";
import { bootstrapOf, startBroker, StartFailure } from "../harness/broker.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";
import { runCommand } from "../harness/command.ts";
import { becomes } from "../harness/eventually.ts";
import type { ClusterOverview } from "../../src/client/admin/overview.ts";

function cluster(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `cluster: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

/** What `sluice cluster status` says. */
async function statusOf({ bootstrap }: TestCluster): Promise<ClusterOverview> {
  const { code, stdout, stderr } = await runCommand(["cluster", "status", "-o", "json", "-b", bootstrap]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

/** The ids that vote, as "1,2,3". */
async function votersOf(nodes: TestCluster): Promise<string> {
  const { quorum } = await statusOf(nodes);
  return (quorum?.replicas ?? []).filter((one) => one.isVoter).map((one) => one.id).join();
}

/** The brokers that are alive, as "1,2,3". */
async function aliveIn(nodes: TestCluster): Promise<string> {
  const { brokers } = await statusOf(nodes);
  return brokers.filter((one) => one.state === "alive").map((one) => one.id).join();
}

cluster("nodes that join are brokers and voters, and come back without being told", async () => {
  await using nodes = await startCluster();
  assert.equal(await aliveIn(nodes), "1,2,3");
  await becomes(() => votersOf(nodes), "1,2,3");
  const { clusterId } = await statusOf(nodes);
  nodes.node(3).args = [];
  await nodes.restart(3);
  nodes.node(1).args = [];
  await nodes.restart(1);
  await becomes(() => aliveIn(nodes), "1,2,3");
  assert.equal(await votersOf(nodes), "1,2,3");
  assert.equal((await statusOf(nodes)).clusterId, clusterId);
});

cluster("a whole cluster that was killed comes back as it was", async () => {
  await using nodes = await startCluster({ form: "controllers" });
  const { clusterId } = await statusOf(nodes);
  await Promise.all(nodes.ids.map((id) => nodes.kill(id)));
  await Promise.all(nodes.ids.map((id) => nodes.start(id)));
  await becomes(() => aliveIn(nodes), "1,2,3");
  assert.equal(await votersOf(nodes), "1,2,3");
  assert.equal((await statusOf(nodes)).clusterId, clusterId);
});

cluster("controllers and brokers may be nodes of their own", async () => {
  await using nodes = await startCluster({
    form: "controllers",
    nodes: 3,
    voters: 1,
    node: (id) => id === 1 ? { command: "controller" } : {},
  });
  const bootstrap = nodes.ids.slice(1).map((id) => bootstrapOf(nodes.node(id).address)).join();
  const { stdout } = await runCommand(["cluster", "status", "-o", "json", "-b", bootstrap]);
  const { quorum, brokers }: ClusterOverview = JSON.parse(stdout);
  assert.deepEqual(quorum?.replicas.map(({ id, isVoter }) => [id, isVoter]), [
    [1, true],
    [2, false],
    [3, false],
  ]);
  assert.deepEqual(brokers.map(({ id, state }) => [id, state]), [[2, "alive"], [3, "alive"]]);
});

cluster("ids need not be chosen: nodes that join at the same time get different ones", async () => {
  await using first = await startBroker();
  const join = ["--join", bootstrapOf(first.address)];
  const others = await Promise.all([1, 2, 3].map(() => startBroker({ args: join })));
  try {
    const bootstrap = bootstrapOf(first.address);
    const { stdout } = await runCommand(["cluster", "status", "-o", "json", "-b", bootstrap]);
    const { brokers }: ClusterOverview = JSON.parse(stdout);
    assert.deepEqual(brokers.map(({ id, state }) => [id, state]), [
      [1, "alive"],
      [2, "alive"],
      [3, "alive"],
      [4, "alive"],
    ]);
  } finally {
    for (const one of others) await one[Symbol.asyncDispose]();
  }
});

/** What a node says that does not start. */
async function failure(options: Parameters<typeof startBroker>[0]): Promise<string> {
  try {
    await using broker = await startBroker({ ...options, readyTimeoutMs: 20_000 });
    return `it serves at ${bootstrapOf(broker.address)}`;
  } catch (error) {
    if (error instanceof StartFailure) return error.ended.stderr;
    throw error;
  }
}

cluster("a data directory of another cluster is refused with what differs and what to do", async () => {
  await using here = await startBroker();
  await using there = await startBroker();
  await there.stop();
  const dataDir = there.dataDir;
  const said = await failure({ dataDir, args: ["--join", bootstrapOf(here.address)] });
  assert.match(said, /is in cluster [\w-]{22}, but .* belongs to node 1 of cluster [\w-]{22}/);
  assert.match(said, /another data\s+directory/);
});

cluster("another node id than that of the data directory is refused with both", async () => {
  await using broker = await startBroker();
  await broker.stop();
  const said = await failure({ dataDir: broker.dataDir, args: ["--node-id", "7"] });
  assert.match(said, /\b7\b/);
  assert.match(said, /\b1\b/);
  assert.match(said, /node[. ]id/);
});

cluster("a node id that a live node has is refused, and nothing happens to that node", async () => {
  const configs = { "broker.session.timeout.ms": 1_000, "broker.heartbeat.interval.ms": 200 };
  await using nodes = await startCluster({ nodes: 2, configs });
  const directoryOf = async (id: number) =>
    (await statusOf(nodes)).quorum?.replicas.find((one) => one.isVoter && one.id === id)?.directoryId;
  await becomes(() => votersOf(nodes), "1,2");
  const directory = await directoryOf(2);
  const join = bootstrapOf(nodes.node(1).address);
  const said = await failure({ configs, args: ["--node-id", "2", "--join", join] });
  assert.match(said, /\b2\b.*(taken|in use|registered|another|already)/i);
  assert.equal(await aliveIn(nodes), "1,2");
  assert.equal(await directoryOf(2), directory, "the newcomer has not taken its vote");
});

cluster("a cluster that nobody answers for is named", async () => {
  const said = await failure({ args: ["--join", "127.0.0.1:1"] });
  assert.match(said, /127\.0\.0\.1:1/);
});
