/**
 * Apache Kafka as a peer: a KRaft node with both roles, the server.properties and the JVM options that its
 * distribution comes with (1 GB heap, G1, three network and eight I/O threads), from the jars of Maven Central.
 */

import type { JavaTools } from "../../golden/java.ts";
import { freePort, type Peer, type PeerProcess, spawnPeer, type StartOptions } from "./peer.ts";
import { runClient } from "./process.ts";

/** KAFKA_HEAP_OPTS and KAFKA_JVM_PERFORMANCE_OPTS of kafka-server-start and kafka-run-class. */
const JVM = [
  ...["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"],
  ...["-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"],
  "-Djava.awt.headless=true",
];

/** config/server.properties of the distribution, less addresses and directories. */
const SHIPPED: Readonly<Record<string, string>> = {
  "num.network.threads": "3",
  "num.io.threads": "8",
  "socket.send.buffer.bytes": "102400",
  "socket.receive.buffer.bytes": "102400",
  "socket.request.max.bytes": "104857600",
  "num.partitions": "1",
  "num.recovery.threads.per.data.dir": "1",
  "log.retention.hours": "168",
  "log.segment.bytes": "1073741824",
  "log.retention.check.interval.ms": "300000",
  "group.initial.rebalance.delay.ms": "0",
};

const CLUSTER_ID = "Sluice-BenchCluster--0";

interface Node {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly directory: string;
  /** How many nodes the cluster has, for the replication of internal topics. */
  readonly nodes: number;
  readonly bootstrap: string;
}

async function writeProperties(node: Node): Promise<string> {
  const listeners = `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`;
  const properties: Record<string, string> = {
    ...SHIPPED,
    "process.roles": "broker,controller",
    "node.id": `${node.id}`,
    listeners,
    "advertised.listeners": listeners,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "controller.quorum.bootstrap.servers": node.bootstrap,
    "log.dirs": node.directory,
    "offsets.topic.replication.factor": `${node.nodes}`,
    "transaction.state.log.replication.factor": `${node.nodes}`,
    "transaction.state.log.min.isr": `${Math.min(2, node.nodes)}`,
    "share.coordinator.state.topic.replication.factor": `${node.nodes}`,
    "share.coordinator.state.topic.min.isr": `${Math.min(2, node.nodes)}`,
  };
  const file = `${node.directory}.properties`;
  await Deno.writeTextFile(
    file,
    Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join(""),
  );
  return file;
}

function start(tools: JavaTools, node: Node): PeerProcess {
  return spawnPeer(["java", ...JVM, "-cp", tools.classPath, "kafka.Kafka", `${node.directory}.properties`], {
    port: node.port,
    logFile: `${node.directory}.log`,
  });
}

async function format(tools: JavaTools, file: string, how: readonly string[]): Promise<void> {
  const words = ["format", ...how, "-t", CLUSTER_ID, "-c", file];
  const jvm = ["-Xmx256m", "-XX:TieredStopAtLevel=1"];
  await runClient("java", [...jvm, "-cp", tools.classPath, "kafka.tools.StorageTool", ...words], {
    timeoutMs: 60_000,
  });
}

/** Kafka of the version that scripts/golden/pom.xml names. */
export function kafkaPeer(tools: JavaTools): Peer {
  const version = /kafka-clients-([\d.]+)\.jar/.exec(tools.classPath)?.[1] ?? "?";
  const nodes = new Map<string, Node>();
  const nodeAt = (directory: string, { port = freePort() }: StartOptions): Node => {
    const controllerPort = freePort();
    const bootstrap = `127.0.0.1:${controllerPort}`;
    return { id: 1, port, controllerPort, directory, nodes: 1, bootstrap };
  };
  return {
    name: "Kafka",
    version: `Apache Kafka ${version} (KRaft, combined)`,
    async prepare(directory, options = {}) {
      const node = nodeAt(directory, options);
      nodes.set(directory, node);
      await format(tools, await writeProperties(node), ["--standalone"]);
    },
    spawn(directory) {
      const node = nodes.get(directory);
      if (node === undefined) throw new Error(`${directory} was not prepared`);
      return start(tools, node);
    },
    async spawnThree(directory) {
      const ids = [1, 2, 3].map((id) => ({ id, port: freePort(), controllerPort: freePort() }));
      const bootstrap = ids.map(({ controllerPort }) => `127.0.0.1:${controllerPort}`).join(",");
      // KIP-853: the voters of a new cluster are named with directory ids, any that differ.
      const voters = ids.map(({ id, controllerPort }) =>
        `${id}@127.0.0.1:${controllerPort}:AAAAAAAAAAAAAAAAAAAA${id}A`
      ).join(",");
      const processes: PeerProcess[] = [];
      for (const each of ids) {
        const node = { ...each, directory: `${directory}/${each.id}`, nodes: 3, bootstrap };
        await Deno.mkdir(directory, { recursive: true });
        await format(tools, await writeProperties(node), ["--initial-controllers", voters]);
        processes.push(start(tools, node));
      }
      return processes;
    },
    installed() {
      const jars = tools.classPath.split(":").filter((path) => path.endsWith(".jar"));
      const bytes = jars.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
      return { bytes, what: "the jars, without a JRE" };
    },
  };
}
