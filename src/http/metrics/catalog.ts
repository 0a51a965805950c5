/**
 * Every metric: its name by the conventions of Prometheus, what it counts, and what Kafka calls it over JMX. The page,
 * the documentation and the checks of dashboards and alerts are made from this table.
 */

export interface Metric {
  /** With the unit last, and `_total` behind it for counters. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence. */
  readonly help: string;
  readonly labels: readonly string[];
  /** The MBean of Kafka that tells the same or most of it; null when Kafka has none. */
  readonly jmx: string | null;
}

type Maker = (
  name: string,
  help: string,
  more?: { readonly labels?: readonly string[]; readonly jmx?: string },
) => Metric;

function maker(type: Metric["type"]): Maker {
  return (name, help, { labels = [], jmx } = {}) => ({ name, type, help, labels, jmx: jmx ?? null });
}
const counter = maker("counter");
const gauge = maker("gauge");
const histogram = maker("histogram");

const TOPIC = ["topic"];
const PARTITION = ["topic", "partition"];
const GROUP = ["group"];
const GROUP_PARTITION = ["group", "topic", "partition"];
const API = ["api"];
const DIRECTORY = ["directory"];

/** The kinds of traffic, each with a metric for the broker, for each topic, and for each partition. */
const traffic = [
  ["bytesIn", "bytes_in", "Bytes of record batches that producers appended", "BytesInPerSec"],
  ["recordsIn", "records_in", "Records that producers appended", "MessagesInPerSec"],
  [
    "produceRequests",
    "produce_requests",
    "Appends that producers asked for, each partition of a request",
    "TotalProduceRequestsPerSec",
  ],
  [
    "failedProduceRequests",
    "failed_produce_requests",
    "Appends that were refused",
    "FailedProduceRequestsPerSec",
  ],
  ["bytesOut", "bytes_out", "Bytes of record batches sent to consumers", "BytesOutPerSec"],
  ["recordsOut", "records_out", "Offsets sent to consumers", null],
  [
    "fetchRequests",
    "fetch_requests",
    "Reads that consumers were answered, each partition of a response",
    "TotalFetchRequestsPerSec",
  ],
  [
    "failedFetchRequests",
    "failed_fetch_requests",
    "Reads that were refused",
    "FailedFetchRequestsPerSec",
  ],
  [
    "replicationBytesIn",
    "replication_bytes_in",
    "Bytes of record batches copied from leaders",
    "ReplicationBytesInPerSec",
  ],
  [
    "replicationBytesOut",
    "replication_bytes_out",
    "Bytes of record batches sent to followers",
    "ReplicationBytesOutPerSec",
  ],
] as const;

export type TrafficKind = (typeof traffic)[number][0];

function trafficMetrics(
  scope: string,
  of: string,
  labels: readonly string[],
): Readonly<Record<TrafficKind, Metric>> {
  const topic = labels.includes("topic") ? ",topic=*" : "";
  const entries = traffic.map(([kind, name, help, jmx]) => {
    const mbean = jmx === null || labels.includes("partition")
      ? {}
      : { jmx: `kafka.server:type=BrokerTopicMetrics,name=${jmx}${topic}` };
    return [kind, counter(`sluice_${scope}_${name}_total`, `${help}, ${of}.`, { labels, ...mbean })] as const;
  });
  return Object.fromEntries(entries) as Record<TrafficKind, Metric>;
}

export const trafficKinds: readonly TrafficKind[] = traffic.map(([kind]) => kind);
export const brokerTraffic = trafficMetrics("broker", "of this broker", []);
export const topicTraffic = trafficMetrics("topic", "by topic", TOPIC);
export const partitionTraffic = trafficMetrics("partition", "by partition", PARTITION);

export const nodeMetrics = {
  info: gauge("sluice_node_info", "Who this node is: the value is always 1.", {
    labels: ["node_id", "cluster_id", "version", "roles"],
    jmx: "kafka.server:type=app-info",
  }),
  up: gauge("sluice_node_check_up", "Whether a check of /health passes.", { labels: ["check"] }),
  leftOut: gauge("sluice_metrics_left_out", "What has no metrics of its own because it would be too many.", {
    labels: ["kind"],
  }),
};

export const requestMetrics = {
  requests: counter("sluice_requests_total", "Requests that came in.", {
    labels: API,
    jmx: "kafka.network:type=RequestMetrics,name=RequestsPerSec,request=*",
  }),
  errors: counter("sluice_request_errors_total", "Errors in answers, one for each error code.", {
    labels: ["api", "error"],
    jmx: "kafka.network:type=RequestMetrics,name=ErrorsPerSec,request=*,error=*",
  }),
  requestBytes: counter("sluice_request_bytes_total", "Bytes of requests.", {
    labels: API,
    jmx: "kafka.network:type=RequestMetrics,name=RequestBytes,request=*",
  }),
  responseBytes: counter("sluice_response_bytes_total", "Bytes of responses.", { labels: API }),
  total: histogram(
    "sluice_request_duration_seconds",
    "From the last byte of a request to the last byte of its response.",
    { labels: API, jmx: "kafka.network:type=RequestMetrics,name=TotalTimeMs,request=*" },
  ),
  phases: histogram(
    "sluice_request_phase_duration_seconds",
    "Where the time of requests goes: queue, local, remote, response_queue, send.",
    {
      labels: ["api", "phase"],
      jmx:
        "kafka.network:type=RequestMetrics,name={RequestQueue,Local,Remote,ResponseQueue,ResponseSend}TimeMs,request=*",
    },
  ),
  throttled: counter("sluice_throttled_transfers_total", "Transfers that were held back for a quota.", {
    labels: ["quota"],
    jmx: "kafka.network:type=RequestMetrics,name=ThrottleTimeMs,request=*",
  }),
  throttledBytes: counter("sluice_throttled_bytes_total", "Bytes that counted against a quota.", {
    labels: ["quota"],
    jmx: "kafka.server:type={Leader,Follower}Replication byte-rate",
  }),
};

export const connectionMetrics = {
  open: gauge("sluice_connections", "Connections of clients and other nodes that are open.", {
    jmx: "kafka.server:type=socket-server-metrics connection-count",
  }),
  opened: counter("sluice_connections_opened_total", "Connections that were opened.", {
    jmx: "kafka.server:type=socket-server-metrics connection-creation-total",
  }),
  refused: counter("sluice_connections_refused_total", "Connections that were refused for a limit."),
  protocolErrors: counter(
    "sluice_protocol_errors_total",
    "Connections that were closed because of what their client sent.",
  ),
};

export const partitionMetrics = {
  logStartOffset: gauge("sluice_partition_log_start_offset", "The first offset that is kept.", {
    labels: PARTITION,
    jmx: "kafka.log:type=Log,name=LogStartOffset,topic=*,partition=*",
  }),
  highWatermark: gauge("sluice_partition_high_watermark", "Where consumers may read to.", {
    labels: PARTITION,
  }),
  lastStableOffset: gauge("sluice_partition_last_stable_offset", "Where committed reads end.", {
    labels: PARTITION,
  }),
  logEndOffset: gauge("sluice_partition_log_end_offset", "The offset of the next record.", {
    labels: PARTITION,
    jmx: "kafka.log:type=Log,name=LogEndOffset,topic=*,partition=*",
  }),
  sizeBytes: gauge("sluice_partition_log_size_bytes", "The size of the log without its indexes.", {
    labels: PARTITION,
    jmx: "kafka.log:type=Log,name=Size,topic=*,partition=*",
  }),
  segments: gauge("sluice_partition_log_segments", "How many segments the log has.", {
    labels: PARTITION,
    jmx: "kafka.log:type=Log,name=NumLogSegments,topic=*,partition=*",
  }),
  leader: gauge("sluice_partition_leader", "Whether this broker leads the partition.", {
    labels: PARTITION,
  }),
  leaderEpoch: gauge("sluice_partition_leader_epoch", "The epoch of the leader.", { labels: PARTITION }),
  replicas: gauge("sluice_partition_replicas", "How many replicas the partition has.", {
    labels: PARTITION,
    jmx: "kafka.cluster:type=Partition,name=ReplicasCount,topic=*,partition=*",
  }),
  inSync: gauge("sluice_partition_in_sync_replicas", "How many replicas are in sync.", {
    labels: PARTITION,
    jmx: "kafka.cluster:type=Partition,name=InSyncReplicasCount,topic=*,partition=*",
  }),
  underReplicated: gauge(
    "sluice_partition_under_replicated",
    "Whether a replica of a partition that is led here is not in sync.",
    { labels: PARTITION, jmx: "kafka.cluster:type=Partition,name=UnderReplicated,topic=*,partition=*" },
  ),
  underMinIsr: gauge(
    "sluice_partition_under_min_isr",
    "Whether fewer replicas of a partition that is led here are in sync than min.insync.replicas.",
    { labels: PARTITION, jmx: "kafka.cluster:type=Partition,name=UnderMinIsr,topic=*,partition=*" },
  ),
  replicaLag: gauge(
    "sluice_partition_replica_lag_records",
    "How many records a follower is behind this leader.",
    {
      labels: [...PARTITION, "replica"],
      jmx: "kafka.server:type=FetcherLagMetrics,name=ConsumerLag,clientId=*,topic=*,partition=*",
    },
  ),
};

export const replicationMetrics = {
  partitions: gauge("sluice_broker_partitions", "Replicas that this broker has.", {
    jmx: "kafka.server:type=ReplicaManager,name=PartitionCount",
  }),
  leaders: gauge("sluice_broker_leaders", "Partitions that this broker leads.", {
    jmx: "kafka.server:type=ReplicaManager,name=LeaderCount",
  }),
  underReplicated: gauge(
    "sluice_broker_under_replicated_partitions",
    "Partitions led here of which a replica is not in sync.",
    { jmx: "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions" },
  ),
  underMinIsr: gauge(
    "sluice_broker_under_min_isr_partitions",
    "Partitions led here with fewer replicas in sync than min.insync.replicas.",
    { jmx: "kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount" },
  ),
  atMinIsr: gauge(
    "sluice_broker_at_min_isr_partitions",
    "Partitions led here with just as many replicas in sync as min.insync.replicas, and more replicas than that.",
    { jmx: "kafka.server:type=ReplicaManager,name=AtMinIsrPartitionCount" },
  ),
  offlineReplicas: gauge("sluice_broker_offline_replicas", "Replicas here whose log cannot be used.", {
    jmx: "kafka.server:type=ReplicaManager,name=OfflineReplicaCount",
  }),
  isrShrinks: counter(
    "sluice_broker_isr_shrinks_total",
    "Times that replicas left the ISR of a leader here.",
    {
      jmx: "kafka.server:type=ReplicaManager,name=IsrShrinksPerSec",
    },
  ),
  isrExpands: counter(
    "sluice_broker_isr_expands_total",
    "Times that replicas joined the ISR of a leader here.",
    {
      jmx: "kafka.server:type=ReplicaManager,name=IsrExpandsPerSec",
    },
  ),
  failedIsrUpdates: counter(
    "sluice_broker_failed_isr_updates_total",
    "Changes of an ISR that the controller refused.",
    { jmx: "kafka.server:type=ReplicaManager,name=FailedIsrUpdatesPerSec" },
  ),
  reassigning: gauge("sluice_broker_reassigning_partitions", "Partitions led here whose replicas move.", {
    jmx: "kafka.server:type=ReplicaManager,name=ReassigningPartitions",
  }),
  maxLag: gauge(
    "sluice_broker_max_replica_lag_records",
    "The most records that any follower is behind a leader here.",
    { jmx: "kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica" },
  ),
  waiting: gauge("sluice_broker_waiting_requests", "Requests that wait for replicas or for data.", {
    labels: ["operation"],
    jmx: "kafka.server:type=DelayedOperationPurgatory,name=PurgatorySize,delayedOperation=*",
  }),
};

export const storageMetrics = {
  logBytes: gauge("sluice_log_directory_size_bytes", "What the logs in a directory take.", {
    labels: DIRECTORY,
  }),
  totalBytes: gauge("sluice_disk_size_bytes", "The size of the disk under a log directory.", {
    labels: DIRECTORY,
  }),
  freeBytes: gauge("sluice_disk_free_bytes", "What is free on the disk under a log directory.", {
    labels: DIRECTORY,
  }),
  usedBytes: gauge("sluice_disk_used_bytes", "What is used of the disk under a log directory.", {
    labels: DIRECTORY,
  }),
  full: gauge(
    "sluice_log_directory_full",
    "Whether producers are refused because the disk is nearly full.",
    { labels: DIRECTORY },
  ),
  offline: gauge("sluice_log_directory_offline", "Whether a log directory failed.", {
    labels: DIRECTORY,
    jmx: "kafka.log:type=LogManager,name=LogDirectoryOffline,logDirectory=*",
  }),
};

export const groupMetrics = {
  byState: gauge("sluice_groups", "Groups that are coordinated here, by state.", {
    labels: ["state"],
    jmx: "kafka.server:type=group-coordinator-metrics group-count",
  }),
  members: gauge("sluice_group_members", "How many members a group has.", { labels: GROUP }),
  generation: gauge("sluice_group_generation", "How often the members of a group have changed.", {
    labels: GROUP,
  }),
  lagSum: gauge(
    "sluice_group_lag_records",
    "How many records a group is behind in all partitions led here.",
    {
      labels: GROUP,
    },
  ),
  maxLagSeconds: gauge(
    "sluice_group_max_lag_seconds",
    "How long the oldest record that a group has not consumed has been there.",
    { labels: GROUP },
  ),
  committedOffset: gauge("sluice_group_committed_offset", "The offset that a group goes on from.", {
    labels: GROUP_PARTITION,
  }),
  lag: gauge("sluice_group_partition_lag_records", "How many records a group is behind in a partition.", {
    labels: GROUP_PARTITION,
    jmx: "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=* records-lag (of the consumer)",
  }),
  lagSeconds: gauge(
    "sluice_group_partition_lag_seconds",
    "How long the first record of a partition that a group has not consumed has been there.",
    { labels: GROUP_PARTITION },
  ),
  rebalances: counter("sluice_group_rebalances_total", "Rebalances of the groups coordinated here.", {
    jmx: "kafka.server:type=group-coordinator-metrics group-completed-rebalance-count",
  }),
  commits: counter("sluice_group_offset_commits_total", "Offsets that groups committed here.", {
    jmx: "kafka.server:type=group-coordinator-metrics offset-commit-count",
  }),
};

export const quorumMetrics = {
  state: gauge("sluice_quorum_state", "The part that this node takes in the metadata quorum.", {
    labels: ["state"],
    jmx: "kafka.server:type=raft-metrics current-state",
  }),
  leaderId: gauge("sluice_quorum_leader_id", "The node that leads the metadata quorum; -1 for none.", {
    jmx: "kafka.server:type=raft-metrics current-leader",
  }),
  epoch: gauge("sluice_quorum_epoch", "The epoch of the metadata quorum.", {
    jmx: "kafka.server:type=raft-metrics current-epoch",
  }),
  highWatermark: gauge("sluice_quorum_high_watermark", "Where the committed metadata end.", {
    jmx: "kafka.server:type=raft-metrics high-watermark",
  }),
  logEndOffset: gauge("sluice_quorum_log_end_offset", "Where the metadata log ends.", {
    jmx: "kafka.server:type=raft-metrics log-end-offset",
  }),
  appliedOffset: gauge("sluice_quorum_applied_offset", "The last offset of the metadata in force here.", {
    jmx: "kafka.server:type=broker-metadata-metrics last-applied-record-offset",
  }),
  applyLag: gauge("sluice_quorum_apply_lag_records", "Committed metadata that are not in force here yet."),
  applyLagSeconds: gauge(
    "sluice_quorum_apply_lag_seconds",
    "How long metadata have waited to be in force here.",
    {
      jmx: "kafka.server:type=broker-metadata-metrics last-applied-record-lag-ms",
    },
  ),
  elections: counter("sluice_quorum_elections_total", "Changes of the quorum's leader that this node saw.", {
    jmx: "kafka.server:type=raft-metrics (counted from current-epoch)",
  }),
  commit: histogram("sluice_quorum_commit_duration_seconds", "From an append to its commit, on the leader.", {
    jmx: "kafka.server:type=raft-metrics commit-latency-{avg,max}",
  }),
  replicaLag: gauge(
    "sluice_quorum_replica_lag_records",
    "How far a node is behind the leader of the quorum.",
    {
      labels: ["replica", "role"],
    },
  ),
};

export const controllerMetrics = {
  active: gauge("sluice_controller_active", "Whether this node is the active controller.", {
    jmx: "kafka.controller:type=KafkaController,name=ActiveControllerCount",
  }),
  activeBrokers: gauge("sluice_controller_active_brokers", "Brokers that are registered and not fenced.", {
    jmx: "kafka.controller:type=KafkaController,name=ActiveBrokerCount",
  }),
  fencedBrokers: gauge("sluice_controller_fenced_brokers", "Brokers that are registered and fenced.", {
    jmx: "kafka.controller:type=KafkaController,name=FencedBrokerCount",
  }),
  topics: gauge("sluice_controller_topics", "Topics of the cluster.", {
    jmx: "kafka.controller:type=KafkaController,name=GlobalTopicCount",
  }),
  partitions: gauge("sluice_controller_partitions", "Partitions of the cluster.", {
    jmx: "kafka.controller:type=KafkaController,name=GlobalPartitionCount",
  }),
  offlinePartitions: gauge("sluice_controller_offline_partitions", "Partitions without a leader.", {
    jmx: "kafka.controller:type=KafkaController,name=OfflinePartitionsCount",
  }),
  notPreferred: gauge(
    "sluice_controller_not_preferred_leaders",
    "Partitions that another replica leads than the first one.",
    { jmx: "kafka.controller:type=KafkaController,name=PreferredReplicaImbalanceCount" },
  ),
  uncleanElections: counter(
    "sluice_controller_unclean_elections_total",
    "Leaders that were elected from outside the ISR, seen since this node became the active controller.",
    { jmx: "kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec" },
  ),
};

export const httpMetrics = {
  requests: counter(
    "sluice_http_requests_total",
    "HTTP requests that were answered, by the kind of status.",
    {
      labels: ["status"],
    },
  ),
  active: gauge("sluice_http_requests_in_flight", "HTTP requests that are being answered."),
};

export const processMetrics = {
  cpu: counter("process_cpu_seconds_total", "Processor time of user and system."),
  resident: gauge("process_resident_memory_bytes", "Physical memory."),
  startTime: gauge("process_start_time_seconds", "When the node took up service, in seconds since 1970."),
  heapUsed: gauge("sluice_process_heap_used_bytes", "What is used of the heap."),
  heapTotal: gauge("sluice_process_heap_size_bytes", "The size of the heap."),
  external: gauge("sluice_process_external_memory_bytes", "Buffers outside the heap."),
  loopDelay: histogram("sluice_event_loop_delay_seconds", "How late timers of the event loop fire."),
};

/** All metrics in the order of the page. */
export const catalog: readonly Metric[] = [
  nodeMetrics,
  brokerTraffic,
  requestMetrics,
  connectionMetrics,
  replicationMetrics,
  storageMetrics,
  groupMetrics,
  quorumMetrics,
  controllerMetrics,
  httpMetrics,
  processMetrics,
  topicTraffic,
  partitionTraffic,
  partitionMetrics,
].flatMap((part) => Object.values(part) as Metric[]);
