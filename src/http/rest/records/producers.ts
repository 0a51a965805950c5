/**
 * The producers of the REST interface: one for each way to acknowledge, shared by all requests. What arrives in one
 * turn of the loop goes to a partition in one batch, so a thousand requests for a record each cost few appends.
 */

import type { Cluster } from "../../../client/cluster.ts";
import { Producer } from "../../../client/producer/producer.ts";
import type { Timers } from "../../../platform/platform.ts";
import type { ProducerOptions } from "../../../client/producer/options.ts";

/** How many replicas must have a record, as the query says it. */
export const acksNames = ["all", "1", "0"] as const;
export type AcksName = (typeof acksNames)[number];

const acksOf: Readonly<Record<AcksName, -1 | 0 | 1>> = { all: -1, "1": 1, "0": 0 };

const options: Partial<ProducerOptions> = {
  lingerMs: 0,
  // While a batch is on its way, the next one fills.
  maxInFlight: 2,
  isShared: true,
  batchBytes: 262_144,
  bufferBytes: 67_108_864,
  requestTimeoutMs: 10_000,
  deliveryTimeoutMs: 15_000,
};

/** How long records may take to be stored when the node stops, in milliseconds. */
const CLOSE_MS = 1_000;

export class Producers {
  readonly #open: () => Cluster;
  readonly #createsTopics: boolean;
  readonly #producers = new Map<AcksName, Producer>();

  constructor(open: () => Cluster, createsTopics: boolean) {
    this.#open = open;
    this.#createsTopics = createsTopics;
  }

  /** Waits a moment for what is being stored, and takes nothing more. */
  async close(timers: Timers): Promise<void> {
    const producers = [...this.#producers.values()];
    const late = Promise.withResolvers<void>();
    const timer = timers.after(CLOSE_MS, late.resolve);
    await Promise.race([Promise.all(producers.map((one) => one.close())), late.promise]);
    timer.cancel();
    for (const producer of producers) producer.abort();
  }

  /** The producer for a way to acknowledge, made on first use. */
  of(acks: AcksName): Producer {
    let producer = this.#producers.get(acks);
    if (producer === undefined) {
      producer = new Producer(this.#open(), {
        ...options,
        acks: acksOf[acks],
        createsTopics: this.#createsTopics,
      });
      this.#producers.set(acks, producer);
    }
    return producer;
  }
}
