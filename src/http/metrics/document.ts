/** Documentation of the metrics, from the catalog. */

import {
  brokerTraffic,
  connectionMetrics,
  controllerMetrics,
  groupMetrics,
  httpMetrics,
  type Metric,
  nodeMetrics,
  partitionMetrics,
  partitionTraffic,
  processMetrics,
  quorumMetrics,
  replicationMetrics,
  requestMetrics,
  storageMetrics,
  topicTraffic,
} from "./catalog.ts";

const areas: readonly (readonly [string, Readonly<Record<string, Metric>>])[] = [
  ["Node", nodeMetrics],
  ["Traffic of the broker", brokerTraffic],
  ["Traffic by topic", topicTraffic],
  ["Traffic by partition", partitionTraffic],
  ["Requests", requestMetrics],
  ["Connections", connectionMetrics],
  ["Partitions", partitionMetrics],
  ["Replication", replicationMetrics],
  ["Storage", storageMetrics],
  ["Groups", groupMetrics],
  ["Metadata quorum", quorumMetrics],
  ["Controller", controllerMetrics],
  ["HTTP", httpMetrics],
  ["Process", processMetrics],
];

const HEAD = `<!-- deno-fmt-ignore-file -->

# Metrics

Generated from \`catalog.ts\` by scripts/generate_docs.ts. A node serves them at \`/metrics\`, in the text format of
Prometheus or in OpenMetrics, whichever is asked for. Each node tells of what it has itself: the traffic of partitions
that it leads, the replicas on its disks, the groups that it coordinates. Sums over a cluster are made where they are
looked at. \`metrics.max.partitions\` and \`metrics.max.group.partitions\` bound how many lines there can be.

The last column is the MBean in which Apache Kafka tells the same, or most of it.
`;

/** The reference of all metrics, as Markdown. */
export function metricsReference(): string {
  const parts = areas.map(([title, metrics]) =>
    [
      `## ${title}`,
      "",
      "| metric | type | labels | what | in Kafka |",
      "| --- | --- | --- | --- | --- |",
      ...Object.values(metrics).map(rowOf),
      "",
    ].join("\n")
  );
  return [HEAD, ...parts].join("\n");
}

function rowOf({ name, type, labels, help, jmx }: Metric): string {
  return `| \`${name}\` | ${type} | ${labels.join(", ")} | ${help} | ${jmx === null ? "" : `\`${jmx}\``} |`;
}
