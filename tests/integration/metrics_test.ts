/**
 * Every metric moves when its cause happens. The tables say which cause moves which; a metric of the catalog that is
 * in none of them fails the last test.
 */

import assert from "node:assert/strict";
import { callController } from "../../src/client/admin/call.ts";
import { alterReassignments } from "../../src/client/admin/reassignments.ts";
import { catalog } from "../../src/http/metrics/catalog.ts";
import { findCoordinator } from "../../src/protocol/messages/10_find_coordinator.ts";
import { createTopics } from "../../src/protocol/messages/19_create_topics.ts";
import { deleteRecords } from "../../src/protocol/messages/21_delete_records.ts";
import { batch } from "../harness/batches.ts";
import { type BrokerProcess, startBroker } from "../harness/broker.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";
import { becomes } from "../harness/eventually.ts";
import { GroupMember, subscriptionTo } from "../harness/group_member.ts";
import { moves, Scrape, type Watched } from "../harness/metrics.ts";
import { createTopic, produceTo, tryFetch, tryProduce } from "../harness/requests.ts";
import { hasTinyDisks, withTinyDisk } from "../harness/tiny_disk.ts";
import { WireClient } from "../harness/wire.ts";

/** What happens, and what that moves. */
interface Cause<Surroundings> {
  readonly name: string;
  readonly moves: readonly Watched[];
  happen(where: Surroundings): Promise<unknown>;
}

interface Single {
  readonly broker: BrokerProcess;
  readonly wire: WireClient;
}

const T = { topic: "t" };
const T0 = { topic: "t", partition: "0" };
const G = { group: "g" };
const G0 = { group: "g", topic: "t", partition: "0" };

const traffic = (kind: string): Watched[] => [
  [`sluice_broker_${kind}_total`],
  [`sluice_topic_${kind}_total`, T],
  [`sluice_partition_${kind}_total`, T0],
];
const phases = ["queue", "local", "remote", "response_queue", "send"].map((phase): Watched => [
  "sluice_request_phase_duration_seconds_count",
  { api: "Produce", phase },
]);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const onOneNode: readonly Cause<Single>[] = [
  {
    name: "a topic is created",
    moves: [
      ["sluice_broker_partitions"],
      ["sluice_broker_leaders"],
      ["sluice_partition_leader", T0],
      ["sluice_partition_leader_epoch", T0],
      ["sluice_partition_replicas", T0],
      ["sluice_partition_in_sync_replicas", T0],
      ["sluice_quorum_high_watermark"],
      ["sluice_quorum_log_end_offset"],
      ["sluice_quorum_applied_offset"],
      ["sluice_quorum_commit_duration_seconds_count"],
      ["sluice_controller_topics"],
      ["sluice_controller_partitions"],
    ],
    happen: ({ wire }) => createTopic(wire, "t", { configs: { "segment.bytes": "1048576" } }),
  },
  {
    name: "records are produced",
    moves: [
      ...traffic("bytes_in"),
      ...traffic("records_in"),
      ...traffic("produce_requests"),
      ["sluice_requests_total", { api: "Produce" }],
      ["sluice_request_bytes_total", { api: "Produce" }],
      ["sluice_response_bytes_total", { api: "Produce" }],
      ["sluice_request_duration_seconds_count", { api: "Produce" }],
      ["sluice_request_duration_seconds_sum", { api: "Produce" }],
      ...phases,
      ["sluice_partition_high_watermark", T0],
      ["sluice_partition_last_stable_offset", T0],
      ["sluice_partition_log_end_offset", T0],
      ["sluice_partition_log_size_bytes", T0],
      ["sluice_log_directory_size_bytes"],
    ],
    happen: ({ wire }) => produceTo(wire, { topic: "t" }, batch(["a", "b", "c"])),
  },
  {
    name: "more than a segment is produced",
    moves: [["sluice_partition_log_segments", T0], ["sluice_disk_used_bytes"], ["sluice_disk_free_bytes"]],
    async happen({ wire }) {
      for (let sent = 0; sent < 4; sent++) {
        await produceTo(wire, { topic: "t" }, batch([{ value: new Uint8Array(500_000) }]));
      }
    },
  },
  {
    name: "an append is refused",
    moves: [
      ...traffic("failed_produce_requests"),
      ["sluice_request_errors_total", { api: "Produce", error: "INVALID_RECORD" }],
    ],
    happen: ({ wire }) => tryProduce(wire, { topic: "t" }, new Uint8Array(0)),
  },
  {
    name: "records are read",
    moves: [...traffic("bytes_out"), ...traffic("records_out"), ...traffic("fetch_requests")],
    happen: ({ wire }) => tryFetch(wire, { topic: "t" }, 0),
  },
  {
    name: "a read is refused",
    moves: [
      ...traffic("failed_fetch_requests"),
      ["sluice_request_errors_total", { api: "Fetch", error: "OFFSET_OUT_OF_RANGE" }],
    ],
    happen: ({ wire }) => tryFetch(wire, { topic: "t" }, 1_000_000),
  },
  {
    name: "records are deleted",
    moves: [["sluice_partition_log_start_offset", T0]],
    happen: ({ wire }) =>
      wire.send(deleteRecords, 2, {
        topics: [{ name: "t", partitions: [{ partitionIndex: 0, offset: 2 }] }],
        timeoutMs: 5_000,
      }),
  },
  {
    name: "a group forms and commits",
    moves: [
      ["sluice_groups", { state: "Stable" }],
      ["sluice_group_members", G],
      ["sluice_group_generation", G],
      ["sluice_group_rebalances_total"],
      ["sluice_group_offset_commits_total"],
      ["sluice_group_committed_offset", G0],
      ["sluice_group_lag_records", G],
      ["sluice_group_partition_lag_records", G0],
      ["sluice_group_partition_lag_seconds", G0],
      ["sluice_group_max_lag_seconds", G],
    ],
    async happen({ broker }) {
      using member = await GroupMember.connect(broker.address, "g");
      await member.enter({ protocols: [{ name: "range", metadata: subscriptionTo("t") }] });
      assert.deepEqual(await member.commit("t", { 0: 5 }), ["NONE"]);
    },
  },
  {
    name: "the group falls behind",
    moves: [
      ["sluice_group_lag_records", G],
      ["sluice_group_partition_lag_records", G0],
      ["sluice_group_partition_lag_seconds", G0],
    ],
    happen: ({ wire }) => produceTo(wire, { topic: "t" }, batch(["d", "e"])),
  },
  {
    name: "time passes while the group is behind",
    moves: [["sluice_group_partition_lag_seconds", G0], ["sluice_group_max_lag_seconds", G]],
    happen: () => sleep(20),
  },
  {
    name: "a fetch waits",
    moves: [["sluice_broker_waiting_requests", { operation: "Fetch" }]],
    async happen({ broker }) {
      const wire = await WireClient.connect(broker.address);
      const end = await Scrape.of(broker.httpUrl);
      const offset = end.value("sluice_partition_log_end_offset", T0)!;
      void tryFetch(wire, { topic: "t" }, offset, { maxWaitMs: 60_000 }).catch(() => {});
    },
  },
  {
    name: "clients connect",
    moves: [["sluice_connections"], ["sluice_connections_opened_total"]],
    happen: ({ broker }) => WireClient.connect(broker.address),
  },
  {
    name: "a client sends nonsense",
    moves: [["sluice_protocol_errors_total"]],
    async happen({ broker }) {
      using wire = await WireClient.connect(broker.address);
      await wire.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
      await wire.isClosedByBroker();
    },
  },
  {
    name: "too many clients connect",
    moves: [["sluice_connections_refused_total"]],
    async happen({ broker }) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => WireClient.connect(broker.address)));
      await sleep(50);
      for (const client of clients) client.close();
    },
  },
  {
    name: "there are more partitions than have metrics of their own",
    moves: [["sluice_metrics_left_out", { kind: "partition" }]],
    happen: ({ wire }) => createTopic(wire, "many", { partitions: 100 }),
  },
  {
    name: "HTTP requests are answered and refused",
    moves: [
      ["sluice_http_requests_total", { status: "2xx" }],
      ["sluice_http_requests_total", { status: "4xx" }],
    ],
    happen: ({ broker }) =>
      fetch(`${broker.httpUrl}/no/such/thing`).then((response) => response.body?.cancel()),
  },
  {
    name: "the process works",
    moves: [
      ["process_cpu_seconds_total"],
      ["process_resident_memory_bytes"],
      ["sluice_process_heap_used_bytes"],
      ["sluice_event_loop_delay_seconds_count"],
    ],
    happen: ({ wire }) => produceTo(wire, { topic: "t" }, batch([{ value: new Uint8Array(900_000) }])),
  },
];

Deno.test({
  name: "metrics: what happens on one node moves them",
  sanitizeOps: false,
  sanitizeResources: false,
}, async (test) => {
  await using broker = await startBroker({
    http: "127.0.0.1:0",
    configs: { "max.connections": 16, "metrics.max.partitions": 100 },
  });
  using wire = await WireClient.connect(broker.address);
  for (const { name, moves: watched, happen } of onOneNode) {
    await test.step(name, () => moves(broker.httpUrl, watched, () => happen({ broker, wire })));
  }
});

Deno.test({
  name: "metrics: a disk that is nearly full",
  ignore: !hasTinyDisks,
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await withTinyDisk(40_000_000, async (dataDir) => {
    await using broker = await startBroker({ dataDir, http: "127.0.0.1:0" });
    using wire = await WireClient.connect(broker.address);
    await createTopic(wire, "t");
    await moves(broker.httpUrl, onTinyDisk, async () => {
      for (let sent = 0; sent < 60; sent++) {
        const { errorCode } = await tryProduce(wire, { topic: "t" }, batch([{ value: new Uint8Array(1e6) }]));
        if (errorCode !== 0) break;
      }
    });
    const health = await fetch(`${broker.httpUrl}/health/ready`);
    assert.equal(health.status, 503, "producers would be refused");
    assert.match(await health.text(), /disk-space/);
  });
});
const onTinyDisk: readonly Watched[] = [
  ["sluice_log_directory_full"],
  ["sluice_node_check_up", { check: "disk-space" }],
];

Deno.test("metrics: a log whose directory is gone", async () => {
  await using broker = await startBroker({ http: "127.0.0.1:0" });
  using wire = await WireClient.connect(broker.address);
  await createTopic(wire, "t", { configs: { "segment.bytes": "1048576" } });
  await moves(broker.httpUrl, onFailedDisk, async () => {
    Deno.removeSync(`${broker.dataDir}/t-0`, { recursive: true });
    const large = () => batch([{ value: new Uint8Array(600_000) }]);
    for (let sent = 0; sent < 3; sent++) await tryProduce(wire, { topic: "t" }, large());
  });
});
const onFailedDisk: readonly Watched[] = [
  ["sluice_log_directory_offline"],
  ["sluice_broker_offline_replicas"],
];

/** The node whose metrics are looked at is the first: it leads the topic and, as a rule, the quorum. */
const onCluster: readonly Cause<TestCluster>[] = [
  {
    name: "a topic is replicated",
    moves: [...traffic("replication_bytes_out"), ["sluice_partition_replica_lag_records", T0]],
    async happen(nodes) {
      await createOn(nodes, "t", [1, 2, 3]);
      await produceOn(nodes, 1, "t", ["a"]);
    },
  },
  {
    name: "a topic is followed",
    moves: [
      ["sluice_broker_replication_bytes_in_total"],
      ["sluice_topic_replication_bytes_in_total", { topic: "followed" }],
      ["sluice_partition_replication_bytes_in_total", { topic: "followed", partition: "0" }],
    ],
    async happen(nodes) {
      await createOn(nodes, "followed", [2, 1]);
      await produceOn(nodes, 2, "followed", ["a"]);
    },
  },
  {
    name: "topics that only one other node has, or that it leads",
    moves: [["sluice_controller_partitions"]],
    happen: async (nodes) => {
      await createOn(nodes, "alone", [3]);
      await createOn(nodes, "preferred", [3, 1]);
      await createOn(nodes, "enough", [1, 2, 3], { "min.insync.replicas": "2" });
      await createOn(nodes, "moving", [1]);
    },
  },
  {
    name: "a follower hangs",
    moves: [
      ["sluice_broker_under_replicated_partitions"],
      ["sluice_broker_under_min_isr_partitions"],
      ["sluice_broker_at_min_isr_partitions"],
      ["sluice_broker_isr_shrinks_total"],
      ["sluice_broker_max_replica_lag_records"],
      ["sluice_partition_under_replicated", T0],
      ["sluice_partition_under_min_isr", T0],
      ["sluice_partition_in_sync_replicas", T0],
      ["sluice_controller_fenced_brokers"],
      ["sluice_controller_active_brokers"],
      ["sluice_controller_offline_partitions"],
      ["sluice_controller_not_preferred_leaders"],
      ["sluice_quorum_replica_lag_records", { replica: "3" }],
    ],
    async happen(nodes) {
      nodes.pause(3);
      await produceOn(nodes, 1, "t", ["b"]);
    },
  },
  {
    name: "a partition moves to a broker that hangs",
    moves: [["sluice_broker_reassigning_partitions"]],
    happen: (nodes) =>
      alterReassignments(nodes.client(), [{ topic: "moving", partition: 0, replicas: [1, 3] }]),
  },
  {
    name: "a producer waits for it",
    moves: [["sluice_broker_waiting_requests", { operation: "Produce" }]],
    async happen(nodes) {
      await createOn(nodes, "waits", [1, 2], { "min.insync.replicas": "1" });
      nodes.pause(2);
      const wire = await nodes.connect(1);
      void tryProduce(wire, { topic: "waits" }, batch(["c"]), { timeoutMs: 60_000 }).catch(() => {});
    },
  },
  {
    name: "the followers go on",
    moves: [
      ["sluice_broker_isr_expands_total"],
      ["sluice_broker_under_replicated_partitions"],
      ["sluice_partition_in_sync_replicas", T0],
    ],
    happen(nodes) {
      nodes.resume(2);
      nodes.resume(3);
      return Promise.resolve();
    },
  },
  {
    name: "a follower that was away may not catch up at once",
    moves: [
      ["sluice_throttled_transfers_total", { quota: "leader_replication" }],
      ["sluice_throttled_bytes_total", { quota: "leader_replication" }],
    ],
    async happen(nodes) {
      await createOn(nodes, "throttled", [1, 3], { "leader.replication.throttled.replicas": "*" });
      await nodes.kill(3);
      const client = nodes.client();
      // A follower in sync is not throttled, for others wait for it.
      await becomes(async () => {
        await client.refresh(["throttled"]);
        return client.known("throttled")?.partitions[0]?.isr.join();
      }, "1");
      using wire = await nodes.connect(1);
      // More than one fetch takes, for the first is let through whatever it takes.
      for (let sent = 0; sent < 4; sent++) {
        const records = batch([{ value: new Uint8Array(900_000) }]);
        await produceTo(wire, { topic: "throttled" }, records, { acks: 1 });
      }
      await nodes.start(3);
    },
  },
  {
    name: "a replica leads that was not in sync",
    moves: [["sluice_controller_unclean_elections_total"]],
    async happen(nodes) {
      const client = nodes.client();
      await createOn(nodes, "unclean", [3, 2], { "unclean.leader.election.enable": "true" });
      await nodes.kill(2);
      await becomes(async () => {
        await client.refresh(["unclean"]);
        return client.known("unclean")?.partitions[0]?.isr.join();
      }, "3");
      await nodes.kill(3);
      await nodes.start(2);
    },
  },
];

/** Produces to the leader, which may hear of its topic a little later than others. */
async function produceOn(
  nodes: TestCluster,
  id: number,
  topic: string,
  values: readonly string[],
): Promise<void> {
  using wire = await nodes.connect(id);
  await becomes(async () => (await tryProduce(wire, { topic }, batch(values), { acks: 1 })).errorCode, 0);
}

async function createOn(
  nodes: TestCluster,
  name: string,
  replicas: readonly number[],
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const client = nodes.client();
  const settings = { "min.insync.replicas": name === "t" ? "3" : "1", ...configs };
  const request = {
    topics: [{
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: [{ partitionIndex: 0, brokerIds: replicas }],
      configs: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
    }],
    timeoutMs: 10_000,
    validateOnly: false,
  };
  const codesOf = (response: { topics: { errorCode: number }[] }) =>
    response.topics.map((one) => one.errorCode);
  const { topics } = await callController(client, createTopics, request, codesOf);
  assert.equal(topics[0]?.errorCode, 0);
  await client.topic(name);
}

Deno.test({
  name: "metrics: what happens in a cluster moves them",
  sanitizeOps: false,
  sanitizeResources: false,
}, async (test) => {
  await using nodes = await startCluster({
    form: "controllers",
    voters: 1,
    node: () => ({ http: "127.0.0.1:0" }),
    configs: {
      "replica.lag.time.max.ms": 1_500,
      "broker.session.timeout.ms": 4_000,
      "leader.replication.throttled.rate": 10_000,
    },
  });
  const { httpUrl } = nodes.node(1);
  for (const { name, moves: watched, happen } of onCluster) {
    await test.step(name, () => moves(httpUrl, watched, () => happen(nodes)));
  }
});

/** The metrics of those who see a leader of the quorum die. */
const onNewLeader: readonly Watched[] = [
  ["sluice_quorum_leader_id"],
  ["sluice_quorum_epoch"],
  ["sluice_quorum_elections_total"],
];
/** And of the one that takes its place. */
const onBecomingLeader: readonly Watched[] = [
  ["sluice_controller_active"],
  ["sluice_quorum_state", { state: "leader" }],
];

Deno.test(
  { name: "metrics: another leader of the quorum", sanitizeOps: false, sanitizeResources: false },
  async () => {
    await using nodes = await startCluster({ form: "controllers", node: () => ({ http: "127.0.0.1:0" }) });
    const first = await Scrape.of(nodes.node(1).httpUrl);
    const leader = first.value("sluice_quorum_leader_id")!;
    const others = nodes.ids.filter((id) => id !== leader).map((id) => nodes.node(id).httpUrl);
    const killed = Promise.withResolvers<void>();
    const seen = Promise.all(others.map((httpUrl) => moves(httpUrl, onNewLeader, () => killed.promise)));
    const taken = Promise.any(
      others.map((httpUrl) => moves(httpUrl, onBecomingLeader, () => killed.promise)),
    );
    await sleep(200);
    await nodes.kill(leader);
    killed.resolve();
    await Promise.all([seen, taken]);
  },
);

Deno.test({
  name: "metrics: the lag of a group whose coordinator has no replica of what it reads",
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using nodes = await startCluster({
    nodes: 2,
    form: "controllers",
    voters: 1,
    node: () => ({ http: "127.0.0.1:0" }),
    configs: { "offsets.topic.num.partitions": 1, "offsets.topic.replication.factor": 1 },
  });
  for (const id of nodes.ids) {
    await createOn(nodes, `on-${id}`, [id]);
    await produceOn(nodes, id, `on-${id}`, ["a", "b"]);
  }
  const commit = async (id: number) => {
    using member = new GroupMember(await nodes.connect(id), "g");
    const codes = await Promise.all(["on-1", "on-2"].map((topic) => member.commit(topic, { 0: 0 })));
    return codes.join();
  };
  using finder = new GroupMember(await nodes.connect(1), "g");
  await finder.wire.send(findCoordinator, 4, { keyType: 0, coordinatorKeys: ["g"] });
  await becomes(async () => (await Promise.all(nodes.ids.map(commit))).includes("NONE,NONE"), true);
  const lags = async () => {
    const pages = await Promise.all(nodes.ids.map((id) => Scrape.of(nodes.node(id).httpUrl)));
    const lagOf = (topic: string) =>
      pages.map((page) => page.value("sluice_group_partition_lag_records", { group: "g", topic }) ?? 0)
        .reduce((sum, lag) => sum + lag);
    return `${lagOf("on-1")} ${lagOf("on-2")}`;
  };
  await becomes(lags, "2 2");
});

/** What nothing in these tests can move, and why. */
const unmoved: Readonly<Record<string, string>> = {
  sluice_node_info: "it is always 1",
  process_start_time_seconds: "it never changes",
  sluice_http_requests_in_flight: "whoever looks is the one that is answered",
  sluice_disk_size_bytes: "disks do not grow",
  sluice_quorum_apply_lag_records:
    "metadata are in force in the turn in which they are committed (unit tests)",
  sluice_quorum_apply_lag_seconds: "the same",
  sluice_broker_failed_isr_updates_total:
    "only a race makes a controller refuse: see the tests of the ISR manager",
  sluice_process_heap_size_bytes: "the runtime decides",
  sluice_process_external_memory_bytes: "the runtime decides",
};

Deno.test("metrics: every one of the catalog has a cause above, or a reason for none", () => {
  const moved = new Set(
    [...onOneNode, ...onCluster].flatMap((one) => one.moves)
      .concat(onTinyDisk, onFailedDisk, onNewLeader, onBecomingLeader)
      .map(([name]) => name.replace(/_(count|sum|bucket)$/, "")),
  );
  const missing = catalog.map(({ name }) => name).filter((name) => !moved.has(name) && !(name in unmoved));
  assert.deepEqual(missing, []);
});
