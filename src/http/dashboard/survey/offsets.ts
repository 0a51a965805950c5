/** How far every partition reaches. */

import type { Cluster } from "../../../client/cluster.ts";
import { EARLIEST, LATEST } from "../../../client/offsets.ts";
import { ErrorCode } from "../../../protocol/error_codes.ts";
import { listOffsets } from "../../../protocol/messages/02_list_offsets.ts";
import type { Layout, TopicOffsets } from "../picture.ts";
import { askBroker } from "./ask.ts";
import { partitionsByLeader } from "./layout.ts";

/** A consumer, not a replica: offsets end at the high watermark. */
const CONSUMER = -1;

interface Found {
  readonly starts: number[];
  readonly ends: number[];
}

/** First offset and high watermark of all partitions, in the order of the layout. */
export async function surveyOffsets(cluster: Cluster, layout: Layout): Promise<TopicOffsets[]> {
  const found = layout.topics.map(({ partitions }): Found => ({
    starts: partitions.map(() => -1),
    ends: partitions.map(() => -1),
  }));
  const byName = new Map(layout.topics.map(({ name }, index) => [name, found[index]!]));
  await Promise.all([...partitionsByLeader(layout)].flatMap(([leader, places]) => {
    const byTopic = new Map<number, number[]>();
    for (const { topic, partition } of places) {
      const known = byTopic.get(topic);
      if (known === undefined) byTopic.set(topic, [partition]);
      else known.push(partition);
    }
    return [EARLIEST, LATEST].map(async (timestamp) => {
      const answer = await askBroker(cluster, leader, listOffsets, {
        replicaId: CONSUMER,
        isolationLevel: 0,
        topics: [...byTopic].map(([topic, partitions]) => ({
          name: layout.topics[topic]!.name,
          partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })),
        })),
      });
      for (const { name, partitions } of answer?.topics ?? []) {
        const target = byName.get(name)?.[timestamp === LATEST ? "ends" : "starts"];
        for (const { partitionIndex, errorCode, offset } of partitions) {
          if (errorCode === ErrorCode.NONE && target !== undefined) target[partitionIndex] = offset;
        }
      }
    });
  }));
  return found;
}
