/**
 * What clients notice of a cluster whose brokers die, or are restarted one by one: a pause, nothing else. Idempotent
 * producers of kafkajs and librdkafka with their own retries lose nothing, fail nothing and leave nothing twice.
 */

import assert from "node:assert/strict";
import { createTopics, listTopics } from "../../src/client/admin/topics.ts";
import {
  confluentConsumer,
  confluentProducer,
  hasConfluent,
  kafkaJsProducer,
  type Target,
  type WorkingClient,
} from "../chaos/clients.ts";
import { isWell } from "../chaos/faults.ts";
import { History } from "../chaos/history.ts";
import { readLogs } from "../chaos/read_logs.ts";
import { eventually, overviewOf } from "../harness/cluster_state.ts";
import { startCluster, type TestCluster } from "../harness/cluster.ts";

const TOPIC = "load";
const PARTITIONS = 6;

function failover(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `failover: ${name}`, fn, sanitizeOps: false, sanitizeResources: false });
}

async function createLoadTopic(nodes: TestCluster): Promise<void> {
  const [outcome] = await createTopics(nodes.client(), [{
    name: TOPIC,
    partitions: PARTITIONS,
    replicationFactor: 3,
    configs: [["min.insync.replicas", "2"]],
  }]);
  assert.equal(outcome!.errorCode, 0, outcome!.errorMessage ?? "");
  await eventually(() => isWell(nodes));
}

/** Keeps clients at work while something happens; then everything that was sent must be there, once. */
async function underLoad(nodes: TestCluster, work: (history: History) => Promise<void>): Promise<History> {
  const history = new History();
  const target: Target = { bootstrap: nodes.bootstrap, topic: TOPIC, partitions: PARTITIONS, rate: 200 };
  const clients: WorkingClient[] = [await kafkaJsProducer(target, history)];
  if (hasConfluent()) clients.push(confluentProducer(target, history));
  const consumer = hasConfluent() ? confluentConsumer(target, history) : null;
  await acknowledged(history, 100);
  await work(history);
  await acknowledged(history, 200);
  const problems = [];
  for (const one of clients) problems.push(await one.stop());
  assert.deepEqual(problems.filter((one) => one !== null), []);
  if (consumer !== null) {
    await eventually(() => assert.ok(history.reads >= history.acknowledged));
    assert.equal(await consumer.stop(), null);
  }
  history.verify(await readLogs(nodes, TOPIC));
  if (history.restarts === 0) {
    assert.equal(history.sent, history.acknowledged, "what was sent was acknowledged");
  }
  return history;
}

/** Waits for so many more acknowledgements. */
async function acknowledged(history: History, more: number): Promise<void> {
  const wanted = history.acknowledged + more;
  await eventually(() => assert.ok(history.acknowledged >= wanted, "producers stand still"));
}

failover("the leader that dies is replaced, and comes back", async () => {
  await using nodes = await startCluster();
  await createLoadTopic(nodes);
  await underLoad(nodes, async (history) => {
    for (const id of nodes.ids) {
      await nodes.kill(id);
      await acknowledged(history, 200);
      const [topic] = await listTopics(nodes.client(), [TOPIC]);
      assert.ok(topic!.partitions.every((one) => one.leaderId !== id), "another broker leads");
      await nodes.start(id);
      await eventually(() => isWell(nodes));
    }
  });
});

failover("a rolling restart fails no produce and leaves no duplicate", async () => {
  await using nodes = await startCluster();
  await createLoadTopic(nodes);
  const history = await underLoad(nodes, async () => {
    for (const id of nodes.ids) {
      const { code } = await nodes.node(id).stop();
      assert.equal(code, 0);
      await nodes.start(id);
      await eventually(() => isWell(nodes));
    }
  });
  assert.ok(history.longestGapMs < 5_000, `nothing was acknowledged for ${history.longestGapMs} ms`);
});

failover("preferred leaders lead again after a restart", async () => {
  await using nodes = await startCluster({ configs: { "leader.imbalance.check.interval.seconds": 1 } });
  await createLoadTopic(nodes);
  await nodes.restart(2);
  await eventually(async () => {
    await isWell(nodes);
    const { brokers } = await overviewOf(nodes);
    const spread = brokers.map((one) => one.leaders);
    assert.ok(Math.max(...spread) - Math.min(...spread) <= 2, `leaders: ${spread}`);
  });
});
