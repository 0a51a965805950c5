/** How the nodes of a demo cluster are set up. */

import type { Address, Network } from "../../platform/network.ts";

const HOST = "127.0.0.1";
/** Where clients are first looked for. */
const FIRST_PORT = 9092;
/** More voters than these only make the quorum slower. */
const MAX_VOTERS = 3;

/** What the keeper tells a node when it starts it, as JSON in a variable of its environment. */
export interface DemoNodeSettings {
  readonly id: number;
  /** Configs under Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  /** Where other nodes reach it. */
  readonly peerPorts: readonly number[];
}

/** The variable in which a node finds its settings. */
export const SETTINGS_VARIABLE = "SLUICE_DEMO_NODE";

/** A node of the demo cluster as it is planned. */
export interface PlannedNode {
  readonly settings: DemoNodeSettings;
  readonly client: Address;
  readonly http: Address;
}

/** Detects failures in seconds, so that there is something to see, and copies everything everywhere. */
function clusterConfigs(brokers: number): Record<string, string> {
  const replicas = String(Math.min(brokers, 3));
  return {
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
    "replica.lag.time.max.ms": "4000",
    "leader.imbalance.check.interval.seconds": "5",
    "default.replication.factor": replicas,
    "min.insync.replicas": brokers >= 3 ? "2" : "1",
    "num.partitions": "3",
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": "6",
    "log.retention.bytes": String(64 * 1024 * 1024),
    "log.segment.bytes": String(16 * 1024 * 1024),
    "log.retention.check.interval.ms": "30000",
    "inter.broker.listener.name": "PEER",
    "logging.format": "json",
    "logging.level": "info",
  };
}

/** `count` free ports. Somebody else may take one before it is used; then its node says so. */
export function freePorts(network: Network, count: number): number[] {
  const listeners = Array.from({ length: count }, () => network.listen({ host: HOST, port: 0 }));
  const ports = listeners.map(({ address }) => address.port);
  for (const listener of listeners) listener.close();
  return ports;
}

function isFree(network: Network, port: number): boolean {
  try {
    network.listen({ host: HOST, port }).close();
    return true;
  } catch {
    return false;
  }
}

/** The nodes of a cluster with their data below `directory`. */
export function planNodes(brokers: number, directory: string, network: Network): PlannedNode[] {
  const free = freePorts(network, brokers * 4);
  const take = () => free.pop()!;
  const ids = Array.from({ length: brokers }, (_, index) => index + 1);
  const controllerPorts = new Map(ids.map((id) => [id, take()]));
  const voters = ids.slice(0, brokers >= MAX_VOTERS ? MAX_VOTERS : 1);
  const quorum = voters.map((id) => `${id}@${HOST}:${controllerPorts.get(id)}`).join(",");
  return ids.map((id) => {
    const wanted = FIRST_PORT + id - 1;
    const client = { host: HOST, port: isFree(network, wanted) ? wanted : take() };
    const http = { host: HOST, port: take() };
    const peerPort = take();
    const controllerPort = controllerPorts.get(id)!;
    const configs = {
      ...clusterConfigs(brokers),
      "node.id": String(id),
      "listeners": `PLAINTEXT://${HOST}:${client.port},PEER://${HOST}:${peerPort}`,
      "controller.quorum.voters": quorum,
      ...(voters.includes(id) ? { "controller.listen": `${HOST}:${controllerPort}` } : {}),
      "broker.rack": `rack-${String.fromCharCode(96 + id)}`,
      "log.dirs": `${directory}/node-${id}`,
      "http.listen": `${HOST}:${http.port}`,
    };
    return { settings: { id, configs, peerPorts: [peerPort, controllerPort] }, client, http };
  });
}
