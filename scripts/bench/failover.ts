/**
 * How long a cluster of three nodes with default settings takes to serve again after a node dies:
 * `deno run -A scripts/bench/failover.ts [--kills N]`. Each round kills (SIGKILL) the leader of a partition, the active
 * controller, or a node that is both, and asks again every few milliseconds until acks=all produce, or a change of
 * metadata, succeeds.
 * With SLUICE_BINARY set, that executable is measured instead of the sources.
 */

import { electLeaders } from "../../src/client/admin/elections.ts";
import { describeQuorum } from "../../src/client/admin/quorum.ts";
import { alterConfigs, ResourceType } from "../../src/client/admin/configs.ts";
import { createTopics, listTopics } from "../../src/client/admin/topics.ts";
import type { Cluster } from "../../src/client/cluster.ts";
import { metadata } from "../../src/protocol/messages/03_metadata.ts";
import { batch } from "../../tests/harness/batches.ts";
import { eventually, overviewOf } from "../../tests/harness/cluster_state.ts";
import { startCluster, type TestCluster } from "../../tests/harness/cluster.ts";
import { tryProduce } from "../../tests/harness/requests.ts";
import { WireClient } from "../../tests/harness/wire.ts";

const TOPIC = "failover";
const POLL_MS = 2;

const at = Deno.args.indexOf("--kills");
const kills = at < 0 ? 50 : Number(Deno.args[at + 1]);

async function isWell(nodes: TestCluster): Promise<void> {
  const { brokers, totals, quorum } = await overviewOf(nodes);
  const alive = brokers.filter((one) => one.state === "alive").length;
  const isBehind = quorum === null || quorum.replicas.some((one) => one.isVoter && one.lag > 0);
  if (alive < nodes.ids.length || totals.underReplicated > 0 || isBehind) throw new Error("not well yet");
}

/** Tries `attempt` until it succeeds; resolves with the time since `startMs`. */
async function until(startMs: number, attempt: () => Promise<boolean>): Promise<number> {
  for (;;) {
    try {
      if (await attempt()) return performance.now() - startMs;
    } catch {
      // Whoever was asked is gone, or not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Finds the leader over and over through those that live, and writes to it. */
function produceAgain(nodes: TestCluster, partition: number): () => Promise<boolean> {
  const connections = new Map<number, WireClient>();
  let asked = 0;
  return async () => {
    const live = nodes.runningIds;
    const from = await connect(nodes, connections, live[asked++ % live.length]!);
    const { topics } = await from.send(metadata, 12, {
      topics: [{ name: TOPIC }],
      allowAutoTopicCreation: false,
    });
    const leader = topics[0]!.partitions.find((one) => one.partitionIndex === partition)!.leaderId;
    if (!live.includes(leader)) return false;
    const to = await connect(nodes, connections, leader);
    const place = { topic: TOPIC, partition };
    const { errorCode } = await tryProduce(to, place, batch(["x"]), { acks: -1, timeoutMs: 5_000 });
    return errorCode === 0;
  };
}

async function connect(
  nodes: TestCluster,
  connections: Map<number, WireClient>,
  id: number,
): Promise<WireClient> {
  const known = connections.get(id);
  if (known !== undefined) return known;
  const opened = await nodes.connect(id);
  connections.set(id, opened);
  return opened;
}

/** A partition that a node leads; leaders are given back to preferred replicas until there is one. */
async function partitionLedBy(
  client: Cluster,
  isWanted: (leader: number) => boolean,
): Promise<[number, number]> {
  for (;;) {
    const [topic] = await listTopics(client, [TOPIC]);
    const found = topic!.partitions.find((one) => isWanted(one.leaderId));
    if (found !== undefined) return [found.index, found.leaderId];
    await electLeaders(client, "preferred", null);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Kills the leader of a partition that is, or is not, the active controller as well. */
async function killLeader(nodes: TestCluster, isController: boolean): Promise<number> {
  const client = nodes.client();
  const { leaderId: controller } = await describeQuorum(client);
  const [partition, leader] = await partitionLedBy(client, (one) => (one === controller) === isController);
  const produce = produceAgain(nodes, partition);
  await until(0, produce);
  const startMs = performance.now();
  await nodes.kill(leader);
  const ms = await until(startMs, produce);
  await nodes.start(leader);
  return ms;
}

async function killController(nodes: TestCluster): Promise<number> {
  const { leaderId: controller } = await describeQuorum(nodes.client());
  const startMs = performance.now();
  await nodes.kill(controller);
  const survivor = nodes.client(nodes.runningIds);
  const ms = await until(startMs, async () => {
    const change = { name: "retention.ms", set: String(1_000_000 + Math.floor(startMs)) };
    const { errorCode } = await alterConfigs(survivor, { type: ResourceType.TOPIC, name: TOPIC }, [change]);
    return errorCode === 0;
  });
  await nodes.start(controller);
  return ms;
}

function report(what: string, outages: readonly number[]): void {
  const sorted = outages.toSorted((a, b) => a - b);
  const quantile = (part: number) => Math.round(sorted[Math.ceil(part * sorted.length) - 1]!);
  console.log(
    `${what.padEnd(52)} ${String(sorted.length).padStart(3)} kills  p50 ${quantile(0.5)} ms, ` +
      `p90 ${quantile(0.9)} ms, max ${quantile(1)} ms`,
  );
}

await using nodes = await startCluster();
await createTopics(nodes.client(), [{
  name: TOPIC,
  partitions: 6,
  replicationFactor: 3,
  configs: [["min.insync.replicas", "2"]],
}]);
const series = [
  ["partition leader: acks=all produce", (nodes: TestCluster) => killLeader(nodes, false)],
  ["leader and controller in one: acks=all produce", (nodes: TestCluster) => killLeader(nodes, true)],
  ["active controller: a change of metadata", killController],
] as const;
console.log("until it succeeds again, at default settings");
for (const [what, kill] of series) {
  const outages: number[] = [];
  for (let round = 0; round < kills; round++) {
    await eventually(() => isWell(nodes), 60_000);
    outages.push(await kill(nodes));
  }
  report(what, outages);
}
Deno.exit(0);
