import { writeExchanges } from "./exchanges.ts";
import { type JavaTools, runMain } from "./java.ts";
import { type RecordingProxy, startRecordingProxy } from "./proxy.ts";
import { type RealKafka, startRealKafka } from "./real_kafka.ts";

interface Node {
  readonly id: number;
  readonly proxies: { readonly broker: RecordingProxy; readonly controller: RecordingProxy };
  kafka: RealKafka | null;
}

// Short times, so that fencing, elections and snapshots happen within a capture.
const properties = {
  "offsets.topic.num.partitions": "1",
  "offsets.topic.replication.factor": "3",
  "group.initial.rebalance.delay.ms": "0",
  "metadata.log.max.record.bytes.between.snapshots": "2000",
  "metadata.max.idle.interval.ms": "1000",
  "replica.lag.time.max.ms": "3000",
  "broker.session.timeout.ms": "4000",
  "broker.heartbeat.interval.ms": "1000",
};

/**
 * Records what the nodes of a cluster of three say to each other: the first election, replication, a clean
 * shutdown with its hand-over, a return, and a fourth node that begins with a snapshot.
 */
export async function captureCluster(tools: JavaTools, goldenDir: string): Promise<void> {
  const nodes: Node[] = [1, 2, 3, 4].map((id) => ({
    id,
    proxies: { broker: startRecordingProxy(), controller: startRecordingProxy() },
    kafka: null,
  }));
  const voters = nodes.slice(0, 3);
  try {
    await Promise.all(voters.map((node) => start(tools, node, voters)));
    await runMain(tools, "ClusterClients", [`127.0.0.1:${nodes[1]!.proxies.broker.port}`]);
    for (const node of voters) {
      await node.kafka!.stop();
      await start(tools, node, voters);
      await pause(6000);
    }
    await start(tools, nodes[3]!, voters);
    await pause(5000);
  } finally {
    await Promise.all(nodes.map((node) => node.kafka?.stop()));
  }
  const proxies = nodes.flatMap((node) => [node.proxies.broker, node.proxies.controller]);
  for (const proxy of proxies) proxy.close();
  await writeExchanges(`${goldenDir}/wire_cluster`, proxies.flatMap((proxy) => proxy.exchanges), {
    dataDirs: nodes.map((node) => `${tools.workDir}/cluster${node.id}`),
    perClient: () => 4,
  });
}

async function start(tools: JavaTools, node: Node, voters: Node[]): Promise<void> {
  const controllers = voters.map((one) => `127.0.0.1:${one.proxies.controller.port}`);
  const initial = voters.map((one) =>
    `${one.id}@127.0.0.1:${one.proxies.controller.port}:${directoryId(one.id)}`
  );
  const isVoter = voters.includes(node);
  node.kafka = await startRealKafka(tools, {
    name: `cluster${node.id}`,
    proxies: node.proxies,
    properties: {
      ...properties,
      "node.id": String(node.id),
      "controller.quorum.bootstrap.servers": controllers.join(","),
      ...(isVoter ? {} : { "process.roles": "broker" }),
    },
    format: isVoter ? ["--initial-controllers", initial.join(",")] : [],
  });
}

function directoryId(id: number): string {
  return `Z29sZGVuLWRpcmVjdG9yeQ`.slice(0, 20) + `${id}A`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
