/** The alert rules for Prometheus. Each says what is wrong, for how long it may be, and what to do. */

interface Alert {
  readonly name: string;
  readonly expr: string;
  /** How long it must be true, such as `5m`. */
  readonly lasts: string;
  readonly severity: "critical" | "warning" | "info";
  readonly summary: string;
  readonly description: string;
}

const p99 = (histogram: string, by: string, labels = "") =>
  `histogram_quantile(0.99, sum by (le, ${by}) (rate(${histogram}_bucket${labels}[5m])))`;

const groups: Readonly<Record<string, readonly Alert[]>> = {
  "sluice-cluster": [
    {
      name: "SluiceNodeDown",
      expr: 'up{job=~".*sluice.*"} == 0',
      lasts: "1m",
      severity: "critical",
      summary: "{{ $labels.instance }} does not answer",
      description: "Its metrics cannot be scraped. Is the process running, and can the network reach it?",
    },
    {
      name: "SluiceNoActiveController",
      expr: "sum by (job) (sluice_controller_active) == 0",
      lasts: "1m",
      severity: "critical",
      summary: "Nobody is the active controller",
      description:
        "No metadata can change. Are most of the voters of the quorum up, and do they reach each other?",
    },
    {
      name: "SluiceOfflinePartitions",
      expr: "max by (job) (sluice_controller_offline_partitions) > 0",
      lasts: "1m",
      severity: "critical",
      summary: "{{ $value }} partitions have no leader",
      description: "They can be neither written nor read. Bring back the brokers that have their replicas.",
    },
    {
      name: "SluiceFencedBroker",
      expr: "max by (job) (sluice_controller_fenced_brokers) > 0",
      lasts: "5m",
      severity: "warning",
      summary: "{{ $value }} registered brokers are fenced",
      description: "They send no heartbeats. Start them again, or unregister those that are gone for good.",
    },
    {
      name: "SluiceCheckFails",
      expr: "sluice_node_check_up == 0",
      lasts: "5m",
      severity: "warning",
      summary: "{{ $labels.instance }}: the check {{ $labels.check }} fails",
      description: "/health of the node says more.",
    },
    {
      name: "SluiceRestarts",
      expr: "changes(process_start_time_seconds[15m]) > 3",
      lasts: "0m",
      severity: "warning",
      summary: "{{ $labels.instance }} starts again and again",
      description: "Its log says why it ends.",
    },
  ],
  "sluice-replication": [
    {
      name: "SluiceUnderMinIsr",
      expr: "sum by (job, instance) (sluice_broker_under_min_isr_partitions) > 0",
      lasts: "1m",
      severity: "critical",
      summary: "{{ $labels.instance }}: {{ $value }} partitions refuse acks=all",
      description:
        "Fewer replicas are in sync than min.insync.replicas. Bring back the brokers that are missing.",
    },
    {
      name: "SluiceUnderReplicated",
      expr: "sum by (job, instance) (sluice_broker_under_replicated_partitions) > 0",
      lasts: "5m",
      severity: "warning",
      summary: "{{ $labels.instance }}: {{ $value }} partitions lack a replica in sync",
      description: "Another failure may make them unavailable. Is a broker down, slow, or cut off?",
    },
    {
      name: "SluiceIsrFlaps",
      expr: "sum by (job, instance) (rate(sluice_broker_isr_shrinks_total[10m])) > 0.1",
      lasts: "10m",
      severity: "warning",
      summary: "{{ $labels.instance }}: replicas leave the ISR again and again",
      description:
        "Followers cannot keep up for long. Look at the network, the disks, and at long event loop delays.",
    },
    {
      name: "SluiceUncleanElection",
      expr: "increase(sluice_controller_unclean_elections_total[5m]) > 0",
      lasts: "0m",
      severity: "critical",
      summary: "A replica leads that was not in sync",
      description: "Records that were acknowledged may be lost. unclean.leader.election.enable allowed it.",
    },
    {
      name: "SluiceQuorumUnstable",
      expr: "sum by (job, instance) (increase(sluice_quorum_elections_total[10m])) > 5",
      lasts: "0m",
      severity: "warning",
      summary: "The metadata quorum elects leader after leader",
      description: "The voters do not reach each other in time, or are too busy.",
    },
    {
      name: "SluiceMetadataLag",
      expr: "sluice_quorum_apply_lag_seconds > 10",
      lasts: "1m",
      severity: "warning",
      summary: "{{ $labels.instance }} acts on old metadata",
      description: "What is committed has not been in force there for {{ $value }} s.",
    },
  ],
  "sluice-storage": [
    {
      name: "SluiceDiskFull",
      expr: "sluice_log_directory_full == 1",
      lasts: "0m",
      severity: "critical",
      summary: "{{ $labels.instance }}: producers are refused, {{ $labels.directory }} is nearly full",
      description: "Make room, lower the retention, or add a disk; producing goes on by itself then.",
    },
    {
      name: "SluiceDiskFillsUp",
      expr:
        "sluice_disk_free_bytes / sluice_disk_size_bytes < 0.25 and predict_linear(sluice_disk_free_bytes[6h], 86400) < 0",
      lasts: "1h",
      severity: "warning",
      summary: "{{ $labels.instance }}: {{ $labels.directory }} will be full within a day",
      description: "At the pace of the last six hours.",
    },
    {
      name: "SluiceLogDirectoryFailed",
      expr: "sluice_log_directory_offline == 1",
      lasts: "0m",
      severity: "critical",
      summary: "{{ $labels.instance }}: {{ $labels.directory }} failed",
      description: "Its replicas cannot be used. Replace the disk and start the broker again.",
    },
  ],
  "sluice-clients": [
    {
      name: "SluiceGroupLags",
      expr: "max by (job, group) (sluice_group_max_lag_seconds) > 300",
      lasts: "10m",
      severity: "warning",
      summary: "{{ $labels.group }} is {{ $value | humanizeDuration }} behind",
      description: "Its consumers are too slow, stuck, or gone.",
    },
    {
      name: "SluiceGroupRebalances",
      expr: "sum by (job, instance) (rate(sluice_group_rebalances_total[10m])) > 0.2",
      lasts: "10m",
      severity: "info",
      summary: "{{ $labels.instance }}: groups rebalance all the time",
      description: "Members come and go, or do not poll in time: look at their max.poll.interval.ms.",
    },
    {
      name: "SluiceProduceSlow",
      expr: `${p99("sluice_request_duration_seconds", "job, instance", '{api="Produce"}')} > 1`,
      lasts: "10m",
      severity: "warning",
      summary:
        "{{ $labels.instance }}: one in a hundred Produce requests takes {{ $value | humanizeDuration }}",
      description: "The performance dashboard shows in which phase the time goes.",
    },
    {
      name: "SluiceRequestsFail",
      expr: "sum by (job, instance, api, error) " +
        '(rate(sluice_request_errors_total{error=~"UNKNOWN_SERVER_ERROR|KAFKA_STORAGE_ERROR|NOT_ENOUGH_REPLICAS.*|REQUEST_TIMED_OUT|CORRUPT_MESSAGE"}[5m])) > 0.1',
      lasts: "5m",
      severity: "warning",
      summary: "{{ $labels.instance }}: {{ $labels.api }} ends in {{ $labels.error }}",
      description: "{{ $value }} a second. Errors that clients get over by themselves are not counted here.",
    },
    {
      name: "SluiceConnectionsRefused",
      expr: "sum by (job, instance) (rate(sluice_connections_refused_total[5m])) > 0",
      lasts: "5m",
      severity: "warning",
      summary: "{{ $labels.instance }} refuses connections",
      description: "max.connections or max.connections.per.ip is reached.",
    },
  ],
  "sluice-process": [
    {
      name: "SluiceEventLoopLate",
      expr: `${p99("sluice_event_loop_delay_seconds", "job, instance")} > 0.1`,
      lasts: "10m",
      severity: "warning",
      summary: "{{ $labels.instance }}: the event loop is {{ $value | humanizeDuration }} late",
      description:
        "The node is out of CPU, or something holds it up. More brokers on the machine share the work.",
    },
    {
      name: "SluiceMetricsLeftOut",
      expr: "sluice_metrics_left_out > 0",
      lasts: "1h",
      severity: "info",
      summary: "{{ $labels.instance }}: {{ $value }} of {{ $labels.kind }} have no metrics of their own",
      description: "Raise metrics.max.partitions or metrics.max.group.partitions when they should.",
    },
  ],
};

/** The rules as Prometheus reads them. Strings of JSON are strings of YAML. */
export function alertRules(): string {
  const out = ["# Generated from scripts/monitoring/alerts.ts by scripts/generate_docs.ts.", "groups:"];
  for (const [name, alerts] of Object.entries(groups)) {
    out.push(`  - name: ${name}`, "    rules:");
    for (const alert of alerts) {
      out.push(
        `      - alert: ${alert.name}`,
        `        expr: ${JSON.stringify(alert.expr)}`,
        `        for: ${alert.lasts}`,
        "        labels:",
        `          severity: ${alert.severity}`,
        "        annotations:",
        `          summary: ${JSON.stringify(alert.summary)}`,
        `          description: ${JSON.stringify(alert.description)}`,
      );
    }
  }
  return out.join("\n") + "\n";
}
