/**
 * Gives leadership back to preferred replicas (`auto.leader.rebalance.enable`). Kafka looks every five minutes; in a
 * small cluster that leaves a broker that was restarted without work, and the others with its work, for most of
 * that. So here it is also done when things have been quiet for `leader.rebalance.delay.ms` after a preferred
 * replica has come back into sync: long enough not to disturb a broker that is still starting, and to move all of
 * its partitions at once.
 */

import type { MetadataChange } from "../../metadata/change.ts";
import type { MetadataImage, PartitionImage } from "../../metadata/image.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import { ClusterView } from "../cluster_view.ts";
import type { ControllerContext } from "../context.ts";
import { partitionChange } from "../partition_change.ts";
import type { UpkeepTask } from "./task.ts";

/** Kafka's bound on what one run changes. */
const MAX_ELECTIONS = 1_000;

export class LeaderBalance implements UpkeepTask {
  readonly firstMs = Infinity;
  readonly #controller: ControllerContext;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  get #isEnabled(): boolean {
    return this.#controller.config.get("auto.leader.rebalance.enable");
  }

  intervalMs(): number {
    const { config } = this.#controller;
    return this.#isEnabled ? config.get("leader.imbalance.check.interval.seconds") * 1000 : Infinity;
  }

  onChange(change: MetadataChange, image: MetadataImage): number | null {
    if (!this.#isEnabled || change.topics.size === 0) return null;
    const view = new ClusterView(image, this.#controller.config);
    for (const { after, partitions } of change.topics.values()) {
      if (partitions.some((index) => canImprove(view, after?.partitions[index]))) {
        return this.#controller.config.get("leader.rebalance.delay.ms");
      }
    }
    return null;
  }

  async run(): Promise<number | null> {
    const { logger } = this.#controller;
    let count = 0;
    await this.#controller.write(({ view }) => {
      const records = elections(view);
      count = records.length;
      return { records, result: null };
    });
    if (count > 0) logger.info("gave leadership back to preferred replicas", { partitions: count });
    return count === MAX_ELECTIONS ? 0 : null;
  }
}

/** Whether the preferred replica of a partition could lead and does not. */
function canImprove(view: ClusterView, partition: PartitionImage | undefined): boolean {
  const preferred = partition?.replicas[0];
  return partition !== undefined && preferred !== undefined && partition.leader !== preferred &&
    partition.isr.includes(preferred) && view.isActive(preferred);
}

function elections(view: ClusterView): MetadataRecordDraft[] {
  const records: MetadataRecordDraft[] = [];
  for (const topic of view.image.topics.byId.values()) {
    for (const [partitionId, partition] of topic.partitions.entries()) {
      if (!canImprove(view, partition)) continue;
      const change = partitionChange(
        partition,
        { election: "preferred" },
        view.partition(topic, partitionId),
      );
      if (change !== null) records.push(change);
      if (records.length === MAX_ELECTIONS) return records;
    }
  }
  return records;
}
