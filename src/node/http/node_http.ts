/**
 * The HTTP side of a node. Its address is taken when the start begins, so that one that cannot be had is told at once
 * and probes are answered while logs are being checked; routes are loaded by the first request for one.
 */

import { Cluster } from "../../client/cluster.ts";
import type { BrokerConfig } from "../../config/broker_config.ts";
import { VERSION } from "../../core/version.ts";
import type { HttpContext } from "../../http/context.ts";
import { gateOf, HttpCounters } from "../../http/gate.ts";
import { httpAddress, listenHttp } from "../../http/listen.ts";
import { isAlive, type MetadataImage } from "../../metadata/image.ts";
import { MEMORY_HOST } from "../../platform/compose_networks.ts";
import type { HttpHandler, HttpServer } from "../../platform/http.ts";
import type { Address } from "../../platform/network.ts";
import type { Timer } from "../../platform/platform.ts";
import type { NodeContext } from "../node_context.ts";
import { NodeHealth } from "./health.ts";
import { LoopDelay } from "./loop_delay.ts";
import { NodeMetrics } from "./metrics_source.ts";
import type { ShownNode } from "./parts.ts";
import { RemoteEnds } from "./remote_ends.ts";

/** The listener by which the HTTP side reaches this node's own broker. */
const LOCAL_LISTENER = "LOCAL";
const LOOK_INTERVAL_MS = 1_000;
/** How long answers under way may take when the node stops, in milliseconds. */
const STOP_GRACE_MS = 1_000;
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** What a node that is still starting says: it lives, and is not ready. */
const starting: HttpHandler = ({ url }) => {
  const isProbe = new URL(url).pathname === "/health/live";
  return Response.json({ status: isProbe ? "up" : "down", detail: "The node is starting." }, {
    status: isProbe ? 200 : 503,
    headers: { "retry-after": "1" },
  });
};

/** What serves once the node does. */
interface Serving {
  readonly health: NodeHealth;
  readonly metrics: NodeMetrics;
  readonly loopDelay: LoopDelay;
  readonly stopping: AbortController;
  readonly remoteEnds: RemoteEnds;
  cluster: Cluster | null;
}

export class NodeHttp {
  readonly #context: NodeContext;
  #server: HttpServer | undefined;
  #handler: HttpHandler = starting;
  #serving: Serving | null = null;
  #timer: Timer | undefined;

  private constructor(context: NodeContext) {
    this.#context = context;
  }

  /**
   * Takes the address that `http.listen` names; null when that is "off" or the platform has no HTTP. Throws
   * `UsageError` and `NetworkError`.
   */
  static async bind(context: NodeContext): Promise<NodeHttp | null> {
    const { platform, logger, options: { config } } = context;
    const address = httpAddress(config);
    if (platform.http === undefined || address === null) return null;
    const http = new NodeHttp(context);
    const isChosen = config.statics.has("http.listen");
    const handler: HttpHandler = (request, info) => http.#handler(request, info);
    http.#server = await listenHttp(platform.http, { address, isChosen }, handler, logger);
    context.onFailure(() => http.stop());
    return http;
  }

  get address(): Address {
    return this.#server!.address;
  }

  /** Shows a node from now on. */
  serve(node: ShownNode): void {
    const { platform: { clock, timers }, logger } = this.#context;
    const loopDelay = new LoopDelay({ clock, timers });
    const counters = new HttpCounters();
    const metrics = new NodeMetrics(node, { clock, loopDelay, http: counters });
    const health = new NodeHealth(node, clock);
    const stopping = new AbortController();
    const bootstrap = this.#bootstrapOf(node);
    const remoteEnds = new RemoteEnds({ clock, logger, cluster: () => context.cluster() });
    if (node.serving !== null) {
      node.serving.broker.metrics.remoteEnd = (topic, partition) => remoteEnds.find(topic, partition);
    }
    this.#serving = { health, metrics, loopDelay, stopping, remoteEnds, cluster: null };
    const context = this.#contextOf(node, this.#serving, bootstrap);
    const whole = lazily(() => withLive(context, loopDelay));
    const apps = {
      probes: async () => (await import("../../http/probes.ts")).createProbes(await whole()),
      all: async () => (await import("../../http/app.ts")).createApp(await whole()),
    };
    this.#handler = gateOf(apps, { limits: limitsOf(node.config), logger, counters });
    this.#look();
  }

  /** The node is about to stop: it is not ready any more, and what streams ends. */
  retire(): void {
    if (this.#serving === null) return;
    this.#serving.health.isStopping = true;
    this.#serving.stopping.abort();
  }

  async stop(): Promise<void> {
    this.retire();
    this.#timer?.cancel();
    this.#serving?.loopDelay.stop();
    await this.#server?.stop(STOP_GRACE_MS);
    this.#serving?.cluster?.close();
  }

  #look(): void {
    this.#serving?.metrics.look();
    this.#serving?.remoteEnds.look();
    this.#timer = this.#context.platform.timers.after(LOOK_INTERVAL_MS, () => this.#look());
  }

  /** Where the client of the HTTP side begins: at this node's own broker, or at any that is alive. */
  #bootstrapOf(node: ShownNode): () => readonly Address[] {
    const { serving, quorum } = node;
    if (serving === null) return () => aliveBrokers(quorum.image);
    const address = serving.server.bind(LOCAL_LISTENER, { host: MEMORY_HOST, port: 0 });
    serving.server.serve(LOCAL_LISTENER, serving.registry, { unlimited: true });
    return () => [address];
  }

  #contextOf(
    node: ShownNode,
    serving: Serving,
    bootstrap: () => readonly Address[],
  ): Omit<HttpContext, "live"> {
    const { platform: { clock, timers, random }, logger, network } = this.#context;
    const roles = node.roles.filter((role) => role === "broker" || role === "controller");
    return {
      node: {
        id: node.id,
        clusterId: node.clusterId,
        version: VERSION,
        roles,
        listeners: node.addresses,
        startedMs: clock.wallMs(),
      },
      config: node.config,
      clock,
      timers,
      random,
      logger,
      image: () => node.serving?.broker.image ?? node.quorum.image,
      cluster: () =>
        serving.cluster ??= new Cluster({
          network,
          clock,
          timers,
          random,
          logger,
          bootstrap: bootstrap(),
          clientId: "sluice-http",
          softwareVersion: VERSION,
          requestTimeoutMs: REQUEST_TIMEOUT_MS,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
        }),
      stopping: serving.stopping.signal,
      metrics: serving.metrics,
      health: serving.health,
      demo: node.demo,
    };
  }
}

async function withLive(context: Omit<HttpContext, "live">, loopDelay: LoopDelay): Promise<HttpContext> {
  const { LiveRecorder } = await import("../../http/live_recorder.ts");
  const live = new LiveRecorder({ context, takeMaxLoopDelayMs: () => loopDelay.takeMaxMs() });
  return { ...context, live: () => live.snapshot() };
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

function limitsOf(config: BrokerConfig) {
  return {
    maxBodyBytes: config.get("http.max.body.bytes"),
    maxHeaderBytes: config.get("http.max.header.bytes"),
    maxRequests: config.get("http.max.requests"),
  };
}

function aliveBrokers(image: MetadataImage): Address[] {
  return [...image.brokers.values()].filter(({ id }) => isAlive(image, id)).flatMap(({ endpoints }) => {
    const [first] = endpoints;
    return first === undefined ? [] : [{ host: first.host, port: first.port }];
  });
}
