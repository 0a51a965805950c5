/**
 * Apache Kafka's own command line tools and AdminClient administer a cluster: the quorum, reassignments (KIP-455,
 * KIP-73), leader elections (KIP-460), configs and directories. Needs a JDK and Maven that can resolve Kafka's jars;
 * without them this test is skipped. Four nodes: 1, 2 and 3 vote, 4 is only a broker.
 */

import assert from "node:assert/strict";
import { batch } from "../harness/batches.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";
import { eventually } from "../harness/cluster_state.ts";
import { temporaryDirectory } from "../harness/broker.ts";
import { produceTo, readAll } from "../harness/requests.ts";
import { type KafkaAdmin, startKafkaAdmin } from "./tools/kafka_admin.ts";

const directory = temporaryDirectory();
const VALUES = Array.from({ length: 200 }, (_, index) => `${index} ${"x".repeat(1000)}`);

type Plan = Readonly<Record<number, readonly number[]>>;

/** A file as kafka-reassign-partitions takes it. */
function planFile(topic: string, plan: Plan): string {
  const partitions = Object.entries(plan).map(([partition, replicas]) => ({
    topic,
    partition: Number(partition),
    replicas,
  }));
  const path = `${directory}/${topic}.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ version: 1, partitions }));
  return path;
}

function topicNamed(topic: string): string[] {
  return ["--entity-type", "topics", "--entity-name", topic];
}

/** Writes to the leader of a partition, wherever it is. */
async function fill(nodes: TestCluster, kafka: KafkaAdmin, topic: string): Promise<void> {
  const [partition] = await kafka.admin.describeTopic({ topic });
  using wire = await nodes.connect(partition!.leader);
  for (const value of VALUES) await produceTo(wire, { topic }, batch([value]));
}

async function contents(nodes: TestCluster, kafka: KafkaAdmin, topic: string): Promise<string[]> {
  const [partition] = await kafka.admin.describeTopic({ topic });
  using wire = await nodes.connect(partition!.leader);
  return (await readAll(wire, { topic })).map(({ value }) => new TextDecoder().decode(value!));
}

async function quorum(_nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  const status = await kafka.done("kafka-metadata-quorum", "describe", "--status");
  const { leaderId, leaderEpoch, voters, observers, nodes } = await kafka.admin.describeQuorum({});
  assert.match(status, new RegExp(`^LeaderId: +${leaderId}$`, "m"));
  assert.match(status, new RegExp(`^LeaderEpoch: +${leaderEpoch}$`, "m"));
  assert.match(status, /^CurrentVoters: .*"id": 1, .*"id": 2, .*"id": 3, .*CONTROLLER:\/\/127\.0\.0\.1:/m);
  assert.deepEqual(voters.map((one) => one.id).sort(), [1, 2, 3]);
  assert.deepEqual(observers.map((one) => one.id), [4]);
  assert.deepEqual(nodes.toSorted(), [1, 2, 3]);
  const replication = await kafka.done("kafka-metadata-quorum", "describe", "--replication");
  const roles = replication.split("\n").map((line) => line.split("\t")).filter(([id]) => /^\d/.test(id!))
    .map(([id, , , , , , role]) => `${id!.trim()} ${role!.trim()}`).sort();
  const expected = [1, 2, 3, 4].map((id) =>
    `${id} ${id === leaderId ? "Leader" : id === 4 ? "Observer" : "Follower"}`
  );
  assert.deepEqual(roles, expected);
}

async function describesTheCluster(_nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  const { clusterId, brokers } = await kafka.admin.describeCluster({});
  assert.match(await kafka.done("kafka-cluster", "cluster-id"), new RegExp(`Cluster ID: ${clusterId}`));
  assert.deepEqual(brokers.map(({ id, rack, isFenced }) => [id, rack, isFenced]).sort(), [
    [1, "r1", false],
    [2, "r2", false],
    [3, "r3", false],
    [4, "r1", false],
  ]);
  const endpoints = await kafka.done("kafka-cluster", "list-endpoints", "--include-fenced-brokers");
  assert.equal(endpoints.match(/unfenced/g)?.length, 4, endpoints);
  const versions = await kafka.done("kafka-broker-api-versions");
  assert.equal(versions.match(/AlterPartitionReassignments\(45\): 0 to 1/g)?.length, 4);
  assert.match(await kafka.done("kafka-features", "describe"), /metadata\.version/);
}

async function topics(_nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  const create = ["--create", "--topic", "spread", "--partitions", "6", "--replication-factor", "3"];
  await kafka.done("kafka-topics", ...create, "--config", "min.insync.replicas=2");
  const described = await kafka.done("kafka-topics", "--describe", "--topic", "spread");
  assert.match(described, /PartitionCount: 6\s+ReplicationFactor: 3\s+Configs: .*min\.insync\.replicas=2/);
  for (const { leader, replicas, isr } of await kafka.admin.describeTopic({ topic: "spread" })) {
    assert.equal(leader, replicas[0]);
    assert.deepEqual(isr.toSorted(), replicas.toSorted());
    assert.ok(!(replicas.includes(1) && replicas.includes(4)), "replicas are on three racks (KIP-36)");
  }
  assert.equal(await kafka.done("kafka-topics", "--describe", "--under-replicated-partitions"), "");
  assert.equal(await kafka.done("kafka-topics", "--describe", "--unavailable-partitions"), "");
}

async function configs(_nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  const brokers = ["--entity-type", "brokers"];
  await kafka.done(
    "kafka-configs",
    "--alter",
    ...brokers,
    "--entity-name",
    "2",
    "--add-config",
    "log.cleaner.threads=2",
  );
  await kafka.done(
    "kafka-configs",
    "--alter",
    ...brokers,
    "--entity-default",
    "--add-config",
    "log.segment.bytes=1048576",
  );
  const described = await kafka.done("kafka-configs", "--describe", ...brokers, "--entity-name", "2");
  assert.match(described, /log\.cleaner\.threads=2 .*DYNAMIC_BROKER_CONFIG/);
  await eventually(async () => {
    const { value, source } = await kafka.admin.brokerConfig({ broker: "3", name: "log.segment.bytes" });
    assert.deepEqual([value, source], ["1048576", "DYNAMIC_DEFAULT_BROKER_CONFIG"]);
  });
}

async function reassign(nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  await kafka.done("kafka-topics", "--create", "--topic", "moved", "--replica-assignment", "1:2:3");
  await fill(nodes, kafka, "moved");
  const file = planFile("moved", { 0: [4, 3, 2] });
  const plan = ["--reassignment-json-file", file];
  const begun = await kafka.done("kafka-reassign-partitions", ...plan, "--execute", "--throttle", "50000000");
  assert.match(begun, /Successfully started partition reassignment for moved-0/);
  const limits = await kafka.done("kafka-configs", "--describe", ...topicNamed("moved"));
  assert.match(limits, /leader\.replication\.throttled\.replicas=0:1,0:2,0:3/);
  assert.match(limits, /follower\.replication\.throttled\.replicas=0:4/);
  await eventually(async () => {
    const verified = await kafka.done("kafka-reassign-partitions", ...plan, "--verify");
    assert.match(verified, /Reassignment of partition moved-0 is completed\./);
    assert.match(verified, /Clearing broker-level throttles on brokers 1,2,3,4/);
  });
  const [partition] = await kafka.admin.describeTopic({ topic: "moved" });
  assert.deepEqual(partition!.replicas, [4, 3, 2]);
  await eventually(async () => {
    const sizes = await kafka.admin.replicaBytes({ topic: "moved", partition: 0 });
    assert.deepEqual(Object.keys(sizes), ["2", "3", "4"], "broker 1 has removed its replica");
    assert.equal(new Set(Object.values(sizes)).size, 1, "all replicas have the same size");
    assert.ok(sizes["4"]! > VALUES.length * 1000);
  });
  assert.deepEqual(await contents(nodes, kafka, "moved"), VALUES);
  const dirs = await kafka.done("kafka-log-dirs", "--describe", "--topic-list", "moved");
  assert.equal(dirs.match(/"partition":"moved-0"/g)?.length, 3);
  const throttles = await kafka.done(
    "kafka-configs",
    "--describe",
    "--entity-type",
    "topics",
    "--entity-name",
    "moved",
  );
  assert.doesNotMatch(throttles, /throttled/);
}

/** A replica that cannot come: its broker is down. kafka-reassign-partitions would not begin that. */
async function cancel(nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  await kafka.done("kafka-topics", "--create", "--topic", "stays", "--replica-assignment", "1:2");
  await fill(nodes, kafka, "stays");
  await nodes.kill(4);
  await eventually(async () => {
    const { brokers } = await kafka.admin.describeCluster({});
    assert.equal(brokers.find((one) => one.id === 4)?.isFenced, true);
  });
  const plan = ["--reassignment-json-file", planFile("stays", { 0: [1, 4] })];
  await kafka.admin.reassign({ topic: "stays", partition: 0, replicas: [1, 4] });
  assert.match(
    await kafka.done("kafka-reassign-partitions", "--list"),
    /stays-0: replicas: [\d,]+\. adding: 4\. removing: 2\./,
  );
  assert.deepEqual(await kafka.admin.reassignments({}), {
    "stays-0": { replicas: [1, 4, 2], adding: [4], removing: [2] },
  });
  const verified = await kafka.done("kafka-reassign-partitions", ...plan, "--verify", "--preserve-throttles");
  assert.match(verified, /Reassignment of partition stays-0 is still in progress/);
  const cancelled = await kafka.done(
    "kafka-reassign-partitions",
    ...plan,
    "--cancel",
    "--preserve-throttles",
  );
  assert.match(cancelled, /Successfully cancelled partition reassignment for: stays-0/);
  const [partition] = await kafka.admin.describeTopic({ topic: "stays" });
  assert.deepEqual(partition!.replicas, [1, 2]);
  assert.deepEqual(await kafka.admin.reassignments({}), {});
  await assert.rejects(
    () => kafka.admin.reassign({ topic: "stays", partition: 0, replicas: null }),
    /NoReassignmentInProgress/,
  );
  await assert.rejects(
    () => kafka.admin.reassign({ topic: "stays", partition: 0, replicas: [1, 77] }),
    /InvalidReplicaAssignment/,
  );
  assert.deepEqual(await contents(nodes, kafka, "stays"), VALUES);
  await nodes.start(4);
}

async function elections(nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  await kafka.done("kafka-topics", "--create", "--topic", "led", "--replica-assignment", "2:3");
  await kafka.admin.reassign({ topic: "led", partition: 0, replicas: [3, 2] });
  const leader = async () => (await kafka.admin.describeTopic({ topic: "led" }))[0]!.leader;
  const preferred = ["--election-type", "preferred", "--topic", "led", "--partition", "0"];
  const said = await kafka.done("kafka-leader-election", ...preferred);
  assert.match(said, /Successfully completed leader election \(PREFERRED\) for partitions led-0/);
  await eventually(async () => assert.equal(await leader(), 3));
  assert.match(await kafka.done("kafka-leader-election", ...preferred), /Valid replica already elected/);

  await kafka.done("kafka-topics", "--create", "--topic", "risky", "--replica-assignment", "4:3");
  await fill(nodes, kafka, "risky");
  await nodes.kill(3);
  await eventually(async () => {
    assert.deepEqual((await kafka.admin.describeTopic({ topic: "risky" }))[0]!.isr, [4]);
  });
  {
    using wire = await nodes.connect(4);
    await produceTo(wire, { topic: "risky" }, batch(["only on 4"]), { acks: 1 });
  }
  await nodes.kill(4);
  await nodes.start(3);
  await eventually(async () => {
    const [risky] = await kafka.admin.describeTopic({ topic: "risky" });
    assert.equal(risky!.leader, -1, "a replica that may lack acknowledged records does not lead by itself");
  });
  const unavailable = await kafka.done("kafka-topics", "--describe", "--unavailable-partitions");
  assert.match(unavailable, /Topic: risky\s+Partition: 0\s+Leader: none/);
  assert.deepEqual(
    await kafka.admin.electLeaders({ topic: "risky", partition: 0, type: "PREFERRED" }),
    { "risky-0": "PreferredLeaderNotAvailableException" },
  );
  const unclean = ["--election-type", "unclean", "--topic", "risky", "--partition", "0"];
  await kafka.done("kafka-leader-election", ...unclean);
  await eventually(async () => {
    assert.equal((await kafka.admin.describeTopic({ topic: "risky" }))[0]!.leader, 3);
  });
  await eventually(async () => {
    assert.deepEqual(await contents(nodes, kafka, "risky"), VALUES, "what only the other had is lost");
  });
  await nodes.start(4);
  await eventually(async () => {
    const [risky] = await kafka.admin.describeTopic({ topic: "risky" });
    assert.deepEqual(risky!.isr.toSorted(), [3, 4], "the old leader has cut off what nobody else has");
  });
  await eventually(async () => assert.deepEqual(await contents(nodes, kafka, "risky"), VALUES));
}

async function removeController(nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  const { voters, leaderId } = await kafka.admin.describeQuorum({});
  const gone = voters.find((one) => one.id !== leaderId)!;
  const words = ["--controller-id", String(gone.id), "--controller-directory-id", gone.directoryId];
  await kafka.done("kafka-metadata-quorum", "remove-controller", ...words);
  const ids = async () => (await kafka.admin.describeQuorum({})).voters.map((one) => one.id);
  await eventually(async () => assert.ok(!(await ids()).includes(gone.id)));
  assert.equal(nodes.isRunning(gone.id), true);
}

async function unregister(nodes: TestCluster, kafka: KafkaAdmin): Promise<void> {
  await nodes.stop(4);
  await kafka.done("kafka-cluster", "unregister", "--id", "4");
  await eventually(async () => {
    const { brokers } = await kafka.admin.describeCluster({});
    assert.deepEqual(brokers.map((one) => one.id).sort(), [1, 2, 3]);
  });
  await assert.rejects(() => kafka.admin.unregisterBroker({ broker: 4 }), /BrokerIdNotRegistered/);
}

const steps = {
  "the quorum": quorum,
  "brokers, features and versions": describesTheCluster,
  topics,
  configs,
  "a reassignment, throttled": reassign,
  "a reassignment that is taken back": cancel,
  "leader elections": elections,
  "a controller loses its vote": removeController,
  "a broker is unregistered": unregister,
} as const;

Deno.test({
  name: "interop: Kafka's own tools administer a cluster",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async (t) => {
    await using nodes = await startCluster({
      form: "controllers",
      nodes: 4,
      voters: 3,
      // Moves are asked for here, and nobody else may make any.
      configs: { "auto.leader.rebalance.enable": false },
      node: (id) => ({ args: ["--rack", id === 4 ? "r1" : `r${id}`] }),
    });
    await using kafka = await startKafkaAdmin(nodes.bootstrap);
    if (kafka === null) return;
    for (const [name, step] of Object.entries(steps)) {
      // What a step leaves half done would make the next ones fail, too.
      if (!await t.step(name, () => step(nodes, kafka))) break;
    }
  },
});
