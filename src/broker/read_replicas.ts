/**
 * Which replica a consumer should read from: with the rack-aware selector one in its own rack, so that data need not
 * cross racks twice (KIP-392). Without a selector only leaders serve consumers, and a client that comes to a follower
 * because its metadata are old is sent away at once (KAFKA-14255).
 */

import type { BrokerConfig } from "../config/broker_config.ts";
import { NO_NODE, type NodeId } from "../core/ids.ts";
import type { MetadataCache } from "./metadata_cache.ts";
import type { Partition } from "./partition.ts";

const RACK_AWARE = "RackAwareReplicaSelector";

/** Whether `replica.selector.class` names Kafka's rack-aware selector, with or without its package. */
export function readsNearby(config: BrokerConfig): boolean {
  return config.get("replica.selector.class")?.endsWith(RACK_AWARE) === true;
}

/** A follower in the consumer's rack that has what is asked for, when the leader is in another; else -1. */
export function preferredReadReplica(
  metadata: MetadataCache,
  partition: Partition,
  consumer: { readonly rackId: string; readonly fetchOffset: number },
): NodeId {
  const { leading, state } = partition;
  const { rackId, fetchOffset } = consumer;
  const { brokers } = metadata.image;
  if (leading === null || rackId === "" || brokers.get(state.leader)?.rack === rackId) return NO_NODE;
  let best: (typeof leading.followers)[number] | undefined;
  for (const follower of leading.followers) {
    const broker = brokers.get(follower.id);
    const isNear = broker?.rack === rackId && !broker.fenced && state.isr.includes(follower.id);
    const hasIt = follower.logStartOffset <= fetchOffset && follower.endOffset >= fetchOffset;
    if (isNear && hasIt && (best === undefined || follower.endOffset > best.endOffset)) best = follower;
  }
  return best?.id ?? NO_NODE;
}
