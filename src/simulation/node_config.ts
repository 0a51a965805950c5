/** The configs of simulated nodes and topics: limits so small that everything happens that usually takes days. */

import type { Safeguards } from "./clients/client_context.ts";
import { BrokerConfig } from "../config/broker_config.ts";
import type { Prng } from "../core/prng.ts";
import { type ClusterPlan, clusterSettings, type NodePlan } from "./cluster/cluster_plan.ts";

type Setting = string | number | boolean;

/** Draws what all nodes of a cluster are configured with. */
export function drawSharedConfig(prng: Prng, plan: ClusterPlan): Record<string, Setting> {
  return {
    "http.listen": "off",
    "default.replication.factor": plan.replicationFactor,
    "offsets.topic.replication.factor": plan.replicationFactor,
    "min.insync.replicas": plan.minInSync,
    "replica.lag.time.max.ms": 3000,
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 400,
    "controller.quorum.auto.join.enable": plan.quorum === "joined",
    "auto.create.topics.enable": false,
    "offsets.topic.num.partitions": 1 + prng.below(4),
    "group.min.session.timeout.ms": 1000,
    "group.initial.rebalance.delay.ms": prng.pick([0, 0, 300]),
    "leader.imbalance.check.interval.seconds": prng.pick([2, 300]),
    ...(plan.flushes ? { "log.flush.interval.messages": 1 } : {}),
    ...(plan.hasRacks
      ? { "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector" }
      : {}),
  };
}

/** Draws the configs of one node. */
export function drawNodeConfig(
  prng: Prng,
  cluster: { readonly plan: ClusterPlan; readonly shared: Record<string, Setting> },
  node: NodePlan,
): () => BrokerConfig {
  const settings = {
    ...cluster.shared,
    ...clusterSettings(cluster.plan, node),
    "node.id": node.id,
    "log.dirs": "/data",
    "log.index.interval.bytes": prng.pick([100, 1000, 4096]),
    "log.index.size.max.bytes": prng.pick([96, 1000, 10_485_760]),
    "log.segment.delete.delay.ms": prng.pick([0, 2000]),
    "log.cleaner.backoff.ms": prng.pick([300, 15_000]),
    "log.retention.check.interval.ms": prng.pick([500, 300_000]),
    "log.initial.task.delay.ms": prng.pick([0, 30_000]),
    "log.flush.offset.checkpoint.interval.ms": prng.pick([700, 5000]),
    "replica.high.watermark.checkpoint.interval.ms": prng.pick([300, 5000]),
    "metadata.log.max.record.bytes.between.snapshots": prng.pick([500, 5000, 20_971_520]),
    "internal.metadata.log.segment.bytes": prng.pick([2000, 20_000, 1_048_576]),
    "internal.metadata.delete.delay.millis": prng.pick([0, 1000]),
  };
  return () => BrokerConfig.of(settings);
}

/** What is kept at least of a topic whose records expire. */
export const RETENTION_BYTES = 1000;

/** Draws the configs of a topic. */
export function drawTopicConfigs(
  prng: Prng,
  topic: Safeguards & {
    readonly expires: boolean;
    readonly compacts: boolean;
    readonly dropsTombstones: boolean;
  },
): Record<string, string> {
  return {
    "segment.index.bytes": String(prng.pick([96, 400, 100_000])),
    "index.interval.bytes": String(prng.pick([0, 200, 4096])),
    "min.insync.replicas": String(topic.minInSync),
    "file.delete.delay.ms": String(prng.pick([0, 2000])),
    ...(topic.flushes ? { "flush.messages": "1" } : {}),
    ...(topic.compacts ? { "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01" } : {}),
    ...(topic.dropsTombstones ? { "delete.retention.ms": String(prng.pick([0, 2000])) } : {}),
    ...(topic.expires ? { "retention.bytes": String(RETENTION_BYTES) } : {}),
  };
}
