/** The commands that look after a cluster, against one: what they do, what they say, how they end. */

import assert from "node:assert/strict";
import { describeConfigs, ResourceType } from "../../src/client/admin/configs.ts";
import { describeLogDirs } from "../../src/client/admin/cluster.ts";
import type { ClusterOverview } from "../../src/client/admin/overview.ts";
import { listTopics } from "../../src/client/admin/topics.ts";
import { batch } from "../harness/batches.ts";
import { temporaryDirectory } from "../harness/broker.ts";
import { eventually, overviewOf } from "../harness/cluster_state.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";
import { type CommandResult, runCommand } from "../harness/command.ts";
import { produceTo, readAll } from "../harness/requests.ts";

function cluster(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `cluster commands: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

function run(nodes: TestCluster, words: string, isTerminal = false): Promise<CommandResult> {
  return runCommand([...words.split(" "), "-b", nodes.bootstrap], { isTerminal });
}

/** What is left of bold and coloured text. */
function withoutStyle(text: string): string {
  return text.split("\u001b").map((part, index) => index === 0 ? part : part.replace(/^\[\d+m/, "")).join("");
}

/** Runs a command that must do well and gives what it prints. */
async function done(nodes: TestCluster, words: string): Promise<string> {
  const { code, stdout, stderr } = await run(nodes, words);
  assert.equal(code, 0, `${words}: ${stderr}`);
  return stdout;
}

/** Where the replicas of a topic's partitions are, as "1,2 3,1". */
async function replicasOf(nodes: TestCluster, topic: string): Promise<string> {
  const [found] = await listTopics(nodes.client(), [topic]);
  return found!.partitions.map((one) => one.replicas.join()).join(" ");
}

async function leadersOf(nodes: TestCluster, topic: string): Promise<string> {
  const [found] = await listTopics(nodes.client(), [topic]);
  return found!.partitions.map((one) => one.leaderId).join(" ");
}

async function fill(nodes: TestCluster, topic: string, count = 50): Promise<string[]> {
  const [found] = await listTopics(nodes.client(), [topic]);
  using wire = await nodes.connect(found!.partitions[0]!.leaderId);
  const values = Array.from({ length: count }, (_, index) => `${index} ${"x".repeat(2000)}`);
  for (const value of values) await produceTo(wire, { topic }, batch([value]));
  return values;
}

async function contents(nodes: TestCluster, topic: string): Promise<string[]> {
  const [found] = await listTopics(nodes.client(), [topic]);
  using wire = await nodes.connect(found!.partitions[0]!.leaderId);
  return (await readAll(wire, { topic })).map(({ value }) => new TextDecoder().decode(value!));
}

/** The configs of a topic that throttle its moves. */
async function throttlesOf(nodes: TestCluster, topic: string): Promise<string[]> {
  const configs = await describeConfigs(nodes.client(), { type: ResourceType.TOPIC, name: topic });
  return configs.filter(({ name, source }) => name.includes("throttled") && source === "topic")
    .map(({ name, value }) => `${name}=${value}`);
}

/** Nothing moves by itself while tests move things. */
const STILL = { "auto.leader.rebalance.enable": false, "rebalance.mode": "off" };

cluster("status shows everything, for people, pipes and programs", async () => {
  await using nodes = await startCluster({ node: (id) => ({ args: ["--rack", `rack-${id}`] }) });
  await done(nodes, "topic create orders -p 3 -r 3");
  const { clusterId, quorum } = await overviewOf(nodes);
  const terminal = await run(nodes, "cluster status", true);
  assert.equal(terminal.code, 0);
  const plain = withoutStyle(terminal.stdout);
  assert.match(plain, new RegExp(`^${clusterId}  3 brokers, 3 controllers$`, "m"));
  assert.match(plain, /^BROKER\s+ADDRESS\s+RACK\s+STATE\s+LEADERS\s+REPLICAS\s+SIZE$/m);
  assert.match(plain, /^ +2 {2}127\.0\.0\.1:\d+ {2}rack-2 {2}alive /m);
  assert.match(plain, /^1 topic, 3 partitions, 9 replicas$/m);
  const lines = (await done(nodes, "cluster status")).trim().split("\n").map((line) => line.split("\t"));
  assert.deepEqual(lines[0], ["cluster", clusterId]);
  assert.equal(lines.filter(([kind]) => kind === "controller").length, 3);
  const leader = lines.find(([kind, , , role]) => kind === "controller" && role === "leader");
  assert.equal(Number(leader?.[1]), quorum!.leaderId);
  assert.deepEqual(lines.find(([, name]) => name === "underReplicated"), ["total", "underReplicated", "0"]);

  await nodes.kill(3);
  await eventually(async () => {
    const { brokers, totals } = await overviewOf(nodes);
    assert.deepEqual(brokers.map((one) => one.state), ["alive", "alive", "fenced"]);
    assert.equal(totals.underReplicated, 3);
    assert.equal(totals.offline, 0);
  });
});

cluster("status says it when no controller answers", async () => {
  await using nodes = await startCluster();
  await nodes.kill(2);
  await nodes.kill(3);
  const survivor = `127.0.0.1:${nodes.node(1).address.port}`;
  await eventually(async () => {
    const words = ["cluster", "status", "--timeout", "500ms", "-b", survivor];
    const { code, stdout } = await runCommand(words, { isTerminal: true });
    assert.equal(code, 0);
    assert.match(stdout, /no controller answers/);
    assert.match(stdout, /BROKER/, "the rest is shown");
  });
});

cluster("status does without a broker that has stopped answering", async () => {
  await using nodes = await startCluster();
  nodes.pause(1);
  const words = ["cluster", "status", "--timeout", "500ms", "-o", "json", "-b", nodes.bootstrap];
  await eventually(async () => {
    const { code, stdout, stderr } = await runCommand(words);
    assert.equal(code, 0, stderr);
    const { brokers, quorum }: ClusterOverview = JSON.parse(stdout);
    assert.deepEqual(brokers.map((one) => one.sizeBytes), [null, 0, 0]);
    assert.notEqual(quorum?.leaderId ?? 1, 1, "another leads");
  });
});

cluster("a cluster that is not there ends all of them with 3", async () => {
  for (
    const words of [
      "status",
      "quorum",
      "reassign -p t:0=1",
      "elect --preferred --all",
      "drain 1",
      "remove 1",
      "balance",
    ]
  ) {
    const { code, stderr } = await runCommand(
      ["cluster", ...words.split(" "), "-b", "127.0.0.1:1", "--timeout", "10ms"],
    );
    assert.equal(code, 3, `${words}: ${stderr}`);
    assert.match(stderr, /no broker can be reached at 127\.0\.0\.1:1/);
  }
});

cluster("wrong words end with 2 and say what was wanted", async () => {
  const cases = [
    ["reassign", /nothing to move; wanted --partition/],
    ["reassign -p orders", /"orders" is not a partition; wanted TOPIC:PARTITION=ID/],
    ["reassign -p orders:0=1,1", /names a broker twice/],
    ["reassign -p orders:0", /where is orders:0 to be\?/],
    ["reassign -p orders:0=1 --throttle fast", /"fast" is not a rate; wanted bytes a second/],
    ["elect orders", /wanted one of --preferred and --unclean/i],
    ["elect --preferred", /of which partitions\?/],
    ["elect --preferred --all orders", /of which partitions\?/],
    ["quorum add", /"add" of which controller\?/],
  ] as const;
  for (const [words, wanted] of cases) {
    const { code, stderr } = await runCommand(["cluster", ...words.split(" ")]);
    assert.equal(code, 2, `${words}: ${stderr}`);
    assert.match(stderr, wanted);
  }
});

cluster("reassign shows a plan, does it, and takes its throttle away", async () => {
  await using nodes = await startCluster({ configs: STILL });
  await done(nodes, "topic create orders -p 1 -r 2");
  await done(nodes, "cluster reassign -p orders:0=1,2 --execute --wait");
  assert.equal(await replicasOf(nodes, "orders"), "1,2");
  const values = await fill(nodes, "orders");

  const plan = await done(nodes, "cluster reassign -p orders:0=3,1");
  assert.match(plan, /^orders\t0\t1,2\t3,1\t\d{6}\n$/);
  assert.equal(await replicasOf(nodes, "orders"), "1,2", "a plan does nothing");

  await done(nodes, "cluster reassign -p orders:0=3,1 --execute --throttle 50MiB");
  assert.equal(await replicasOf(nodes, "orders"), "3,1");
  assert.deepEqual(await throttlesOf(nodes, "orders"), []);
  const brokers = await describeConfigs(nodes.client(), { type: ResourceType.BROKER, name: "1" }).catch(
    () => [],
  );
  assert.ok(brokers.every(({ name, source }) => !name.includes("throttled.rate") || source !== "broker"));
  assert.deepEqual(await contents(nodes, "orders"), values);

  const left = "follower.replication.throttled.replicas=0:1";
  await done(nodes, `topic alter orders -c ${left}`);
  await done(nodes, "cluster reassign --wait");
  assert.deepEqual(await throttlesOf(nodes, "orders"), [], "what somebody left behind goes, too");

  const file = `${temporaryDirectory()}/plan.json`;
  const partitions = [{ topic: "orders", partition: 0, replicas: [2, 3], log_dirs: ["any", "any"] }];
  Deno.writeTextFileSync(file, JSON.stringify({ version: 1, partitions }));
  await done(nodes, `cluster reassign -f ${file} --execute --wait`);
  assert.equal(await replicasOf(nodes, "orders"), "2,3");
  assert.deepEqual(await contents(nodes, "orders"), values);

  const unknown = await run(nodes, "cluster reassign -p orders:0=1,9 --execute");
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /there is no broker 9; the cluster has 1, 2, 3/);
  const missing = await run(nodes, "cluster reassign -p orders:7=1");
  assert.match(missing.stderr, /topic "orders" has no partition 7; its last one is 0/);
});

cluster("a move that cannot end is shown, and taken back", async () => {
  await using nodes = await startCluster({ configs: STILL });
  await done(nodes, "topic create orders -p 1 -r 1");
  await done(nodes, "cluster reassign -p orders:0=1 --execute --wait");
  await fill(nodes, "orders");
  await nodes.kill(3);
  await done(nodes, "cluster reassign -p orders:0=1,3 --execute");
  await eventually(async () => {
    const { reassignments, totals } = await overviewOf(nodes);
    assert.equal(reassignments?.length, 1);
    const [move] = reassignments!;
    assert.deepEqual([move!.topic, move!.partition, move!.adding, move!.removing], ["orders", 0, [3], []]);
    assert.ok(move!.leaderBytes! > 100_000);
    assert.equal(totals.underReplicated, 0, "a replica on its way is not missing");
  });
  const { stdout } = await run(nodes, "cluster status", true);
  assert.match(
    withoutStyle(stdout),
    /^TOPIC +PARTITION +REPLICAS +ADDING +REMOVING +MOVED$/m,
  );
  await done(nodes, "cluster reassign --cancel");
  assert.equal(await replicasOf(nodes, "orders"), "1");
  const again = await run(nodes, "cluster reassign --cancel -p orders:0");
  assert.equal(again.code, 1);
  assert.match(again.stderr, /cancel orders-0: it is not being moved/);
});

cluster("elect gives leaders back and says who leads", async () => {
  await using nodes = await startCluster({ configs: STILL });
  await done(nodes, "topic create orders -p 3 -r 3");
  const before = await leadersOf(nodes, "orders");
  await nodes.restart(2);
  await eventually(async () => assert.equal((await overviewOf(nodes)).totals.underReplicated, 0));
  const elected = await done(nodes, "cluster elect --preferred orders");
  for (const line of elected.trim().split("\n")) assert.match(line, /^orders\t\d\t2$/);
  await eventually(async () => assert.equal(await leadersOf(nodes, "orders"), before));
  assert.equal(await done(nodes, "cluster elect --preferred --all"), "");
  const refused = await run(nodes, "cluster elect --unclean -p orders:9");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /elect a leader of orders-9/);
});

cluster("quorum shows who leads and follows, and takes votes and gives them", async () => {
  await using nodes = await startCluster();
  const voters = async () =>
    (await overviewOf(nodes)).quorum!.replicas.filter((one) => one.isVoter).map((one) => one.id).join();
  await eventually(async () => assert.equal(await voters(), "1,2,3"));
  const { quorum } = await overviewOf(nodes);
  const { host, port } = quorum!.replicas.find((one) => one.id === 3)!.endpoint!;
  const lines = (await done(nodes, "cluster quorum")).trim().split("\n").map((line) => line.split("\t"));
  assert.deepEqual(lines.map(([id]) => id), ["1", "2", "3"]);
  assert.deepEqual(lines.filter(([, role]) => role === "leader").map(([id]) => Number(id)), [
    quorum!.leaderId,
  ]);
  const { stdout } = await run(nodes, "cluster quorum", true);
  const plain = withoutStyle(stdout);
  assert.match(
    plain,
    new RegExp(`^controller ${quorum!.leaderId} leads  epoch \\d+, high watermark \\d+$`, "m"),
  );
  assert.match(plain, / s ago /);

  await done(nodes, "cluster quorum remove 3");
  assert.equal(await voters(), "1,2");
  const again = await run(nodes, "cluster quorum remove 3");
  assert.equal(again.code, 1);
  assert.match(again.stderr, /node 3 has no vote; wanted one of 1, 2/);
  const nowhere = await run(nodes, "cluster quorum add 3");
  assert.match(nowhere.stderr, /where does controller 3 listen\? Wanted --address HOST:PORT/);
  await done(nodes, `cluster quorum add 3 --address ${host}:${port}`);
  assert.equal(await voters(), "1,2,3");
  assert.match((await run(nodes, "cluster quorum add 9")).stderr, /node 9 does not follow the quorum/);
  assert.match((await run(nodes, "cluster quorum add 2")).stderr, /node 2 votes already/);
});

cluster("a drained broker has nothing left", async () => {
  await using nodes = await startCluster({ configs: STILL });
  await done(nodes, "topic create orders -p 6 -r 2");
  await done(nodes, "topic create wide -p 1 -r 3");
  const stuck = await run(nodes, "cluster drain 3");
  assert.equal(stuck.code, 1);
  assert.match(
    stuck.stderr,
    /no other broker can take the replica of wide-0 from broker 3\n.*--fewer-replicas/,
  );
  const plan = await done(nodes, "cluster drain 3 --fewer-replicas --plan");
  assert.match(plan, /^wide\t0\t[\d,]+\t(1,2|2,1)\t0$/m);
  await done(nodes, "cluster drain 3 --fewer-replicas");
  const { brokers, totals } = await overviewOf(nodes);
  assert.deepEqual([brokers[2]!.replicas, brokers[2]!.leaders, totals.underReplicated], [0, 0, 0]);
  assert.equal(brokers[2]!.state, "drained");
  await eventually(async () => {
    const dirs = (await describeLogDirs(nodes.client([1]))).filter((one) => one.brokerId === 3);
    assert.deepEqual(dirs.flatMap((one) => one.replicas), []);
  });
  await done(nodes, "topic create later -p 4 -r 2");
  assert.equal((await overviewOf(nodes)).brokers[2]!.replicas, 0, "nothing comes to it");
  const targets = async () =>
    (await done(nodes, "cluster balance --plan")).split("\n").map((line) => line.split("\t")[3]);
  assert.ok((await targets()).every((one) => one?.includes("3") !== true), "not even by a plan");
  await done(nodes, "cluster drain 3 --cancel");
  await eventually(async () => assert.ok((await targets()).some((one) => one?.includes("3"))));
});

cluster("balance gives a new broker its share", async () => {
  await using nodes = await startCluster({ nodes: 2, configs: STILL });
  await done(nodes, "topic create orders -p 12 -r 2");
  await nodes.add();
  const plan = (await done(nodes, "cluster balance --plan")).trim().split("\n").map((line) =>
    line.split("\t")
  );
  // A move may also do no more than let another of the same replicas lead.
  const copies = plan.flatMap(([_topic, _partition, current, replicas]) =>
    replicas!.split(",").filter((id) => !current!.split(",").includes(id))
  );
  assert.deepEqual(copies, Array(8).fill("3"), "a third of the replicas move, and nothing else");
  assert.equal((await overviewOf(nodes)).brokers[2]!.replicas, 0);
  await done(nodes, "cluster balance --wait");
  const { brokers } = await overviewOf(nodes);
  assert.deepEqual(brokers.map((one) => one.replicas), [8, 8, 8]);
  assert.equal(await done(nodes, "cluster balance --plan"), "");
});

cluster("a node is removed with its data moved and its vote taken; a dead one is replaced", async () => {
  await using nodes = await startCluster({ nodes: 5, configs: STILL });
  await eventually(async () => {
    const { quorum } = await overviewOf(nodes);
    assert.equal(quorum!.replicas.filter((one) => one.isVoter).length, 5);
  });
  await done(nodes, "topic create orders -p 6 -r 3");
  const values = await fill(nodes, "orders");
  await done(nodes, "cluster remove 5");
  await nodes.forget(5);
  await nodes.kill(4);
  await eventually(async () => assert.equal((await overviewOf(nodes)).brokers[3]!.state, "fenced"));
  await done(nodes, "cluster remove 4");
  await nodes.forget(4);
  const { brokers, quorum, totals } = await overviewOf(nodes);
  assert.deepEqual(brokers.map((one) => one.id), [1, 2, 3]);
  const voters = quorum!.replicas.filter((one) => one.isVoter).map((one) => one.id);
  assert.deepEqual(voters, [1, 2, 3]);
  assert.deepEqual([totals.underReplicated, totals.offline, totals.replicas], [0, 0, 18]);
  assert.deepEqual(await contents(nodes, "orders"), values);

  const nobody = await run(nodes, "cluster remove 9");
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /there is no node 9/);
});

cluster("what only a dead broker has is not given up without being told", async () => {
  await using nodes = await startCluster({ configs: STILL });
  await done(nodes, "topic create orders -p 1 -r 1");
  await done(nodes, "cluster reassign -p orders:0=3 --execute --wait");
  await fill(nodes, "orders");
  await nodes.kill(3);
  await eventually(async () => assert.equal((await overviewOf(nodes)).brokers[2]!.state, "fenced"));
  const refused = await run(nodes, "cluster remove 3");
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /broker 3 is down and alone has the records of orders-0: they would be lost\n.*--yes/,
  );
  await done(nodes, "cluster remove 3 --yes");
  assert.deepEqual((await overviewOf(nodes)).brokers.map((one) => one.id), [1, 2]);
});

cluster("a cluster grows from one node to five and shrinks to one, online", async () => {
  await using nodes = await startCluster({ nodes: 1 });
  await done(nodes, "topic create orders -p 1 -r 1");
  const values = await fill(nodes, "orders");
  for (let count = 2; count <= 5; count++) await nodes.add();
  await eventually(async () => {
    const { brokers, quorum } = await overviewOf(nodes);
    assert.equal(brokers.filter((one) => one.state === "alive").length, 5);
    assert.equal(quorum!.replicas.filter((one) => one.isVoter).length, 5);
  });
  await done(nodes, "cluster reassign -p orders:0=2,3,5 --execute --wait");
  assert.deepEqual(await contents(nodes, "orders"), values);
  // The first goes as well: nothing depends on it.
  for (const id of [1, 5, 3, 4]) {
    await done(nodes, `cluster remove ${id} --fewer-replicas`);
    await nodes.forget(id);
  }
  const { brokers, quorum, totals } = await overviewOf(nodes);
  assert.deepEqual(brokers.map((one) => one.id), [2]);
  assert.deepEqual(quorum!.replicas.filter((one) => one.isVoter).map((one) => one.id), [2]);
  assert.equal(totals.offline, 0);
  assert.deepEqual(await contents(nodes, "orders"), values);
});
