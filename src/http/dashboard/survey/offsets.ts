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

/** What is asked for: where partitions begin changes seldom, so it need not be asked each time. */
export interface OffsetsWish {
  readonly layout: Layout;
  /** The answer before, of the same layout; its beginnings are taken over. */
  readonly before: readonly TopicOffsets[] | null;
}

interface Found {
  readonly starts: number[];
  readonly ends: number[];
}

/** First offset and high watermark of all partitions, in the order of the layout. */
export async function surveyOffsets(
  cluster: Cluster,
  { layout, before }: OffsetsWish,
): Promise<TopicOffsets[]> {
  const found = layout.topics.map(({ partitions }, index): Found => ({
    starts: [...before?.[index]?.starts ?? partitions.map(() => -1)],
    ends: partitions.map(() => -1),
  }));
  const times = before === null ? [EARLIEST, LATEST] : [LATEST];
  await Promise.all([...partitionsByLeader(layout)].flatMap(([leader, places]) => {
    const byTopic = Map.groupBy(places, ({ topic }) => topic);
    return times.map(async (timestamp) => {
      const answer = await askBroker(cluster, leader, listOffsets, {
        replicaId: CONSUMER,
        isolationLevel: 0,
        topics: [...byTopic].map(([topic, of]) => ({
          name: layout.topics[topic]!.name,
          partitions: of.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
        })),
      });
      const byName = new Map([...byTopic.keys()].map((topic) => [layout.topics[topic]!.name, found[topic]!]));
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
