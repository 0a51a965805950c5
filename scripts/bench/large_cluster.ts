/**
 * How a cluster of a hundred brokers behaves, in one process under virtual time: how long until every node knows of
 * new partitions, and until partitions whose leader's process has ended are led elsewhere.
 * `deno run -A scripts/bench/large_cluster.ts [--brokers 100] [--partitions 10000] [--seed 1]`
 *
 * Virtual time is that of networks, disks and timeouts; computing takes none of it. What computing costs is told
 * beside it, for all nodes together on one core.
 */

import process from "node:process";
import { ClientConnection } from "../../src/client/connection.ts";
import { BrokerConfig } from "../../src/config/broker_config.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import {
  brokerAddress,
  type ClusterPlan,
  clusterSettings,
  type NodePlan,
} from "../../src/simulation/cluster/cluster_plan.ts";
import { SimCluster } from "../../src/simulation/cluster/sim_cluster.ts";
import { SimNode } from "../../src/simulation/sim_node.ts";
import { Transcript } from "../../src/simulation/transcript.ts";
import { World } from "../../src/simulation/world.ts";
import { realHost } from "../simulation_host.ts";

const CONTROLLERS = 3;
const PARTITIONS_PER_TOPIC = 100;
const LIMIT_US = 600e6;

interface Settings {
  readonly brokers: number;
  readonly partitions: number;
  readonly seed: number;
}

function parseArgs(args: readonly string[]): Settings {
  const number = (name: string, fallback: number) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? fallback : Number(args[at + 1]);
  };
  return {
    brokers: number("brokers", 100),
    partitions: number("partitions", 10_000),
    seed: number("seed", 1),
  };
}

function planOf({ brokers }: Settings): ClusterPlan {
  const nodeAt = (id: number, role: "broker" | "controller"): NodePlan => ({
    id,
    host: `10.0.${Math.floor(id / 250)}.${id % 250 + 1}`,
    roles: [role],
    joinsLate: false,
  });
  const controllers = Array.from({ length: CONTROLLERS }, (_, index) => nodeAt(1001 + index, "controller"));
  return {
    nodes: [...controllers, ...Array.from({ length: brokers }, (_, index) => nodeAt(index + 1, "broker"))],
    quorum: "named",
    flushes: false,
    losesTogether: false,
    replicationFactor: 3,
    minInSync: 2,
    hasRacks: false,
  };
}

/** Runs until `isDone`; tells the virtual and the computing time that it took. */
async function measure(world: World, what: string, isDone: () => boolean): Promise<void> {
  const fromUs = world.scheduler.nowUs;
  const from = process.cpuUsage();
  const done = await world.runFor(LIMIT_US, isDone);
  const { user, system } = process.cpuUsage(from);
  const finding = world.findings.first;
  if (finding !== null) throw new Error(JSON.stringify(finding));
  if (!done) throw new Error(`${what}: not within ${LIMIT_US / 1e6} virtual seconds`);
  const virtualMs = (world.scheduler.nowUs - fromUs) / 1000;
  const cpuMs = (user + system) / 1000;
  console.log(
    `${what.padEnd(52)} ${virtualMs.toFixed(0).padStart(8)} ms ${cpuMs.toFixed(0).padStart(10)} ms CPU`,
  );
}

const settings = parseArgs(process.argv.slice(2));
const plan = planOf(settings);
const world = new World(realHost, settings.seed, new Transcript(0));
realHost.onUncaught((error) => world.onUncaught(error, "somewhere"));
const nodes = plan.nodes.map((node) =>
  new SimNode(world, world.addMachine(node.host), node, () =>
    BrokerConfig.of({
      ...clusterSettings(plan, node),
      "node.id": node.id,
      "log.dirs": "/data",
      "http.listen": "off",
      "min.insync.replicas": 2,
    }))
);
const cluster = new SimCluster(world, plan, nodes, false);

/** Whether every node that runs has the newest metadata in force. */
function allKnow(): boolean {
  const newest = cluster.newestImage?.offset ?? -1;
  return nodes.every(({ state, image }) => state === "down" || (image?.offset ?? -1) >= newest);
}

function partitionsLedBy(id: number): number {
  let count = 0;
  for (const topic of cluster.newestImage?.topics.byName.values() ?? []) {
    for (const { leader } of topic.partitions) if (leader === id) count++;
  }
  return count;
}

/** Looks at every partition, which takes too long to do after every event. */
function isWhole(): boolean {
  return world.scheduler.events % 500 === 0 && cluster.isWhole;
}

const activeController = () => nodes.find(({ parts }) => parts?.quorum.leadership.isActive === true);

console.log(
  `${settings.brokers} brokers, ${CONTROLLERS} controllers, ${settings.partitions} partitions x 3 replicas`,
);
for (const node of nodes) node.start();
await measure(world, "start all nodes", () => cluster.areUp);

const { platform } = world.addMachine("10.9.9.9").boot();
let created = false;
world.spawn("creating topics", async () => {
  const connection = await ClientConnection.open(brokerAddress(plan.nodes[CONTROLLERS]!), {
    network: platform.network,
    timers: platform.timers,
    clientId: "bench",
    softwareVersion: "0",
    requestTimeoutMs: 60_000,
  });
  for (let from = 0; from < settings.partitions; from += PARTITIONS_PER_TOPIC) {
    const numPartitions = Math.min(PARTITIONS_PER_TOPIC, settings.partitions - from);
    const topic = { name: `t${from}`, numPartitions, replicationFactor: 3, assignments: [], configs: [] };
    const { topics } = await connection.send(createTopics, {
      topics: [topic],
      timeoutMs: 60_000,
      validateOnly: false,
    });
    if (topics[0]?.errorCode !== 0) throw new Error(`create ${topic.name}: ${topics[0]?.errorCode}`);
  }
  connection.close();
  created = true;
});
await measure(world, "create the topics, one after the other", () => created);
await measure(world, "until every node knows of the last one", allKnow);
await measure(world, "until all replicas are in sync", isWhole);

const victim = cluster.brokers[1]!;
console.log(`broker ${victim.plan.id}, which leads ${partitionsLedBy(victim.plan.id)} partitions, is killed`);
victim.crash("process");
await measure(world, "until it leads none any more", () => partitionsLedBy(victim.plan.id) === 0);
await measure(world, "until every node knows that", allKnow);

const controller = activeController()!;
console.log(`controller ${controller.plan.id}, which is active, is killed`);
controller.crash("process");
await measure(world, "until another is active", () => activeController() !== undefined);
victim.start();
await measure(world, "until the broker is back", () => victim.state === "up");
await measure(world, "until all replicas are in sync again", isWhole);
console.log(`${Math.round(process.memoryUsage().rss / 1024 / 1024)} MiB for all nodes together`);
process.exit(0);
