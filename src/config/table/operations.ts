/** Quotas, metrics and client telemetry. */

import { int, javaClass, list, long, LONG_MAX, text } from "../definition.ts";

export const operationsConfigs = {
  "quota.window.num": int("How many windows a client quota is measured over.", 11, { min: 1 }),
  "quota.window.size.seconds": int("How long one window of a client quota is.", 1, { min: 1 }),
  "controller.quota.window.num": int(
    "How many windows the quota on controller changes is measured over.",
    11,
    { min: 1 },
  ),
  "controller.quota.window.size.seconds": int(
    "How long one window of the quota on controller changes is.",
    1,
    { min: 1 },
  ),
  "replication.quota.window.num": int("How many windows the replication quota is measured over.", 11, {
    min: 1,
  }),
  "replication.quota.window.size.seconds": int("How long one window of the replication quota is.", 1, {
    min: 1,
  }),
  "alter.log.dirs.replication.quota.window.num": int(
    "How many windows the quota on moves between directories is measured over.",
    11,
    { min: 1 },
  ),
  "alter.log.dirs.replication.quota.window.size.seconds": int(
    "How long one window of the quota on moves between directories is.",
    1,
    { min: 1 },
  ),
  "client.quota.callback.class": javaClass(
    "A Java class that decides client quotas; Sluice runs no Java.",
    null,
  ),
  "metric.reporters": list(
    "Java classes that report metrics; Sluice runs no Java and serves its metrics over HTTP.",
    ["org.apache.kafka.common.metrics.JmxReporter"],
    { update: "cluster-wide" },
  ),
  "kafka.metrics.reporters": list(
    "Java classes that report the older kind of metrics; Sluice runs no Java.",
    [],
  ),
  "kafka.metrics.polling.interval.secs": int("How often the older kind of metrics reporters are asked.", 10, {
    min: 1,
    unit: "seconds",
  }),
  "metrics.num.samples": int("How many samples a metric is computed from.", 2, { min: 1 }),
  "metrics.sample.window.ms": long("How long one sample of a metric is.", 30_000, { min: 1 }),
  "metrics.recording.level": text("The most detailed metrics that are recorded.", "INFO"),
  "telemetry.max.bytes": int("How many bytes of metrics a client may push at a time.", 1_048_576, { min: 1 }),
  "leader.replication.throttled.rate": long(
    "How many bytes a second this broker sends to throttled followers; only set while it runs (KIP-73).",
    LONG_MAX,
    { min: 0, unit: "bytes", update: "cluster-wide", internal: true, acts: true },
  ),
  "follower.replication.throttled.rate": long(
    "How many bytes a second this broker fetches for throttled replicas; only set while it runs (KIP-73).",
    LONG_MAX,
    { min: 0, unit: "bytes", update: "cluster-wide", internal: true, acts: true },
  ),
  "replica.alter.log.dirs.io.max.bytes.per.second": long(
    "How many bytes a second moves between directories may copy; only set while it runs (KIP-113).",
    LONG_MAX,
    { min: 0, unit: "bytes", update: "cluster-wide", internal: true },
  ),
} as const;
