/**
 * What a node keeps in memory for others stays within the bounds that it promises, whatever goes wrong; and when
 * nobody wants anything any more, nothing is left of what they wanted: no wait, no timer, no file, no connection.
 */

import type { Partition } from "../../broker/partition.ts";
import type { SimCluster } from "../cluster/sim_cluster.ts";
import type { Life } from "../life.ts";
import type { SimNode } from "../sim_node.ts";
import type { World } from "../world.ts";

/** How often nodes are looked at, in virtual microseconds. */
const INTERVAL_US = 250_000;
/** Requests of one connection that may await their answers, as `node_context.ts` has it. */
const MAX_IN_FLIGHT = 64;
/** Two for the quorum, one each to fetch, to ask the controller and to forward, each perhaps just being replaced. */
const MAX_CONNECTIONS = 8;
/** Requests that one node may have waiting at another's quorum: its fetch, and the one that follows a lost connection. */
const MAX_HELD_FETCHES = 3;
/** What a node does again and again by itself; there is one more for each connection and each partition. */
const MAX_TIMERS = 30;
/** Of a log directory, of its lock, and what is being written. */
const FILES_OF_NODE = 8;

export class BoundsCheck {
  readonly #world: World;
  readonly #cluster: SimCluster;

  constructor(world: World, cluster: SimCluster) {
    this.#world = world;
    this.#cluster = cluster;
  }

  /** Looks at all nodes from now on. */
  begin(): void {
    this.#world.scheduler.after(INTERVAL_US, "bounds", null, () => {
      for (const node of this.#cluster.nodes) this.#look(node);
      this.begin();
    });
  }

  #look(node: SimNode): void {
    const { parts, machine: { host, life } } = node;
    if (parts === null || life === null) return;
    // Those of connections that are gone wait until their time is up, those of the node's own broker use no network.
    const inFlight = MAX_IN_FLIGHT * (this.#connectionsTo(node, false) + 2 * this.#cluster.nodes.length);
    const { requests, fetched } = parts.quorum.held;
    this.#bound(host, "requests at the quorum", requests, inFlight);
    this.#bound(host, "answers of the quorum", fetched, this.#cluster.nodes.length);
    const { broker } = parts;
    if (broker === null) return;
    const partitions = [...broker.partitions()];
    const { fetchSessions, maxFetchSessions, waitingProduces } = broker.held;
    this.#bound(host, "fetch sessions", fetchSessions, maxFetchSessions + this.#cluster.nodes.length);
    this.#bound(host, "waiting produces", waitingProduces, inFlight * Math.max(1, partitions.length));
    for (const { readers, replicas } of partitions) {
      this.#bound(host, "waiting fetches of a partition", readers.size + replicas.size, inFlight);
    }
    const logs = partitions[0]?.log.context;
    if (logs !== undefined) {
      this.#bound(host, "bytes of tails", logs.tailCache.usedBytes, logs.tailCache.budgetBytes);
    }
    // A segment that is compacted again while its last copy awaits its removal takes the name from that.
    const removed = partitions.reduce((sum, { log: { segments } }) => sum + segments.removedCount, 0);
    this.#bound(host, "open files", life.openFiles, 2 * this.#filesOf(node) + removed + FILES_OF_NODE);
  }

  #bound(host: string, what: string, count: number, most: number): void {
    this.#world.findings.require(
      count >= 0 && count <= most,
      "what a node holds is bounded",
      () => `${host}: ${count} ${what}, ${most} at most`,
    );
  }

  /** What clients have left behind although they are gone. */
  get leftOver(): string[] {
    const found: string[] = [];
    for (const node of this.#cluster.staying) {
      const { parts, machine: { host, life } } = node;
      if (parts === null || life === null) continue;
      const partitions = [...parts.broker?.partitions() ?? []];
      const connections = this.#connectionsTo(node, true);
      const counts = {
        ...this.#waitsOf(partitions),
        produces: [parts.broker?.held.waitingProduces ?? 0, 0],
        requests: [parts.quorum.held.requests, MAX_HELD_FETCHES * this.#cluster.nodes.length],
        queued: [parts.quorum.held.queued, 0],
        connections: [connections, MAX_CONNECTIONS * this.#cluster.nodes.length],
        files: [life.openFiles, this.#filesOf(node) + FILES_OF_NODE],
        timers: [this.#timersOf(life), MAX_TIMERS + connections + partitions.length],
      };
      for (const [what, [count, most]] of Object.entries(counts)) {
        if (count! > most!) found.push(`${host}: ${count} ${what}, ${most} at most`);
      }
    }
    return found;
  }

  #waitsOf(partitions: readonly Partition[]) {
    let readers = 0;
    let replicas = 0;
    let followers = 0;
    for (const partition of partitions) {
      readers += partition.readers.size;
      replicas += partition.replicas.size;
      followers += partition.state.replicas.length;
    }
    // A fetcher has two requests under way at most.
    return { readers: [readers, 0], followers: [replicas, 2 * followers] };
  }

  #timersOf(life: Life): number {
    return this.#world.scheduler.pendingOf(life).length;
  }

  /** The connections whose server is a node, of those that it can know of or of those that are alive. */
  #connectionsTo({ machine }: SimNode, isAlive: boolean): number {
    let count = 0;
    for (const { client, server } of this.#world.fabric.pairs) {
      if (server.local.host !== machine.host || server.gone) continue;
      if (!isAlive || (!client.gone && client.life.alive)) count++;
    }
    return count;
  }

  #filesOf({ machine }: SimNode): number {
    let count = 0;
    for (const [path] of machine.medium.root.files("")) if (path.includes(".log")) count++;
    return count;
  }
}
