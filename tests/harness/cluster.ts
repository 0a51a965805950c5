/**
 * Clusters of real processes on this machine. A node can be stopped, killed, paused and started again on the same
 * data and port; whatever happens in a test, no process and no data is left.
 */

import { Cluster } from "../../src/client/cluster.ts";
import { VERSION } from "../../src/core/version.ts";
import { silentLogger } from "../../src/core/logger.ts";
import { denoPlatform } from "../../src/platform/adapters/deno.ts";
import type { Address } from "../../src/platform/network.ts";
import { bootstrapOf, type BrokerOptions, BrokerProcess } from "./broker.ts";
import { WireClient } from "./wire.ts";

/** What a cluster is to be. */
export interface ClusterOptions {
  /** How many nodes; three unless told. */
  readonly nodes?: number;
  /**
   * "join": the first founds the cluster, the others are told where it is. "controllers": all are told who votes, and
   * start at the same time.
   */
  readonly form?: "join" | "controllers";
  /** With `form: "controllers"`, so many nodes vote; all unless told. The others are only brokers. */
  readonly voters?: number;
  /** Configs of every node. */
  readonly configs?: BrokerOptions["configs"];
  /** What is different for one node, by its id from 1 on. */
  readonly node?: (id: number) => Partial<BrokerOptions>;
}

/** Starts a cluster; resolves when all its nodes serve. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const cluster = new TestCluster(options);
  try {
    if (options.form === "controllers") await cluster.found(options.nodes ?? 3, options.voters);
    else for (let id = 1; id <= (options.nodes ?? 3); id++) await cluster.add();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

export class TestCluster implements AsyncDisposable {
  /** By id. */
  readonly nodes = new Map<number, BrokerProcess>();
  readonly #options: ClusterOptions;
  readonly #paused = new Set<number>();
  readonly #running = new Set<number>();
  readonly #clients = new Set<Cluster>();

  constructor(options: ClusterOptions = {}) {
    this.#options = options;
  }

  /** Where clients find it: all its brokers. */
  get bootstrap(): string {
    return this.addresses.map(bootstrapOf).join(",");
  }

  get addresses(): Address[] {
    return [...this.nodes.values()].map((node) => node.address);
  }

  get ids(): number[] {
    return [...this.nodes.keys()];
  }

  /** The nodes that run and are not paused. */
  get runningIds(): number[] {
    return [...this.#running].filter((id) => !this.#paused.has(id));
  }

  node(id: number): BrokerProcess {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  /** Starts one more node, which joins those that run. Resolves with its id. */
  async add(options: Partial<BrokerOptions> = {}): Promise<number> {
    const id = Math.max(0, ...this.nodes.keys()) + 1;
    const members = this.runningIds.map((one) => bootstrapOf(this.node(one).address));
    const join = members.length === 0 ? [] : ["--join", members.join(",")];
    const process = this.#process(id, join, options);
    this.nodes.set(id, process);
    this.#running.add(id);
    await process.start();
    return id;
  }

  /** Starts all nodes at once; the first `voters` of them are told to each. */
  async found(nodes: number, voters = nodes): Promise<void> {
    const hostOf = (id: number) => this.#options.node?.(id).host ?? "127.0.0.1";
    const ports = freePorts(voters);
    const list = ports.map((port, index) => `${index + 1}@${hostOf(index + 1)}:${port}`).join(",");
    const ids = Array.from({ length: nodes }, (_, index) => index + 1);
    for (const id of ids) {
      const isController = this.#options.node?.(id).command === "controller";
      const port = isController ? { port: ports[id - 1]! } : {};
      this.nodes.set(id, this.#process(id, ["--controllers", list], port));
      this.#running.add(id);
    }
    await Promise.all(ids.map((id) => this.node(id).start()));
  }

  #process(id: number, words: readonly string[], more: Partial<BrokerOptions>): BrokerProcess {
    const own = this.#options.node?.(id) ?? {};
    return new BrokerProcess({
      ...own,
      ...more,
      configs: { ...this.#options.configs, ...own.configs, ...more.configs },
      args: ["--node-id", String(id), ...words, ...own.args ?? [], ...more.args ?? []],
    });
  }

  async kill(id: number): Promise<void> {
    this.#running.delete(id);
    this.#paused.delete(id);
    await this.node(id).kill();
  }

  async stop(id: number): Promise<void> {
    this.resume(id);
    this.#running.delete(id);
    await this.node(id).stop();
  }

  async start(id: number): Promise<void> {
    this.#running.add(id);
    await this.node(id).start();
  }

  async restart(id: number): Promise<void> {
    await this.stop(id);
    await this.start(id);
  }

  /** At its next start a node joins whoever runs then: its data is gone. */
  rejoin(id: number): void {
    const node = this.node(id);
    const at = node.args.findIndex((word) => word === "--join" || word === "--controllers");
    const others = this.runningIds.filter((one) => one !== id).map((one) =>
      bootstrapOf(this.node(one).address)
    );
    const before = at < 0 ? node.args : node.args.toSpliced(at, 2);
    node.args = [...before, "--join", others.join(",")];
  }

  /** Stops the process where it is (SIGSTOP): its connections stay open and nothing answers. */
  pause(id: number): void {
    this.#paused.add(id);
    this.node(id).signal("SIGSTOP");
  }

  resume(id: number): void {
    if (this.#paused.delete(id)) this.node(id).signal("SIGCONT");
  }

  isRunning(id: number): boolean {
    return this.#running.has(id);
  }

  /** Forgets a node that is no longer part of the cluster, and ends it. */
  async forget(id: number): Promise<void> {
    if (this.#running.has(id)) await this.stop(id);
    await this.node(id)[Symbol.asyncDispose]();
    this.nodes.delete(id);
  }

  /** A client of our own that begins with some of the nodes, or all; closed with the cluster. */
  client(ids: readonly number[] = this.ids): Cluster {
    const client = new Cluster({
      ...denoPlatform(),
      logger: silentLogger,
      bootstrap: ids.map((id) => this.node(id).address),
      clientId: "test",
      softwareVersion: VERSION,
      requestTimeoutMs: 30_000,
      connectTimeoutMs: 30_000,
    });
    this.#clients.add(client);
    return client;
  }

  /** A connection to one node. */
  connect(id: number): Promise<WireClient> {
    return WireClient.connect(this.node(id).address);
  }

  /** SLUICE_TEST_LOGS names a directory for what the nodes said, for whoever looks for a bug. */
  #keepLogs(): void {
    const directory = Deno.env.get("SLUICE_TEST_LOGS");
    if (directory === undefined) return;
    Deno.mkdirSync(directory, { recursive: true });
    for (const [id, node] of this.nodes) Deno.writeTextFileSync(`${directory}/node-${id}.log`, node.stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#keepLogs();
    for (const id of [...this.#paused]) this.resume(id);
    // Nobody is interested in how long the last of them waits for a quorum that is gone.
    await Promise.all([...this.nodes].map(async ([id, node]) => {
      if (this.#running.delete(id)) await node.kill().catch(() => {});
      await node[Symbol.asyncDispose]().catch(() => {});
    }));
  }
}

/** Ports that are free now; somebody else may take them, which is as good as never. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((one) => one.addr.port);
  for (const one of listeners) one.close();
  return ports;
}
