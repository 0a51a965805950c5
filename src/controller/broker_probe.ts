/**
 * Finds out whether the process behind a registration is gone. Kafka lets the session of a killed broker run out,
 * nine seconds by default. Its machine says so at once: nobody listens at its endpoint any more. That is proof, and
 * the broker is fenced; whatever else a probe finds says nothing, and the session decides as always (KIP-631).
 */

import type { NodeId } from "../core/ids.ts";
import type { BrokerImage, EndpointImage } from "../metadata/image.ts";
import { NetworkError } from "../platform/network.ts";
import type { ConnectionInfo } from "../server/registry.ts";
import { fenceBroker } from "./broker_changes.ts";
import type { ControllerContext } from "./context.ts";

/** How long a machine may take to refuse a connection. */
const TIMEOUT_MS = 1_000;
/** A process that ends closes its connections one by one, its listeners perhaps last: so it is asked a few times. */
const PAUSES_MS = [0, 20, 80, 250, 1_000];
const MAX_PROBES = 16;

interface Watched {
  readonly connectionId: number;
  readonly forget: () => void;
}

export class BrokerProbes {
  readonly #controller: ControllerContext;
  /** The connections that heartbeats come over. */
  readonly #watched = new Map<NodeId, Watched>();
  /** Brokers that are being asked after. */
  readonly #suspects = new Set<NodeId>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  /** A new active controller knows of no heartbeats: it asks after every broker that counts as alive. */
  start(): void {
    for (const broker of this.#controller.quorum.image.brokers.values()) {
      if (!broker.fenced) this.suspect(broker.id);
    }
  }

  stop(): void {
    for (const { forget } of this.#watched.values()) forget();
    this.#watched.clear();
  }

  /** A heartbeat came over a connection: when that ends, the broker's process may have ended. */
  onHeartbeat(id: NodeId, connection: ConnectionInfo): void {
    const before = this.#watched.get(id);
    if (before?.connectionId === connection.id) return;
    before?.forget();
    const forget = connection.onClose(() => {
      if (this.#watched.get(id)?.connectionId !== connection.id) return;
      this.#watched.delete(id);
      this.suspect(id);
    });
    if (!connection.closed) this.#watched.set(id, { connectionId: connection.id, forget });
  }

  /** Whether heartbeats of a broker come over a connection that is open. */
  isConnected(id: NodeId): boolean {
    return this.#watched.has(id);
  }

  /** Asks after a broker and fences it when its process is gone. */
  suspect(id: NodeId): void {
    if (this.#suspects.has(id) || this.#controller.network === undefined) return;
    this.#suspects.add(id);
    void this.#investigate(id).finally(() => this.#suspects.delete(id));
  }

  /** Whether nobody listens where a broker is registered. */
  async isGone(broker: BrokerImage): Promise<boolean> {
    const { network, config } = this.#controller;
    const endpoint = peerEndpoint(broker, config.get("inter.broker.listener.name"));
    if (network === undefined || endpoint === undefined) return false;
    await this.#turn();
    try {
      const connection = await network.connect(endpoint, { timeoutMs: TIMEOUT_MS });
      connection.close();
      return false;
    } catch (error) {
      return error instanceof NetworkError && error.code === "refused";
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= MAX_PROBES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }

  async #investigate(id: NodeId): Promise<void> {
    const { platform: { clock, timers }, quorum, heartbeats } = this.#controller;
    const sinceMs = clock.monotonicMs();
    const epoch = quorum.image.brokers.get(id)?.epoch;
    for (const pauseMs of PAUSES_MS) {
      if (pauseMs > 0) await timers.sleep(pauseMs);
      const broker = quorum.image.brokers.get(id);
      const isOpen = this.#controller.isActive && broker !== undefined && broker.epoch === epoch &&
        !heartbeats.isHeardSince(broker, sinceMs);
      if (!isOpen) return;
      if (await this.isGone(broker)) return await this.#fence(broker, sinceMs);
    }
  }

  async #fence({ id, epoch }: BrokerImage, sinceMs: number): Promise<void> {
    const { heartbeats, logger } = this.#controller;
    await this.#controller.write(({ image, view }) => {
      const broker = image.brokers.get(id);
      const isDue = broker?.epoch === epoch && !heartbeats.isHeardSince(broker, sinceMs);
      if (!isDue) return { records: [], result: null };
      heartbeats.markGone(broker);
      if (broker.fenced) return { records: [], result: null };
      logger.warn("fencing a broker: nobody listens at its address any more", { broker: id });
      return { records: fenceBroker(view, broker), result: null };
    });
  }
}

/** Where the other brokers, and so the controllers, reach a broker. */
export function peerEndpoint(
  { endpoints }: Pick<BrokerImage, "endpoints">,
  listener: string | null,
): EndpointImage | undefined {
  return endpoints.find(({ name }) => name === listener) ?? endpoints[0];
}
