/** The part of the picture that changes only with the metadata. */

import { NO_NODE } from "../../../core/ids.ts";
import {
  brokerConfigs,
  type BrokerImage,
  type MetadataImage,
  topicConfigs,
} from "../../../metadata/image.ts";
import type { HttpContext } from "../../context.ts";
import type { BrokerLayout, Layout, TopicLayout } from "../picture.ts";

/** More partitions than this are not drawn: a page with them would help nobody. */
const MAX_PARTITIONS = 5_000;

const isInternal = (name: string) => name.startsWith("__");

/** The layout of an image. */
export function layoutOf(image: MetadataImage, { node, config }: HttpContext, version: number): Layout {
  const byDefault = Number(
    brokerConfigs(image).get("min.insync.replicas") ?? config.get("min.insync.replicas"),
  );
  const topics: TopicLayout[] = [];
  let partitions = 0;
  for (const { name, partitions: images } of image.topics.byName.values()) {
    partitions += images.length;
    if (partitions > MAX_PARTITIONS) break;
    const own = topicConfigs(image, name).get("min.insync.replicas");
    topics.push({
      name,
      isInternal: isInternal(name),
      minInsyncReplicas: own === undefined ? byDefault : Number(own),
      partitions: images.map(({ leader, leaderEpoch, replicas, isr }) => ({
        leader,
        leaderEpoch,
        replicas,
        isr,
      })),
    });
  }
  topics.sort((a, b) => a.name < b.name ? -1 : 1);
  return {
    version,
    clusterId: image.clusterId,
    nodeId: node.id,
    software: node.version,
    brokers: [...image.brokers.values()].map(brokerOf),
    topics,
  };
}

function brokerOf({ id, rack, endpoints, fenced, inControlledShutdown }: BrokerImage): BrokerLayout {
  const { host = "", port = -1 } = endpoints[0] ?? {};
  return { id, rack, host, port, isFenced: fenced, isStopping: inControlledShutdown };
}

/** Whether two images have the same layout. Many records change neither brokers nor topics. */
export function isSameLayout(one: MetadataImage, other: MetadataImage): boolean {
  return one.brokers === other.brokers && one.topics === other.topics && one.configs === other.configs;
}

/** The partitions of a layout that have a leader, by that leader. */
export function partitionsByLeader(layout: Layout): Map<number, { topic: number; partition: number }[]> {
  const led = new Map<number, { topic: number; partition: number }[]>();
  for (const [topic, { partitions }] of layout.topics.entries()) {
    for (const [partition, { leader }] of partitions.entries()) {
      if (leader === NO_NODE) continue;
      const places = led.get(leader);
      if (places === undefined) led.set(leader, [{ topic, partition }]);
      else places.push({ topic, partition });
    }
  }
  return led;
}
