/**
 * Elects leaders that may lack records where nobody else is left and `unclean.leader.election.enable` allows it
 * (KIP-966, KAFKA-12670): soon after that was set, and now and then for partitions that were leaderless by then.
 */

import type { MetadataChange } from "../../metadata/change.ts";
import type { MetadataRecordDraft } from "../../metadata/record_codec.ts";
import type { ClusterView } from "../cluster_view.ts";
import type { ControllerContext } from "../context.ts";
import { partitionChange } from "../partition_change.ts";
import type { UpkeepTask } from "./task.ts";

/** Kafka's bound on what one run changes. */
const MAX_ELECTIONS = 1_000;

export class UncleanElections implements UpkeepTask {
  readonly firstMs = Infinity;
  readonly #controller: ControllerContext;

  constructor(controller: ControllerContext) {
    this.#controller = controller;
  }

  intervalMs(): number {
    return this.#controller.config.get("unclean.leader.election.interval.ms");
  }

  onChange(change: MetadataChange): number | null {
    return change.configs.length > 0 ? 0 : null;
  }

  async run(): Promise<number | null> {
    let count = 0;
    await this.#controller.write(({ view }) => {
      const records = elections(view);
      count = records.length;
      return { records, result: null };
    });
    if (count > 0) {
      this.#controller.logger.warn("elected leaders that may lack records", { partitions: count });
    }
    return count === MAX_ELECTIONS ? 0 : null;
  }
}

function elections(view: ClusterView): MetadataRecordDraft[] {
  const records: MetadataRecordDraft[] = [];
  for (const topic of view.image.topics.byId.values()) {
    let isEnabled: boolean | undefined;
    for (const [partitionId, partition] of topic.partitions.entries()) {
      if (partition.leader >= 0) continue;
      isEnabled ??= view.isUncleanElectionEnabled(topic.name);
      if (!isEnabled) break;
      const change = partitionChange(partition, { election: "unclean" }, view.partition(topic, partitionId));
      if (change !== null) records.push(change);
      if (records.length === MAX_ELECTIONS) return records;
    }
  }
  return records;
}
