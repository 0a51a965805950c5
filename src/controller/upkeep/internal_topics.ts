/**
 * Gives internal topics the replicas that they were meant to have. They are created when they are first needed, with
 * no more replicas than there are brokers at that time; without this a cluster that began as one broker would lose
 * all groups with it, however many brokers it has by now.
 */

import type { MetadataChange } from "../../metadata/change.ts";
import type { MetadataImage } from "../../metadata/image.ts";
import { planGrowth } from "../../client/admin/balance_plan.ts";
import type { ClusterView } from "../cluster_view.ts";
import type { ControllerContext } from "../context.ts";
import { balanceInput, mayReceive, moveRecord } from "./balance_view.ts";
import type { UpkeepTask } from "./task.ts";

const FACTOR_OF = {
  "__consumer_offsets": "offsets.topic.replication.factor",
  "__transaction_state": "transaction.state.log.replication.factor",
  "__share_group_state": "share.coordinator.state.topic.replication.factor",
} as const;

/** Brokers that start together are waited for. */
const QUIET_MS = 2_000;

export class InternalTopics implements UpkeepTask {
  readonly firstMs = QUIET_MS;
  readonly #controller: ControllerContext;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  intervalMs(): number {
    return Infinity;
  }

  onChange(change: MetadataChange, image: MetadataImage): number | null {
    const isNew = [...change.topics.values()].some(({ name, before }) =>
      before === null && name in FACTOR_OF
    );
    const isBack = [...change.brokers].some((id) => image.brokers.get(id)?.fenced === false);
    return isNew || isBack ? QUIET_MS : null;
  }

  async run(): Promise<null> {
    const { logger } = this.#controller;
    await this.#controller.write(({ view }) => {
      const records = this.#missing(view).flatMap((move) => moveRecord(view, move) ?? []);
      if (records.length > 0) {
        logger.info("adding replicas to internal topics", { partitions: records.length });
      }
      return { records, result: null };
    });
    return null;
  }

  #missing(view: ClusterView) {
    const { config } = this.#controller;
    const { topics, brokers } = view.image;
    const able = [...brokers.values()].filter((broker) => mayReceive(view, broker)).length;
    const factors = new Map<string, number>();
    for (const [name, key] of Object.entries(FACTOR_OF)) {
      const topic = topics.byName.get(name);
      const factor = Math.min(config.get(key), able);
      if (topic?.partitions.some(({ replicas }) => replicas.length < factor)) factors.set(name, factor);
    }
    if (factors.size === 0) return [];
    return planGrowth(balanceInput(view, config.get("inter.broker.listener.name")), factors);
  }
}
