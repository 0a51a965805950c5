/** What the REST routes work with: clients of the cluster that do not hold each other up, and the limits. */

import { type ClusterOverview, describeOverview } from "../../client/admin/overview.ts";
import { Cluster } from "../../client/cluster.ts";
import type { HttpContext } from "../context.ts";
import { Problem } from "./problem.ts";
import { BodyReader } from "./body.ts";
import { Limiter } from "./limiter.ts";
import { Producers } from "./records/producers.ts";

/** How much the REST interface takes on. */
export interface RestLimits {
  /** Streams under way. */
  readonly maxStreams: number;
  /** Requests that wait for records or for a rebalance. */
  readonly maxWaiting: number;
  /** Requests to the controller. */
  readonly maxControlling: number;
  /** The bytes of a body that is not one of records. */
  readonly maxBodyBytes: number;
  /** The records in one body. */
  readonly maxBatchRecords: number;
}

export const defaultLimits: RestLimits = {
  maxStreams: 64,
  maxWaiting: 64,
  maxControlling: 32,
  maxBodyBytes: 1_048_576,
  maxBatchRecords: 10_000,
};

/** How long brokers may be out of reach, and how long one request may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

export class RestContext {
  readonly http: HttpContext;
  readonly limits: RestLimits;
  readonly streams: Limiter;
  readonly waiting: Limiter;
  readonly controlling: Limiter;
  readonly producers: Producers;
  readonly bodies: BodyReader;
  /** Clients that nobody uses now, for requests that need one of their own. */
  readonly #idle: Cluster[] = [];
  readonly #opened = new Set<Cluster>();
  readonly #stopTasks = new Set<() => void>();
  #isStopping = false;
  #reading: Cluster | null = null;
  #grouping: Cluster | null = null;
  #looking: Promise<ClusterOverview> | null = null;

  constructor(http: HttpContext, limits: RestLimits = defaultLimits) {
    this.http = http;
    this.limits = limits;
    this.streams = new Limiter(limits.maxStreams, "streams");
    this.waiting = new Limiter(limits.maxWaiting, "requests that wait");
    this.controlling = new Limiter(limits.maxControlling, "requests to the controller");
    http.stopping.addEventListener("abort", () => void this.close());
    this.bodies = new BodyReader(http);
    this.producers = new Producers(
      () => this.#open("sluice-rest"),
      http.config.get("auto.create.topics.enable"),
    );
  }

  /** For requests that brokers answer at once. */
  get reading(): Cluster {
    return this.#reading ??= this.#open("sluice-rest");
  }

  /** For requests to coordinators, whose finding may have to wait for the controller. */
  get grouping(): Cluster {
    return this.#grouping ??= this.#open("sluice-rest");
  }

  /** Looks at the whole cluster once for all who ask meanwhile. */
  async overview(): Promise<ClusterOverview> {
    this.#looking ??= this.alone((cluster) => describeOverview(this.reading, cluster))
      .finally(() => this.#looking = null);
    return await this.#looking;
  }

  /**
   * Lends a client that nobody else uses meanwhile. Brokers answer in order: a Fetch that waits, a JoinGroup, or
   * anything that is passed on to a controller that is gone, holds up what is sent after it.
   */
  async alone<T>(use: (cluster: Cluster) => Promise<T>, limiter = this.controlling): Promise<T> {
    const release = limiter.enter();
    const cluster = this.#idle.pop() ?? this.#open("sluice-rest");
    try {
      return await use(cluster);
    } finally {
      release();
      this.#idle.push(cluster);
    }
  }

  /** A client of its own, to be closed by the caller. */
  openCluster(): Cluster {
    return this.#newCluster("sluice-rest-stream");
  }

  /** Has `task` called when the node stops. */
  onStop(task: () => void): void {
    this.#stopTasks.add(task);
  }

  offStop(task: () => void): void {
    this.#stopTasks.delete(task);
  }

  /** Ends the streams, waits a moment for what is being stored, and closes the clients. Refuses what comes later. */
  async close(): Promise<void> {
    this.#isStopping = true;
    for (const task of [...this.#stopTasks]) task();
    await this.producers.close(this.http.timers);
    this.bodies.close();
    for (const cluster of this.#opened) cluster.close();
  }

  /** Throws a {@link Problem} for requests that come when the node stops. */
  checkServing(): void {
    if (this.#isStopping) throw new Problem(503, "the node is stopping; another one will do");
  }

  #open(clientId: string): Cluster {
    const cluster = this.#newCluster(clientId);
    this.#opened.add(cluster);
    return cluster;
  }

  #newCluster(clientId: string): Cluster {
    return new Cluster({
      ...this.http.cluster().options,
      clientId,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    });
  }
}
