/** The dashboards for Grafana: cluster, performance, storage, replication, groups. */

import { type Dashboard, lines, number, percentile, table } from "./panels.ts";

/** The nodes that are chosen. */
const NODE = 'job=~"$job", instance=~"$instance"';
const sum = (metric: string, by = "", labels = "") => {
  const matchers = labels === "" ? NODE : `${NODE}, ${labels}`;
  return `sum${by === "" ? "" : ` by (${by})`} (${metric}{${matchers}})`;
};
const rate = (metric: string, by = "", labels = "") => {
  const matchers = labels === "" ? NODE : `${NODE}, ${labels}`;
  return `sum${by === "" ? "" : ` by (${by})`} (rate(${metric}{${matchers}}[$__rate_interval]))`;
};
const top = (count: number, expr: string) => `topk(${count}, ${expr})`;

const cluster: Dashboard = {
  uid: "sluice-cluster",
  title: "Sluice / Cluster",
  description: "Whether the cluster is well, and what goes through it.",
  rows: [
    {
      title: "At a glance",
      panels: [
        number("Brokers", "none", `max (sluice_controller_active_brokers{${NODE}})`),
        number("Fenced brokers", "none", `max (sluice_controller_fenced_brokers{${NODE}})`, 1),
        number("Active controllers", "none", sum("sluice_controller_active"), 2),
        number("Topics", "none", `max (sluice_controller_topics{${NODE}})`),
        number("Partitions", "none", `max (sluice_controller_partitions{${NODE}})`),
        number("Without leader", "none", `max (sluice_controller_offline_partitions{${NODE}})`, 1),
        number("Under-replicated", "none", sum("sluice_broker_under_replicated_partitions"), 1),
        number("Below min ISR", "none", sum("sluice_broker_under_min_isr_partitions"), 1),
      ],
    },
    {
      title: "Traffic",
      panels: [
        lines(
          "Bytes",
          "Bps",
          [rate("sluice_broker_bytes_in_total"), "in"],
          [rate("sluice_broker_bytes_out_total"), "out"],
        ),
        lines(
          "Records",
          "cps",
          [rate("sluice_broker_records_in_total"), "in"],
          [rate("sluice_broker_records_out_total"), "out"],
        ),
        lines("Busiest topics, in", "Bps", [
          top(10, rate("sluice_topic_bytes_in_total", "topic")),
          "{{topic}}",
        ]),
      ],
    },
    {
      title: "Nodes",
      panels: [
        lines("Bytes in by node", "Bps", [rate("sluice_broker_bytes_in_total", "instance"), "{{instance}}"]),
        lines("Leaders by node", "none", [sum("sluice_broker_leaders", "instance"), "{{instance}}"]),
        lines("Connections by node", "none", [sum("sluice_connections", "instance"), "{{instance}}"]),
      ],
    },
    {
      title: "Health and metadata",
      panels: [
        table("Checks that fail", "none", `sluice_node_check_up{${NODE}} == 0`),
        table("Nodes", "none", `sluice_node_info{${NODE}}`),
        lines(
          "Epoch of the metadata quorum",
          "none",
          [`max by (instance) (sluice_quorum_epoch{${NODE}})`, "{{instance}}"],
        ),
      ],
    },
    {
      title: "Metadata log",
      panels: [
        lines("Committed metadata", "cps", [
          `rate(sluice_quorum_high_watermark{${NODE}}[$__rate_interval])`,
          "{{instance}}",
        ]),
        lines("Not in force yet", "none", [
          sum("sluice_quorum_apply_lag_records", "instance"),
          "{{instance}}",
        ]),
        lines("Commit p99", "s", [
          percentile(0.99, "sluice_quorum_commit_duration_seconds", NODE, "instance"),
          "{{instance}}",
        ]),
      ],
    },
  ],
};

const latency = (api: string) =>
  lines(
    `${api} latency`,
    "s",
    ...[0.5, 0.95, 0.99].map((share) =>
      [
        percentile(share, "sluice_request_duration_seconds", `${NODE}, api="${api}"`, "api"),
        `p${share * 100}`,
      ] as const
    ),
  );
const phasesOf = (api: string) =>
  lines(`Where ${api} spends its time, p95`, "s", [
    percentile(0.95, "sluice_request_phase_duration_seconds", `${NODE}, api="${api}"`, "phase"),
    "{{phase}}",
  ]);

const performance: Dashboard = {
  uid: "sluice-performance",
  title: "Sluice / Performance",
  description: "Requests, where their time goes, and what the processes use.",
  rows: [
    {
      title: "Requests",
      panels: [
        lines("Requests", "reqps", [rate("sluice_requests_total", "api"), "{{api}}"]),
        lines("Errors", "cps", [rate("sluice_request_errors_total", "api, error"), "{{api}} {{error}}"]),
        lines(
          "Bytes of requests and responses",
          "Bps",
          [rate("sluice_request_bytes_total"), "requests"],
          [rate("sluice_response_bytes_total"), "responses"],
        ),
      ],
    },
    { title: "Produce", panels: [latency("Produce"), phasesOf("Produce")] },
    { title: "Fetch", panels: [latency("Fetch"), phasesOf("Fetch")] },
    {
      title: "Waiting and refused",
      panels: [
        lines("Requests that wait", "none", [
          sum("sluice_broker_waiting_requests", "operation"),
          "{{operation}}",
        ]),
        lines(
          "Refused",
          "cps",
          [rate("sluice_broker_failed_produce_requests_total"), "appends"],
          [rate("sluice_broker_failed_fetch_requests_total"), "reads"],
          [rate("sluice_connections_refused_total"), "connections"],
          [rate("sluice_protocol_errors_total"), "protocol errors"],
        ),
        lines(
          "Held back for quotas",
          "cps",
          [rate("sluice_throttled_transfers_total", "quota"), "{{quota}}"],
        ),
      ],
    },
    {
      title: "Process",
      panels: [
        lines("CPU", "percentunit", [rate("process_cpu_seconds_total", "instance"), "{{instance}}"]),
        lines(
          "Memory",
          "bytes",
          [sum("process_resident_memory_bytes", "instance"), "{{instance}} resident"],
          [sum("sluice_process_heap_used_bytes", "instance"), "{{instance}} heap"],
        ),
        lines("Event loop delay, p99", "s", [
          percentile(0.99, "sluice_event_loop_delay_seconds", NODE, "instance"),
          "{{instance}}",
        ]),
        lines("HTTP requests", "reqps", [rate("sluice_http_requests_total", "status"), "{{status}}"]),
        lines("Connections opened", "cps", [
          rate("sluice_connections_opened_total", "instance"),
          "{{instance}}",
        ]),
      ],
    },
  ],
};

const storage: Dashboard = {
  uid: "sluice-storage",
  title: "Sluice / Storage",
  description: "Disks, logs and segments.",
  rows: [
    {
      title: "At a glance",
      panels: [
        number("Logs", "bytes", sum("sluice_log_directory_size_bytes")),
        number(
          "Fullest disk",
          "percentunit",
          `max (sluice_disk_used_bytes{${NODE}} / sluice_disk_size_bytes{${NODE}})`,
          0.85,
        ),
        number("Directories that refuse producers", "none", sum("sluice_log_directory_full"), 1),
        number("Failed directories", "none", sum("sluice_log_directory_offline"), 1),
        number("Replicas that cannot be used", "none", sum("sluice_broker_offline_replicas"), 1),
      ],
    },
    {
      title: "Disks",
      panels: [
        lines("Logs by directory", "bytes", [
          sum("sluice_log_directory_size_bytes", "instance, directory"),
          "{{instance}} {{directory}}",
        ]),
        lines("Free", "bytes", [
          sum("sluice_disk_free_bytes", "instance, directory"),
          "{{instance}} {{directory}}",
        ]),
        lines("Full in, at the pace of the last hour", "s", [
          `sluice_disk_free_bytes{${NODE}} / clamp_min(-deriv(sluice_disk_free_bytes{${NODE}}[1h]), 1)`,
          "{{instance}} {{directory}}",
        ]),
      ],
    },
    {
      title: "Topics",
      panels: [
        lines("Largest topics", "bytes", [
          top(10, sum("sluice_partition_log_size_bytes", "topic")),
          "{{topic}}",
        ]),
        lines("Segments", "none", [top(10, sum("sluice_partition_log_segments", "topic")), "{{topic}}"]),
        lines("Records kept", "none", [
          top(
            10,
            `sum by (topic) (max by (topic, partition) (sluice_partition_log_end_offset{${NODE}} - ` +
              `sluice_partition_log_start_offset{${NODE}}))`,
          ),
          "{{topic}}",
        ]),
      ],
    },
  ],
};

const replication: Dashboard = {
  uid: "sluice-replication",
  title: "Sluice / Replication",
  description: "Replicas in sync, those that lag, and the metadata quorum.",
  rows: [
    {
      title: "At a glance",
      panels: [
        number("Under-replicated", "none", sum("sluice_broker_under_replicated_partitions"), 1),
        number("At min ISR", "none", sum("sluice_broker_at_min_isr_partitions"), 1),
        number("Below min ISR", "none", sum("sluice_broker_under_min_isr_partitions"), 1),
        number("Moving", "none", sum("sluice_broker_reassigning_partitions")),
        number("Not led by the preferred", "none", `max (sluice_controller_not_preferred_leaders{${NODE}})`),
        number(
          "Unclean elections, 1 h",
          "none",
          `sum (increase(sluice_controller_unclean_elections_total{${NODE}}[1h]))`,
          1,
        ),
      ],
    },
    {
      title: "Replicas",
      panels: [
        lines("Largest lag by leader", "none", [
          `max by (instance) (sluice_broker_max_replica_lag_records{${NODE}})`,
          "{{instance}}",
        ]),
        lines("Lag by follower", "none", [
          top(10, sum("sluice_partition_replica_lag_records", "replica")),
          "broker {{replica}}",
        ]),
        lines(
          "ISR changes",
          "cps",
          [rate("sluice_broker_isr_shrinks_total", "instance"), "{{instance}} shrinks"],
          [rate("sluice_broker_isr_expands_total", "instance"), "{{instance}} expands"],
          [rate("sluice_broker_failed_isr_updates_total", "instance"), "{{instance}} refused"],
        ),
      ],
    },
    {
      title: "Traffic between brokers",
      panels: [
        lines(
          "Copied by followers",
          "Bps",
          [rate("sluice_broker_replication_bytes_in_total", "instance"), "{{instance}}"],
          [rate("sluice_throttled_bytes_total", "quota"), "counted by {{quota}}"],
        ),
        lines("Sent by leaders", "Bps", [
          rate("sluice_broker_replication_bytes_out_total", "instance"),
          "{{instance}}",
        ]),
        table("Under-replicated partitions", "none", `sluice_partition_under_replicated{${NODE}} == 1`),
      ],
    },
    {
      title: "Metadata quorum",
      panels: [
        lines("Elections", "cps", [rate("sluice_quorum_elections_total", "instance"), "{{instance}}"]),
        lines("Lag behind the leader", "none", [
          sum("sluice_quorum_replica_lag_records", "replica, role"),
          "{{role}} {{replica}}",
        ]),
        table("Roles", "none", `sluice_quorum_state{${NODE}} == 1`),
      ],
    },
  ],
};

const groups: Dashboard = {
  uid: "sluice-groups",
  title: "Sluice / Groups",
  description: "Consumer groups: how far they are behind, in records and in time.",
  rows: [
    {
      title: "At a glance",
      panels: [
        number("Groups", "none", sum("sluice_groups")),
        number(
          "Rebalancing",
          "none",
          sum("sluice_groups", "", 'state=~"PreparingRebalance|CompletingRebalance"'),
        ),
        number("Records behind", "short", sum("sluice_group_lag_records")),
        number("Longest wait", "s", `max (sluice_group_max_lag_seconds{${NODE}})`, 300),
      ],
    },
    {
      title: "Lag",
      panels: [
        lines("Records behind", "short", [top(15, sum("sluice_group_lag_records", "group")), "{{group}}"]),
        lines("Seconds behind", "s", [
          top(15, `max by (group) (sluice_group_max_lag_seconds{${NODE}})`),
          "{{group}}",
        ]),
      ],
    },
    {
      title: "Progress",
      panels: [
        lines("Consumed, by group", "cps", [
          top(15, rate("sluice_group_committed_offset", "group")),
          "{{group}}",
        ]),
        lines("Commits", "cps", [rate("sluice_group_offset_commits_total", "instance"), "{{instance}}"]),
        lines("Rebalances", "cps", [rate("sluice_group_rebalances_total", "instance"), "{{instance}}"]),
      ],
    },
    {
      title: "Members and partitions",
      panels: [
        lines("Members", "none", [top(15, sum("sluice_group_members", "group")), "{{group}}"]),
        table(
          "Partitions that lag most",
          "none",
          top(30, `sluice_group_partition_lag_records{${NODE}} > 0`),
        ),
        table("Oldest unread records", "s", top(30, `sluice_group_partition_lag_seconds{${NODE}} > 0`)),
      ],
    },
  ],
};

export const dashboards: readonly Dashboard[] = [cluster, performance, storage, replication, groups];
